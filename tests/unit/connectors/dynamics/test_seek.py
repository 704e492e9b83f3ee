"""Walking by position: what is asked for next, and where a walk takes up again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.client import DynamicsClient
from connectors.dynamics.model import Entity, Field, Row
from connectors.dynamics.seek import behind, position_of, walk_order
from connectors.errors import ProtocolFault, RateLimited
from connectors.limits import Unlimited
from tests.unit.connectors.scripted import Answer, ScriptedTransport, json_response, query

HOST = "https://contoso.operations.dynamics.com"
LINES = Entity(
    "VendTransBiEntities",
    ("dataAreaId", "SourceKey"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("SourceKey", "Edm.Int64"),
        Field("SysModifiedDateTime", "Edm.DateTimeOffset"),
        Field("Closed", "Edm.DateTimeOffset", date_only=True),
        Field("AmountCur", "Edm.Decimal"),
        Field("Approved", "NoYes"),
    ),
)
STAMP = datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)


class Tokens:
    def token(self) -> str:
        return "token"

    def drop(self) -> None:
        raise AssertionError("no token is refused here")


def _client(*answers: Answer) -> tuple[DynamicsClient, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return DynamicsClient(HOST, Tokens(), transport, Unlimited()), transport


def _rows(*keys: int, company: str = "usmf", next_link: str = "") -> Answer:
    rows = [
        {
            "dataAreaId": company,
            "SourceKey": key,
            "SysModifiedDateTime": "2026-03-02T09:41:07Z",
            "Closed": "1900-01-01T12:00:00Z",
            "AmountCur": 1.5,
            "Approved": "Yes",
        }
        for key in keys
    ]
    return json_response({"value": rows, "@odata.nextLink": next_link})


def _keys(pages) -> list[list[object]]:
    return [[row.values["SourceKey"] for row in page] for page in pages]


class TestTheOrderOfAWalk:
    def test_ends_with_the_whole_key(self):
        assert walk_order(LINES, ("SysModifiedDateTime",)) == (
            "SysModifiedDateTime",
            "dataAreaId",
            "SourceKey",
        )

    def test_names_a_key_field_once(self):
        assert walk_order(LINES, ("SourceKey",)) == ("SourceKey", "dataAreaId")

    def test_cannot_be_an_enum(self):
        with pytest.raises(
            ValueError, match=r"cannot be walked by Approved: Dynamics compares no NoYes by size"
        ):
            walk_order(LINES, ("Approved",))

    def test_goes_upwards(self):
        with pytest.raises(ValueError, match=r"upwards; order it by 'SourceKey' alone"):
            walk_order(LINES, ("SourceKey desc",))


class TestTheFilterBehindAPosition:
    def test_spells_out_the_comparison_of_tuples(self):
        assert behind(LINES, walk_order(LINES, ()), ("usmf", 7)) == (
            "(dataAreaId gt 'usmf') or (dataAreaId eq 'usmf' and SourceKey gt 7)"
        )

    def test_is_one_comparison_for_one_field(self):
        assert behind(LINES, ("SourceKey",), (7,)) == "SourceKey gt 7"

    def test_writes_stamps_and_numbers_as_literals(self):
        assert behind(LINES, ("SysModifiedDateTime", "AmountCur"), (STAMP, Decimal("1.50"))) == (
            "(SysModifiedDateTime gt 2026-03-02T09:41:07Z)"
            " or (SysModifiedDateTime eq 2026-03-02T09:41:07Z and AmountCur gt 1.50)"
        )

    def test_takes_every_time_of_1900_for_empty(self):
        assert behind(LINES, ("SysModifiedDateTime", "SourceKey"), (None, 7)) == (
            "(SysModifiedDateTime ge 1901-01-01T00:00:00Z)"
            " or (SysModifiedDateTime lt 1901-01-01T00:00:00Z and SourceKey gt 7)"
        )
        assert behind(LINES, ("Closed",), (None,)) == "Closed ge 1901-01-01T12:00:00Z"
        assert behind(LINES, ("Closed",), (date(2026, 3, 2),)) == "Closed gt 2026-03-02T12:00:00Z"

    def test_takes_an_empty_text_as_a_text(self):
        assert behind(LINES, ("dataAreaId",), (None,)) == "dataAreaId gt ''"

    def test_keeps_a_star_from_being_a_pattern(self):
        assert behind(LINES, ("dataAreaId", "SourceKey"), ("a*", 1)) == (
            "(dataAreaId gt 'a*') or (dataAreaId ge 'a*' and dataAreaId le 'a*' and SourceKey gt 1)"
        )

    def test_needs_a_value_for_each_field(self):
        with pytest.raises(ValueError, match="one value each for dataAreaId, SourceKey"):
            behind(LINES, ("dataAreaId", "SourceKey"), ("usmf",))

    def test_refuses_a_value_of_another_type(self):
        with pytest.raises(ValueError, match=r"SourceKey is Edm\.Int64"):
            behind(LINES, ("SourceKey",), ("seven",))


class TestWalkingByPosition:
    def test_asks_for_what_is_behind_the_last_row(self):
        client, transport = _client(_rows(1, 2, 3), _rows(3, 4))
        pages = client.read_pages(LINES, filter="AmountCur gt 1", select=["SourceKey"], page_size=2)
        assert _keys(pages) == [[1, 2], [3, 4]]
        first, second = (query(request) for request in transport.requests)
        assert first["$filter"] == "AmountCur gt 1"
        assert second["$filter"] == (
            "(AmountCur gt 1) and ((dataAreaId gt 'usmf') or (dataAreaId eq 'usmf' and SourceKey gt 2))"
        )
        assert first["$top"] == second["$top"] == "3"
        assert first["$orderby"] == "dataAreaId,SourceKey"
        assert "$skip" not in second

    def test_makes_no_call_more_than_there_are_pages(self):
        client, transport = _client(_rows(1, 2, 3), _rows(3, 4))
        list(client.read_pages(LINES, page_size=2))
        assert len(transport.requests) == 2

    def test_begins_behind_a_position(self):
        client, transport = _client(_rows(8))
        (page,) = client.read_pages(LINES, order_by=["SysModifiedDateTime"], after=(STAMP, "usmf", 7))
        assert query(transport.requests[0])["$filter"].startswith(
            "(SysModifiedDateTime gt 2026-03-02T09:41:07Z)"
        )
        assert position_of(page[0], walk_order(LINES, ["SysModifiedDateTime"])) == (STAMP, "usmf", 8)

    def test_reads_what_orders_it_even_when_not_asked_to(self):
        client, transport = _client(_rows(1))
        list(client.read_pages(LINES, select=["AmountCur"], order_by=["SysModifiedDateTime"]))
        assert query(transport.requests[0])["$select"] == "dataAreaId,SourceKey,AmountCur,SysModifiedDateTime"

    def test_goes_on_when_the_servers_pages_are_smaller(self):
        link = f"{HOST}/data/VendTransBiEntities?$skip=1"
        client, transport = _client(_rows(1, next_link=link), _rows(2))
        assert _keys(client.read_pages(LINES, page_size=5)) == [[1], [2]]
        assert "SourceKey gt 1" in query(transport.requests[1])["$filter"]

    def test_follows_the_link_of_an_empty_page(self):
        link = f"{HOST}/data/VendTransBiEntities?$skip=1"
        client, _ = _client(_rows(next_link=link), _rows(2))
        assert _keys(client.read_pages(LINES, page_size=5)) == [[2]]

    def test_ends_at_once_where_there_is_nothing(self):
        client, transport = _client(_rows())
        assert list(client.read_pages(LINES)) == []
        assert len(transport.requests) == 1

    def test_is_taken_up_again_after_a_limit(self):
        client, transport = _client(_rows(1, 2, 3), json_response({}, 429, retry_after="7"), _rows(3))
        seen: list[Row] = []
        with pytest.raises(RateLimited):
            for page in client.read_pages(LINES, page_size=2):
                seen += page
        after = position_of(seen[-1], walk_order(LINES, ()))
        for page in client.read_pages(LINES, page_size=2, after=after):
            seen += page
        assert [row.values["SourceKey"] for row in seen] == [1, 2, 3]
        assert query(transport.requests[1])["$filter"] == query(transport.requests[2])["$filter"]

    def test_stops_when_it_runs_in_a_circle(self):
        client, _ = _client(_rows(1, 2, 3), _rows(1, 2, 3))
        with pytest.raises(ProtocolFault, match="came back to a record it had passed"):
            list(client.read_pages(LINES, page_size=2))


@given(
    rows=st.sets(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=30),
    position=st.tuples(st.sampled_from("abc"), st.integers(0, 9)),
)
def test_the_filter_holds_for_what_python_orders_behind(rows: set, position: tuple) -> None:
    text = behind(LINES, ("dataAreaId", "SourceKey"), position)
    python = text.replace(" eq ", " == ").replace(" gt ", " > ")
    for row in rows:
        holds = eval(python, {"dataAreaId": row[0], "SourceKey": row[1]})
        assert holds == (row > position)
