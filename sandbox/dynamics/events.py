"""Business events: what they carry and how they look on the wire.

The base fields stand on one level with the contract's own, in alphabetical order; dates are "\\/Date(ms)\\/" with
escaped slashes (Microsoft Learn, "Business events overview"; captured payloads).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

ORDER_CONFIRMED = "PurchaseOrderConfirmedBusinessEvent"
INVOICE_POSTED = "VendorInvoicePostedBusinessEvent"
TEST_EVENT = "BusinessEventsTestEndpointContract"
ENVELOPES = ("flat", "eventgrid", "eventgrid_object", "cloudevents", "old")
_USER = "{4f0e1c7d-7d0e-4a7c-9b3a-0c5a2f9d7b11}"
_TOPIC = (
    "/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e/resourceGroups/rg-int"
    "/providers/Microsoft.EventGrid/topics/fno-events"
)
_NEW_FIELDS = (
    "BusinessEventLegalEntity",
    "ContextRecordSubject",
    "EventTimeIso8601",
    "InitiatingUserAADObjectId",
    "ParentContextRecordSubjects",
)


@dataclass(frozen=True)
class Event:
    """One raised event."""

    name: str
    company: str
    event_id: str  # upper-case GUID
    control_number: int
    at: float  # epoch seconds
    contract: Mapping[str, Any] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)  # which record it is about, for the control API

    def summary(self) -> dict[str, Any]:
        """What the control API tells about it."""
        return {
            "event": self.name,
            "company": self.company,
            "event_id": self.event_id,
            "control_number": self.control_number,
            "record": dict(self.record),
        }


def json_date(iso: str) -> str:
    """Return the day of an ISO text as "/Date(ms)/" at midnight UTC."""
    day = datetime.fromisoformat(iso[:10]).replace(tzinfo=UTC)
    return f"/Date({int(day.timestamp()) * 1000})/"


def build(world: DynamicsWorld, ask: Mapping[str, Any]) -> Event:
    """Raise one event as the control API asks for it (under the world's lock).

    Args:
        ask: {"event", "company", "key"} for a confirmed order, {"event", "company", "source_key"} for a posted
            invoice; any other event needs {"event", "company", "fields": {...}}.

    Raises: ValueError with a sentence when the record does not exist.
    """
    name, company = str(ask.get("event", "")), str(ask.get("company", ""))
    if "fields" in ask:
        contract = dict(ask["fields"])
        record: dict[str, Any] = {}
    elif name == ORDER_CONFIRMED:
        contract, record = _order_confirmed(world, company, str(ask.get("key", "")), ask.get("confirmation"))
    elif name == INVOICE_POSTED:
        contract, record = _invoice_posted(world, company, int(ask.get("source_key", 0)))
    else:
        raise ValueError(f"The sandbox cannot fill the event {name!r}; give its fields.")
    return stamp(world, name, company, contract, record)


def stamp(
    world: DynamicsWorld, name: str, company: str, contract: Mapping[str, Any], record: Mapping[str, Any]
) -> Event:
    """Give an event its id, its control number and its time (under the world's lock)."""
    outbox = world.outbox
    return Event(
        name,
        company,
        outbox.new_event_id(),
        outbox.new_control_number(),
        world.sandbox.clock.now(),
        contract,
        record,
    )


def test_event(world: DynamicsWorld) -> Event:
    """The event an endpoint gets before it may be saved; its control number is the lowest Int64."""
    at = world.sandbox.clock.now()
    return Event(TEST_EVENT, world.settings.default_company, world.outbox.new_event_id(), -(2**63), at)


def inner(event: Event, *, old: bool = False) -> dict[str, Any]:
    """Return the event's own JSON object, alphabetical; ``old`` leaves out what older versions lack."""
    moment = datetime.fromtimestamp(event.at, tz=UTC)
    fields = {
        "BusinessEventId": event.name,
        "BusinessEventLegalEntity": event.company,
        "ContextRecordSubject": "",
        "ControlNumber": event.control_number,
        "EventId": event.event_id,
        "EventTime": f"/Date({int(event.at) * 1000})/",
        "EventTimeIso8601": moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "5Z",
        "InitiatingUserAADObjectId": _USER,
        "MajorVersion": 0,
        "MinorVersion": 0,
        "ParentContextRecordSubjects": None,
        **event.contract,
    }
    return {name: fields[name] for name in sorted(fields) if not (old and name in _NEW_FIELDS)}


def on_wire(envelope: str, events: Sequence[Event]) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of one delivery.

    Args:
        envelope: one of ENVELOPES.
        events: one event; several only inside an Event Grid array.
    """
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if envelope in ("flat", "old"):
        return _text(inner(events[0], old=envelope == "old")).encode(), headers
    if envelope == "cloudevents":
        headers["Content-Type"] = "application/cloudevents+json; charset=utf-8"
        return _text(_cloud_event(events[0])).encode(), headers
    headers |= {
        "aeg-event-type": "Notification",
        "aeg-subscription-name": "FNO-EVENTS",
        "aeg-delivery-count": "0",
    }
    if envelope == "eventgrid":
        # The data is JSON text inside JSON: its slashes are escaped already.
        array = [{**_grid_event(event), "data": _text(inner(event))} for event in events]
        return json.dumps(array, ensure_ascii=False).encode(), headers
    return _text([_grid_event(event) for event in events]).encode(), headers


def grid_validation(code: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of Event Grid's subscription validation request."""
    body = [
        {
            "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
            "topic": _TOPIC,
            "subject": "",
            "data": {
                "validationCode": code,
                "validationUrl": f"https://eventgrid.invalid:553/validate?id={code}",
            },
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": "2026-01-05T22:12:19.4556811Z",
            "metadataVersion": "1",
            "dataVersion": "1",
        }
    ]
    headers = {"Content-Type": "application/json; charset=utf-8", "aeg-event-type": "SubscriptionValidation"}
    return json.dumps(body).encode(), headers


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/Date(", "\\/Date(").replace(")/", ")\\/")


def _sent_at(event: Event) -> str:
    return datetime.fromtimestamp(event.at + 0.55, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "3Z"


def _grid_event(event: Event) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "topic": _TOPIC,
        "subject": event.name,
        "eventType": event.name,
        "data": inner(event),
        "eventTime": _sent_at(event),
        "dataVersion": "1.0",
        "metadataVersion": "1",
    }


def _cloud_event(event: Event) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event.event_id,
        "source": _TOPIC,
        "type": event.name,
        "subject": event.name,
        "time": _sent_at(event),
        "data": inner(event),
    }


def _order_confirmed(
    world: DynamicsWorld, company: str, number: str, confirmation: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    table = world.table("PurchaseOrderConfirmationHeaders")
    found = [table.as_dict(row) for row in table.find(dataAreaId=company, PurchaseOrderNumber=number)]
    if confirmation is not None:
        found = [row for row in found if row["ConfirmationNumber"] == confirmation]
    if not found:
        raise ValueError(f"Purchase order {number} of {company} has no such confirmation.")
    last = found[-1]
    contract = {
        "LegalEntity": company,
        "PurchaseJournal": last["ConfirmationNumber"],
        "PurchaseOrderDate": json_date(last["AccountingDate"]),
        "PurchaseOrderNumber": last["PurchaseOrderNumber"],
        "PurchaseType": "Purch",
        "TransactionCurrencyAmount": last["TotalConfirmedAmount"],
        "TransactionCurrencyCode": last["CurrencyCode"],
        "VendorAccount": last["OrderVendorAccountNumber"],
    }
    record = {
        "entity_set": "PurchaseOrderHeadersV2",
        "dataAreaId": last["dataAreaId"],
        "PurchaseOrderNumber": last["PurchaseOrderNumber"],
        "ConfirmationNumber": last["ConfirmationNumber"],
    }
    return contract, record


def _invoice_posted(
    world: DynamicsWorld, company: str, source_key: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    table = world.table("VendInvoiceJourBiEntities")
    row = table.get({"dataAreaId": company, "SourceKey": source_key})
    if row is None:
        raise ValueError(f"There is no posted invoice {source_key} in {company}.")
    invoice = table.as_dict(row)
    contract = {
        "InvoiceAccount": invoice["InvoiceAccount"],
        "InvoiceAmountInAccountingCurrency": invoice["InvoiceAmountMST"],
        "InvoiceDate": json_date(invoice["InvoiceDate"]),
        "InvoiceDueDate": json_date(invoice["DueDate"]),
        "InvoiceId": invoice["InvoiceId"],
        "InvoiceTaxAmount": invoice["SumTax"],
        "LegalEntity": company,
        "PurchaseOrderNumber": invoice["PurchId"],
    }
    record = {
        "entity_set": "VendInvoiceJourBiEntities",
        "dataAreaId": invoice["dataAreaId"],
        "SourceKey": source_key,
        "InvoiceId": invoice["InvoiceId"],
    }
    return contract, record
