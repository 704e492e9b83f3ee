"""The only writer of the audit trail, and its reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from audit.models import Action, AuditEntry

__all__ = ["Action", "Fact", "for_event", "record", "record_all"]


@dataclass(frozen=True)
class Fact:
    """One thing the portal did, ready to be written down.

    Attributes:
        before, after: what stood there and what stands there now; JSON-able, no secrets.
        calls: the requests made, as `Exchange.as_dict()` gives them (already redacted).
    """

    tenant_id: int
    action: Action
    subject: str
    actor: str = "portal"
    event_id: int | None = None
    mapping_id: int | None = None
    item_id: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    calls: Sequence[Mapping[str, Any]] = ()
    detail: str = ""


def _entry(fact: Fact) -> AuditEntry:
    return AuditEntry(
        tenant_id=fact.tenant_id,
        action=fact.action,
        subject=fact.subject[:250],
        actor=fact.actor[:150],
        event_id=fact.event_id,
        mapping_id=fact.mapping_id,
        item_id=fact.item_id,
        before=dict(fact.before),
        after=dict(fact.after),
        calls=[dict(call) for call in fact.calls],
        detail=fact.detail,
    )


def record(fact: Fact) -> None:
    """Write one fact, in the transaction the caller is in."""
    _entry(fact).save()


def record_all(facts: Iterable[Fact]) -> None:
    """Write many facts in one statement, in the transaction the caller is in."""
    AuditEntry.objects.bulk_create([_entry(fact) for fact in facts])


def for_event(event_id: int) -> QuerySet[AuditEntry]:
    """Find what was done for one event, newest first."""
    return AuditEntry.objects.filter(event_id=event_id)
