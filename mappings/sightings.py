"""What sweeps and schedules keep on record links: the door to those fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from mappings.models import BoardMapping, RecordLink
from mappings.rules import BoardRule

# A record is gone once so many sweeps in a row did not see it.
MISSES = 2

# So many records of one legal entity do not vanish between two sweeps.
FEWEST_HIDDEN = 3


def of(mapping_id: int, record_keys: Sequence[str]) -> dict[str, tuple[str, bool, str]]:
    """Find what is kept of these records.

    Returns:
        record key -> (fingerprint, whether it was found to be gone, when it was settled as a text).
    """
    rows = RecordLink.objects.filter(mapping_id=mapping_id, record_key__in=record_keys)
    return {
        key: (fingerprint, gone_at is not None, settled_at.isoformat() if settled_at else "")
        for key, fingerprint, gone_at, settled_at in rows.values_list(
            "record_key", "fingerprint", "gone_at", "settled_at"
        )
    }


def mark_seen(mapping_id: int, record_keys: Sequence[str], run_id: int) -> None:
    """Note that a sweep saw these records."""
    RecordLink.objects.filter(mapping_id=mapping_id, record_key__in=record_keys).update(
        seen_run=run_id, missed=0
    )


def unseen(rule: BoardRule, run_id: int, *, before: datetime) -> tuple[int, int]:
    """Count the linked records that a finished sweep is the first not to see.

    Args:
        before: when the sweep began; what was linked since then it need not have seen.

    Returns:
        (newly unseen, linked in all).
    """
    linked = _linked(rule)
    return linked.filter(_missing(run_id, before), missed=0).count(), linked.count()


def hidden_companies(
    rule: BoardRule, companies: Iterable[str], run_id: int, *, before: datetime
) -> list[str]:
    """Name the legal entities of which a finished sweep is the first to see no record at all, though several are linked.

    Dynamics hides a legal entity that its user may not read without a word: its records are just not there.
    """
    if rule.kind.company_field != rule.kind.entity.keys[0]:
        return []
    found = []
    for company in companies:
        linked = _linked(rule).filter(Q(record_key=company) | Q(record_key__startswith=f"{company}/"))
        missing = linked.filter(_missing(run_id, before))
        newly = missing.filter(missed=0).count()
        if newly >= FEWEST_HIDDEN and missing.count() == linked.count():
            found.append(company)
    return found


def miss(rule: BoardRule, run_id: int, *, before: datetime) -> list[str]:
    """Count a miss for every record the sweep did not see.

    Returns:
        Keys of those that were missed often enough to be gone.
    """
    linked = _linked(rule)
    linked.filter(_missing(run_id, before)).update(missed=F("missed") + 1)
    return list(
        linked.filter(_missing(run_id, before), missed__gte=MISSES).values_list("record_key", flat=True)
    )


def _linked(rule: BoardRule) -> QuerySet[RecordLink]:
    """Find the links of records that a sweep of this mapping should see: not those of legal entities it has given up."""
    linked = RecordLink.objects.filter(mapping_id=rule.mapping_id, gone_at__isnull=True).exclude(item_id="")
    if rule.companies and rule.kind.company_field == rule.kind.entity.keys[0]:
        within = [Q(record_key=name) | Q(record_key__startswith=f"{name}/") for name in rule.companies]
        linked = linked.filter(reduce(or_, within))
    return linked


def _missing(run_id: int, before: datetime) -> Q:
    return ~Q(seen_run=run_id) & Q(created_at__lt=before)


# --- Schedules ----------------------------------------------------------------------------------------------


def scheduled() -> Iterable[BoardMapping]:
    """List the active mappings with a schedule that are due."""
    now = timezone.now()
    due = Q(next_run_at__isnull=True) | Q(next_run_at__lte=now)
    has_schedule = Q(every_minutes__isnull=False) | ~Q(cron="")
    return BoardMapping.objects.filter(
        due,
        has_schedule,
        active=True,
        paused_at__isnull=True,
        environment__paused_at__isnull=True,
        tenant__active=True,
    )


def set_next_run(mapping_id: int, at: datetime | None) -> None:
    """Note when the next round is due."""
    BoardMapping.objects.filter(pk=mapping_id).update(next_run_at=at)


def sweep_is_due(mapping: BoardMapping) -> bool:
    """Say whether everything should be looked at again, not only what changed."""
    return mapping.swept_at is None or timezone.now() - mapping.swept_at >= timedelta(
        hours=mapping.sweep_hours
    )


def finish(mapping_id: int, *, watermark: datetime | None, swept_at: datetime | None) -> None:
    """Keep how far a finished run came; None leaves what stands there."""
    values = {"watermark": watermark, "swept_at": swept_at}
    for name, value in values.items():
        if value is not None:  # and never back: what was read once more because of the overlap may be older
            older = Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lt": value})
            BoardMapping.objects.filter(older, pk=mapping_id).update(**{name: value})
