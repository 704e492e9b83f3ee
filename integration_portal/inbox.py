"""Events come in, are claimed and settled. The inbox is the record of work; what an operator presses is in `replay`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, F, Min, Q, QuerySet, When
from django.utils import timezone

from connectors import registry
from connectors.notification import Notification
from integration_portal.doors import Door
from integration_portal.models import END_STATES, OPEN_STATES, InboundEvent, State
from integration_portal.sync.route import named_record, stream_of
from mappings import catalogue, store

# Events worked on together: one read for all of them.
BATCH = 50

DIED = "Its worker died; another takes it up."
OVERDUE = "Its worker did not finish in time; another takes it up."
# After so many attempts that ended like this an event is tried by itself.
ALONE_AFTER = 3

_FIELDS = [field for field in InboundEvent._meta.concrete_fields if not field.primary_key]
_COLUMNS = [str(field.column) for field in _FIELDS]
_INSERT = (
    f"INSERT INTO {InboundEvent._meta.db_table} ({', '.join(_COLUMNS)}) "  # noqa: S608  own names
    f"VALUES ({', '.join(['%s'] * len(_COLUMNS))}) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class Settlement:
    """How one claimed event ended, for now.

    Attributes:
        wait_s: for RETRYING and PENDING: seconds until it is due again.
        waits_for: a paused connection it waits for, "" otherwise.
        counts: False gives the attempt back: it was not tried, only postponed.
        alone: it may have spoiled the others of its batch, or they it.
    """

    event_id: int
    state: State
    reason: str = ""
    who_acts: str = ""
    wait_s: float = 0.0
    waits_for: str = ""
    counts: bool = True
    alone: bool = False


# --- In -----------------------------------------------------------------------------------------------------


def receive(door: Door, notifications: Sequence[Notification], payload: str) -> set[str]:
    """Commit notifications as events; what is known already changes nothing.

    Args:
        payload: the sender's own words, kept with every event they carry.

    Returns:
        The streams that have work now.
    """
    events = [
        _event(door, notification, payload) for notification in notifications if not notification.is_test
    ]
    _store(events)
    return {event.stream for event in events if event.state == State.PENDING}


def put(events: Sequence[InboundEvent]) -> None:
    """Store events that the portal itself found; what is there already changes nothing."""
    _store(events)


def _store(events: Sequence[InboundEvent]) -> None:
    """Insert events, leaving out those that are there already.

    The statement is the same every time and made once: building it through the ORM takes longer than all the rest of an
    acknowledgement (`make bench ARGS="--only webhook_ack_ratio"`). A single row needs no transaction around it.
    """
    rows = [
        [field.get_db_prep_save(field.pre_save(event, True), connection) for field in _FIELDS]
        for event in events
    ]
    if not rows:
        return
    with connection.cursor() as cursor, transaction.atomic() if len(rows) > 1 else nullcontext():
        cursor.executemany(_INSERT, rows) if len(rows) > 1 else cursor.execute(_INSERT, rows[0])


def _event(door: Door, notification: Notification, payload: str) -> InboundEvent:
    event = InboundEvent(
        tenant_id=door.tenant_id,
        environment_id=door.environment_id,
        event_key=notification.event_key,
        event_type=notification.event_type[:150],
        company=notification.company[:10],
        control_number=notification.control_number,
        occurred_at=notification.occurred_at,
        payload=payload,
    )
    address(event, notification.fields, door)
    return event


def address(event: InboundEvent, fields: Mapping[str, Any], door: Door) -> None:
    """Fill in which record the event speaks of, or settle it as one nobody listens to."""
    rule = door.rules.get(event.event_type) or catalogue.event_keys(event.event_type)
    named = named_record(rule, fields, event.company)
    event.record_kind, event.hint = named.kind, dict(named.hint)
    event.subject = " ".join(str(value) for value in named.hint.values())[:120]
    event.stream = stream_of(event.environment_id, named.kind) if named.kind else ""
    if not named.kind:
        event.state, event.reason, event.settled_at = State.SKIPPED, named.problem, timezone.now()
    elif named.problem:
        event.state, event.reason, event.settled_at = State.DEAD, named.problem, timezone.now()
        event.who_acts = "operator"


# --- Claim and settle ---------------------------------------------------------------------------------------


def claim(stream: str, *, limit: int, owner: str, seconds: float) -> list[InboundEvent]:
    """Take up to `limit` due events of a stream, oldest first; the attempt is counted before the work.

    Args:
        owner: unique to this run of this worker.
        seconds: how long the lease holds if the events are never settled.
    """
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    with transaction.atomic():
        due = _due().filter(stream=stream, next_attempt_at__lte=now).order_by("next_attempt_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        taken = _taken_together(due.defer("payload")[:limit])
        if taken:
            InboundEvent.objects.filter(pk__in=[event.pk for event in taken]).update(
                state=State.RUNNING,
                attempts=F("attempts") + 1,
                lease_owner=owner,
                lease_until=until,
            )
    for event in taken:
        event.state, event.attempts = State.RUNNING, event.attempts + 1
        event.lease_owner, event.lease_until = owner, until
    return sorted(taken, key=lambda event: event.pk)


def _taken_together(due: Iterable[InboundEvent]) -> list[InboundEvent]:
    """Take an event that may spoil its batch alone."""
    taken: list[InboundEvent] = []
    for event in due:
        if event.alone:
            return taken or [event]
        taken.append(event)
    return taken


def settle(settlements: Iterable[Settlement], *, owner: str) -> None:
    """Give claimed events their state, in the caller's transaction; one that was taken from us is left alone."""
    now = timezone.now()
    alike: dict[Settlement, list[int]] = {}
    for one in settlements:
        alike.setdefault(_without_id(one), []).append(one.event_id)
    for one, ids in alike.items():
        InboundEvent.objects.filter(pk__in=ids, lease_owner=owner).update(
            state=one.state,
            reason=one.reason,
            who_acts=one.who_acts,
            waits_for=one.waits_for,
            next_attempt_at=now + timedelta(seconds=one.wait_s),
            attempts=F("attempts") - (0 if one.counts else 1),
            alone=one.alone,
            lease_owner="",
            lease_until=None,
            settled_at=now if one.state in END_STATES else None,
        )


def _without_id(one: Settlement) -> Settlement:
    return replace(one, event_id=0)


# --- What the dispatcher asks -------------------------------------------------------------------------------


def due_streams(*, limit: int) -> list[tuple[str, int]]:
    """List streams with due events and how many are due, the longest waiting first."""
    paused = registry.paused_scopes()
    rows = (
        _due()
        .filter(next_attempt_at__lte=timezone.now())
        .exclude(
            environment_id__in=[int(one.split(":")[1]) for one in paused if one.startswith("environment:")]
        )
        .values("stream")
        .annotate(due=Count("pk"), oldest=Min("next_attempt_at"))
        .order_by("oldest")[:limit]
    )
    return [(row["stream"], row["due"]) for row in rows]


def running_owners() -> set[str]:
    """Name everybody who holds a claim."""
    return set(
        InboundEvent.objects.filter(state=State.RUNNING).values_list("lease_owner", flat=True).distinct()
    )


def free_claims(owners: Iterable[str]) -> int:
    """Give back the events of workers that died: due at once, the attempt stays counted."""
    return _give_back(Q(lease_owner__in=list(owners)), DIED)


def free_expired() -> int:
    """Give back the events whose lease has passed."""
    return _give_back(Q(lease_until__lt=timezone.now()), OVERDUE)


def _give_back(which: Q, reason: str) -> int:
    return InboundEvent.objects.filter(which, state=State.RUNNING).update(
        state=State.RETRYING,
        reason=reason,
        next_attempt_at=timezone.now(),
        alone=Case(When(attempts__gte=ALONE_AFTER, then=True), default=F("alone")),
        lease_owner="",
        lease_until=None,
    )


def wake_waiting(scope: str) -> int:
    """Make the events due that waited for this connection."""
    return InboundEvent.objects.filter(waits_for=scope).update(waits_for="", next_attempt_at=timezone.now())


def wake_resumed() -> int:
    """Make the events due that wait for a connection which is not paused: they were put to wait while it was resumed."""
    waiting = set(InboundEvent.objects.exclude(waits_for="").values_list("waits_for", flat=True).distinct())
    return (
        sum(wake_waiting(scope) for scope in waiting - registry.paused_scopes() - store.paused_mappings())
        if waiting
        else 0
    )


def _due() -> QuerySet[InboundEvent]:
    return InboundEvent.objects.filter(state__in=OPEN_STATES, waits_for="")
