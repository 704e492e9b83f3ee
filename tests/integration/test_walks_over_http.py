"""Walks that something comes between, over real HTTP: they come to their end, nothing missing and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.dynamics.client import DynamicsClient
from connectors.dynamics.model import Entity, Field, Row
from connectors.dynamics.seek import position_of, walk_order
from connectors.errors import RateLimited
from connectors.limits import Unlimited
from connectors.monday.client import MondayClient
from connectors.monday.model import CreateItem
from connectors.transport import HttpTransport
from tests.sandbox.dynamics_client import Client, running

VENDORS = Entity(
    "VendorsV2",
    ("dataAreaId", "VendorAccountNumber"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("VendorAccountNumber", "Edm.String"),
        Field("VendorOrganizationName", "Edm.String"),
    ),
)
STAMPED = Entity(
    "VendTableBiEntities",
    ("dataAreaId", "AccountNum"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("AccountNum", "Edm.String"),
        Field("SysModifiedDateTime", "Edm.DateTimeOffset"),
    ),
)
INVOICES = Entity(
    "VendInvoiceJourBiEntities",
    ("dataAreaId", "SourceKey"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("SourceKey", "Edm.Int64"),
        Field("InvoiceDate", "Edm.DateTimeOffset", date_only=True),
        Field("InvoiceAmount", "Edm.Decimal"),
    ),
)


class Tokens:
    """The sandbox's own token, kept."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def token(self) -> str:
        return self.client.token

    def drop(self) -> None:
        self.client.token = self.client.new_token()


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def sandbox(shared: Client) -> Client:
    shared.sandbox.reset()
    shared.token = shared.new_token()
    return shared


@pytest.fixture
def dynamics(sandbox: Client) -> DynamicsClient:
    return DynamicsClient(
        sandbox.sandbox.urls["dynamics"],
        Tokens(sandbox),  # type: ignore[arg-type]
        HttpTransport("dynamics"),
        Unlimited(),
    )


def insert(sandbox: Client, number: str, company: str = "usmf") -> None:
    values = {
        "dataAreaId": company,
        "VendorAccountNumber": number,
        "VendorOrganizationName": number,
        "VendorGroupId": "10",
    }
    answer = sandbox.control("/dynamics/insert", {"entity_set": "VendorsV2", "values": values})
    assert answer.status_code == 200, answer.text


def delete(sandbox: Client, row: Row) -> None:
    key = {name: row.values[name] for name in VENDORS.keys}
    answer = sandbox.control("/dynamics/delete", {"entity_set": "VendorsV2", "key": key})
    assert answer.status_code == 200, answer.text


def keys(rows: list[Row]) -> list[tuple[Any, ...]]:
    return [position_of(row, VENDORS.keys) for row in rows]


class TestAWalkOverRecords:
    def test_gives_all_of_them_in_order_by_as_many_calls_as_pages(
        self, sandbox: Client, dynamics: DynamicsClient
    ) -> None:
        whole = sorted((row["dataAreaId"], row["VendorAccountNumber"]) for row in sandbox.state("VendorsV2"))
        pages = list(dynamics.read_pages(VENDORS, page_size=20))
        assert sorted(keys([row for page in pages for row in page])) == whole
        assert [len(page) for page in pages[:-1]] == [20] * (len(pages) - 1)
        assert len(pages) == -(-len(whole) // 20)

    @pytest.mark.parametrize(
        "order_by", [("InvoiceDate",), ("InvoiceAmount",), ("InvoiceDate", "InvoiceAmount")]
    )
    def test_in_another_order_gives_the_same_ones(
        self, sandbox: Client, dynamics: DynamicsClient, order_by: tuple[str, ...]
    ) -> None:
        order = walk_order(INVOICES, order_by)
        rows = [
            row for page in dynamics.read_pages(INVOICES, order_by=order_by, page_size=37) for row in page
        ]
        assert len({row.values["SourceKey"] for row in rows}) == len(rows) == 300
        positions = [position_of(row, order[: len(order_by)]) for row in rows]
        assert positions == sorted(positions)

    def test_misses_nothing_when_rows_appear_and_vanish_between_two_pages(
        self, sandbox: Client, dynamics: DynamicsClient
    ) -> None:
        whole = [row for page in dynamics.read_pages(VENDORS, page_size=1000) for row in page]
        walk = dynamics.read_pages(VENDORS, page_size=20)
        seen = next(walk)
        for row in seen[:7]:
            delete(sandbox, row)  # those behind move up by seven places
        insert(sandbox, "!before-all", "demf")
        insert(sandbox, "zz-behind-all")
        vanished = whole[-1]
        delete(sandbox, vanished)
        for page in walk:
            seen += page
        found = keys(seen)
        assert len(found) == len(set(found))
        assert set(found) == {*keys(whole), ("usmf", "zz-behind-all")} - {*keys([vanished])}

    def test_goes_on_behind_the_last_page_after_a_limit(
        self, sandbox: Client, dynamics: DynamicsClient
    ) -> None:
        whole = [row for page in dynamics.read_pages(VENDORS, page_size=1000) for row in page]
        walk = dynamics.read_pages(VENDORS, page_size=20)
        seen = [*next(walk), *next(walk)]
        rule = {"kind": "429", "rate": 1, "times": 1, "retry_after": 7}
        sandbox.control("/faults", {"system": "dynamics", "rules": [rule]})
        with pytest.raises(RateLimited) as limit:
            next(walk)
        assert limit.value.retry_after_s == 7
        after = position_of(seen[-1], walk_order(VENDORS, ()))
        for page in dynamics.read_pages(VENDORS, page_size=20, after=after):
            seen += page
        assert keys(seen) == keys(whole)

    def test_by_a_stamp_brings_what_changed_meanwhile_again_with_its_new_stamp(
        self, sandbox: Client, dynamics: DynamicsClient
    ) -> None:
        walk = dynamics.read_pages(STAMPED, order_by=["SysModifiedDateTime"], page_size=20)
        seen = next(walk)
        first = seen[0]
        sandbox.sandbox.clock.advance(60)
        company, number = first.values["dataAreaId"], first.values["AccountNum"]
        path = f"VendorsV2(dataAreaId='{company}',VendorAccountNumber='{number}')?cross-company=true"
        assert sandbox.call("PATCH", path, {"Notes": "changed"}).status_code == 204
        for page in walk:
            seen += page
        again = [
            row for row in seen if row.values["AccountNum"] == number and row.values["dataAreaId"] == company
        ]
        assert len(again) == 2
        assert again[1].values["SysModifiedDateTime"] > first.values["SysModifiedDateTime"]
        others = [position_of(row, STAMPED.keys) for row in seen]
        assert len(others) == len(set(others)) + 1

    def test_is_not_confused_by_names_with_quotes_and_stars(
        self, sandbox: Client, dynamics: DynamicsClient
    ) -> None:
        for number in ("O'Neil", "A*", "A*B", "AxB", "a b", "Ünïcode"):
            insert(sandbox, number)
        rows = [row for page in dynamics.read_pages(VENDORS, page_size=1) for row in page]
        assert len(rows) == len(set(keys(rows))) == len(sandbox.state("VendorsV2"))


def test_a_walk_over_items_outlives_its_cursor_while_items_come_and_go(sandbox: Client) -> None:
    world = sandbox.sandbox.monday
    board_id = str(
        world.create_board("Invoices", [{"id": "key", "title": "Key", "type": "text"}], [])["board_id"]
    )
    url = sandbox.sandbox.urls["monday"]
    monday = MondayClient("monday-token", HttpTransport("monday"), Unlimited(), api_url=url, batch_size=100)
    ids: list[str] = []
    for start in range(0, 700, 100):
        sandbox.sandbox.clock.advance(61)  # a new minute, with new complexity points
        writes = [
            CreateItem(f"w:{n}", board_id, "topics", f"Item {n}", {"key": str(n)})
            for n in range(start, start + 100)
        ]
        ids += [outcome.item_id or "" for outcome in monday.write(writes)]
    walk = monday.walk_items(board_id, columns=["key"])
    seen = [item.id for item in next(walk)]
    for item_id in (*ids[:3], ids[-1]):
        world.control("delete", {"item_id": item_id})
    (late,) = monday.write([CreateItem("w:late", board_id, "topics", "Late", {"key": "late"})])
    sandbox.sandbox.clock.advance(3_700)
    for page in walk:
        seen += [item.id for item in page]
    assert len(seen) == len(set(seen))
    assert set(seen) == {*ids[:-1], late.item_id}
