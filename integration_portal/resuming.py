"""A paused mapping goes on: its events are due again, and the trail says who pressed."""

from __future__ import annotations

from django.db import transaction

from audit import trail
from integration_portal import inbox
from mappings import store
from mappings.models import BoardMapping


def resume(mapping: BoardMapping, *, actor: str) -> str:
    """Let a mapping do its work again and wake the events that wait for it; returns a sentence for people.

    Args:
        actor: who pressed, for the trail.
    """
    with transaction.atomic():
        resumed = store.resume_mapping(mapping.pk)
        woken = inbox.wake_waiting(f"mapping:{mapping.pk}")
        if resumed:
            fact = trail.Fact(
                tenant_id=mapping.tenant_id,
                action=trail.Action.MAPPING_RESUMED,
                subject=f"board mapping {mapping.name}",
                actor=actor,
                mapping_id=mapping.pk,
                detail=f"It was paused: {mapping.paused_reason}",
            )
            trail.record(fact)
    if not resumed:
        return f"{mapping.name} was not paused."
    waiting = f"{woken} waiting event{'' if woken == 1 else 's'} will be tried now."
    return f"{mapping.name} is no longer paused; {waiting if woken else 'no event waited for it.'}"
