"""The monday client against the sandbox's monday, over real HTTP: what both believe of monday must fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Misconfigured,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
)
from connectors.limits import Unlimited
from connectors.monday.client import MondayClient
from connectors.monday.columns import Email, Link, codec
from connectors.monday.model import ChangeColumns, CreateItem, MoveItem, Write
from connectors.transport import HttpTransport
from sandbox.core import Sandbox
from sandbox.monday.app import create_app
from sandbox.serving import make_server

COLUMNS: list[dict[str, Any]] = [
    {"id": "key", "title": "Key", "type": "text"},
    {"id": "note", "title": "Note", "type": "long_text"},
    {"id": "amount", "title": "Amount", "type": "numbers"},
    {"id": "state", "title": "State", "type": "status", "labels": ["Open", "Done", "2023"]},
    {"id": "tags", "title": "Tags", "type": "dropdown", "labels": ["A", "B, C", "7"]},
    {"id": "due", "title": "Due", "type": "date"},
    {"id": "at", "title": "At", "type": "date"},
    {"id": "period", "title": "Period", "type": "timeline"},
    {"id": "link", "title": "Dynamics", "type": "link"},
    {"id": "email", "title": "Contact", "type": "email"},
    {"id": "phone", "title": "Phone", "type": "phone"},
    {"id": "people", "title": "Approver", "type": "people"},
    {"id": "hold", "title": "On hold", "type": "checkbox"},
]
VALUES: dict[str, Any] = {
    "key": "usmf|INV-1042 ",
    "note": "Zahlung zurückgestellt\r\nO'Brien, 日本",
    "amount": Decimal("1234567890123.45"),
    "state": "2023",
    "tags": ("B, C", "7"),
    "due": date(2026, 3, 1),
    "at": datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC),
    "period": (date(2026, 3, 1), date(2026, 3, 15)),
    "link": Link("https://contoso.operations.dynamics.com/?cmp=usmf&mi=VendInvoice", "Open in Dynamics"),
    "email": Email("ap@contoso.example", "AP"),
    "phone": "+1 (202) 555-0169",
    "people": (("person", "67"),),
    "hold": True,
}


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox()
    server = make_server(create_app(sandbox), 0)
    yield sandbox, f"{server.url}/v2"
    server.stop()


@pytest.fixture
def sandbox(world: tuple[Sandbox, str]) -> Sandbox:
    world[0].reset()
    return world[0]


@pytest.fixture
def client(world: tuple[Sandbox, str]) -> Callable[..., MondayClient]:
    def make(token: str = "monday-token", **options: Any) -> MondayClient:
        transport = HttpTransport("monday")
        return MondayClient(token, transport, Unlimited(), api_url=world[1], **options)

    return make


@pytest.fixture
def board_id(sandbox: Sandbox) -> str:
    groups = [{"id": "topics", "title": "Open"}, {"id": "done", "title": "Done"}]
    return str(sandbox.monday.create_board("Invoices", COLUMNS, groups)["board_id"])


def create(board_id: str, number: int | str, **values: Any) -> CreateItem:
    return CreateItem(
        f"m1:{number}", board_id, "topics", f"Invoice {number}", {"key": f"K{number}", **values}
    )


def count(sandbox: Sandbox) -> int:
    return sum(len(board["items"]) for board in sandbox.monday.state()["boards"])


def test_the_token_and_the_served_version_are_told(sandbox: Sandbox, client: Any) -> None:
    assert client().me().account_name == "Contoso Finance"
    assert client(api_version="2026-08").me().version == "2026-10"


def test_every_column_type_reads_back_what_was_written_and_can_be_cleared(client: Any, board_id: str) -> None:
    monday = client()
    board = monday.board(board_id)

    def encoded(values: dict[str, Any]) -> dict[str, Any]:
        return {name: _codec(board, name).encode(value, board.column(name)) for name, value in values.items()}

    def differences(item_id: str, values: dict[str, Any]) -> list[str]:
        (item,) = monday.items([item_id])
        return [
            name
            for name, value in values.items()
            if _codec(board, name).canonical(
                _codec(board, name).decode(item.cells[name], board.column(name)), board.column(name)
            )
            != _codec(board, name).canonical(value, board.column(name))
        ]

    (made,) = monday.write([CreateItem("l", board_id, "topics", "Ünïcode 'x'", encoded(VALUES))])
    assert made.error is None
    assert differences(made.item_id, VALUES) == []
    cleared = dict.fromkeys(VALUES)
    (changed,) = monday.write([ChangeColumns("l", board_id, made.item_id, encoded(cleared))])
    assert changed.error is None
    assert differences(made.item_id, cleared) == []


def _codec(board: Any, column_id: str) -> Any:
    return codec(board.column(column_id).type)


def test_connected_items_read_back(sandbox: Sandbox, client: Any, board_id: str) -> None:
    monday = client()
    column = {"id": "vendor", "title": "Vendor", "type": "board_relation", "board_ids": [board_id]}
    other = str(sandbox.monday.create_board("Payments", [column], [{"id": "g", "title": "G"}])["board_id"])
    vendor = monday.write([create(board_id, 1)])[0].item_id
    relation = codec("board_relation")
    assert relation is not None
    shown = monday.board(other).column("vendor")
    values = {"vendor": relation.encode((vendor,), shown)}
    (made,) = monday.write([CreateItem("p", other, "g", "Payment", values)])
    (item,) = monday.items([made.item_id], columns=["vendor"])
    assert relation.decode(item.cells["vendor"], shown) == (vendor,)


def test_items_are_renamed_and_moved(client: Any, board_id: str) -> None:
    monday = client()
    item_id = monday.write([create(board_id, 1)])[0].item_id
    writes: list[Write] = [
        ChangeColumns("m1:1", board_id, item_id, {"name": "Renamed"}),
        MoveItem("m1:1", item_id, "done"),
    ]
    assert [outcome.error for outcome in monday.write(writes)] == [None, None]
    (item,) = monday.items([item_id])
    assert (item.name, item.group_id) == ("Renamed", "done")


def test_one_bad_write_does_not_harm_its_neighbours(client: Any, board_id: str) -> None:
    outcomes = client().write(
        [
            create(board_id, 1, state={"label": "Dome"}),
            create(board_id, 2),
            ChangeColumns("x", board_id, "999", {"key": "A"}),
            create("404", 4),
        ]
    )
    kinds = [type(outcome.error) for outcome in outcomes]
    assert kinds == [Rejected, type(None), NotFound, NotFound]
    assert "Open" in str(outcomes[0].error)


def test_keys_are_found_exactly_with_and_without_outer_blanks(client: Any, board_id: str) -> None:
    monday = client()
    made = monday.write(
        [create(board_id, n, key=key) for n, key in enumerate(("INV-1", "inv-1", "INV-2 ", "INV-3"))]
    )
    found = monday.items_by_key(board_id, "key", ["INV-1", "INV-2 ", "INV-3 "])
    assert [item.id for item in found] == [made[n].item_id for n in (0, 2, 3)]


@pytest.mark.parametrize("kind", ["lost_response", "502_html", "500", "503", "timeout"])
def test_a_lost_answer_makes_one_item_and_is_told_as_done(
    sandbox: Sandbox, client: Any, board_id: str, kind: str
) -> None:
    sandbox.faults.set("monday", [{"kind": kind, "rate": 1, "times": 1}])
    outcomes = client().write([create(board_id, n) for n in range(3)])
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert count(sandbox) == 3


@pytest.mark.parametrize(
    ("kind", "expected", "doubtful"),
    [
        ("429", RateLimited, False),
        ("429_no_header", RateLimited, False),
        ("daily", RateLimited, False),
        ("locked", ServerFault, False),
        ("blocked", ServerFault, False),
        ("unauthorized", AuthFailed, False),
        ("forbidden", Misconfigured, False),
        ("conflict", ConnectorError, True),
    ],
)
def test_a_refused_call_writes_nothing_and_says_who_must_act(
    sandbox: Sandbox, client: Any, board_id: str, kind: str, expected: type[ConnectorError], doubtful: bool
) -> None:
    sandbox.faults.set("monday", [{"kind": kind, "rate": 1, "times": 1, "retry_after": 7}])
    (outcome,) = client().write([create(board_id, 1)])
    assert isinstance(outcome.error, expected)
    assert outcome.error.may_have_applied is doubtful
    assert count(sandbox) == 0


def test_columns_that_monday_does_not_tell_are_never_an_empty_board(
    sandbox: Sandbox, client: Any, board_id: str
) -> None:
    sandbox.faults.set("monday", [{"kind": "columns_null", "rate": 1, "times": 1}])
    with pytest.raises(RateLimited):
        client().board(board_id)


def test_a_walk_outlives_its_cursor(sandbox: Sandbox, client: Any, board_id: str) -> None:
    for start in range(0, 600, 100):
        sandbox.clock.advance(61)  # a new minute, with new complexity points
        client(batch_size=100).write([create(board_id, n) for n in range(start, start + 100)])
    walk = client().walk_items(board_id, columns=["key"])
    first = next(walk)
    sandbox.clock.advance(3_700)
    rest = [item.id for page in walk for item in page]
    assert len(first) == 500
    assert len(rest) == 100
    assert len({item.id for item in first} | set(rest)) == 600


def test_an_item_deleted_by_a_person_is_made_again_within_the_half_hour(
    sandbox: Sandbox, client: Any, board_id: str
) -> None:
    monday = client()
    first = monday.write([create(board_id, 1)])[0]
    again = monday.write([create(board_id, 1)])[0]
    assert (again.item_id, again.replayed) == (first.item_id, True)
    sandbox.monday.control("delete", {"item_id": first.item_id})
    anew = monday.write([create(board_id, 1)])[0]
    assert anew.error is None
    assert anew.item_id != first.item_id


def test_a_value_set_back_within_the_half_hour_is_written(client: Any, board_id: str) -> None:
    monday = client()
    item_id = monday.write([create(board_id, 1)])[0].item_id
    for text in ("A", "B", "A"):
        monday.write([ChangeColumns("m1:1", board_id, item_id, {"key": text})])
    assert monday.items([item_id])[0].cells["key"].text == "A"


def test_a_board_of_another_account_cannot_be_seen(client: Any, board_id: str) -> None:
    with pytest.raises(Misconfigured, match="cannot see board"):
        client("monday-token-2").board(board_id)
    with pytest.raises(AuthFailed):
        client("wrong").me()
