"""Business events: their envelopes, the handshakes, the tries."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.dynamics_client import Client, Receiver, running

ORDER = {"event": "PurchaseOrderConfirmedBusinessEvent", "company": "usmf", "key": "00000101"}
BASE = {
    "BusinessEventId", "BusinessEventLegalEntity", "ContextRecordSubject", "ControlNumber", "EventId", "EventTime",
    "EventTimeIso8601", "InitiatingUserAADObjectId", "MajorVersion", "MinorVersion", "ParentContextRecordSubjects",
}  # fmt: skip
ORDER_FIELDS = {
    "LegalEntity", "PurchaseJournal", "PurchaseOrderDate", "PurchaseOrderNumber", "PurchaseType",
    "TransactionCurrencyAmount", "TransactionCurrencyCode", "VendorAccount",
}  # fmt: skip
INVOICE_FIELDS = {
    "InvoiceAccount", "InvoiceAmountInAccountingCurrency", "InvoiceDate", "InvoiceDueDate", "InvoiceId",
    "InvoiceTaxAmount", "LegalEntity", "PurchaseOrderNumber",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    shared.sandbox.reset()
    shared.token = shared.new_token()
    shared.control("/dynamics/settings", {"event_wait_s": 0.01, "event_timeout_s": 5})
    return shared


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.stop()


def register(client: Client, receiver: Receiver, envelope: str = "flat", **more: Any) -> None:
    answer = client.control("/dynamics/endpoints", {"url": receiver.url, "envelope": envelope, **more})
    assert answer.status_code == 200, answer.text


def send(client: Client, *events: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = client.control("/dynamics/send", {"events": list(events), **options})
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read


def invoice_event(client: Client, number: int = 0) -> dict[str, Any]:
    row = client.state("VendInvoiceJourBiEntities")[number]
    return {
        "event": "VendorInvoicePostedBusinessEvent",
        "company": row["dataAreaId"],
        "source_key": row["SourceKey"],
    }


def test_an_endpoint_gets_the_test_event_before_it_is_saved(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    (body,) = receiver.bodies()
    assert body["BusinessEventId"] == "BusinessEventsTestEndpointContract"
    assert body["ControlNumber"] == -(2**63)
    assert set(body) == BASE


def test_an_endpoint_that_refuses_the_test_event_is_not_saved(client: Client, receiver: Receiver) -> None:
    receiver.statuses = [404]
    answer = client.control("/dynamics/endpoints", {"url": receiver.url})
    assert answer.status_code == 502
    assert answer.json()["error"] == "Unable to send test event to endpoint."
    assert answer.json()["answer"]["status"] == 404
    gone = client.control("/dynamics/endpoints", {"url": "http://127.0.0.1:1/"})
    assert gone.status_code == 502 and gone.json()["answer"]["status"] is None
    assert send(client, ORDER)["sent"] == 0


def test_a_confirmed_order_has_the_captured_contract(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    sent = send(client, ORDER)
    headers, raw = receiver.received[-1]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert rb'"EventTime":"\/Date(' in raw and b')\\/"' in raw
    body = json.loads(raw)
    assert list(body) == sorted(body)
    assert set(body) == BASE | ORDER_FIELDS
    assert re.fullmatch(r"/Date\(\d+000\)/", body["EventTime"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", body["EventTimeIso8601"])
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", body["EventId"])
    last = [
        row
        for row in client.state("PurchaseOrderConfirmationHeaders")
        if row["PurchaseOrderNumber"] == "00000101"
    ]
    last = [row for row in last if row["dataAreaId"] == "usmf"]
    assert len(last) == 2 and body["PurchaseJournal"] == last[-1]["ConfirmationNumber"] == "00000101-2"
    assert body["TransactionCurrencyAmount"] == last[-1]["TotalConfirmedAmount"]
    (event,) = sent["events"]
    assert (event["event_id"], event["control_number"]) == (body["EventId"], body["ControlNumber"])
    assert event["record"]["PurchaseOrderNumber"] == "00000101"
    assert event["delivered_at"] == pytest.approx(time.time(), abs=5)
    first = send(client, {**ORDER, "confirmation": "00000101-1"})["events"][0]
    assert first["record"]["ConfirmationNumber"] == "00000101-1"


def test_a_posted_invoice_has_its_contract_too(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    ask = invoice_event(client, 11)
    send(client, ask)
    body = receiver.bodies()[-1]
    assert set(body) == BASE | INVOICE_FIELDS
    assert body["LegalEntity"] == ask["company"]
    assert body["InvoiceDueDate"] == "/Date(-2208988800000)/"  # the eleventh has no due date


def test_old_versions_lack_the_new_fields(client: Client, receiver: Receiver) -> None:
    register(client, receiver, "old")
    send(client, ORDER)
    assert set(receiver.bodies()[-1]) == {
        "BusinessEventId", "ControlNumber", "EventId", "EventTime", "MajorVersion", "MinorVersion",
    } | ORDER_FIELDS  # fmt: skip


@pytest.mark.parametrize("envelope", ["eventgrid", "eventgrid_object"])
def test_event_grid_validates_and_sends_arrays(client: Client, receiver: Receiver, envelope: str) -> None:
    register(client, receiver, envelope)
    assert receiver.bodies()[0][0]["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    send(client, ORDER, invoice_event(client), invoice_event(client, 1), batch=2)
    arrays = receiver.bodies()[2:]
    assert sorted(len(array) for array in arrays) == [1, 2]
    assert receiver.received[-1][0]["aeg-event-type"] == "Notification"
    for event in (event for array in arrays for event in array):
        data = json.loads(event["data"]) if envelope == "eventgrid" else event["data"]
        assert isinstance(event["data"], str) == (envelope == "eventgrid")
        assert data["BusinessEventId"] == event["eventType"] and set(data) >= BASE
        assert data["EventTime"].startswith("/Date(")


def test_cloud_events_ask_first_and_send_one_object(client: Client, receiver: Receiver) -> None:
    register(client, receiver, "cloudevents")
    send(client, ORDER)
    body = receiver.bodies()[-1]
    assert body["specversion"] == "1.0" and set(body["data"]) == BASE | ORDER_FIELDS
    assert receiver.received[-1][0]["Content-Type"].startswith("application/cloudevents+json")


@pytest.mark.parametrize("envelope", ["eventgrid", "cloudevents"])
def test_an_endpoint_that_fails_the_handshake_is_refused(client: Client, envelope: str) -> None:
    url = f"{client.sandbox.urls['entra']}/nobody"
    answer = client.control("/dynamics/endpoints", {"url": url, "envelope": envelope})
    assert answer.status_code == 502 and answer.json()["answer"]["status"] == 404


def test_control_numbers_grow_with_gaps(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    sent = send(client, *[ORDER] * 20)
    numbers = [event["control_number"] for event in sent["events"]]
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    assert min(steps) >= 1 and max(steps) > 1 and numbers[0] > 5_637_985_000
    assert len({event["event_id"] for event in sent["events"]}) == 20


def test_duplicates_and_disorder_follow_the_seed(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    events = [invoice_event(client, number) for number in range(40)]
    sent = send(client, *events, duplicates=0.25, shuffle=True, seed=3, concurrency=1)
    assert (sent["sent"], sent["distinct"], sent["accepted"], sent["failed"]) == (50, 40, 50, [])
    ids = [body["EventId"] for body in receiver.bodies()[1:]]
    assert len(ids) == 50 and len(set(ids)) == 40
    assert ids != sorted(ids, key=[event["event_id"] for event in sent["events"]].index)
    numbers = {event["event_id"]: place for place, event in enumerate(sent["events"])}
    order = [numbers[one] for one in ids]
    receiver.received.clear()
    sent = send(client, *events, duplicates=0.25, shuffle=True, seed=3, concurrency=1)
    numbers = {event["event_id"]: place for place, event in enumerate(sent["events"])}
    assert [numbers[body["EventId"]] for body in receiver.bodies()] == order


def test_a_delivery_is_tried_three_times_and_then_waits_for_a_hand(
    client: Client, receiver: Receiver
) -> None:
    register(client, receiver)
    receiver.statuses = [503, 500, 200]
    assert send(client, ORDER)["accepted"] == 1
    receiver.statuses = [503, 500, 404, 200]
    sent = send(client, ORDER)
    assert sent["accepted"] == 0 and sent["events"][0]["delivered_at"] is None
    (failed,) = sent["failed"]
    assert failed["status"] == 404
    (error,) = client.control("/dynamics/errors", method="GET").json()
    assert (error["event_id"], error["tries"]) == (failed["event_id"], 3)
    resent = client.control("/dynamics/resend", {"event_ids": [failed["event_id"]]}).json()
    assert resent["accepted"] == 1 and resent["events"][0]["event_id"] == failed["event_id"]
    assert client.control("/dynamics/errors", method="GET").json() == []


def test_retries_can_be_set_per_sending(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    receiver.statuses = [503]
    assert send(client, ORDER, retries=1)["accepted"] == 0
    assert len(receiver.received) == 2


def test_endpoints_take_only_what_they_were_activated_for(client: Client, receiver: Receiver) -> None:
    register(client, receiver, events=["VendorInvoicePostedBusinessEvent"])
    register(client, receiver, companies=["demf"])
    before = len(receiver.received)
    assert send(client, ORDER)["sent"] == 0
    demf = next(
        invoice_event(client, number)
        for number, row in enumerate(client.state("VendInvoiceJourBiEntities"))
        if row["dataAreaId"] == "demf"
    )
    sent = send(client, demf)
    assert (sent["sent"], sent["distinct"]) == (2, 1)
    assert len(receiver.received) == before + 2
    assert client.control("/dynamics/endpoints", method="DELETE").json() == {"removed": 2}
    assert send(client, demf)["sent"] == 0


def test_any_other_event_goes_out_with_the_fields_one_gives(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    send(client, {"event": "Workflow_X_WorkItem", "company": "usmf", "fields": {"Zebra": 1, "Apple": "a"}})
    body = receiver.bodies()[-1]
    assert body["BusinessEventId"] == "Workflow_X_WorkItem" and body["Zebra"] == 1
    assert list(body) == sorted(body)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "Unknown", "company": "usmf"},
        {**ORDER, "key": "99999999"},
        {**ORDER, "confirmation": "00000101-9"},
        {"event": "VendorInvoicePostedBusinessEvent", "company": "usmf", "source_key": 1},
    ],
)
def test_an_event_about_nothing_is_refused(client: Client, event: dict[str, Any]) -> None:
    answer = client.control("/dynamics/send", {"events": [event]})
    assert answer.status_code == 400 and answer.json()["error"].endswith(".")


def test_an_unknown_envelope_is_refused(client: Client, receiver: Receiver) -> None:
    answer = client.control("/dynamics/endpoints", {"url": receiver.url, "envelope": "smoke signals"})
    assert answer.status_code == 400 and "flat" in answer.json()["error"]
