"""Looks, several times a second, for work that nobody is at: due events, expired leases, dead workers.

Runs inside the supervisor. Calling for workers is done by one dispatcher at a time, whoever holds the lease row; seeing that the
own machine's workers died is done by each.
"""

from __future__ import annotations

import logging
import math
import time

from django.conf import settings

from integration_portal import heartbeat, identity, inbox, queueing, reference_calls, schedules
from mappings import store

log = logging.getLogger(__name__)

LEASE = "dispatcher"
LEASE_S = 10.0
HOUSEKEEPING_EVERY_S = 1.0
CALL_EVERY_S = 0.25
TIDY_EVERY_S = 3600.0
REFERENCES_EVERY_S = 30.0
STREAMS_AT_ONCE = 200


class Dispatcher:
    """One supervisor's dispatcher.

    Args:
        supervisor: the supervisor's name, as lease owners carry it.
    """

    def __init__(self, supervisor: str) -> None:
        self.supervisor = supervisor
        self._called: dict[str, float] = {}
        self._kept_house = 0.0
        self._held_at = 0.0
        self._tidied: float | None = None
        self._looked_for_references: float | None = None

    def look(self) -> None:
        """Look once.

        Raises:
            django.db.Error: the database is away.
        """
        now = time.monotonic()
        if now - self._kept_house >= HOUSEKEEPING_EVERY_S:
            self._kept_house = now
            heartbeat.beat(f"{heartbeat.SUPERVISOR}{self.supervisor}")
            self.free_the_dead()
            self._held_at = now if heartbeat.hold(LEASE, self.supervisor, seconds=LEASE_S) else 0.0
            if self._held_at:
                inbox.free_expired()
                self._tidy(now)
                inbox.wake_resumed()
                schedules.open_due()
                schedules.call_for_due()
                self._call_for_references(now)
        if self._held_at:
            self.call_for_due(now)

    def _tidy(self, now: float) -> None:
        """Once an hour drop what django-q never drops."""
        if self._tidied is None or now - self._tidied >= TIDY_EVERY_S:
            self._tidied = now
            queueing.forget_failures()

    def _call_for_references(self, now: float) -> None:
        """Have reference data read where it is due; the reading itself sees to it that one worker is at it."""
        since = self._looked_for_references
        if since is None or now - since >= REFERENCES_EVERY_S:
            self._looked_for_references = now
            reference_calls.call_for_due()

    def free_the_dead(self) -> None:
        """Give back what workers held that died: on this machine by their process, elsewhere by their supervisor's silence."""
        owners = inbox.running_owners() | store.lane_owners() | schedules.owners()
        if not owners:
            return
        alive = heartbeat.living(heartbeat.SUPERVISOR, within_s=heartbeat.SUPERVISOR_DEAD_S) | {identity.SOLO}
        dead = set(identity.dead(owners, supervisor=self.supervisor))
        dead |= {owner for owner in owners if identity.supervisor_of(owner) not in alive}
        if dead:
            store.free_lanes(dead)
            schedules.free_runs(list(dead))
            log.warning("%d events were given back: their workers died", inbox.free_claims(dead))

    def call_for_due(self, now: float) -> None:
        """Call for as many workers as the due events of each stream can use, without flooding the queue."""
        due = inbox.due_streams(limit=STREAMS_AT_ONCE)
        self._called = {stream: at for stream, at in self._called.items() if now - at < CALL_EVERY_S}
        for stream, count in due:
            if stream in self._called:
                continue
            if not 0 <= queueing.waiting() < 2 * settings.WORKERS:
                return
            self._called[stream] = now
            for _ in range(min(settings.WORKERS, math.ceil(count / inbox.BATCH))):
                queueing.call(stream)

    def stop(self) -> None:
        """Let another machine's dispatcher take over at once."""
        heartbeat.let_go(LEASE, self.supervisor)
        heartbeat.forget(
            [f"{heartbeat.SUPERVISOR}{self.supervisor}", f"{heartbeat.CLUSTER}{self.supervisor}"]
        )
