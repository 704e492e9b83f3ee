"""Limits, idempotency keys and faults over the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.monday.limits import DAY_S
from tests.sandbox.monday_client import CREATE, Monday, running

ME = "{ me { id } }"


@pytest.fixture
def monday() -> Iterator[Monday]:
    with running() as one:
        yield one


def creates(count: int) -> str:
    aliases = " ".join(
        f'a{n}: create_item(board_id: $b, item_name: "Item {n}") {{ id }}' for n in range(count)
    )
    return f"mutation ($b: ID!) {{ {aliases} }}"


def limited(answer: requests.Response, code: str) -> int:
    assert answer.status_code == 429
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == code
    wait: int = error["extensions"]["retry_in_seconds"]
    assert answer.headers["Retry-After"] == str(wait)
    assert answer.json()["extensions"]["request_id"] == answer.headers["x-request-id"]
    return wait


def items(monday: Monday) -> int:
    return len(monday.world.board(monday.board).items)


def test_every_answer_tells_what_is_left(monday: Monday) -> None:
    first, second = monday.post(ME), monday.post(ME)

    assert first.headers["RateLimit-Policy"] == (
        '"minuteRate";q=2500;w=60, "concurrency";q=100;qu="concurrent-requests", '
        '"complexityMinute";q=10000000;w=60;qu="content-bytes"'
    )
    assert first.headers["RateLimit"].startswith(
        '"minuteRate";r=2499, "concurrency";r=100, "complexityMinute";r=99999'
    )
    assert second.headers["RateLimit"].startswith('"minuteRate";r=2498')
    assert "RateLimit" in monday.post("{ nope }").headers


def test_requests_per_minute_are_counted_in_a_rolling_window(monday: Monday) -> None:
    monday.world.set_limits(requests_per_minute=2)
    monday.post(ME)
    monday.sandbox.clock.advance(40)
    monday.post(ME)

    refused = monday.post(ME)

    wait = limited(refused, "MINUTE_RATE_LIMIT_EXCEEDED")
    assert 18 <= wait <= 21
    assert f'"minuteRate";r=0;t={wait}' in refused.headers["RateLimit"]
    monday.sandbox.clock.advance(21)
    assert monday.post(ME).status_code == 200
    assert monday.post(ME).status_code == 429


def test_daily_calls_begin_anew_at_midnight_utc_and_a_refused_call_costs_a_tenth(monday: Monday) -> None:
    monday.world.set_limits(daily_calls=3)
    monday.sandbox.clock.advance(DAY_S - monday.sandbox.clock.now() % DAY_S - 1800)
    for _ in range(3):
        assert monday.post(ME).status_code == 200

    assert 1700 < limited(monday.post(ME), "DAILY_LIMIT_EXCEEDED") <= 1800
    assert monday.world.limits.usage()["25"]["daily_calls"] == pytest.approx(3.1)
    monday.sandbox.clock.advance(1801)
    assert monday.post(ME).status_code == 200
    monday.sandbox.clock.advance(60)
    for _ in range(2):
        monday.post(ME)
    assert limited(monday.post(ME), "DAILY_LIMIT_EXCEEDED") == 3599


def test_a_lone_complexity_query_costs_a_tenth_of_a_daily_call(monday: Monday) -> None:
    for _ in range(5):
        monday.post("{ complexity { query } }")
    assert monday.world.limits.usage()["25"]["daily_calls"] == pytest.approx(0.5)


def test_concurrent_calls_are_limited(monday: Monday) -> None:
    monday.world.set_limits(concurrency=1)
    monday.sandbox.faults.set("monday", [{"kind": "slow", "ms": 150, "times": 1}])
    slow = threading.Thread(target=monday.post, args=(ME,))
    slow.start()
    while not monday.world.limits._meters["25/personal"].in_flight:
        pass

    refused = requests.post(
        monday.url, json={"query": ME}, headers={"Authorization": "monday-token"}, timeout=5
    )

    assert limited(refused, "MAX_CONCURRENCY_EXCEEDED") == 15
    assert '"concurrency";r=0;t=15' in refused.headers["RateLimit"]
    slow.join()
    assert monday.post(ME).status_code == 200


def test_complexity_is_counted_and_runs_out(monday: Monday) -> None:
    query = """mutation ($b: ID!) { complexity { before query after reset_in_x_seconds }
      create_item(board_id: $b, item_name: "x") { id } }"""
    told = monday.data(query, b=monday.board)["complexity"]
    assert told["before"] - told["after"] == told["query"] >= 10_000 and 0 < told["reset_in_x_seconds"] <= 60

    monday.world.set_limits(complexity_per_minute=25_000)
    assert monday.post(query, {"b": monday.board}).status_code == 200
    refused = monday.post(query, {"b": monday.board})

    assert 0 < limited(refused, "COMPLEXITY_BUDGET_EXHAUSTED") <= 60
    assert items(monday) == 2
    monday.sandbox.clock.advance(61)
    assert monday.post(query, {"b": monday.board}).status_code == 200


def test_a_query_above_five_million_points_never_runs(monday: Monday) -> None:
    page = "items_page(limit: 500) { items { id updates(limit: 100) { id creator { id name } } } }"
    refused = monday.post(f"{{ boards(limit: 50) {{ {page} groups {{ {page} }} }} }}")
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "COMPLEXITY_BUDGET_EXHAUSTED"


def test_an_app_token_has_budgets_of_its_own_for_reads_and_writes(monday: Monday) -> None:
    answer = monday.post(ME, token="monday-app-token")
    assert '"complexityMinute";q=5000000' in answer.headers["RateLimit-Policy"]
    monday.world.set_limits(complexity_per_minute=15_000, requests_per_minute=2)
    write = monday.post(creates(1), {"b": monday.board}, token="monday-app-token")
    assert write.status_code == 200
    assert monday.post(ME, token="monday-app-token").status_code == 429
    assert monday.post(ME).status_code == 200


def test_mutations_have_no_cap_unless_one_is_set(monday: Monday) -> None:
    for _ in range(3):
        assert monday.post(creates(50), {"b": monday.board}).status_code == 200
    assert items(monday) == 150


def test_a_cap_counts_every_alias_in_a_rolling_window(monday: Monday) -> None:
    monday.world.set_limits(mutations_per_window=40, window_seconds=60)
    monday.post(creates(30), {"b": monday.board})
    monday.sandbox.clock.advance(30)
    monday.post(creates(10), {"b": monday.board})

    wait = limited(monday.post(creates(20), {"b": monday.board}), "MINUTE_RATE_LIMIT_EXCEEDED")

    assert 28 <= wait <= 30
    assert items(monday) == 40
    assert monday.post(ME).status_code == 200
    monday.sandbox.clock.advance(31)
    assert monday.post(creates(30), {"b": monday.board}).status_code == 200
    assert monday.post(creates(1), {"b": monday.board}).status_code == 429
    monday.world.set_limits(mutations_per_window=None)
    assert monday.post(creates(50), {"b": monday.board}).status_code == 200


def test_the_cap_counts_changes_and_moves_but_not_what_a_fault_kept_from_running(monday: Monday) -> None:
    item = monday.create()
    monday.world.set_limits(mutations_per_window=3)
    change = """mutation ($b: ID!, $i: ID!) { a: change_simple_column_value(board_id: $b, item_id: $i, column_id: "key",
      value: "x") { id } b: move_item_to_group(item_id: $i, group_id: "closed") { id }
      c: create_update(item_id: $i, body: "x") { id } }"""
    monday.sandbox.faults.set("monday", [{"kind": "500", "times": 2}])
    assert [monday.post(change, {"b": monday.board, "i": item}).status_code for _ in range(2)] == [500, 500]
    monday.sandbox.clock.advance(61)

    assert monday.post(change, {"b": monday.board, "i": item}).status_code == 200
    assert monday.world.limits.usage()["25"]["mutations_in_window"] == 2
    assert monday.post(change, {"b": monday.board, "i": item}).status_code == 429


def test_boards_are_made_at_most_forty_a_minute(monday: Monday) -> None:
    make = "mutation { " + " ".join(
        f'b{n}: create_board(board_name: "B", board_kind: public, empty: true) {{ id }}' for n in range(40)
    ) + " }"  # fmt: skip
    assert monday.post(make).status_code == 200
    refused = monday.post('mutation { create_board(board_name: "B", board_kind: public) { id } }')
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["message"] == "Call limit exceeded for CreateBoard"


def test_plans_bring_their_own_limits(monday: Monday) -> None:
    assert monday.world.set_limits(plan="standard")["daily_calls"] == 1_000
    data = monday.data("{ account { tier } platform_api { daily_limit { total } } }")
    assert data == {"account": {"tier": "standard"}, "platform_api": {"daily_limit": {"total": 1_000}}}
    assert '"minuteRate";q=1000' in monday.post(ME).headers["RateLimit-Policy"]
    monday.world.set_limits(daily_calls=5)
    monday.world.set_plan("enterprise")
    assert monday.world.limits.get("daily_calls") == 25_000


@pytest.mark.parametrize(
    "wrong", [{"plan": "gold"}, {"colour": 1}, {"daily_calls": 0}, {"daily_calls": "many"}]
)
def test_unknown_plans_and_limits_are_refused(monday: Monday, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"limit|plan"):
        monday.world.set_limits(**wrong)


# Idempotency


def test_the_same_key_replays_the_first_answer(monday: Monday) -> None:
    first = monday.post(CREATE, {"board": monday.board, "name": "Once"}, Idempotency_Key="k1")
    again = monday.post(CREATE, {"board": monday.board, "name": "Another body"}, Idempotency_Key="k1")

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content and items(monday) == 1
    call = monday.last_call()
    assert (call["idempotency_key"], call["mutations"], call["detail"]) == ("k1", 0, "replayed")


def test_a_key_is_kept_for_half_an_hour_and_belongs_to_its_token(monday: Monday) -> None:
    variables = {"board": monday.board, "name": "Once"}
    monday.post(CREATE, variables, Idempotency_Key="k1")
    other = monday.post(CREATE, variables, token="monday-app-token", Idempotency_Key="k1")
    assert "Idempotency-Replayed" not in other.headers and items(monday) == 2

    monday.sandbox.clock.advance(1799)
    assert monday.post(CREATE, variables, Idempotency_Key="k1").headers["Idempotency-Replayed"]
    monday.sandbox.clock.advance(2)
    assert "Idempotency-Replayed" not in monday.post(CREATE, variables, Idempotency_Key="k1").headers
    assert items(monday) == 3


def test_a_key_means_nothing_on_a_query(monday: Monday) -> None:
    for _ in range(2):
        assert "Idempotency-Replayed" not in monday.post(ME, Idempotency_Key="k1").headers


def test_errors_of_an_executed_call_are_replayed_too(monday: Monday) -> None:
    for _ in range(2):
        answer = monday.post(CREATE, {"board": monday.board, "name": ""}, Idempotency_Key="k1")
    assert answer.headers["Idempotency-Replayed"] == "true" and answer.json()["errors"]


@pytest.mark.parametrize("kind", ["429", "500", "502_html", "503", "timeout"])
def test_what_was_not_executed_is_not_kept(monday: Monday, kind: str) -> None:
    monday.sandbox.faults.set("monday", [{"kind": kind, "times": 1}])
    variables = {"board": monday.board, "name": "Once"}
    try:
        failed = monday.post(CREATE, variables, Idempotency_Key="k1").status_code
    except requests.ConnectionError:
        failed = 0

    retried = monday.post(CREATE, variables, Idempotency_Key="k1")

    assert failed != 200 and retried.status_code == 200
    assert "Idempotency-Replayed" not in retried.headers and items(monday) == 1


def test_a_lost_response_has_been_applied_and_its_key_replays_it(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "lost_response", "times": 1}])
    variables = {"board": monday.board, "name": "Once"}

    with pytest.raises(requests.ConnectionError):
        monday.post(CREATE, variables, Idempotency_Key="k1")
    assert items(monday) == 1 and monday.last_call()["status"] == "dropped"
    again = monday.post(CREATE, variables, Idempotency_Key="k1")

    assert again.headers["Idempotency-Replayed"] == "true" and items(monday) == 1
    assert again.json()["data"]["create_item"]["name"] == "Once"


def test_a_key_in_use_is_a_conflict_until_the_first_call_is_done(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "slow", "ms": 150, "times": 1}])
    variables = {"board": monday.board, "name": "Once"}
    slow = threading.Thread(target=monday.post, args=(CREATE, variables), kwargs={"Idempotency_Key": "k1"})
    slow.start()
    while not monday.world.idempotency._kept:
        pass

    body = {"query": CREATE, "variables": variables}
    headers = {"Authorization": "monday-token", "Idempotency-Key": "k1"}
    conflict = requests.post(monday.url, json=body, headers=headers, timeout=5)

    assert conflict.status_code == 409 and conflict.headers["Retry-After"]
    assert conflict.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_CONFLICT"
    slow.join()
    assert monday.post(CREATE, variables, Idempotency_Key="k1").headers["Idempotency-Replayed"]
    assert items(monday) == 1


def test_an_answer_above_a_megabyte_is_not_kept(monday: Monday) -> None:
    query = "mutation ($b: ID!, $v: JSON) { " + " ".join(
        f'a{n}: create_item(board_id: $b, item_name: "x", column_values: $v) {{ column_values {{ text value }} }}'
        for n in range(20)
    ) + " }"  # fmt: skip
    variables = {"b": monday.board, "v": json.dumps({"key": "x" * 40_000})}
    for _ in range(2):
        answer = monday.post(query, variables, Idempotency_Key="big")
    assert "Idempotency-Replayed" not in answer.headers and items(monday) == 40


# Faults


FAULTS: list[tuple[str, int, str | None, bool]] = [  # kind, status, code, Retry-After
    ("429", 429, "MINUTE_RATE_LIMIT_EXCEEDED", True),
    ("429_no_header", 429, "MINUTE_RATE_LIMIT_EXCEEDED", False),
    ("complexity", 429, "COMPLEXITY_BUDGET_EXHAUSTED", False),
    ("concurrency", 429, "MAX_CONCURRENCY_EXCEEDED", False),
    ("daily", 429, "DAILY_LIMIT_EXCEEDED", False),
    ("ip", 429, "IP_RATE_LIMIT_EXCEEDED", True),
    ("locked", 423, None, False),
    ("conflict", 409, "IDEMPOTENCY_CONFLICT", True),
    ("unauthorized", 401, "Unauthorized", False),
    ("forbidden", 403, "USER_ACCESS_DENIED", False),
    ("500", 500, "INTERNAL_SERVER_ERROR", False),
    ("503", 503, "TIMEOUT_EXCEEDED", True),
    ("blocked", 200, "API_TEMPORARILY_BLOCKED", False),
    ("never heard of", 500, "UNKNOWN_FAULT", False),
]


@pytest.mark.parametrize(("kind", "status", "code", "header"), FAULTS)
def test_a_fault_looks_like_the_real_thing_and_applies_nothing(
    monday: Monday, kind: str, status: int, code: str | None, header: bool
) -> None:
    monday.sandbox.faults.set("monday", [{"kind": kind, "times": 1, "retry_after": 7}])

    answer = monday.post(CREATE, {"board": monday.board, "name": "x"})

    assert answer.status_code == status and items(monday) == 0
    assert answer.json()["errors"][0]["extensions"].get("code") == code
    assert ("Retry-After" in answer.headers) is header
    assert monday.last_call()["status"] == status
    assert monday.post(CREATE, {"board": monday.board, "name": "x"}).status_code == 200


def test_a_bad_gateway_is_a_page_of_html(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "502_html", "times": 1}])
    answer = monday.post(CREATE, {"board": monday.board, "name": "x"})

    assert answer.status_code == 502 and answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<html>") and items(monday) == 0


def test_a_timeout_drops_the_connection_before_anything_is_applied(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "timeout", "times": 1}])
    with pytest.raises(requests.ConnectionError):
        monday.post(CREATE, {"board": monday.board, "name": "x"})
    assert items(monday) == 0 and monday.last_call()["status"] == "dropped"


def test_the_columns_service_can_fail_alone(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "columns_null", "operation": "boards", "times": 1}])
    query = "query ($b: [ID!]) { boards(ids: $b) { id name columns { id } } }"

    answer = monday.post(query, {"b": [monday.board]})

    assert answer.status_code == 200
    assert answer.json()["data"]["boards"] == [{"id": monday.board, "name": "Invoices", "columns": None}]
    (error,) = answer.json()["errors"]
    assert error["path"] == ["boards", 0, "columns"]
    assert error["extensions"] == {"code": "tooManyRequests", "status_code": 400, "service": "data-structure"}
    assert monday.data(query, b=[monday.board])["boards"][0]["columns"]


def test_a_cursor_can_be_made_to_expire(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "cursor_expired", "times": 1}])
    assert monday.post(ME).json()["error_code"] == "CursorException"


def test_a_fault_can_be_meant_for_one_operation(monday: Monday) -> None:
    monday.sandbox.faults.set("monday", [{"kind": "500", "operation": "create_item"}])
    assert monday.post(ME).status_code == 200
    assert monday.post(CREATE, {"board": monday.board, "name": "x"}).status_code == 500


@pytest.mark.parametrize("kind", ["500", "lost_response"])
def test_a_replay_can_fail_as_well(monday: Monday, kind: str) -> None:
    variables = {"board": monday.board, "name": "Once"}
    monday.post(CREATE, variables, Idempotency_Key="k1")
    monday.sandbox.faults.set("monday", [{"kind": kind, "times": 1}])
    try:
        assert monday.post(CREATE, variables, Idempotency_Key="k1").status_code == 500
    except requests.ConnectionError:
        assert kind == "lost_response"
    assert monday.post(CREATE, variables, Idempotency_Key="k1").headers["Idempotency-Replayed"] == "true"
    assert items(monday) == 1


def test_latency_is_added_to_every_call(monday: Monday) -> None:
    monday.sandbox.faults.set_latency({"monday": 30})
    monday.post(ME)
    assert monday.last_call()["ms"] >= 30


def test_old_answers_are_dropped_in_time(monday: Monday, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.monday.idempotency.PURGE_EVERY", 2)
    for number in range(2):
        monday.post(CREATE, {"board": monday.board, "name": "x"}, Idempotency_Key=f"old {number}")
    monday.sandbox.clock.advance(1801)
    for number in range(2):
        monday.post(CREATE, {"board": monday.board, "name": "x"}, Idempotency_Key=f"new {number}")

    assert {key for _, key in monday.world.idempotency._kept} == {"new 0", "new 1"}
