"""What an operator presses: try a dead event again, or process a finished one anew."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import trail
from connectors.dynamics.business_events import parse
from connectors.notification import Notification
from integration_portal import inbox
from integration_portal.doors import open_door
from integration_portal.models import END_STATES, InboundEvent, State


def retry(events: QuerySet[InboundEvent], *, actor: str, reason: str = "") -> int:
    """Try dead events again: the same rows, their attempts counted from zero.

    An event whose record still cannot be named stays as it is.

    Returns:
        How many are tried again.
    """
    tried = 0
    with transaction.atomic():
        for event in events.filter(state=State.DEAD).exclude(stream=""):
            event.state = State.PENDING
            readdress(event)
            if event.state == State.PENDING and _revive(event):
                trail.record(_pressed(event, trail.Action.EVENT_RETRIED, actor, reason))
                tried += 1
    return tried


def _revive(event: InboundEvent) -> int:
    return InboundEvent.objects.filter(pk=event.pk, state=State.DEAD).update(
        state=State.PENDING,
        attempts=0,
        reason="",
        who_acts="",
        next_attempt_at=timezone.now(),
        settled_at=None,
        record_kind=event.record_kind,
        hint=event.hint,
        subject=event.subject,
        stream=event.stream,
    )


def replay(events: QuerySet[InboundEvent], *, actor: str, reason: str = "") -> int:
    """Process finished events anew, with the present mapping, as new events linked to their originals.

    Returns:
        How many were made.
    """
    made = 0
    with transaction.atomic():
        for event in events.filter(state__in=END_STATES):
            again = InboundEvent(
                tenant_id=event.tenant_id,
                environment_id=event.environment_id,
                event_key=f"replay/{uuid.uuid4()}",
                event_type=event.event_type,
                company=event.company,
                control_number=event.control_number,
                occurred_at=event.occurred_at,
                payload=event.payload,
                replay_of=event,
                record_kind=event.record_kind,
                hint=event.hint,
                subject=event.subject,
                stream=event.stream,
            )
            readdress(again)
            again.save()
            trail.record(_pressed(event, trail.Action.EVENT_REPLAYED, actor, reason))
            made += 1
    return made


def readdress(event: InboundEvent) -> None:
    """Read the stored payload again, so that a rule made since then counts."""
    original = event
    while original.replay_of:
        original = original.replay_of
    stored = stored_notifications(event.payload)
    fields = next((one.fields for one in stored if one.event_key == original.event_key), None)
    if fields is not None:
        inbox.address(event, fields, open_door(event.environment))


def stored_notifications(payload: str) -> Sequence[Notification]:
    """Parse a stored payload again; it was parsed before, so it parses."""
    return parse(payload.encode(), {}).notifications


def _pressed(event: InboundEvent, action: trail.Action, actor: str, reason: str) -> trail.Fact:
    return trail.Fact(
        tenant_id=event.tenant_id,
        action=action,
        subject=str(event),
        actor=actor,
        event_id=event.pk,
        detail=reason,
    )
