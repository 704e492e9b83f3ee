"""When a mapping's next round is due, and who is at it. Knows no client, so that the dispatcher stays small."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from croniter import CroniterError, croniter
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from integration_portal import queueing
from integration_portal.models import SyncRun
from integration_portal.pausing import pause
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
        try:
            at = next_time(mapping, timezone.now())
        except CroniterError:
            said = f"The schedule {mapping.cron!r} never comes. Choose other times, then press Resume."
            pause(f"mapping:{mapping.pk}", said, tenant_id=mapping.tenant_id)
            continue
        sightings.set_next_run(mapping.pk, at)
        opened += open_run(mapping)
    return opened


def open_run(mapping: BoardMapping, *, everything: bool = False) -> bool:
    """Open a run for one mapping; False when one is under way."""
    kind = store.as_rule(mapping).kind
    swept = any(isinstance(source, Swept) for source in kind.changes)
    everything = everything or swept or sightings.sweep_is_due(mapping)
    purpose = SyncRun.Purpose.SWEEP if everything else SyncRun.Purpose.CHANGES
    if SyncRun.objects.filter(mapping=mapping, state=SyncRun.RunState.OPEN).exists():
        return False
    try:
        with transaction.atomic():
            SyncRun.objects.create(mapping=mapping, purpose=purpose)
    except IntegrityError:  # somebody else opened one just now
        return False
    return True


def next_time(mapping: BoardMapping, now: datetime) -> datetime | None:
    """Say when a mapping's next round is due: counted from now, so that missed rounds do not pile up."""
    if mapping.cron:
        return datetime.fromtimestamp(croniter(mapping.cron, now.astimezone(UTC)).get_next(float), tz=UTC)
    return now + timedelta(minutes=mapping.every_minutes) if mapping.every_minutes else None


def call_for_due() -> None:
    """Call workers for the open runs that nobody is at: for so many that half the workers stay free for what happens now."""
    places = max(1, settings.WORKERS // 2) - SyncRun.objects.filter(lease_until__gt=timezone.now()).count()
    for pk in due().order_by("next_attempt_at", "pk").values_list("pk", flat=True)[: max(0, places)]:
        if not 0 <= queueing.waiting() < 2 * settings.WORKERS:
            return
        queueing.call_run(pk)


def take(run_id: int, *, owner: str, seconds: float) -> SyncRun | None:
    """Take a due run; the attempt is counted before the work. None when it is not due, or another worker was faster.

    Args:
        owner: unique to this worker's turn.
        seconds: how long the lease holds if the run is never given back.
    """
    if not due().filter(pk=run_id).exists():
        return None
    # By columns of the run's own row, so that of two workers the second finds it taken.
    taken = SyncRun.objects.filter(_free(), pk=run_id, state=SyncRun.RunState.OPEN).update(
        lease_owner=owner,
        lease_until=timezone.now() + timedelta(seconds=seconds),
        attempts=F("attempts") + 1,
    )
    runs = SyncRun.objects.select_related("mapping__environment__tenant")
    return runs.get(pk=run_id) if taken else None


def free_runs(owners: Sequence[str]) -> None:
    """Give back the runs of workers that died."""
    SyncRun.objects.filter(lease_owner__in=owners).update(lease_owner="", lease_until=None)


def owners() -> set[str]:
    """Name everybody who holds a run."""
    return set(SyncRun.objects.exclude(lease_owner="").values_list("lease_owner", flat=True))


def due() -> QuerySet[SyncRun]:
    """Find the open runs that nobody is at and nothing holds up."""
    return SyncRun.objects.filter(
        _free(),
        state=SyncRun.RunState.OPEN,
        next_attempt_at__lte=timezone.now(),
        mapping__active=True,
        mapping__paused_at__isnull=True,
        mapping__tenant__active=True,
        mapping__environment__paused_at__isnull=True,
    )


def doubted_before(run: SyncRun, words: str) -> bool:
    """Say whether the sweep before this one failed with these words; then a person was asked, and pressed Resume."""
    sweeps = SyncRun.objects.filter(mapping=run.mapping_id, purpose=SyncRun.Purpose.SWEEP, pk__lt=run.pk)
    last = sweeps.order_by("-pk").first()
    return last is not None and last.state == SyncRun.RunState.FAILED and last.reason.startswith(words)


def note(run: SyncRun, **values: Any) -> bool:
    """Note how far a run came. False when it was taken from us meanwhile: then nothing is noted."""
    return bool(SyncRun.objects.filter(pk=run.pk, lease_owner=run.lease_owner).update(**values))


def keep(run: SyncRun, **values: Any) -> bool:
    """Give a run back with these values, unless it was taken from us."""
    return note(run, lease_owner="", lease_until=None, **values)


def _free() -> Q:
    return Q(lease_owner="") | Q(lease_until__lt=timezone.now())
