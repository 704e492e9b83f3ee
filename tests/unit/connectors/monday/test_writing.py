"""MondayClient.write: batches under a budget, lost answers, and calls that monday does not take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    RateLimited,
    Rejected,
    ServerFault,
    Unreachable,
)
from connectors.monday.client import MondayClient
from connectors.monday.model import AddUpdate, ChangeColumns, CreateItem, MoveItem, Outcome, Write
from connectors.transport import Request, Response
from tests.fakes.budget import RecordingBudget
from tests.fakes.transport import Answer, FakeTransport, answer, page


def lost_answer(request: Request) -> Response:
    raise Unreachable("The connection to api.monday.com broke.", system="monday", may_have_applied=True)


def never_left(request: Request) -> Response:
    raise Unreachable("api.monday.com cannot be connected to.", system="monday")


def creates(count: int) -> list[Write]:
    return [CreateItem(f"m1:V{n}", "100", "topics", f"Vendor {n}", {"key": f"V{n}"}) for n in range(count)]


def all_done(request: Request) -> Response:
    """monday carries out everything; the item's id is made of its name."""
    variables = json.loads(request.body or b"{}")["variables"]
    count = len({name for name in variables if name.startswith(("itemName", "itemId"))})
    data: dict[str, Any] = {
        f"a{n}": {"id": variables.get(f"itemId{n}") or variables[f"itemName{n}"].split()[-1]}
        for n in range(count)
    }
    return answer({"data": data | {"complexity": {"query": 100}}, "extensions": {"request_id": "r"}})


def run(
    writes: list[Write], *answers: Answer, budget: RecordingBudget | None = None, batch_size: int = 20
) -> tuple[list[Outcome], FakeTransport, RecordingBudget]:
    transport, budget = FakeTransport(*answers), budget or RecordingBudget()
    client = MondayClient("secret", transport, budget, batch_size=batch_size)
    outcomes = client.write(writes)
    assert len(outcomes) == len(writes)
    assert budget.in_flight == 0, "a place in the budget was not given back"
    return outcomes, transport, budget


def errors(outcomes: list[Outcome]) -> list[ConnectorError | None]:
    return [outcome.error for outcome in outcomes]


class TestBatches:
    def test_of_nothing_call_nobody(self) -> None:
        assert run([])[0] == []

    def test_go_out_in_as_few_calls_as_the_size_allows(self) -> None:
        outcomes, transport, budget = run(creates(45), all_done, all_done, all_done)
        assert [outcome.item_id for outcome in outcomes] == [str(n) for n in range(45)]
        assert budget.reserved == [20, 20, 5]
        assert [request.operation for request in transport.requests][2] == "create_item x5"

    def test_take_only_what_the_budget_grants(self) -> None:
        full = RateLimited("The limit of 40 writes in 60 s is used up.", retry_after_s=21.0)
        outcomes, transport, _ = run(creates(9), all_done, all_done, budget=RecordingBudget(4, 2, full))
        assert [outcome.item_id for outcome in outcomes[:6]] == [str(n) for n in range(6)]
        for outcome in outcomes[6:]:
            assert isinstance(outcome.error, RateLimited)
            assert outcome.error.retry_after_s == 21.0
            assert outcome.error.system == "monday"
            assert not outcome.error.may_have_applied
        assert len(transport.requests) == 2

    def test_without_any_grant_send_nothing(self) -> None:
        full = RateLimited("Closed.", retry_after_s=5.0)
        outcomes, transport, _ = run(creates(2), budget=RecordingBudget(full))
        assert all(isinstance(error, RateLimited) for error in errors(outcomes))
        assert transport.requests == []

    def test_carry_every_kind_of_write(self) -> None:
        writes: list[Write] = [
            *creates(1),
            ChangeColumns("m1:V9", "100", "209", {"status": None}),
            MoveItem("m1:V9", "209", "done"),
        ]
        outcomes, _, _ = run(writes, all_done)
        assert [outcome.item_id for outcome in outcomes] == ["0", "209", "209"]

    def test_of_writes_that_fail_alone_do_not_stop_the_next_batch(self) -> None:
        refused = answer(
            {
                "data": {"a0": None, "a1": {"id": "1"}},
                "errors": [{"message": "No", "path": ["a0"], "extensions": {"code": "ColumnValueException"}}],
            }
        )
        outcomes, _, _ = run(creates(4), refused, all_done, batch_size=2)
        assert isinstance(outcomes[0].error, Rejected)
        assert [outcome.item_id for outcome in outcomes[1:]] == ["1", "2", "3"]


class TestHeaders:
    def test_are_what_monday_wants(self) -> None:
        _, transport, _ = run(creates(1), all_done)
        headers = transport.last.headers
        assert headers["Authorization"] == "secret"
        assert headers["API-Version"] == "2026-10"
        assert headers["Content-Type"] == "application/json"
        assert len(headers["Idempotency-Key"]) == 64

    def test_differ_in_the_key_from_batch_to_batch(self) -> None:
        _, transport, _ = run(creates(4), all_done, all_done, batch_size=2)
        keys = {request.headers["Idempotency-Key"] for request in transport.requests}
        assert len(keys) == 2

    def test_repeat_the_key_of_a_create_in_a_later_call(self) -> None:
        first, second = run(creates(2), all_done)[1], run(creates(2), all_done)[1]
        assert first.last.headers["Idempotency-Key"] == second.last.headers["Idempotency-Key"]

    def test_use_a_new_key_when_the_same_change_is_written_again(self) -> None:
        change: list[Write] = [ChangeColumns("m1:V9", "100", "209", {"status": {"label": "A"}})]
        first, second = run(change, all_done)[1], run(change, all_done)[1]
        assert first.last.headers["Idempotency-Key"] != second.last.headers["Idempotency-Key"]


class TestLostAnswers:
    @pytest.mark.parametrize(
        "lost",
        [
            lost_answer,
            page(502),
            page(200),
            answer({"errors": [{"message": "Internal server error"}]}, 500),
            answer({"errors": [{"message": "T", "extensions": {"code": "TIMEOUT_EXCEEDED"}}]}, 503),
        ],
    )
    def test_are_asked_for_once_more_with_the_same_key_and_bytes(self, lost: Answer) -> None:
        def from_memory(request: Request) -> Response:
            response = all_done(request)
            return Response(200, {"idempotency-replayed": "true"}, response.body)

        outcomes, transport, budget = run(creates(2), lost, from_memory)
        assert [(one.item_id, one.error, one.replayed) for one in outcomes] == [
            ("0", None, True),
            ("1", None, True),
        ]
        first, second = transport.requests
        assert first.body == second.body
        assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
        assert budget.reserved == [2, 2]

    @pytest.mark.parametrize(
        ("second", "kind"),
        [
            (lost_answer, Unreachable),
            (page(502), ServerFault),
            (never_left, Unreachable),
            (page(429), RateLimited),
        ],
    )
    def test_that_stay_lost_leave_the_write_in_doubt(
        self, second: Answer, kind: type[ConnectorError]
    ) -> None:
        outcomes, transport, _ = run(creates(2), lost_answer, second)
        for error in errors(outcomes):
            assert type(error) is kind
            assert error.may_have_applied
        assert len(transport.requests) == 2

    def test_in_doubt_are_not_asked_for_without_room_in_the_budget(self) -> None:
        budget = RecordingBudget(2, RateLimited("full"))
        outcomes, transport, _ = run(creates(2), page(502), budget=budget)
        assert all(isinstance(error, ServerFault) and error.may_have_applied for error in errors(outcomes))
        assert len(transport.requests) == 1

    def test_in_doubt_are_not_asked_for_in_part(self) -> None:
        outcomes, transport, budget = run(creates(3), lost_answer, budget=RecordingBudget(3, 1))
        assert all(isinstance(error, Unreachable) and error.may_have_applied for error in errors(outcomes))
        assert len(transport.requests) == 1
        assert budget.settled[-1][1].call_cost == 0.0

    def test_answered_with_a_refusal_of_the_second_try_stay_in_doubt(self) -> None:
        refusal = {
            "data": {"a0": {"id": "0"}, "a1": None},
            "errors": [{"message": "No", "path": ["a1"], "extensions": {"code": "RATE_LIMIT_EXCEEDED"}}],
        }
        outcomes, _, _ = run(creates(2), lost_answer, answer(refusal))
        assert outcomes[0].error is None
        assert outcomes[1].error is not None
        assert outcomes[1].error.may_have_applied

    def test_answered_with_a_refusal_from_memory_are_refused_for_good(self) -> None:
        refusal = {
            "data": {"a0": None},
            "errors": [{"message": "No", "path": ["a0"], "extensions": {"code": "ColumnValueException"}}],
        }
        outcomes, _, _ = run(
            creates(1), lost_answer, answer(refusal, headers={"idempotency-replayed": "true"})
        )
        assert isinstance(outcomes[0].error, Rejected)
        assert not outcomes[0].error.may_have_applied

    def test_while_the_first_call_still_runs_are_a_conflict(self) -> None:
        busy = answer({"errors": [{"message": "busy", "extensions": {"code": "IDEMPOTENCY_CONFLICT"}}]}, 409)
        outcomes, _, _ = run(creates(1), lost_answer, busy)
        assert isinstance(outcomes[0].error, Conflict)
        assert outcomes[0].error.may_have_applied

    def test_of_a_server_fault_do_not_stop_the_next_batch(self) -> None:
        outcomes, _, _ = run(creates(2), page(500), page(500), all_done, batch_size=1)
        assert isinstance(outcomes[0].error, ServerFault)
        assert outcomes[1].item_id == "1"


class TestCallsThatAreNotTaken:
    @pytest.mark.parametrize(
        ("refusal", "kind"),
        [
            (answer({"errors": [{"message": "Not Authenticated"}]}, 401), AuthFailed),
            (answer({"errors": [{"message": "x"}]}, 429, {"retry-after": "58"}), RateLimited),
            (never_left, Unreachable),
        ],
    )
    def test_are_made_once_and_nothing_more_is_sent(
        self, refusal: Answer, kind: type[ConnectorError]
    ) -> None:
        outcomes, transport, _ = run(creates(3), refusal, batch_size=2)
        assert all(type(error) is kind for error in errors(outcomes))
        assert not any(error.may_have_applied for error in errors(outcomes) if error)
        assert len(transport.requests) == 1

    def test_leave_no_doubt_about_what_was_not_sent(self) -> None:
        outcomes, _, _ = run(creates(3), lost_answer, lost_answer, batch_size=2)
        doubts = [error.may_have_applied for error in errors(outcomes) if error]
        assert doubts == [True, True, False]

    def test_because_the_board_is_locked_are_not_repeated_at_once(self) -> None:
        locked = answer(
            {"errors": [{"message": "Resource is currently locked, please try again later"}]}, 423
        )
        outcomes, transport, _ = run(creates(1), locked)
        assert isinstance(outcomes[0].error, ServerFault)
        assert not outcomes[0].error.may_have_applied
        assert len(transport.requests) == 1

    def test_tell_the_budget_what_they_learned(self) -> None:
        limited = answer(
            {
                "errors": [
                    {"message": "D", "extensions": {"code": "DAILY_LIMIT_EXCEEDED", "retry_in_seconds": 9}}
                ]
            },
            429,
        )
        _, _, budget = run(creates(1), limited)
        observed = budget.settled[0][1]
        assert observed.daily_exhausted
        assert observed.closed_for_s == 9


def test_a_busy_budget_does_not_lose_an_answer() -> None:
    class BusyBudget(RecordingBudget):
        def settle(self, grant: Any, observed: Any) -> None:
            super().settle(grant, observed)
            raise RateLimited("The budget is contended.")

    outcomes, _, _ = run(creates(1), all_done, budget=BusyBudget())
    assert outcomes[0].item_id == "0"


class TestAnswersFromMemory:
    """The first try of a create is answered from memory: an earlier run did it, up to 30 minutes ago."""

    WRITES: list[Write] = [*creates(2), ChangeColumns("m1:V9", "100", "209", {"status": None})]

    def remembered(self, *data: Any, **errors: str) -> Response:
        payload: dict[str, Any] = {"data": {f"a{n}": node for n, node in enumerate(data)}}
        payload["errors"] = [
            {"message": "No", "path": [alias], "extensions": {"code": code}} for alias, code in errors.items()
        ]
        return answer(payload, headers={"idempotency-replayed": "true"})

    def states(self, **states: str) -> Response:
        nodes = [{"id": item_id[1:], "state": state} for item_id, state in states.items()]
        return answer({"data": {"items": [*nodes, None]}})

    def test_of_a_remark_hold_and_what_was_changed_beside_it_is_done_again(self) -> None:
        writes: list[Write] = [AddUpdate("m1:V9:gone", "209", "Gone."), self.WRITES[2]]
        remembered = self.remembered({"id": "31"}, {"id": "209"})
        outcomes, transport, _ = run(writes, remembered, answer({"data": {"a0": {"id": "209"}}}))
        assert [(one.item_id, one.replayed) for one in outcomes] == [("31", True), ("209", False)]
        _, again = transport.bodies
        assert "create_update" not in again["query"]

    def test_hold_while_the_item_stands(self) -> None:
        outcomes, transport, _ = run(
            creates(2), self.remembered({"id": "7"}, {"id": "8"}), self.states(_7="active", _8="active")
        )
        assert [(one.item_id, one.replayed) for one in outcomes] == [("7", True), ("8", True)]
        assert transport.bodies[1]["variables"] == {"ids": ["7", "8"], "limit": 2}

    def test_do_not_hold_when_the_item_was_deleted_since(self) -> None:
        outcomes, transport, budget = run(
            creates(3),
            self.remembered({"id": "7"}, {"id": "8"}, {"id": "9"}),
            self.states(_7="active", _8="archived"),
            all_done,
        )
        assert [(one.item_id, one.replayed) for one in outcomes] == [("7", True), ("1", False), ("2", False)]
        keys = [request.headers.get("Idempotency-Key") for request in transport.requests]
        assert keys[0] != keys[2]
        assert budget.reserved == [3, 0, 2]

    def test_do_not_hold_for_values_that_may_have_changed_since(self) -> None:
        outcomes, transport, _ = run(
            self.WRITES,
            self.remembered({"id": "7"}, {"id": "8"}, {"id": "209"}),
            self.states(_7="active", _8="active"),
            all_done,
        )
        assert [one.item_id for one in outcomes] == ["7", "8", "209"]
        assert transport.last.operation == "change_multiple_column_values"

    def test_do_not_hold_for_a_refusal_whose_reason_may_be_gone(self) -> None:
        outcomes, _, _ = run(creates(1), self.remembered(None, a0="ItemsLimitationException"), all_done)
        assert (outcomes[0].item_id, outcomes[0].error) == ("0", None)

    def test_of_an_unknown_end_stay_in_doubt(self) -> None:
        outcomes, transport, _ = run(creates(1), self.remembered(None, a0="INTERNAL_SERVER_ERROR"))
        assert outcomes[0].error is not None
        assert outcomes[0].error.may_have_applied
        assert len(transport.requests) == 1

    @pytest.mark.parametrize("failure", [page(502), answer({"data": {"items": None}})])
    def test_that_cannot_be_checked_stay_in_doubt(self, failure: Response) -> None:
        outcomes, _, _ = run(creates(2), self.remembered({"id": "7"}, {"id": "8"}), failure)
        assert all(isinstance(error, ServerFault) and error.may_have_applied for error in errors(outcomes))

    def test_are_not_checked_again_and_again(self) -> None:
        outcomes, transport, _ = run(
            creates(1), self.remembered({"id": "7"}), self.states(), self.remembered({"id": "8"})
        )
        assert outcomes[0].item_id == "8"
        assert len(transport.requests) == 3
