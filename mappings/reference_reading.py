"""Reading reference values: which are due, what a page of them changes, which are gone. A door to their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import F, Q

from mappings import catalogue
from mappings.catalogue.kind import Kind
from mappings.models import BoardMapping, ReferenceReading, ReferenceValue
from mappings.reference import Value, folded

Part = TypeVar("Part")

_AT_ONCE = 500
_SHOWN_COMPANIES = 5


@dataclass(frozen=True)
class State:
    """How it stands with the values of one kind, for people.

    Attributes:
        values, suspended, gone: how many there are; those out of use and gone are not among `values`.
        read_at: None: never, so nothing is known of them.
        problem: what stands in the way, "" when nothing does.
    """

    kind: Kind
    values: int
    suspended: int
    gone: int
    read_at: datetime | None
    problem: str


def kinds() -> list[Kind]:
    """List the kinds whose values other records refer to."""
    return [kind for kind in catalogue.KINDS.values() if kind.reference]


# --- When ---------------------------------------------------------------------------------------------------


def due_environments(now: datetime) -> list[int]:
    """Name the environments some of whose reference values are to be read: those that have mappings, and those asked for."""
    works = Q(environment__paused_at__isnull=True, environment__tenant__active=True)
    columns = ("environment_id", "environment__reference_hours")
    hours = dict(BoardMapping.objects.filter(works).order_by().values_list(*columns).distinct())
    asked = ReferenceReading.objects.filter(works, due_at__lte=now)
    hours |= dict(asked.order_by().values_list(*columns).distinct())
    return sorted(pk for pk, every in hours.items() if due_kinds(pk, hours=every, now=now))


def due_kinds(environment_id: int, *, hours: int, now: datetime) -> list[Kind]:
    """List the kinds to be read now.

    Args:
        hours: between two readings; 0: only when asked for.
    """
    rows = {row.kind: row for row in ReferenceReading.objects.filter(environment_id=environment_id)}
    return [kind for kind in kinds() if _due(rows.get(kind.name), hours, now)]


def _due(row: ReferenceReading | None, hours: int, now: datetime) -> bool:
    if row and row.due_at:
        return row.due_at <= now
    if not hours:
        return False
    return row is None or row.read_at is None or row.read_at + timedelta(hours=hours) <= now


def ask(environment_id: int, now: datetime) -> None:
    """Have all kinds read at the next opportunity."""
    for kind in kinds():
        ReferenceReading.objects.update_or_create(
            environment_id=environment_id, kind=kind.name, defaults={"due_at": now, "attempts": 0}
        )


def begin(environment_id: int, kind: Kind, *, again_at: datetime) -> int:
    """Count an attempt before it is made, and have it made again when nothing is heard of it.

    Returns:
        How many were made since the last full reading, this one included.
    """
    mine = ReferenceReading.objects.filter(environment_id=environment_id, kind=kind.name)
    if not mine.update(attempts=F("attempts") + 1, due_at=again_at):
        ReferenceReading.objects.create(
            environment_id=environment_id, kind=kind.name, attempts=1, due_at=again_at
        )
    return mine.values_list("attempts", flat=True).get()


def done(environment_id: int, kind: Kind, *, at: datetime, problem: str = "") -> None:
    """Note a full reading that began at `at`."""
    ReferenceReading.objects.filter(environment_id=environment_id, kind=kind.name).update(
        read_at=at, due_at=None, attempts=0, problem=problem
    )


def failed(environment_id: int, kind: Kind, *, again_at: datetime, problem: str) -> None:
    """Note why a reading failed, and when it is tried again."""
    ReferenceReading.objects.filter(environment_id=environment_id, kind=kind.name).update(
        due_at=again_at, problem=problem
    )


def states(environment_id: int) -> list[State]:
    """Tell how it stands with each kind."""
    rows = {row.kind: row for row in ReferenceReading.objects.filter(environment_id=environment_id)}
    found = []
    for kind in kinds():
        values = ReferenceValue.objects.filter(environment_id=environment_id, kind=kind.name)
        row = rows.get(kind.name)
        found.append(
            State(
                kind,
                values=values.filter(gone=False, suspended=False).count(),
                suspended=values.filter(gone=False, suspended=True).count(),
                gone=values.filter(gone=True).count(),
                read_at=row.read_at if row else None,
                problem=row.problem if row else "",
            )
        )
    return found


# --- Comparing ----------------------------------------------------------------------------------------------


@dataclass
class Comparison:
    """One full reading, page by page. Only what differs is written.

    Attributes:
        missing: rows that were not met yet.
        companies: legal entities that a value of was met.
        changed: rows written so far.
    """

    environment_id: int
    kind: Kind
    at: datetime
    missing: set[int] = field(default_factory=set)
    companies: set[str] = field(default_factory=set)
    changed: int = 0

    @classmethod
    def start(cls, environment_id: int, kind: Kind, at: datetime) -> Comparison:
        """Begin with every value known so far missing."""
        known = ReferenceValue.objects.filter(environment_id=environment_id, kind=kind.name, gone=False)
        return cls(environment_id, kind, at, set(known.values_list("pk", flat=True)))

    def take(self, values: Iterable[Value]) -> None:
        """Take a page."""
        for some in _parts(values, _AT_ONCE):
            self._take(some)

    def _take(self, values: Sequence[Value]) -> None:
        stored = {
            (row.company, row.within, row.folded): row
            for row in ReferenceValue.objects.filter(
                environment_id=self.environment_id,
                kind=self.kind.name,
                folded__in={folded(one.value) for one in values},
            )
        }
        new, changed = [], []
        for one in values:
            self.companies.add(one.company)
            row = stored.get(one.identity)
            if row is None:
                row = stored[one.identity] = self._row(one)
                new.append(row)
                continue
            self.missing.discard(row.pk)
            if row.pk and _differs(row, one):
                row.value, row.name, row.suspended, row.gone = one.value, one.name, one.suspended, one.gone
                row.changed_at = self.at
                changed.append(row)
        ReferenceValue.objects.bulk_create(new, ignore_conflicts=True)
        if changed:
            fields = ["value", "name", "suspended", "gone", "changed_at"]
            ReferenceValue.objects.bulk_update(changed, fields)
        self.changed += len(new) + len(changed)

    def finish(self) -> str:
        """Mark what was not met as gone.

        A legal entity none of whose values came is left as it is: Dynamics says nothing when it hides a company from the portal's
        user, and what cannot be seen is not gone.

        Returns:
            A sentence about such legal entities, "" when there is none.
        """
        hidden: set[str] = set()
        for some in _parts(sorted(self.missing), _AT_ONCE):
            rows = ReferenceValue.objects.filter(pk__in=some, gone=False)
            hidden |= set(rows.values_list("company", flat=True)) - self.companies
            self.changed += rows.filter(company__in=self.companies).update(gone=True, changed_at=self.at)
        if not hidden:
            return ""
        names = ", ".join(sorted(name or "Dynamics" for name in hidden)[:_SHOWN_COMPANIES])
        return (
            f"No {self.kind.label_plural.lower()} of {names} came, although there were some. They are kept as they were: check "
            "that the portal's user may still read them."
        )

    def _row(self, one: Value) -> ReferenceValue:
        return ReferenceValue(
            environment_id=self.environment_id,
            kind=self.kind.name,
            company=one.company,
            within=one.within,
            value=one.value,
            folded=folded(one.value),
            name=one.name,
            suspended=one.suspended,
            changed_at=self.at,
        )


def _differs(row: ReferenceValue, one: Value) -> bool:
    return (row.value, row.name, row.suspended, row.gone) != (one.value, one.name, one.suspended, one.gone)


def _parts(all_of: Iterable[Part], size: int) -> Iterator[list[Part]]:
    rest = iter(all_of)
    while part := list(islice(rest, size)):
        yield part
