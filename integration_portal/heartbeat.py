"""Signs of life, and the lease on what only one machine may do at a time."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from integration_portal.models import Heartbeat

# After this long without a beat a supervisor on another machine counts as dead, and its workers with it.
SUPERVISOR_DEAD_S = 45.0

CLUSTER = "cluster:"
SUPERVISOR = "supervisor:"


def beat(name: str) -> None:
    """Note that `name` is alive now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def age_s(name: str) -> float | None:
    """Seconds since the last beat, None when there never was one."""
    seen = Heartbeat.objects.filter(name=name).values_list("seen_at", flat=True).first()
    return (timezone.now() - seen).total_seconds() if seen else None


def living(prefix: str, *, within_s: float) -> set[str]:
    """Name those with a beat in the last seconds, without the prefix."""
    since = timezone.now() - timedelta(seconds=within_s)
    names = Heartbeat.objects.filter(name__startswith=prefix, seen_at__gte=since).values_list(
        "name", flat=True
    )
    return {name.removeprefix(prefix) for name in names}


def forget(names: list[str]) -> None:
    """Drop beats of what was stopped."""
    Heartbeat.objects.filter(name__in=names).delete()


def hold(name: str, owner: str, *, seconds: float) -> bool:
    """Take or keep a lease that one owner may hold.

    Returns:
        True when `owner` holds it for the next `seconds`.
    """
    now = timezone.now()
    free = Q(owner=owner) | Q(owner="") | Q(seen_at__lt=now - timedelta(seconds=seconds))
    if Heartbeat.objects.filter(free, name=name).update(owner=owner, seen_at=now):
        return True
    if Heartbeat.objects.filter(name=name).exists():
        return False
    Heartbeat.objects.bulk_create([Heartbeat(name=name, owner=owner, seen_at=now)], ignore_conflicts=True)
    return Heartbeat.objects.filter(name=name, owner=owner).exists()


def let_go(name: str, owner: str) -> None:
    """Give a lease back."""
    Heartbeat.objects.filter(name=name, owner=owner).update(owner="")
