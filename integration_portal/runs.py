"""One turn at a schedule's round: look for what changed, and put it into the inbox like any other event.

A round never writes to a board itself. What it finds takes the road of every event, so that retries, budgets, lanes and the trail
are the same; what did not change costs nothing beyond the reading.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors import connections, registry
from connectors.dynamics.seek import Position
from connectors.errors import ConnectorError, NotUsable
from integration_portal import identity, inbox, queueing, schedules
from integration_portal.batch import CHANGED, GONE
from integration_portal.models import InboundEvent, SyncRun
from integration_portal.pausing import pause, reading_scope
from integration_portal.positions import from_json, to_json
from integration_portal.sync import polling
from integration_portal.sync.polling import Page, Sighting
from integration_portal.sync.retry import MAX_ATTEMPTS, decide
from integration_portal.sync.route import stream_of
from mappings import sightings, store
from mappings.catalogue.kind import Record, Stamped, key_values

log = logging.getLogger(__name__)

TURN_S = 10.0
LEASE_MARGIN_S = 30

POISON = (
    "The worker that was at this round died or ran out of time, every time it was tried. Look into the worker's log before you "
    "press Read now."
)

# A sweep that misses more than this share of the records (and at least this many) has more likely lost its access.
MOST_MISSED = 0.3
FEWEST_MISSED = 10
DOUBT = "A sweep saw"
UNTOUCHED = "No item was touched. If the records really are gone, press Resume as well: then the next sweep is believed."


class TakenOver(Exception):
    """Our lease passed, and another worker is at the run."""


def work(run_id: int) -> None:
    """Take a run for one turn; what is left of it is called for again."""
    owner = f"{identity.me()}:{uuid.uuid4().hex[:12]}"
    run = schedules.take(run_id, owner=owner, seconds=settings.TASK_TIMEOUT_S + LEASE_MARGIN_S)
    if run is None:
        return
    if run.attempts > MAX_ATTEMPTS:
        schedules.keep(run, state=SyncRun.RunState.FAILED, reason=POISON, finished_at=timezone.now())
        return
    with connections.recorded_exchanges() as exchanges:
        try:
            if not _Turn(run).walk(time.monotonic() + TURN_S):
                schedules.keep(run, attempts=0, reason="", next_attempt_at=timezone.now())
        except TakenOver:
            log.warning("Run %d: another worker took it over", run_id)
        except ConnectorError as error:
            _after(run, error, [exchange.as_dict() for exchange in exchanges])


def _after(run: SyncRun, error: ConnectorError, calls: list[dict[str, Any]]) -> None:
    """Wait, pause or give up, as for events."""
    decision = decide(error, run.attempts, base_s=settings.RETRY_BASE_S, rng=random.Random())  # noqa: S311  jitter
    said = str(error)
    if decision.fate == "dead":
        schedules.keep(run, state=SyncRun.RunState.FAILED, reason=said, finished_at=timezone.now())
        return
    tried = run.attempts if decision.fate == "retry" else run.attempts - 1
    at = timezone.now() + timedelta(seconds=decision.wait_s)
    with transaction.atomic():
        if decision.fate == "pause":
            mapping = run.mapping
            scope = reading_scope(error, store.as_rule(mapping), mapping.environment_id)
            pause(scope, said, tenant_id=mapping.tenant_id, calls=calls)
        schedules.keep(run, attempts=tried, reason=said, next_attempt_at=at)


class _Turn:
    """One worker's turn at a run."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self.mapping = run.mapping
        self.rule = store.as_rule(run.mapping)

    def walk(self, until: float) -> bool:
        """Read page by page until the end or until the time is over.

        Returns:
            Whether the run is finished.

        Raises:
            ConnectorError: Dynamics could not be read; the run goes on behind its last page.
        """
        dynamics = connections.dynamics(registry.load_environment(self.mapping.environment_id))
        if self.rule.companies and self.mapping.swept_at is None and self.run.position is None:
            self._check_companies(dynamics.ping().companies)
        for source, pages in self._walks(dynamics):
            for page in pages:
                self._take(page, source)
                if time.monotonic() > until:
                    return False
            self._note(source=source + 1, position=None)
        self._finish()
        return True

    def _check_companies(self, readable: Sequence[str]) -> None:
        """Before the first round: the legal entities that the mapping names are there to be read.

        Raises:
            NotUsable: one is not; Dynamics itself would only answer with nothing.
        """
        hidden = sorted(self.rule.companies - {company.lower() for company in readable})
        if hidden and readable:
            raise NotUsable(
                f"The Dynamics user may not read {', '.join(hidden)}; it sees {', '.join(sorted(readable))}. Give it access to "
                "that legal entity, or take it out of the mapping, then press Resume.",
                system="dynamics",
            )

    def _walks(self, dynamics: polling.Walks) -> Iterator[tuple[int, Iterator[Page]]]:
        """Give the walks that are left, with their numbers."""
        after: Position | None = from_json(self.run.position) if self.run.position else None
        sources = self.rule.kind.changes
        if self.run.purpose == SyncRun.Purpose.SWEEP:
            if self.run.source == 0:
                yield 0, polling.sweep(dynamics, self.rule, compare=True, after=after)
            return
        since = self.mapping.watermark or self.run.started_at
        for number in range(self.run.source, len(sources)):
            source = sources[number]
            if isinstance(source, Stamped):
                yield number, polling.changes(dynamics, self.rule, source, since=since, after=after)
            after = None

    def _take(self, page: Page, source: int) -> None:
        """Put what changed into the inbox and note how far the walk came, in one transaction."""
        run, mapping = self.run, self.mapping
        known = sightings.of(mapping.pk, [record.key for record in page.records])
        seen = {key: Sighting(fingerprint, gone) for key, (fingerprint, gone, _) in known.items()}
        found = polling.changed(self.rule, page, seen)
        stamps = [stamp for stamp in (page.newest, run.newest) if stamp is not None]
        with transaction.atomic():
            self._note(
                source=source,
                position=to_json(page.after),
                read=run.read + len(page.keys),
                changed=run.changed + len(found),
                newest=max(stamps, default=None),
            )
            settled = {key: when for key, (_, _, when) in known.items()}
            inbox.put([self._event(record, mark, settled.get(record.key, "")) for record, mark in found])
            if run.purpose == SyncRun.Purpose.SWEEP:
                sightings.mark_seen(mapping.pk, list(page.keys), run.pk)
        if found:
            queueing.wake(stream_of(mapping.environment_id, self.rule.kind.name))

    def _note(self, **values: Any) -> None:
        """Note how far the run came.

        Raises:
            TakenOver: it is no longer ours.
        """
        if not schedules.note(self.run, **values):
            raise TakenOver
        for name, value in values.items():
            setattr(self.run, name, value)

    def _finish(self) -> None:
        run, mapping = self.run, self.mapping
        sweep = run.purpose == SyncRun.Purpose.SWEEP
        with transaction.atomic():
            self._note(reason="")
            lost = self._lost() if sweep else ""
            if lost:
                pause(f"mapping:{mapping.pk}", lost, tenant_id=mapping.tenant_id)
                schedules.keep(run, state=SyncRun.RunState.FAILED, reason=lost, finished_at=timezone.now())
                return
            gone = self._miss() if sweep else 0
            sightings.finish(
                mapping.pk, watermark=self._watermark(), swept_at=run.started_at if sweep else None
            )
            schedules.keep(
                run, state=SyncRun.RunState.DONE, finished_at=timezone.now(), gone=gone, attempts=0
            )
        if gone:
            queueing.wake(stream_of(mapping.environment_id, self.rule.kind.name))

    def _watermark(self) -> datetime | None:
        """Say from when on the next round reads; None when nothing was seen.

        Of several sources the first was read to its end before the last began, which may be hours if a limit lies in between.
        """
        run = self.run
        if run.purpose == SyncRun.Purpose.SWEEP:
            return run.started_at
        several = len(self.rule.kind.changes) > 1
        return min(run.newest, run.started_at) if run.newest and several else run.newest

    def _lost(self) -> str:
        """Say why a sweep is not to be believed, "" when it is."""
        run = self.run
        if schedules.doubted_before(run, DOUBT):
            return ""
        companies = self.rule.companies or registry.companies_of(self.mapping.environment_id)
        hidden = sightings.hidden_companies(self.rule, sorted(companies), run.pk, before=run.started_at)
        if hidden:
            return (
                f"{DOUBT} no record of {', '.join(hidden)} any more. Dynamics hides a legal entity from a user that may not "
                "read it: give the portal's user access to it again, or take it out of the mapping, then press Resume. "
                f"{UNTOUCHED}"
            )
        missed, linked = sightings.unseen(self.rule, run.pk, before=run.started_at)
        if missed < FEWEST_MISSED or missed <= MOST_MISSED * linked:
            return ""
        return (
            f"{DOUBT} only {linked - missed} of {linked} records. Most likely the Dynamics user lost its access to a legal "
            f"entity or to the entity set: check its roles, then press Resume. {UNTOUCHED}"
        )

    def _miss(self) -> int:
        """Count what the sweep did not see; what was missed twice goes into the inbox as gone."""
        keys = sightings.miss(self.rule, self.run.pk, before=self.run.started_at)
        inbox.put([self._gone(key) for key in keys])
        return len(keys)

    # --- Events -----------------------------------------------------------------------------------------------

    def _event(self, record: Record, mark: str, settled: str) -> InboundEvent:
        """Make the event for a changed record: the same change, found again, is the same event."""
        named = {name: record.values.get(name) for name in record.kind.entity.keys}
        return self._made(CHANGED, f"{record.key}|{mark}|{settled}", named, record.company)

    def _gone(self, key: str) -> InboundEvent:
        named = key_values(self.rule.kind, key)
        company = str(named.get(self.rule.kind.company_field) or "").lower()
        return self._made(GONE, f"{key}|gone|{self.run.pk}", named, company)

    def _made(self, event_type: str, occasion: str, named: dict[str, Any], company: str) -> InboundEvent:
        kind = self.rule.kind
        digest = hashlib.sha256(occasion.encode()).hexdigest()
        hint = {name: value for name, value in named.items() if name != kind.company_field}
        return InboundEvent(
            tenant_id=self.mapping.tenant_id,
            environment_id=self.mapping.environment_id,
            event_key=f"schedule/{self.mapping.pk}/{digest}",
            event_type=event_type,
            stream=stream_of(self.mapping.environment_id, kind.name),
            record_kind=kind.name,
            company=company[:10],
            subject=" ".join(str(value) for value in hint.values())[:120],
            hint=hint,
            payload="",
        )
