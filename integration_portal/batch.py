"""One batch of events on its way: what was claimed, what came of each record, and how each event ends."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db import transaction

from audit import trail
from connectors.errors import NeedsOperator, ServerFault, Transient
from connectors.models import DynamicsEnvironment
from connectors.transport import Exchange
from integration_portal import inbox
from integration_portal.inbox import Settlement
from integration_portal.models import InboundEvent, State
from integration_portal.pausing import pause, scope_of
from integration_portal.sync.ports import Written
from integration_portal.sync.read import Hint
from integration_portal.sync.retry import MAX_ATTEMPTS, decide
from mappings import store
from mappings.catalogue.kind import Kind, Record
from mappings.links import LinkUpdate
from mappings.rules import BoardRule

NOT_SEEN = (
    "Dynamics does not show this record to the portal's user yet. It is tried again; if it stays so, check the number in the "
    "event and the user's rights."
)
POISON = (
    "The worker that took this event died or ran out of time, every time it was tried. Look into the worker's log before you "
    "press Retry."
)

# The event types of what a schedule puts into the inbox.
CHANGED = "RecordChanged"
GONE = "RecordGone"
SCHEDULED = (CHANGED, GONE)


class PortalFault(Exception):
    """A fault of the portal itself."""


@dataclass
class Batch:
    """What one run holds.

    Attributes:
        owner: the run, as every lease names it.
        exchanges: every request made, filled by the transport.
        settlements: by event id.
        event_of: record key -> the event that brought it.
        paused: scope of a connection or mapping -> why it must pause.
        scheduled: events that a schedule put into the inbox, and those that took the place of one.
    """

    owner: str
    environment: DynamicsEnvironment
    kind: Kind
    events: Mapping[int, InboundEvent]
    exchanges: Sequence[Exchange]
    settlements: dict[int, Settlement] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)
    event_of: dict[str, int] = field(default_factory=dict)
    paused: dict[str, str] = field(default_factory=dict)
    scheduled: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.scheduled = {pk for pk, event in self.events.items() if event.event_type in SCHEDULED}

    def hears(self, rule: BoardRule, event_id: int) -> bool:
        """Say whether an event is for a mapping: one that leaves business events alone hears of its records by schedule only."""
        return rule.listens or event_id in self.scheduled

    def hints(self, rules: Sequence[BoardRule]) -> list[Hint]:
        """Say what to read.

        Settles what killed its workers, what no board wants, and of several events for one record all but the newest.
        """
        newest: dict[tuple[tuple[str, str], ...], Hint] = {}
        for event in self.events.values():
            if event.attempts > MAX_ATTEMPTS:
                self.settlements[event.pk] = Settlement(event.pk, State.DEAD, POISON, "operator")
                continue
            if not any(rule.takes(event.company) and self.hears(rule, event.pk) for rule in rules):
                whose = event.company or "this environment"
                self.settle_as(
                    event.pk,
                    State.SKIPPED,
                    f"No active mapping shows {self.kind.label_plural.lower()} of {whose}.",
                )
                continue
            company = (
                {self.kind.company_field: event.company} if self.kind.company_field and event.company else {}
            )
            hint = Hint(event.pk, {**company, **event.hint})
            name = tuple(sorted((key, str(value)) for key, value in hint.criteria.items()))
            if name in newest:
                self.settle_as(newest[name].event_id, State.SUPERSEDED, f"Event {event.pk} took its place.")
                if newest[name].event_id in self.scheduled:
                    self.scheduled.add(event.pk)
            newest[name] = hint
        return list(newest.values())

    def conclude(self, hint: Hint, records: Sequence[Record], *, gone: str = "") -> None:
        """Settle one event by what came of its records.

        Args:
            gone: key of the record when Dynamics does not have it any more, "" otherwise.
        """
        if hint.event_id in self.settlements:
            return
        keys = {record.key for record in records} | ({gone} if gone else set())
        self.event_of |= dict.fromkeys(keys, hint.event_id)
        mine = [one for one in self.written if one.record_key in keys]
        failed = [one for one in mine if one.error is not None]
        if not mine and not records:
            self.settle_after(hint.event_id, Transient(NOT_SEEN, system="dynamics"), "")
        elif failed:
            # The one that comes right soonest decides; the boards that succeeded cost nothing when it is tried again.
            first = max(failed, key=lambda one: _hope(one.error))
            error = first.error or PortalFault()
            self.settle_after(hint.event_id, error, first.scope or scope_of(error, first.rule))
        elif any(one.changed for one in mine):
            self.settle_as(
                hint.event_id, State.DONE, " ".join(dict.fromkeys(one.reason for one in mine if one.reason))
            )
        else:
            self.settle_as(hint.event_id, State.SKIPPED, "No difference: both sides agree.")

    def fail_rest(self, error: Exception, scope: str) -> None:
        """Settle every event that has no end yet by one error of the whole batch.

        What would end an event for good may be the fault of another one beside it: it is tried by itself first.

        Args:
            scope: the connection that failed, "" for none.
        """
        for event_id in self.events:
            if event_id not in self.settlements:
                self.settle_after(event_id, error, scope)
                end = self.settlements[event_id]
                if end.state == State.DEAD and not isinstance(error, Transient) and len(self.events) > 1:
                    self.settlements[event_id] = replace(end, state=State.RETRYING, alone=True)

    def commit(self) -> None:
        """Write every end together: the links' baselines, the trail, the events, the pauses."""
        calls = self._calls()
        self._blame(self.written)
        with transaction.atomic():
            store.settle_links(_updates(self.written), owner=self.owner)
            store.free_lanes([self.owner])  # what a fault of the portal left behind
            trail.record_all([*self._writes(self.written, calls), *self._deaths(calls)])
            inbox.settle(self.settlements.values(), owner=self.owner)
            for scope, reason in self.paused.items():
                pause(scope, reason, tenant_id=self.environment.tenant_id, calls=calls)

    def keep(self, written: Sequence[Written]) -> None:
        """Write at once what came of records that were brought on the way, and give their lanes back."""
        with transaction.atomic():
            store.settle_links(_updates(written), owner=self.owner)
            trail.record_all(self._writes(written, self._calls()))
        self._blame(written)

    def settle_as(self, event_id: int, state: State, reason: str) -> None:
        """Give an event its end."""
        self.settlements[event_id] = Settlement(event_id, state, reason)

    def settle_after(self, event_id: int, error: Exception, scope: str) -> None:
        """Give an event the state that follows from an error.

        Args:
            scope: the connection or mapping that pauses when an operator must act.
        """
        attempts = self.events[event_id].attempts
        decision = decide(error, attempts, base_s=settings.RETRY_BASE_S, rng=random.Random())  # noqa: S311  jitter
        said, who = str(error), getattr(error, "who_acts", "operator")
        alone = self.events[event_id].alone
        if decision.fate == "pause":
            self.paused.setdefault(scope, said)
            end = Settlement(event_id, State.PENDING, said, who, waits_for=scope, counts=False, alone=alone)
        elif decision.fate == "wait":
            end = Settlement(
                event_id, State.PENDING, said, who, wait_s=decision.wait_s, counts=False, alone=alone
            )
        elif decision.fate == "retry":
            # monday answers 500 for one malformed write too, and then for the whole request it was part of.
            spoilt = isinstance(error, ServerFault) and error.system == "monday" and len(self.events) > 1
            end = Settlement(
                event_id, State.RETRYING, said, who, wait_s=decision.wait_s, alone=alone or spoilt
            )
        else:
            tried = f"Given up after {attempts} attempts. " if isinstance(error, Transient) else ""
            end = Settlement(event_id, State.DEAD, tried + said, "operator")
        self.settlements[event_id] = end

    # --- inside ---------------------------------------------------------------------------------------------

    def _calls(self) -> list[dict[str, Any]]:
        return [exchange.as_dict() for exchange in self.exchanges]

    def _blame(self, written: Sequence[Written]) -> None:
        for one in written:
            if isinstance(one.error, NeedsOperator):
                self.paused.setdefault(one.scope or scope_of(one.error, one.rule), str(one.error))

    def _writes(self, written: Sequence[Written], calls: Sequence[Mapping[str, Any]]) -> list[trail.Fact]:
        return [
            self._fact(
                _action(one),
                one.title,
                event_id=self.event_of.get(one.record_key),
                mapping_id=one.rule.mapping_id,
                item_id=(one.update.item_id if one.update else None) or "",
                before=one.before or {},
                after=one.after or {},
                calls=calls,
                detail=one.reason,
            )
            for one in written
            if one.error is None and (one.changed or one.adopted)
        ]

    def _deaths(self, calls: Sequence[Mapping[str, Any]]) -> list[trail.Fact]:
        return [
            self._fact(
                trail.Action.EVENT_DEAD,
                str(self.events[end.event_id]),
                event_id=end.event_id,
                calls=calls,
                detail=end.reason,
            )
            for end in self.settlements.values()
            if end.state == State.DEAD
        ]

    def _fact(self, action: trail.Action, subject: str, **more: Any) -> trail.Fact:
        return trail.Fact(tenant_id=self.environment.tenant_id, action=action, subject=subject, **more)


def _updates(written: Sequence[Written]) -> list[LinkUpdate]:
    """Order what is to be kept: an item is let go by its old link before the new one takes it."""
    ended = [one.ended for one in written if one.ended]
    return ended + [one.update for one in written if one.update]


def _action(one: Written) -> trail.Action:
    if one.gone:
        return trail.Action.ITEM_GONE
    if one.created:
        return trail.Action.ITEM_CREATED
    return trail.Action.ITEM_CHANGED if one.changed else trail.Action.ITEM_ADOPTED


def _hope(error: Exception | None) -> int:
    return 2 if isinstance(error, Transient) else 1 if isinstance(error, NeedsOperator) else 0
