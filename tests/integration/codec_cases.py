"""For every column type that can be written: what fits, what clears it, where it ends, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from connectors.monday.columns import Email, Link, Phone

LONGEST_LABEL = "A label of thirty characters.."
COLUMNS: list[dict[str, Any]] = [
    {"id": "text", "title": "Key", "type": "text"},
    {"id": "long_text", "title": "Note", "type": "long_text"},
    {"id": "numbers", "title": "Amount", "type": "numbers"},
    {"id": "status", "title": "State", "type": "status", "labels": ["Open", "Done", "2023", LONGEST_LABEL]},
    {"id": "dropdown", "title": "Tags", "type": "dropdown", "labels": ["A", "B, C", "7", "Ünïcode"]},
    {"id": "date", "title": "Due", "type": "date"},
    {"id": "timeline", "title": "Period", "type": "timeline"},
    {"id": "link", "title": "Dynamics", "type": "link"},
    {"id": "email", "title": "Contact", "type": "email"},
    {"id": "phone", "title": "Phone", "type": "phone"},
    {"id": "people", "title": "Approver", "type": "people"},
    {"id": "checkbox", "title": "On hold", "type": "checkbox"},
]


@dataclass(frozen=True)
class Case:
    """One column type; its column has the type's name as its id.

    Attributes:
        one: a value that fits and is not empty.
        values: more of them. Items to connect are named by their place: 0, 1, 2.
        empty: what clears the cell.
        limit: the largest value that fits, None where there is no largest.
        beyond: values just above it, which are refused before they are sent.
        refused: other values refused before they are sent.
        raw: JSON that monday itself refuses.
    """

    type: str
    one: Any
    values: st.SearchStrategy[Any]
    limit: Any = None
    beyond: tuple[Any, ...] = ()
    refused: tuple[Any, ...] = ()
    raw: tuple[Any, ...] = ()
    empty: tuple[Any, ...] = (None, "", "  ")


_printed = st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\n'\"\\{}"), max_size=60)
_texts = _printed.filter(lambda text: bool(text.strip()))
_words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
_addresses = st.tuples(_words, _words).map(lambda parts: f"{parts[0]}@{parts[1]}.example")
_urls = _words.map(lambda word: f"https://{word}.operations.dynamics.com/?cmp=usmf&mi={word}")
_days = st.dates(date(1901, 1, 1), date(2099, 12, 31))
_moments = st.datetimes(
    datetime(1901, 1, 2),  # noqa: DTZ001  hypothesis takes bounds without a zone
    datetime(2099, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_labels = st.text(st.characters(exclude_categories=["C"]), max_size=30)


def _spans() -> st.SearchStrategy[tuple[date, date]]:
    return st.tuples(_days, _days).map(lambda span: (min(span), max(span)))


def _subsets(choices: list[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.sets(st.sampled_from(choices), min_size=1).map(tuple)


CASES = (
    Case(
        "text",
        "usmf|INV-1042 ",
        _texts | st.decimals(-(10**9), 10**9, places=2) | st.integers() | _days,
        limit="x" * 60_000,  # monday counts all cells of an item together; alone it would be 65,536
        beyond=("x" * 65_537, "ü" * 32_769),
        refused=(("a", "b"),),
        raw=({"text": "an object"},),
    ),
    Case(
        "long_text",
        "Zahlung zurückgestellt\r\nO'Brien, 日本",
        _texts,
        limit="ü" * 2_000,
        beyond=("x" * 2_001,),
        refused=(("a", "b"),),
        raw=({"text": "x" * 2_001}, {"note": "x"}),
    ),
    Case(
        "numbers",
        Decimal("1234567890123.45"),
        st.decimals(-(10**15), 10**15, places=6) | st.integers(-(10**15), 10**15),
        limit=Decimal("12345678901234567890.123456789012"),
        beyond=(Decimal(10) ** 32,),
        refused=("1,234", "5 %", True, Decimal("NaN")),
        raw=("many", {"number": 1}),
    ),
    Case(
        "status",
        "2023",
        st.sampled_from(["Open", "done", "2023", " Open "]),
        limit=LONGEST_LABEL,
        beyond=(LONGEST_LABEL + ".",),
        refused=("Dome", "1"),
        raw=({"label": "Dome"}, {"index": 99}),
    ),
    Case(
        "dropdown",
        ("B, C", "7"),
        _subsets(["A", "B, C", "7", "Ünïcode"]) | st.sampled_from(["B, C", "a"]),
        limit=("A", "B, C", "7", "Ünïcode"),
        refused=("B", ("A", "C")),
        raw=({"labels": ["D"]}, {"ids": [99]}),
        empty=(None, "", ()),
    ),
    Case(
        "date",
        datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC),
        _days | _moments,
        limit=date(9999, 12, 31),
        refused=("2026-03-01", 20260301, datetime(2026, 3, 1)),  # noqa: DTZ001
        raw=({"date": "2026-02-30"}, {"date": "01.03.2026"}, {"date": "2026-03-01", "time": "25:00:00"}),
        empty=(None, "", date(1900, 1, 1)),
    ),
    Case(
        "timeline",
        (date(2026, 3, 1), date(2026, 3, 15)),
        _spans(),
        limit=(date(1901, 1, 1), date(9999, 12, 31)),
        refused=((date(2026, 3, 2), date(2026, 3, 1)), (date(2026, 3, 2), None), date(2026, 3, 2)),
        raw=({"from": "2026-03-02"}, {"from": "2026-03-02", "to": "2026-02-30"}),
        empty=(None, "", (None, None)),
    ),
    Case(
        "link",
        Link("https://contoso.operations.dynamics.com/?cmp=usmf", "Open in Dynamics"),
        _urls | st.builds(Link, _urls, _labels),
        refused=("www.example.com", "javascript:alert(1)", 5),
        raw=({"link": "https://example.com"},),
        empty=(None, "", Link("")),
    ),
    Case(
        "email",
        Email("ap@contoso.example", "AP"),
        _addresses | st.builds(Email, _addresses, _labels),
        refused=("ap at example.com", "a@b.example; c@d.example", 5),
        raw=({"email": "nonsense", "text": "x"}, {"address": "ap@example.com"}),
        empty=(None, "", Email("")),
    ),
    Case(
        "phone",
        "+1 (202) 555-0169",
        st.integers(10**9, 10**10 - 1).map(lambda digits: f"+49 {digits}"),
        limit="+491234567890123",
        beyond=("+4912345678901234",),
        refused=("425-555-0101", Phone("12345678", "Germany"), "call me"),
        raw=({"phone": "+12025550169", "countryShortName": "us"}, {"phone": "call me"}, {"number": "1"}),
        empty=(None, "", Phone("")),
    ),
    Case(
        "people",
        (("person", "67"),),
        _subsets([("person", "67"), ("person", "77"), ("team", "9")]),
        refused=((("robot", "1"),), (("person", "me"),), "Maya"),
        raw=(
            {"personsAndTeams": [{"id": 999_999, "kind": "person"}]},
            {"personsAndTeams": [{"id": 80, "kind": "person"}]},
            {"people": []},
        ),
        empty=(None, "", ()),
    ),
    Case(
        "checkbox",
        True,
        st.sampled_from([True, "Yes", "true"]),
        refused=("perhaps", 1),
        raw=({"checked": "perhaps"},),
        empty=(None, "", False, "No"),
    ),
    Case(
        "board_relation",
        (0,),
        _subsets([0, 1, 2]),
        limit=(0, 1, 2),
        refused=("INV-1", {"item": 1}),
        raw=({"item_ids": ["999999"]}, {"linkedPulseIds": [{"linkedPulseId": 1}]}),
        empty=(None, "", ()),
    ),
)


def placed(value: Any, items: list[str]) -> Any:
    """Put the ids of items in the place of their places."""
    if not isinstance(value, tuple):
        return value
    return tuple(items[one] if type(one) is int and one < len(items) else one for one in value)
