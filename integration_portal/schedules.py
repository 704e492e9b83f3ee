"""When a mapping's next round is due, and who is at it. Knows no client, so that the dispatcher stays small."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from croniter import croniter
from django.db.models import Q, QuerySet
from django.utils import timezone

from integration_portal import queueing
from integration_portal.models import SyncRun
from mappings import sightings, store
from mappings.catalogue.kind import Swept
from mappings.models import BoardMapping


def open_due() -> int:
    """Open a run for every mapping whose schedule is due. A round that is still under way is not opened twice.

    Returns:
        How many were opened.
    """
    opened = 0
    for mapping in sightings.scheduled():
        sightings.set_next_run(mapping.pk, next_time(mapping, timezone.now()))
        opened += open_run(mapping)
    return opened


def open_run(mapping: BoardMapping, *, everything: bool = False) -> bool:
    """Open a run for one mapping; False when one is under way."""
    kind = store.as_rule(mapping).kind
    swept = any(isinstance(source, Swept) for source in kind.changes)
    everything = everything or swept or sightings.sweep_is_due(mapping)
    purpose = SyncRun.Purpose.SWEEP if everything else SyncRun.Purpose.CHANGES
    made = SyncRun.objects.bulk_create([SyncRun(mapping=mapping, purpose=purpose)], ignore_conflicts=True)
    return bool(made) and SyncRun.objects.filter(mapping=mapping, state=SyncRun.RunState.OPEN).exists()


def next_time(mapping: BoardMapping, now: datetime) -> datetime | None:
    """Say when a mapping's next round is due: counted from now, so that missed rounds do not pile up."""
    if mapping.cron:
        return datetime.fromtimestamp(croniter(mapping.cron, now.astimezone(UTC)).get_next(float), tz=UTC)
    return now + timedelta(minutes=mapping.every_minutes) if mapping.every_minutes else None


def call_for_due(*, limit: int = 50) -> None:
    """Call a worker for every open run that nobody is at."""
    for pk in due().values_list("pk", flat=True)[:limit]:
        queueing.call_run(pk)


def free_runs(owners: Sequence[str]) -> None:
    """Give back the runs of workers that died."""
    SyncRun.objects.filter(lease_owner__in=owners).update(lease_owner="", lease_until=None)


def owners() -> set[str]:
    """Name everybody who holds a run."""
    return set(SyncRun.objects.exclude(lease_owner="").values_list("lease_owner", flat=True))


def due() -> QuerySet[SyncRun]:
    """Find the open runs that nobody is at and nothing holds up."""
    now = timezone.now()
    free = Q(lease_owner="") | Q(lease_until__lt=now)
    mapping = {"mapping__paused_at__isnull": True, "mapping__environment__paused_at__isnull": True}
    return SyncRun.objects.filter(free, state=SyncRun.RunState.OPEN, next_attempt_at__lte=now, **mapping)


def keep(run: SyncRun, **values: Any) -> None:
    """Give a run back with these values."""
    SyncRun.objects.filter(pk=run.pk).update(lease_owner="", lease_until=None, **values)
