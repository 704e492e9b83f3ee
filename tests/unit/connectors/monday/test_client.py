"""MondayClient reading: boards, items by id and by key, walks over whole boards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Misconfigured,
    RateLimited,
    ServerFault,
    Transient,
    Unreachable,
)
from connectors.monday.client import MondayClient
from connectors.monday.faults import CursorExpired
from connectors.monday.model import Board, Me
from connectors.transport import Response
from tests.fakes.budget import RecordingBudget
from tests.fakes.transport import Answer, FakeTransport, answer, page

ME = {
    "data": {
        "me": {
            "id": "67",
            "name": "Integration",
            "email": "integration@contoso.example",
            "account": {"id": "25", "name": "Contoso", "slug": "contoso", "tier": "pro"},
        },
        "version": {"value": "2026-07"},
    }
}
EXPIRED = answer(
    {
        "error_code": "CursorException",
        "status_code": 200,
        "error_message": "CursorExpiredError: The cursor provided for pagination has expired.",
    }
)


def client(*answers: Answer, **options: Any) -> tuple[MondayClient, FakeTransport, RecordingBudget]:
    transport, budget = FakeTransport(*answers), RecordingBudget()
    return MondayClient(" secret\n", transport, budget, **options), transport, budget


def node(item_id: int, key: str = "", **more: Any) -> dict[str, Any]:
    cells = [{"id": "key", "type": "text", "text": key, "value": None}]
    return {
        "id": str(item_id),
        "name": f"Item {item_id}",
        "state": "active",
        "group": {"id": "g"},
        "column_values": cells,
        **more,
    }


def items_page(nodes: list[Any] | None, cursor: str | None = None) -> dict[str, Any]:
    return {"cursor": cursor, "items": nodes}


def first_page(nodes: list[Any] | None, cursor: str | None = None) -> Response:
    return answer({"data": {"boards": [{"items_page": items_page(nodes, cursor)}]}})


def next_page(nodes: list[Any] | None, cursor: str | None = None) -> Response:
    return answer({"data": {"next_items_page": items_page(nodes, cursor)}})


def key_page(nodes: list[Any] | None, cursor: str | None = None) -> Response:
    return answer({"data": {"items_page_by_column_values": items_page(nodes, cursor)}})


class TestMe:
    def test_says_whose_token_it_is_and_which_version_was_served(self) -> None:
        monday, transport, budget = client(answer(ME, headers={"api-version": "2026-10"}))
        assert monday.me() == Me(
            "67", "Integration", "integration@contoso.example", "25", "Contoso", "contoso", "pro", "2026-10"
        )
        assert transport.last.headers["Authorization"] == "secret"
        assert transport.last.url == "https://api.monday.com/v2"
        assert "Idempotency-Key" not in transport.last.headers
        assert budget.reserved == [0]
        assert budget.in_flight == 0

    def test_takes_the_version_from_the_answer_when_no_header_tells(self) -> None:
        assert client(answer(ME))[0].me().version == "2026-07"

    def test_of_nobody_is_a_matter_of_the_token(self) -> None:
        with pytest.raises(Misconfigured, match="whose token"):
            client(answer({"data": {"me": None}}))[0].me()

    def test_goes_where_it_is_told_to(self) -> None:
        monday, transport, _ = client(answer(ME), api_url="http://127.0.0.1:8703/v2", api_version="2027-01")
        monday.me()
        assert transport.last.url == "http://127.0.0.1:8703/v2"
        assert transport.last.headers["API-Version"] == "2027-01"


class TestBoard:
    NODE = {"id": "100", "name": "B", "columns": [], "groups": [], "hierarchy_type": "classic"}

    def test_is_read_by_its_id(self) -> None:
        monday, transport, _ = client(answer({"data": {"boards": [self.NODE]}}))
        assert monday.board("100") == Board("100", "B", (), ())
        assert transport.bodies[0]["variables"] == {"ids": ["100"]}

    @pytest.mark.parametrize("boards", [[], [None]])
    def test_that_the_token_cannot_see_is_a_matter_for_the_operator(self, boards: list[Any]) -> None:
        with pytest.raises(Misconfigured, match="cannot see board 100"):
            client(answer({"data": {"boards": boards}}))[0].board("100")

    @pytest.mark.parametrize(
        "data",
        [
            None,
            {"boards": None},
            {"boards": [NODE | {"columns": None}]},
            {"boards": [NODE | {"groups": None}]},
        ],
    )
    def test_that_monday_did_not_tell_is_asked_again_and_never_empty(self, data: Any) -> None:
        with pytest.raises(Transient, match="did not tell"):
            client(answer({"data": data}))[0].board("100")

    def test_whose_columns_are_rate_limited_is_asked_again(self) -> None:
        error = {
            "message": "Rate limit exceeded for board-columns",
            "path": ["boards", 0, "columns"],
            "extensions": {"code": "tooManyRequests", "status_code": 400, "service": "data-structure"},
        }
        limited = answer({"data": {"boards": [self.NODE | {"columns": None}]}, "errors": [error]})
        with pytest.raises(RateLimited) as caught:
            client(limited)[0].board("100")
        assert caught.value.retry_after_s == 30


class TestFailures:
    @pytest.mark.parametrize(
        ("failure", "kind"),
        [
            (answer({"errors": [{"message": "Not Authenticated"}]}, 401), AuthFailed),
            (page(502), ServerFault),
            (page(200), Unreachable),
            (Unreachable("No", may_have_applied=True), Unreachable),
            (answer({}, 302, {"location": "https://elsewhere.example"}), Misconfigured),
        ],
    )
    def test_of_a_read_are_raised_after_one_try_and_settled(
        self, failure: Answer, kind: type[ConnectorError]
    ) -> None:
        monday, transport, budget = client(failure)
        with pytest.raises(kind):
            monday.me()
        assert len(transport.requests) == 1
        assert budget.in_flight == 0

    def test_of_a_read_carry_operation_and_request(self) -> None:
        payload = {"errors": [{"message": "x"}], "extensions": {"request_id": "r9"}}
        with pytest.raises(ConnectorError) as caught:
            client(answer(payload, 500))[0].board("1")
        assert (caught.value.operation, caught.value.request_id, caught.value.status) == ("Board", "r9", 500)

    def test_of_the_budget_come_before_anything_is_sent(self) -> None:
        transport = FakeTransport()
        budget = RecordingBudget(RateLimited("Closed.", retry_after_s=3.0))
        with pytest.raises(RateLimited) as caught:
            MondayClient("t", transport, budget).me()
        assert str(caught.value) == "monday Me: Closed."
        assert transport.requests == []


class TestItems:
    def test_are_read_a_hundred_at_a_time(self) -> None:
        monday, transport, _ = client(
            answer({"data": {"items": [node(1), None]}}), answer({"data": {"items": [node(101)]}})
        )
        found = monday.items([str(n) for n in range(1, 102)], columns=["key"])
        assert [item.id for item in found] == ["1", "101"]
        assert [len(body["variables"]["ids"]) for body in transport.bodies] == [100, 1]
        assert transport.bodies[0]["variables"]["columnIds"] == ["key"]
        assert transport.bodies[0]["variables"]["limit"] == 100

    def test_of_nothing_ask_nobody(self) -> None:
        assert client()[0].items([]) == []

    def test_that_monday_did_not_tell_are_asked_again(self) -> None:
        with pytest.raises(ServerFault, match="did not tell the items"):
            client(answer({"data": {"items": None}}))[0].items(["1"])


class TestItemsByKey:
    def test_are_compared_again_exactly(self) -> None:
        monday, transport, _ = client(
            key_page([node(1, "usmf|V001"), node(2, "USMF|v001"), node(3, "usmf|V002 "), node(4, "other")])
        )
        found = monday.items_by_key("100", "key", ["usmf|V001", "usmf|V002", "usmf|V001", "", "  ", "A "])
        assert [item.id for item in found] == ["1", "3"]
        variables = transport.bodies[0]["variables"]
        (column,) = variables["columns"]
        assert column == {"column_id": "key", "column_values": ["usmf|V001", "usmf|V002", "A ", "A"]}
        assert "columnIds" not in variables
        assert variables["limit"] == 500

    def test_read_the_key_besides_the_columns_wanted(self) -> None:
        monday, transport, _ = client(key_page([]))
        assert monday.items_by_key("100", "key", ["A"], columns=["status"]) == []
        assert transport.bodies[0]["variables"]["columnIds"] == ["key", "status"]

    def test_are_looked_for_a_hundred_at_a_time_and_page_by_page(self) -> None:
        monday, transport, _ = client(
            key_page([node(1, "K1")], "c1"), next_page([node(2, "K1")]), key_page([node(3, "K100")])
        )
        found = monday.items_by_key("100", "key", [f"K{n}" for n in range(101)])
        assert [item.id for item in found] == ["1", "2", "3"]
        assert transport.bodies[1]["variables"] == {"cursor": "c1", "limit": 500}
        assert [len(b["variables"]["columns"][0]["column_values"]) for b in transport.bodies[::2]] == [100, 1]

    def test_without_the_key_in_the_answer_are_not_found(self) -> None:
        bare = node(1, column_values=[])
        nothing = node(2, column_values=[{"id": "key", "type": "text", "text": None, "value": None}])
        assert client(key_page([bare, nothing]))[0].items_by_key("100", "key", ["K"]) == []

    def test_of_blank_keys_ask_nobody(self) -> None:
        assert client()[0].items_by_key("100", "key", ["", " "]) == []

    @pytest.mark.parametrize("broken", [key_page(None), answer({"data": {}})])
    def test_that_monday_did_not_tell_are_asked_again(self, broken: Response) -> None:
        with pytest.raises(ServerFault, match="did not tell"):
            client(broken)[0].items_by_key("100", "key", ["A"])


class TestWalk:
    def walk(self, *answers: Answer) -> tuple[list[list[str]], FakeTransport]:
        monday, transport, _ = client(*answers)
        pages = [[item.id for item in page] for page in monday.walk_items("100", columns=["key"])]
        return pages, transport

    def test_goes_page_by_page_to_the_end(self) -> None:
        pages, transport = self.walk(
            first_page([node(1), node(2)], "c1"), next_page([node(3)], "c2"), next_page([])
        )
        assert pages == [["1", "2"], ["3"]]
        assert [body["operationName"] for body in transport.bodies] == [
            "FirstItems",
            "NextItems",
            "NextItems",
        ]
        assert [body["variables"].get("cursor") for body in transport.bodies] == [None, "c1", "c2"]
        assert all(body["variables"]["limit"] == 500 for body in transport.bodies)
        assert all(body["variables"]["columnIds"] == ["key"] for body in transport.bodies)

    def test_begins_again_when_its_cursor_dies_and_gives_nothing_twice(self) -> None:
        pages, _ = self.walk(
            first_page([node(1), node(2)], "c1"),
            EXPIRED,
            first_page([node(1), node(2)], "c2"),
            next_page([node(2), node(3)]),
        )
        assert pages == [["1", "2"], ["3"]]

    def test_gives_up_when_a_whole_round_brought_nothing_new(self) -> None:
        monday, _, _ = client(first_page([node(1)], "c1"), EXPIRED, first_page([node(1)], "c2"), EXPIRED)
        walk = monday.walk_items("100")
        assert [item.id for item in next(walk)] == ["1"]
        with pytest.raises(CursorExpired):
            next(walk)

    def test_of_a_board_that_cannot_be_seen_is_a_matter_for_the_operator(self) -> None:
        with pytest.raises(Misconfigured, match="cannot see board 100"):
            self.walk(answer({"data": {"boards": []}}))

    @pytest.mark.parametrize(
        "broken",
        [
            lambda: (first_page(None),),
            lambda: (answer({"data": {"boards": [{}]}}),),
            lambda: (first_page([], "c1"), answer({"data": {"next_items_page": None}})),
        ],
    )
    def test_stops_at_a_page_that_monday_did_not_tell(
        self, broken: Callable[[], tuple[Response, ...]]
    ) -> None:
        with pytest.raises(ServerFault, match="did not tell"):
            self.walk(*broken())
