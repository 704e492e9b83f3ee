"""What arrives at the webhook of a Dynamics environment, in all its envelopes.

F&O posts a flat JSON object itself; Event Grid wraps it (learn.microsoft.com, "Azure Event Grid event
schema": an array whose `data` is, by F&O's default, a string that holds JSON) or sends CloudEvents; Dataverse
sends its own contexts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.dynamics.data_events import data_event, is_execution_context
from connectors.dynamics.event_envelopes import BASE_FIELDS, Malformed, fingerprint, flat_event
from connectors.dynamics.moments import moment
from connectors.notification import Notification

__all__ = ["Delivery", "Malformed", "cloud_events_handshake", "parse", "schema_fields"]

_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_UNREADABLE = "Unreadable event"
_ORIGIN = re.compile(r"[A-Za-z0-9.:*/_-]{1,255}")
_RATE = re.compile(r"[0-9]{1,9}")
_SURROGATES = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Delivery:
    """What one request brought.

    Attributes:
        notifications: the events in it, in order.
        reply: JSON to answer with status 200, when the sender asks for proof that we want its events.
    """

    notifications: tuple[Notification, ...]
    reply: Mapping[str, str] | None = None


def parse(body: bytes, headers: Mapping[str, str]) -> Delivery:
    """Read a request to the webhook.

    An event inside an array that cannot be read does not spoil the others: it comes as an event of the type
    "Unreadable event", to be kept and shown.

    Args:
        body: as received.
        headers: any spelling of the names.

    Raises:
        Malformed: the body is none of the known envelopes.
    """
    try:
        return _delivery(body, headers)
    except RecursionError:
        raise Malformed("The body is nested too deeply to be an event.") from None


def _delivery(body: bytes, headers: Mapping[str, str]) -> Delivery:
    kind = _header(headers, "aeg-event-type")
    if kind and kind not in ("Notification", "SubscriptionValidation"):
        return Delivery(())  # e.g. that a subscription was deleted; Event Grid wants a 200 for these
    content = _json(body)
    if isinstance(content, list):
        return _array(content)
    if not isinstance(content, dict):
        raise Malformed("The body is JSON, but neither an event nor a list of events.")
    return _array([content]) if _code(content) else Delivery((_event(content),))


def cloud_events_handshake(headers: Mapping[str, str]) -> Mapping[str, str] | None:
    """Answer the question whether we want somebody's events (OPTIONS; CloudEvents, "HTTP 1.1 Web Hooks", 4).

    Returns:
        headers of the answer, None when it was not asked properly.
    """
    origin = _header(headers, "webhook-request-origin")
    if not _ORIGIN.fullmatch(origin):
        return None
    rate = _header(headers, "webhook-request-rate")
    return {
        "WebHook-Allowed-Origin": origin,
        "WebHook-Allowed-Rate": rate if _RATE.fullmatch(rate) else "*",
        "Allow": "POST, OPTIONS",
    }


def schema_fields(text: str) -> tuple[str, ...]:
    """Name the contract fields of what "Download schema" in the business events catalog gives.

    Args:
        text: a sample event with empty values.

    Raises:
        Malformed: it is no such sample.
    """
    sample = _json(text.encode("utf-8", "replace"))
    if not isinstance(sample, dict) or not {"BusinessEventId", "EventTime"} <= sample.keys():
        raise Malformed(
            "This is not a downloaded schema of a business event: it has no BusinessEventId and EventTime."
            " Paste the whole file."
        )
    return tuple(name for name in sample if name not in BASE_FIELDS)


def _array(events: list[Any]) -> Delivery:
    notifications: list[Notification] = []
    for event in events:
        code = _code(event)
        if code:
            return Delivery((), {"validationResponse": code})
        notifications.append(_event_or_remains(event))
    if events and all(each.event_type == _UNREADABLE for each in notifications):
        raise Malformed("The body is a list, but nothing in it is an event.")
    return Delivery(tuple(notifications))


def _event_or_remains(event: Any) -> Notification:
    try:
        if isinstance(event, dict):
            return _event(event)
        problem = "It is no JSON object."
    except Malformed as error:
        problem = str(error)
    remains = {"problem": problem, "event": event}
    return Notification(_UNREADABLE, fingerprint(remains), fields=remains)


def _event(event: dict[str, Any]) -> Notification:
    if "BusinessEventId" in event:
        return flat_event(event)
    if is_execution_context(event):
        return data_event(event)
    if "specversion" in event:
        return _wrapped(event, event.get("type"), event.get("time"))
    if "eventType" in event:
        return _wrapped(event, event.get("eventType"), event.get("eventTime"))
    raise Malformed(
        "The body is a JSON object, but no event: it has neither BusinessEventId nor a known envelope."
    )


def _wrapped(envelope: Mapping[str, Any], event_type: Any, sent_at: Any) -> Notification:
    data = envelope.get("data")
    if isinstance(data, str):
        data = _json(data.encode("utf-8", "replace"))
    if not isinstance(data, dict):
        raise Malformed("The envelope holds no event: its data is not a JSON object.")
    if "BusinessEventId" in data:  # the envelope's own type and id are not F&O's
        return flat_event(data, sent_at=sent_at)
    if is_execution_context(data):
        return data_event(data)
    if not isinstance(event_type, str) or not event_type.strip():
        raise Malformed("The envelope names no event, and neither do its data.")
    return Notification(event_type[:200], fingerprint(envelope), occurred_at=moment(sent_at), fields=data)


def _code(event: Any) -> str:
    """The code Event Grid wants to read back, "" for everything else."""
    if not isinstance(event, dict) or event.get("eventType") != _VALIDATION:
        return ""
    data = event.get("data")
    code = data.get("validationCode") if isinstance(data, dict) else None
    if not isinstance(code, str) or not 0 < len(code) <= 200:
        raise Malformed("Event Grid's validation request has no validationCode.")
    return code


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value.strip() for key, value in headers.items() if key.lower() == name), "")


def _json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
        content = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The body is not JSON in UTF-8 ({type(error).__name__}).") from None
    # Databases refuse NUL and lone surrogates, which JSON can only bring in by escapes.
    return _clean(content) if "\\u" in text else content


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _clean(content: Any) -> Any:
    if isinstance(content, str):
        return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", content)
    if isinstance(content, list):
        return [_clean(each) for each in content]
    if isinstance(content, dict):
        return {_clean(name): _clean(value) for name, value in content.items()}
    return content
