"""Calls for workers to read reference values. Knows no client, so that the dispatcher stays small."""

from __future__ import annotations

from django.utils import timezone

from integration_portal import queueing
from mappings import reference_reading


def ask(environment_id: int) -> None:
    """Have everything read now, in a worker; when the queue is away, as soon as it is back."""
    reference_reading.ask(environment_id, timezone.now())
    queueing.read_references(environment_id)


def call_for_due() -> int:
    """Call for a worker for every environment that has something due. Returns how many there are."""
    due = reference_reading.due_environments(timezone.now())
    for environment_id in due:
        queueing.read_references(environment_id)
    return len(due)
