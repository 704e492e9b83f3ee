"""Every writable column type against the sandbox's monday, over real HTTP: values come back, ends hold, nonsense is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import Rejected
from connectors.limits import Unlimited
from connectors.monday.client import MondayClient
from connectors.monday.columns import TYPES, CannotEncode, Codec, codec
from connectors.monday.columns.name import MOST_CHARACTERS
from connectors.monday.model import ChangeColumns, Column, CreateItem
from connectors.transport import HttpTransport
from integration_portal.sync.lookups import people_of
from mappings.rules import ColumnRule
from mappings.translate import Lookups, to_item
from sandbox.core import Sandbox
from sandbox.monday.app import create_app
from sandbox.serving import make_server
from tests.fakes import samples
from tests.integration.codec_cases import CASES, COLUMNS, Case, placed

bounded = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=True,
)


@dataclass
class Desk:
    """One item on a board that has every column type, and a client at it."""

    sandbox: Sandbox
    monday: MondayClient
    board_id: str
    item_id: str
    columns: dict[str, Column]
    items: list[str]
    lanes: Iterator[int]

    def write(self, **values: Any) -> Exception | None:
        """Write cells of the item; returns why not, None when it was written."""
        self.sandbox.clock.advance(1)  # the rate limits' windows move on
        lane = f"codec:{next(self.lanes)}"
        (outcome,) = self.monday.write([ChangeColumns(lane, self.board_id, self.item_id, values)])
        return outcome.error

    def read(self, column: Column) -> str:
        """The canonical text of a cell as monday now gives it."""
        (item,) = self.monday.items([self.item_id])
        made = made_for(column.type)
        return made.canonical(made.decode(item.cells[column.id], column), column)


def made_for(type: str) -> Codec:
    found = codec(type)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    sandbox = Sandbox()
    server = make_server(create_app(sandbox), 0)
    monday = MondayClient("monday-token", HttpTransport("monday"), Unlimited(), api_url=f"{server.url}/v2")
    vendors = str(sandbox.monday.create_board("Vendors", [], [])["board_id"])
    relation = {"id": "board_relation", "title": "Vendor", "type": "board_relation", "board_ids": [vendors]}
    board_id = str(sandbox.monday.create_board("Invoices", [*COLUMNS, relation], [])["board_id"])
    made = monday.write([CreateItem(f"vendor:{n}", vendors, "topics", f"V{n}", {}) for n in range(3)])
    (item,) = monday.write([CreateItem("invoice", board_id, "topics", "Invoice", {})])
    assert item.item_id
    columns = {column.id: column for column in monday.board(board_id).columns}
    items = [one.item_id or "" for one in made]
    yield Desk(sandbox, monday, board_id, item.item_id, columns, items, count())
    server.stop()


def by_type(case: Case) -> str:
    return case.type


every = pytest.mark.parametrize("case", CASES, ids=by_type)


def test_no_type_is_left_out() -> None:
    assert sorted([case.type for case in CASES] + ["name"]) == sorted(TYPES)


@every
@bounded
@given(data=st.data())
def test_a_value_comes_back_with_its_meaning(desk: Desk, case: Case, data: st.DataObject) -> None:
    value, column, made = (
        placed(data.draw(case.values), desk.items),
        desk.columns[case.type],
        made_for(case.type),
    )
    assert desk.write(**{case.type: made.encode(value, column)}) is None
    assert desk.read(column) == made.canonical(value, column) != ""


@every
def test_a_clear_value_clears(desk: Desk, case: Case) -> None:
    column, made = desk.columns[case.type], made_for(case.type)
    full = placed(case.one, desk.items)
    for value in case.empty:
        assert desk.write(**{case.type: made.encode(full, column)}) is None
        assert desk.read(column) != ""
        assert desk.write(**{case.type: made.encode(value, column)}) is None
        assert desk.read(column) == ""


@pytest.mark.parametrize("case", [case for case in CASES if case.limit is not None], ids=by_type)
def test_the_largest_value_fits_and_comes_back(desk: Desk, case: Case) -> None:
    column, made = desk.columns[case.type], made_for(case.type)
    largest = placed(case.limit, desk.items)
    assert desk.write(**{case.type: made.encode(largest, column)}) is None
    assert desk.read(column) == made.canonical(largest, column)
    assert desk.write(**{case.type: None}) is None
    for value in case.beyond:
        with pytest.raises(CannotEncode):
            made.encode(value, column)


@every
def test_what_does_not_fit_is_refused_before_it_is_sent(desk: Desk, case: Case) -> None:
    for value in case.refused:
        with pytest.raises(CannotEncode, match=r"\.$"):
            made_for(case.type).encode(value, desk.columns[case.type])


@every
def test_what_would_get_past_us_is_refused_by_monday_and_changes_nothing(desk: Desk, case: Case) -> None:
    column = desk.columns[case.type]
    before = desk.read(column)
    for raw in case.raw:
        error = desk.write(**{case.type: raw})
        assert isinstance(error, Rejected), raw
        assert desk.read(column) == before


def test_all_cells_of_an_item_together_have_an_end_too(desk: Desk) -> None:
    longest = made_for("text").encode("x" * 65_536, desk.columns["text"])
    assert isinstance(desk.write(text=longest, long_text={"text": "x" * 1_000}), Rejected)


class TestTheName:
    column = Column("name", "Name", "name")

    def named(self, desk: Desk) -> str:
        (item,) = desk.monday.items([desk.item_id])
        return item.name

    @bounded
    @given(name=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=300))
    def test_comes_back_cut_to_what_fits(self, desk: Desk, name: str) -> None:
        made = made_for("name")
        if not name.strip():
            with pytest.raises(CannotEncode):
                made.encode(name, self.column)
            return
        assert desk.write(name=made.encode(name, self.column)) is None
        assert self.named(desk) == made.canonical(name, self.column)
        assert len(self.named(desk)) <= MOST_CHARACTERS

    @pytest.mark.parametrize("name", ["", "x" * (MOST_CHARACTERS + 1)])
    def test_that_is_empty_or_too_long_is_refused_by_monday(self, desk: Desk, name: str) -> None:
        before = self.named(desk)
        assert isinstance(desk.write(name=name), Rejected)
        assert self.named(desk) == before


class TestPeopleByAddress:
    rule = samples.rule(key_column_id="text", columns=(ColumnRule("people", "Payment", transform="person"),))

    def test_go_into_the_people_column(self, desk: Desk) -> None:
        records = [samples.invoice(Payment=address) for address in ("MAYA@contoso-finance.example", None)]
        lookups = Lookups(people=people_of(self.rule, records, desk.monday))
        board = desk.monday.board(desk.board_id)
        wanted = to_item(self.rule, records[0], board, host=samples.HOST, lookups=lookups)
        assert desk.write(people=wanted.cells["people"].encoded) is None
        assert desk.read(desk.columns["people"]) == "person:77"

    def test_who_left_or_work_elsewhere_are_not_found(self, desk: Desk) -> None:
        addresses = ["rosa@contoso-finance.example", "nadia@fabrikam-trading.example"]
        assert desk.monday.users_by_email(addresses) == {}
