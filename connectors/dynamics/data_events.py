"""Data events: Dataverse tells that a record of an F&O virtual table was created, updated or deleted.

The body is Dataverse's RemoteExecutionContext (learn.microsoft.com, "Use webhooks to create external
handlers"). Over 256 KB Dataverse leaves the parameters out; then only the record's id is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.dynamics.event_envelopes import MAX_TYPE, Malformed, company, fingerprint, fitted, flat_event
from connectors.dynamics.moments import moment
from connectors.notification import Notification

_COMPANY = "mserp_dataareaid"
# Later ones win: the target holds what was just written, the images what was there before and after.
_SOURCES = ("PreEntityImages", "PostEntityImages", "InputParameters")


def is_execution_context(body: Mapping[str, Any]) -> bool:
    """Tell a RemoteExecutionContext by its two names."""
    return isinstance(body.get("MessageName"), str) and isinstance(body.get("PrimaryEntityName"), str)


def data_event(context: Mapping[str, Any]) -> Notification:
    """Read one context; a business event passed on by Dataverse is read as such.

    Raises:
        Malformed: a name is too long to be one.
    """
    event_type = f"{context['MessageName']}:{context['PrimaryEntityName']}"
    if len(event_type) > MAX_TYPE:
        raise Malformed("The names of message and table are too long to be real.")
    fields: dict[str, Any] = {}
    for source in _SOURCES:
        for name, value in _pairs(context.get(source)):
            fields.update(_attributes(value) if isinstance(value, Mapping) else {name: value})
    sent_at = context.get("OperationCreatedOn")
    if "BusinessEventId" in fields:
        return flat_event(fields, sent_at=sent_at)
    record = context.get("PrimaryEntityId")
    if isinstance(record, str) and record:
        fields.setdefault(f"{context['PrimaryEntityName']}id", record)
    return Notification(
        event_type=event_type,
        event_key=_key(event_type, context),
        company=company(fields.get(_COMPANY)),
        occurred_at=moment(sent_at),
        fields=fields,
    )


def _key(event_type: str, context: Mapping[str, Any]) -> str:
    # One request may touch many records, and a record several times: neither id alone is enough.
    parts = [context.get(name) for name in ("PrimaryEntityId", "RequestId", "OperationCreatedOn")]
    if not all(isinstance(part, str) and part for part in parts):
        return fingerprint(context)
    return fitted("/".join((event_type, *map(str, parts))), context)


def _attributes(entity: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The columns of a Dataverse entity as plain values, an option by its label."""
    labels = dict(_pairs(entity.get("FormattedValues")))
    for name, value in _pairs(entity.get("Attributes")):
        if isinstance(value, Mapping):  # OptionSetValue and Money carry Value, EntityReference carries Id
            value = labels.get(name, value.get("Value", value.get("Id")))
        yield name, value


def _pairs(collection: Any) -> Iterator[tuple[str, Any]]:
    """A .NET dictionary: a list of {"key", "value"}, by some serializers a plain object."""
    if isinstance(collection, Mapping):
        yield from collection.items()
    elif isinstance(collection, list):
        for pair in collection:
            if isinstance(pair, Mapping) and isinstance(pair.get("key"), str):
                yield pair["key"], pair.get("value")
