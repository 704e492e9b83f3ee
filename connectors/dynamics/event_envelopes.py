"""One business event of F&O: from its flat JSON to a notification.

Base fields and contract fields stand side by side (learn.microsoft.com, "Business events developer
documentation"). Older versions leave out BusinessEventLegalEntity, EventTimeIso8601 and others; only
BusinessEventId is always there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from connectors.dynamics.moments import moment
from connectors.notification import Notification

TEST_EVENT = "BusinessEventsTestEndpointContract"
BASE_FIELDS = frozenset(
    {
        "BusinessEventId",
        "BusinessEventLegalEntity",
        "ContextRecordSubject",
        "ControlNumber",
        "EventId",
        "EventTime",
        "EventTimeIso8601",
        "InitiatingUserAADObjectId",
        "MajorVersion",
        "MinorVersion",
        "ParentContextRecordSubjects",
    }
)
MAX_TYPE = 200

_COMPANY_FIELDS = ("BusinessEventLegalEntity", "LegalEntity", "DataAreaId")
_MAX_KEY = 200
_INT64 = 2**63


class Malformed(ValueError):
    """The body is none of the envelopes Dynamics, Event Grid or Dataverse send; says what it is instead."""


def flat_event(event: Mapping[str, Any], *, sent_at: Any = None) -> Notification:
    """Read one flat event.

    Args:
        event: the JSON object that holds BusinessEventId.
        sent_at: the time the envelope around it gives, used when the event has none.

    Raises:
        Malformed: it has no usable BusinessEventId.
    """
    event_type = event.get("BusinessEventId")
    if not isinstance(event_type, str) or not event_type.strip():
        raise Malformed("The event has no BusinessEventId. Is it a downloaded schema instead of an event?")
    if len(event_type) > MAX_TYPE:
        raise Malformed(f"The event's BusinessEventId is longer than {MAX_TYPE} characters.")
    control_number = _int64(event.get("ControlNumber"))
    occurred_at = moment(event.get("EventTimeIso8601")) or moment(event.get("EventTime")) or moment(sent_at)
    return Notification(
        event_type=event_type,
        event_key=_key(event_type, control_number, event),
        company=next((text for name in _COMPANY_FIELDS if (text := company(event.get(name)))), ""),
        control_number=control_number,
        occurred_at=occurred_at,
        fields={name: value for name, value in event.items() if name not in BASE_FIELDS},
        is_test=event_type == TEST_EVENT,
    )


def fingerprint(event: Mapping[str, Any]) -> str:
    """Make a key from the content, for what carries no identity of its own."""
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def fitted(key: str, event: Mapping[str, Any]) -> str:
    """Keep a key within its 200 characters."""
    return key if len(key) <= _MAX_KEY else fingerprint({"key": key, "event": event})


def company(value: Any) -> str:
    """Read a legal entity's id; "" for anything that is none."""
    return value.strip().lower()[:20] if isinstance(value, str) else ""


def _key(event_type: str, control_number: int | None, event: Mapping[str, Any]) -> str:
    event_id = event.get("EventId")
    event_id = event_id.strip("{} ").upper() if isinstance(event_id, str) else ""
    if control_number is None and not event_id:
        return fingerprint(event)
    number = "-" if control_number is None else control_number
    return fitted(f"{event_type}/{number}/{event_id or '-'}", event)


def _int64(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            return None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -_INT64 <= value < _INT64 else None
