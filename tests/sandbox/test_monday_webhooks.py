"""Webhooks: the challenge, what is delivered for which change, signatures and retries."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from tests.sandbox.monday_client import Monday, Receiver, receiving, running

SUBSCRIBE = """mutation ($b: ID!, $u: String!, $e: WebhookEventType!, $c: JSON) {
  create_webhook(board_id: $b, url: $u, event: $e, config: $c) { id board_id event config } }"""


@pytest.fixture
def monday() -> Iterator[Monday]:
    with running() as one:
        yield one


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def subscribe(
    monday: Monday, receiver: Receiver, event: str, config: Any = None, **more: str
) -> dict[str, Any]:
    variables = {
        "b": monday.board,
        "u": receiver.url,
        "e": event,
        "c": None if config is None else json.dumps(config),
    }
    made = monday.post(SUBSCRIBE, variables, **more).json()
    found: dict[str, Any] = made["data"]["create_webhook"]
    return found


def until(condition: Any, seconds: float = 3) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_subscription_is_listed_without_its_url_and_can_be_deleted(
    monday: Monday, receiver: Receiver
) -> None:
    config = {"columnId": "status"}
    made = subscribe(monday, receiver, "change_specific_column_value", config)
    listed = "query ($b: ID!, $a: Boolean) { webhooks(board_id: $b, app_webhooks_only: $a) { id event config board_id } }"

    assert json.loads(made["config"]) == config and made["board_id"] == monday.board
    assert monday.data(listed, b=monday.board)["webhooks"] == [made]
    assert monday.data(listed, b=monday.board, a=True)["webhooks"] == []
    assert (
        subscribe(monday, receiver, "create_item")["id"] != subscribe(monday, receiver, "create_item")["id"]
    )
    delete = "mutation ($i: ID!) { delete_webhook(id: $i) { id } }"
    assert monday.data(delete, i=made["id"])["delete_webhook"] == {"id": made["id"]}
    assert monday.error(delete, i=made["id"])["extensions"]["code"] == "ResourceNotFoundException"


def test_a_url_that_does_not_echo_the_challenge_is_refused(monday: Monday, receiver: Receiver) -> None:
    receiver.echo = False
    error = monday.error(SUBSCRIBE, b=monday.board, u=receiver.url, e="create_item")
    assert "challenge" in error["message"]
    assert monday.error(SUBSCRIBE, b=monday.board, u="http://127.0.0.1:9/x", e="create_item")
    assert monday.world.webhooks.of_board(int(monday.board)) == []


@pytest.mark.parametrize(
    ("url", "event", "config"),
    [("ftp://x.example/", "create_item", None), ("http://127.0.0.1/" + "x" * 250, "create_item", None),
     (None, "change_status_column_value", None), (None, "item_moved_to_specific_group", {"columnId": "x"})],
)  # fmt: skip
def test_bad_urls_and_missing_configs_are_refused(
    monday: Monday, receiver: Receiver, url: str | None, event: str, config: Any
) -> None:
    config = None if config is None else json.dumps(config)
    error = monday.error(SUBSCRIBE, b=monday.board, u=url or receiver.url, e=event, c=config)
    assert error["extensions"]["code"] == "InvalidArgumentException"


def test_a_created_item_is_told_with_pulse_names(monday: Monday, receiver: Receiver) -> None:
    webhook = subscribe(monday, receiver, "create_item")
    item = monday.create("New", {"key": "K"})

    (event,) = receiver.wait_for(1)

    assert event.pop("triggerTime").endswith("Z") and len(event.pop("triggerUuid")) == 32
    assert event == {
        "app": "monday", "type": "create_pulse", "subscriptionId": int(webhook["id"]), "isRetry": False, "userId": 67,
        "originalTriggerUuid": None, "boardId": int(monday.board), "pulseId": int(item), "pulseName": "New",
        "groupId": "open", "groupName": "Open", "groupColor": "#579bfc", "isTopGroup": True, "columnValues": {},
    }  # fmt: skip


def test_a_person_changing_a_status_is_told_with_the_label_before_and_after(
    monday: Monday, receiver: Receiver
) -> None:
    item = monday.create(values={"status": "Draft"})
    subscribe(monday, receiver, "change_column_value")

    monday.world.edit_as_person(item, "status", "Posted")

    (event,) = receiver.wait_for(1)
    assert (event["type"], event["userId"], event["columnId"], event["columnType"]) == (
        "update_column_value", 77, "status", "color",
    )  # fmt: skip
    assert event["value"]["label"]["text"] == "Posted" and event["value"]["label"]["index"] == 1
    assert event["previousValue"]["label"]["text"] == "Draft"
    assert event["columnTitle"] == "Status" and isinstance(event["changedAt"], float)


VALUES: list[tuple[str, Any, Any]] = [
    ("key", "New", {"value": "New"}),
    ("notes", "Long", {"value": "Long"}),
    ("amount", "12.50", {"value": 12.5, "unit": None}),
    ("amount", "3", {"value": 3, "unit": None}),
    ("tags", "Urgent", {"chosenValues": [{"id": 1, "name": "Urgent"}]}),
    ("due", "2026-02-05", {"date": "2026-02-05", "icon": None, "time": None}),
    ("owner", "77", {"personsAndTeams": [{"id": 77, "kind": "person"}]}),
    ("paid", {"checked": "true"}, {"checked": True}),
]


@pytest.mark.parametrize(("column", "written", "expected"), VALUES)
def test_changed_values_have_the_shape_of_their_type(
    monday: Monday, receiver: Receiver, column: str, written: Any, expected: Any
) -> None:
    item = monday.create()
    subscribe(monday, receiver, "change_column_value")

    monday.change(item, {column: written})

    (event,) = receiver.wait_for(1)
    assert {key: value for key, value in event["value"].items() if key != "changed_at"} == expected
    assert event["previousValue"] == {}


def test_only_real_changes_are_told(monday: Monday, receiver: Receiver) -> None:
    item = monday.create("Same", {"key": "K", "amount": "3"})
    for event in ("change_column_value", "change_name", "item_moved_to_any_group"):
        subscribe(monday, receiver, event)

    monday.change(item, {"key": "K", "amount": "3.00", "name": "Same", "tags": ""})
    monday.world.move_as_person(item, "open")
    monday.change(item, {"key": "L"})

    assert [event["value"] for event in receiver.wait_for(1)] == [{"value": "L"}]
    time.sleep(0.05)
    assert len(receiver.events) == 1


def test_other_changes_have_their_own_spelling(monday: Monday, receiver: Receiver) -> None:
    item, other = monday.create("Old"), monday.create("Other")
    for name in (
        "change_name",
        "item_moved_to_any_group",
        "item_archived",
        "item_deleted",
        "create_update",
        "create_column",
    ):
        subscribe(monday, receiver, name)

    world = monday.world
    world.rename_as_person(item, "New")
    world.move_as_person(item, "closed")
    world.update_as_person(item, "<p>Hi</p>")
    world.archive_as_person(item)
    world.delete_as_person(other, user_id=79)
    monday.data(
        'mutation ($b: ID!) { create_column(board_id: $b, title: "T", column_type: date) { id } }',
        b=monday.board,
    )

    events = {event["type"]: event for event in receiver.wait_for(6)}
    assert events["update_name"]["value"] == {"name": "New"} and events["update_name"]["previousValue"] == {
        "name": "Old"
    }
    moved = events["move_pulse_into_group"]
    assert (moved["sourceGroupId"], moved["destGroupId"], moved["destGroup"]["title"]) == (
        "open",
        "closed",
        "Closed",
    )
    assert events["create_update"]["textBody"] == "Hi" and events["create_update"]["pulseId"] == int(item)
    assert events["archive_pulse"]["itemId"] == int(item) and "pulseId" not in events["archive_pulse"]
    assert events["delete_pulse"]["itemName"] == "Other" and events["delete_pulse"]["userId"] == 79
    assert events["create_column"]["columnType"] == "date"


def test_a_config_narrows_what_is_told(monday: Monday, receiver: Receiver) -> None:
    item = monday.create()
    subscribe(monday, receiver, "change_specific_column_value", {"columnId": "key"})
    subscribe(
        monday, receiver, "change_status_column_value", {"columnId": "status", "columnValue": {"index": 1}}
    )
    subscribe(
        monday, receiver, "change_status_column_value", {"columnId": "status", "columnValue": {"$any$": True}}
    )
    subscribe(monday, receiver, "item_moved_to_specific_group", {"groupId": "closed"})

    monday.change(item, {"amount": "1"})
    monday.change(item, {"status": "Draft"})
    monday.change(item, {"status": "Posted"})
    monday.change(item, {"key": "K"})
    monday.world.move_as_person(item, "closed")
    monday.world.move_as_person(item, "open")

    told = sorted(
        (event["type"], event.get("columnId", event.get("destGroupId"))) for event in receiver.wait_for(5)
    )
    assert told == [("move_pulse_into_group", "closed"), ("update_column_value", "key"),
                    *[("update_column_value", "status")] * 3]  # fmt: skip


def test_a_personal_tokens_webhook_carries_no_signature(monday: Monday, receiver: Receiver) -> None:
    subscribe(monday, receiver, "create_item")
    monday.create()
    receiver.wait_for(1)
    assert receiver.headers == [{"Authorization": ""}]


def test_an_apps_webhook_carries_a_fresh_token_for_its_url(monday: Monday, receiver: Receiver) -> None:
    subscribe(monday, receiver, "create_item", token="monday-app-token")
    monday.create()
    receiver.wait_for(1)

    key = b"signing-secret".ljust(32, b"\0")  # the same key to HMAC, long enough for the library
    token = receiver.headers[0]["Authorization"]
    claims = jwt.decode(token, key, algorithms=["HS256"], audience=receiver.url)
    assert (claims["accountId"], claims["userId"]) == (25, 67)
    assert claims["exp"] - claims["iat"] == 300


def test_a_failed_delivery_comes_again_each_minute_marked_as_a_retry(
    monday: Monday, receiver: Receiver
) -> None:
    subscribe(monday, receiver, "create_item")
    receiver.status = "500 Internal Server Error"
    monday.create()
    receiver.wait_for(1)
    until(lambda: monday.world.deliveries.waiting() == 1)
    monday.sandbox.clock.advance(30)
    time.sleep(0.12)
    assert len(receiver.events) == 1

    receiver.status = "200 OK"
    monday.sandbox.clock.advance(31)

    first, second = receiver.wait_for(2)
    assert (first["isRetry"], second["isRetry"]) == (False, True)
    assert first["triggerUuid"] == second["triggerUuid"]
    until(lambda: monday.world.deliveries.waiting() == 0)


def test_half_an_hour_of_failures_is_the_end(monday: Monday, receiver: Receiver) -> None:
    monday.world.control("webhook-retry", {"seconds": 0.001})
    subscribe(monday, receiver, "create_item")
    receiver.status = "503 Service Unavailable"
    monday.create()

    receiver.wait_for(31)
    until(lambda: monday.world.deliveries.waiting() == 0)
    time.sleep(0.1)
    assert len(receiver.events) == 31


def test_a_receiver_that_is_down_never_holds_up_a_call(monday: Monday) -> None:
    with receiving() as receiver:
        subscribe(monday, receiver, "create_item")
    for _ in range(5):
        monday.create()
        assert monday.last_call()["ms"] < 200
    until(lambda: len(monday.sandbox.calls.list(system="webhooks")) == 5)
    assert {call["status"] for call in monday.sandbox.calls.list(system="webhooks")} == {"dropped"}
