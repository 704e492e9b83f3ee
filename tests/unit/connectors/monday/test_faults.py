"""What each of monday's errors means for us. Codes and bodies as monday's documentation and servers give them."""

from __future__ import annotations

import pytest

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Misconfigured,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Transient,
    Unreachable,
)
from connectors.monday.faults import UNREADABLE, CursorExpired, Fault, kind_of, to_error, wait_of

BY_CODE: list[tuple[str, int, type[ConnectorError]]] = [
    ("COMPLEXITY_BUDGET_EXHAUSTED", 429, RateLimited),
    ("complexityBudgetExhausted", 429, RateLimited),
    ("ComplexityException", 200, RateLimited),
    ("MINUTE_RATE_LIMIT_EXCEEDED", 429, RateLimited),
    ("MAX_CONCURRENCY_EXCEEDED", 429, RateLimited),
    ("maxConcurrencyExceeded", 429, RateLimited),
    ("DAILY_LIMIT_EXCEEDED", 429, RateLimited),
    ("IP_RATE_LIMIT_EXCEEDED", 429, RateLimited),
    ("RATE_LIMIT_EXCEEDED", 429, RateLimited),
    ("tooManyRequests", 200, RateLimited),
    ("Unauthorized", 401, AuthFailed),
    ("", 401, AuthFailed),
    ("UserUnauthorizedException", 403, Misconfigured),
    ("UserUnauthorizedException", 200, Misconfigured),
    ("USER_ACCESS_DENIED", 403, Misconfigured),
    ("missingRequiredPermissions", 200, Misconfigured),
    ("InvalidVersionException", 200, Misconfigured),
    ("undefinedField", 200, Misconfigured),
    ("", 403, Misconfigured),
    ("", 301, Misconfigured),
    ("ColumnValueException", 200, Rejected),
    ("CorrectedValueException", 200, Rejected),
    ("InvalidArgumentException", 200, Rejected),
    ("InvalidColumnIdException", 200, Rejected),
    ("InvalidUserIdException", 200, Rejected),
    ("ItemNameTooLongException", 200, Rejected),
    ("ItemsLimitationException", 200, Rejected),
    ("RecordInvalidException", 422, Rejected),
    ("JsonParseException", 400, Rejected),
    ("DeleteLastGroupException", 409, Rejected),
    ("SomethingNewException", 200, Rejected),
    ("SomethingNewException", 400, Rejected),
    ("ResourceNotFoundException", 200, NotFound),
    ("ResourceNotFoundException", 404, NotFound),
    ("InvalidItemIdException", 200, NotFound),
    ("InvalidBoardIdException", 200, NotFound),
    ("", 404, NotFound),
    ("CursorException", 200, CursorExpired),
    ("API_TEMPORARILY_BLOCKED", 200, ServerFault),
    ("INTERNAL_SERVER_ERROR", 200, ServerFault),
    ("INTERNAL_SERVER_ERROR", 500, ServerFault),
    ("TIMEOUT_EXCEEDED", 503, ServerFault),
    ("", 423, ServerFault),
    ("", 502, ServerFault),
    ("IDEMPOTENCY_CONFLICT", 409, Conflict),
    ("", 409, Conflict),
    (UNREADABLE, 200, Unreachable),
    (UNREADABLE, 502, ServerFault),
    (UNREADABLE, 401, AuthFailed),
    (UNREADABLE, 404, Misconfigured),
    (UNREADABLE, 413, Rejected),
]

BY_WORDS: list[tuple[str, type[ConnectorError]]] = [
    ("Minute limit rate exceeded", RateLimited),
    ("Rate Limit Exceeded", RateLimited),
    ("Concurrency limit exceeded", RateLimited),
    ("Call limit exceeded for CreateBoard", RateLimited),
    ("Complexity budget exhausted, query cost 30001", RateLimited),
    ("CursorExpiredError: The cursor provided for pagination has expired.", CursorExpired),
    ("Not Authenticated", AuthFailed),
    ("Your ip is restricted", Misconfigured),
    ("User unauthorized to perform action", Misconfigured),
    ('Parse error on "}" (RCURLY) at [3, 1]', Misconfigured),
    ("Field 'nope' doesn't exist on type 'Item'", Misconfigured),
    ("Resource is currently locked, please try again later", ServerFault),
    ("Internal server error", ServerFault),
    ("Variable $columnValues of type JSON! was provided invalid value", Rejected),
]


@pytest.mark.parametrize(("code", "status", "kind"), BY_CODE)
def test_a_code_or_status_tells_who_must_act(code: str, status: int, kind: type[ConnectorError]) -> None:
    assert kind_of(Fault("It went wrong", code), status) is kind


@pytest.mark.parametrize(("message", "kind"), BY_WORDS)
def test_without_a_code_the_words_tell(message: str, kind: type[ConnectorError]) -> None:
    assert kind_of(Fault(message), 200) is kind


def test_a_restricted_address_is_no_matter_of_the_token() -> None:
    assert kind_of(Fault("Your ip is restricted", "Unauthorized"), 401) is Misconfigured


def test_the_status_of_the_error_counts_where_http_says_200() -> None:
    assert kind_of(Fault("Oh", status=403), 200) is Misconfigured
    assert to_error(Fault("Oh", status=403), http_status=200, operation="x").status == 403
    assert to_error(Fault("Oh", status=400), http_status=500, operation="x").status == 500


class TestErrors:
    def test_carry_mondays_own_sentence_operation_and_request(self) -> None:
        fault = Fault("The label 'Dome' does not exist", "ColumnValueException")
        error = to_error(fault, http_status=200, operation="create_item", request_id="r1")
        assert error.detail == "The label 'Dome' does not exist."
        assert str(error) == ("monday create_item: The label 'Dome' does not exist. (HTTP 200, request r1)")

    def test_of_a_limit_carry_the_seconds(self) -> None:
        fault = Fault("Minute rate limit exceeded", "MINUTE_RATE_LIMIT_EXCEEDED", retry_after_s=58)
        error = to_error(fault, http_status=429, operation="create_item", mutation=True)
        assert isinstance(error, RateLimited)
        assert error.retry_after_s == 58
        assert not error.may_have_applied
        assert "wait 58 s" in error.detail

    @pytest.mark.parametrize(
        ("fault", "seconds"),
        [
            (Fault("Too many concurrent requests", "MAX_CONCURRENCY_EXCEEDED"), 15),
            (Fault("Rate limit exceeded"), 30),
            (Fault("Rate limit exceeded", retry_after_s=0.0), 0),
        ],
    )
    def test_of_a_limit_without_a_time_wait_a_usual_one(self, fault: Fault, seconds: float) -> None:
        assert wait_of(fault) == seconds

    @pytest.mark.parametrize(
        ("fault", "status", "doubtful"),
        [
            (Fault("Internal server error", "INTERNAL_SERVER_ERROR"), 500, True),
            (Fault("x", UNREADABLE), 502, True),
            (Fault("x", UNREADABLE), 200, True),
            (Fault("busy", "IDEMPOTENCY_CONFLICT"), 409, True),
            (Fault("x", "TIMEOUT_EXCEEDED"), 503, True),
            (Fault("Resource is currently locked, please try again later"), 423, False),
            (Fault("x"), 423, False),
            (Fault("x", status=423), 200, False),
            (Fault("x", "API_TEMPORARILY_BLOCKED"), 200, False),
            (Fault("x", "ColumnValueException"), 200, False),
            (Fault("x", "Unauthorized"), 401, False),
        ],
    )
    def test_of_a_mutation_say_whether_it_may_have_happened(
        self, fault: Fault, status: int, doubtful: bool
    ) -> None:
        assert to_error(fault, http_status=status, operation="x", mutation=True).may_have_applied is doubtful
        assert to_error(fault, http_status=status, operation="x").may_have_applied is False

    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            ("Unauthorized", "Enter the token of an active user"),
            ("USER_ACCESS_DENIED", "Check what the token's user may do"),
            ("IDEMPOTENCY_CONFLICT", "still busy with the same call"),
            ("API_TEMPORARILY_BLOCKED", "could not do it now"),
        ],
    )
    def test_say_what_to_do(self, code: str, remedy: str) -> None:
        assert remedy in to_error(Fault("No", code), http_status=200, operation="x").detail

    def test_of_a_cursor_are_tried_again(self) -> None:
        assert issubclass(CursorExpired, Transient)
