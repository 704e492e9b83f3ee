"""Reading answers: every form monday's errors have had, and what the headers say about the limits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.limits import Observed
from connectors.monday.faults import UNREADABLE, Fault
from connectors.monday.graphql import Reply, body, decode

HEADERS = {
    "api-version": "2026-10",
    "ratelimit": '"minuteRate";r=4999, "concurrency";r=249, "complexityMinute";r=4950000;t=45',
    "ratelimit-policy": '"minuteRate";q=5000;w=60, "concurrency";q=250;qu="concurrent-requests"',
}


def read(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return decode(status, headers or {}, json.dumps(payload).encode())


def fault(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Fault:
    (only,) = read(payload, status, headers).faults
    return only


class TestRequests:
    def test_name_the_operation_and_leave_out_what_is_not_given(self) -> None:
        sent = json.loads(body("Board", {"ids": ["1"], "other": None}))
        assert sent["operationName"] == "Board"
        assert sent["variables"] == {"ids": ["1"]}
        assert sent["query"].startswith("query Board(")


class TestGoodAnswers:
    def test_give_data_version_request_and_limits(self) -> None:
        payload = {
            "data": {"me": {"id": "67"}, "complexity": {"query": 30001}},
            "extensions": {"request_id": "r1"},
            "account_id": 25,
        }
        reply = read(payload, headers=HEADERS)
        assert reply.data["me"] == {"id": "67"}
        assert reply.faults == ()
        assert (reply.request_id, reply.version, reply.replayed) == ("r1", "2026-10", False)
        assert reply.observed == Observed(
            complexity=30001,
            remaining_requests=4999,
            remaining_complexity=4_950_000,
            window_resets_in_s=45,
        )

    def test_from_memory_are_marked(self) -> None:
        assert read({"data": {}}, headers={"idempotency-replayed": "true"}).replayed

    def test_keep_numbers_exact(self) -> None:
        assert decode(200, {}, b'{"data": {"n": 0.1}}').data["n"] == Decimal("0.1")

    def test_take_the_request_id_from_the_header_when_the_body_has_none(self) -> None:
        assert read({"data": {}}, headers={"x-request-id": "h1"}).request_id == "h1"
        assert read({"data": {}, "extensions": None}).request_id == ""

    @pytest.mark.parametrize("header", ["", "garbage", '"minuteRate";r=x', "minuteRate;;r"])
    def test_with_unreadable_limits_teach_nothing(self, header: str) -> None:
        assert read({"data": {}}, headers={"ratelimit": header}).observed == Observed()

    def test_tell_when_the_minute_begins_anew_before_the_points_do(self) -> None:
        header = '"minuteRate";r=0;t=12, "complexityMinute";r=10;t=45'
        observed = read({"data": {}}, headers={"ratelimit": header}).observed
        assert (observed.remaining_requests, observed.window_resets_in_s) == (0, 12)


class TestErrors:
    def test_as_objects_have_code_path_status_and_wait(self) -> None:
        error = {
            "message": "User unauthorized to perform action",
            "locations": [{"line": 2, "column": 3}],
            "path": ["a3", "id"],
            "extensions": {"code": "UserUnauthorizedException", "error_data": {}, "status_code": 403},
        }
        reply = read({"data": {}, "errors": [error], "extensions": {"request_id": "r"}})
        assert reply.faults == (
            Fault(
                "User unauthorized to perform action", "UserUnauthorizedException", ("a3", "id"), 403, None
            ),
        )

    def test_beside_partial_data_keep_both(self) -> None:
        payload = {
            "data": {"boards": [{"id": "1", "name": "B", "columns": None}]},
            "errors": [
                {
                    "message": "Rate limit already blocked for board-columns-errors",
                    "path": ["boards", 0, "columns"],
                    "extensions": {
                        "code": "tooManyRequests",
                        "status_code": 400,
                        "service": "data-structure",
                    },
                }
            ],
        }
        reply = read(payload)
        assert reply.data["boards"][0]["columns"] is None
        assert reply.faults[0].path == ("boards", 0, "columns")
        # The limit of one inner service does not close the account.
        assert reply.observed.closed_for_s is None

    def test_of_the_old_form_are_read(self) -> None:
        payload = {
            "error_code": "CursorException",
            "status_code": 200,
            "error_message": "CursorExpiredError: The cursor provided for pagination has expired.",
        }
        assert fault(payload) == Fault(payload["error_message"], "CursorException", (), 200)  # type: ignore[arg-type]

    def test_in_both_forms_at_once_count_once(self) -> None:
        payload = {
            "error_code": "ComplexityException",
            "error_message": "Complexity budget exhausted",
            "errors": [
                {"message": "Complexity budget exhausted", "extensions": {"code": "ComplexityException"}}
            ],
        }
        assert fault(payload).message == "Complexity budget exhausted"

    def test_of_the_old_form_without_a_message_use_what_there_is(self) -> None:
        assert fault({"error_code": "Oops", "errors": ["plain", "words"]}).message == "plain words"
        assert fault({"error_code": "Oops"}).message == "Oops"

    def test_as_plain_texts_are_read(self) -> None:
        found = read({"errors": ["Rate Limit Exceeded", "Complexity budget exhausted, reset in 22 seconds"]})
        assert [one.retry_after_s for one in found.faults] == [None, 22]

    def test_without_message_or_code_still_are_errors(self) -> None:
        assert fault({"errors": [{}]}).message == "monday gave no reason"
        assert fault({"errors": [{"extensions": {"code": "Odd"}}]}).message == "Odd"
        assert fault({"errors": [{"message": "x", "extensions": "?", "path": "?"}]}).path == ()
        assert read({"errors": "?"}).faults == ()

    def test_name_the_column_and_the_json_problem(self) -> None:
        error = {
            "message": "invalid value",
            "extensions": {
                "code": "ColumnValueException",
                "error_data": {"column_id": "date4"},
                "problems": [{"explanation": "Syntax error in JSON input"}, {}, "x"],
            },
        }
        assert fault({"errors": [error]}).message == (
            "invalid value (column date4; Syntax error in JSON input)"
        )

    def test_do_not_name_the_column_twice(self) -> None:
        error = {"message": "date4 is wrong", "extensions": {"error_data": {"column_id": "date4"}}}
        assert fault({"errors": [error]}).message == "date4 is wrong"

    def test_with_an_endless_message_are_cut(self) -> None:
        assert len(fault({"errors": ["x" * 5000]}).message) == 1000

    @pytest.mark.parametrize(
        ("payload", "message"), [({"error": "Bad request"}, "Bad request"), ({}, "HTTP 400 without a reason")]
    )
    def test_of_http_alone_are_errors(self, payload: Any, message: str) -> None:
        assert fault(payload, 400).message == message

    def test_hidden_in_a_redirection_name_its_target(self) -> None:
        assert "https://evil.example" in fault({}, 302, {"location": "https://evil.example"}).message
        assert "nowhere" in fault({}, 307).message

    @pytest.mark.parametrize(
        "content", [b"", b"<html>Bad Gateway</html>", b'{"data": {"me"', b"[1]", b"\xff\xfe", b"[" * 100_000]
    )
    def test_that_are_no_answer_at_all_are_unreadable(self, content: bytes) -> None:
        reply = decode(502, {"retry-after": "7"}, content)
        assert reply.faults[0].code == UNREADABLE
        assert reply.faults[0].retry_after_s == 7
        assert reply.data == {}

    @settings(deadline=None)
    @given(
        st.integers(100, 599),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["data", "errors", "extensions", "message", "path", "code", "complexity"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=20,
        ),
    )
    def test_of_any_shape_never_make_reading_fail(self, status: int, payload: Any) -> None:
        reply = read(payload, status)
        assert isinstance(reply.data, dict)
        assert status < 400 or reply.faults or isinstance(payload, dict)


class TestLimits:
    @pytest.mark.parametrize(
        ("code", "message", "seconds"),
        [
            ("MINUTE_RATE_LIMIT_EXCEEDED", "Minute rate limit exceeded", 58),
            ("MAX_CONCURRENCY_EXCEEDED", "Too many concurrent requests", 15),
            ("COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", 22),
        ],
    )
    def test_close_the_account_for_the_time_told(self, code: str, message: str, seconds: int) -> None:
        error = {"message": message, "extensions": {"code": code, "retry_in_seconds": seconds}}
        observed = read({"errors": [error]}, 429).observed
        assert (observed.closed_for_s, observed.reason, observed.call_cost) == (seconds, message, 0.1)
        assert not observed.daily_exhausted

    def test_of_the_day_say_so(self) -> None:
        error = {"message": "D", "extensions": {"code": "DAILY_LIMIT_EXCEEDED", "retry_in_seconds": 3599}}
        assert read({"errors": [error]}, 429).observed.daily_exhausted

    @pytest.mark.parametrize(
        ("extensions", "header", "seconds"),
        [
            ({"retry_in_seconds": 22}, "60", 60),
            ({"retry_in_seconds": 60}, "22", 60),
            ({"retryAfterMs": 1500}, "", 1.5),
            ({}, "9", 9),
            ({}, "Wed, 21 Oct 2026 07:28:00 GMT", 30),
            ({"retry_in_seconds": 10**9}, "", 3600),
            ({"retry_in_seconds": -5}, "nan", 30),
        ],
    )
    def test_take_the_longest_of_header_and_body(
        self, extensions: dict[str, Any], header: str, seconds: float
    ) -> None:
        error = {"message": "Rate limit exceeded", "extensions": extensions}
        observed = read({"errors": [error]}, 429, {"retry-after": header}).observed
        assert observed.closed_for_s == seconds

    def test_met_within_a_good_answer_cost_a_whole_call(self) -> None:
        error = {
            "message": "Rate limit exceeded",
            "path": ["a1"],
            "extensions": {"code": "RATE_LIMIT_EXCEEDED"},
        }
        observed = read({"data": {"a0": {"id": "1"}}, "errors": [error]}).observed
        assert (observed.closed_for_s, observed.call_cost) == (30, 1.0)

    def test_a_blocked_api_closes_the_account_a_minute(self) -> None:
        error = {"message": "Blocked", "extensions": {"code": "API_TEMPORARILY_BLOCKED"}}
        assert read({"errors": [error]}).observed.closed_for_s == 60

    def test_a_503_with_a_time_closes_the_account(self) -> None:
        assert decode(503, {"retry-after": "20"}, b"<html>").observed.closed_for_s == 20
        assert decode(503, {}, b"<html>").observed.closed_for_s is None
