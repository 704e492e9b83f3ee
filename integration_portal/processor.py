"""Claim, route, run, settle: one batch of one stream. The one place that catches every exception."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError

from connectors import connections
from connectors.errors import ConnectorError, NotUsable
from connectors.models import DynamicsEnvironment
from integration_portal import identity, inbox, pausing
from integration_portal.batch import GONE, Batch, PortalFault
from integration_portal.bringing import Bringing
from integration_portal.farewell import Farewell
from integration_portal.models import InboundEvent
from integration_portal.sync.read import Hint, read_records
from integration_portal.sync.route import parts_of
from mappings import catalogue, store
from mappings.catalogue.kind import Record
from mappings.rules import BoardRule

log = logging.getLogger(__name__)

DRAIN_S = 5.0
LEASE_MARGIN_S = 30


# Runs of this process that could not be settled, because the database went away under them.
_unsettled: list[str] = []


def give_back_unsettled() -> None:
    """Free what this process took and could not settle; another run looks at it afresh."""
    while _unsettled:
        store.free_lanes(_unsettled[:1])
        inbox.free_claims(_unsettled[:1])
        del _unsettled[0]


def drain(stream: str) -> None:
    """Work on a stream until nothing of it is due, or for `DRAIN_S` seconds: then others have their turn."""
    until = time.monotonic() + DRAIN_S
    while run_once(stream) and time.monotonic() < until:
        pass


def run_once(stream: str, *, limit: int = inbox.BATCH) -> int:
    """Work on one batch of a stream.

    Returns:
        How many events were claimed.
    """
    environment = pausing.ready_environment(parts_of(stream)[0])
    if environment is None:
        return 0
    owner = f"{identity.me()}:{uuid.uuid4().hex[:12]}"
    lease_s = settings.TASK_TIMEOUT_S + LEASE_MARGIN_S
    give_back_unsettled()
    _unsettled.append(owner)
    events = inbox.claim(stream, limit=limit, owner=owner, seconds=lease_s)
    if events:
        _work(stream, environment, owner, events, lease_s)
    _unsettled.remove(owner)
    return len(events)


def _work(
    stream: str, environment: DynamicsEnvironment, owner: str, events: Sequence[InboundEvent], lease_s: float
) -> None:
    with connections.recorded_exchanges() as exchanges:
        claimed = {event.pk: event for event in events}
        batch = Batch(owner, environment, catalogue.kind(parts_of(stream)[1]), claimed, exchanges)
        rules = store.rules_for(environment.pk, batch.kind.name)
        try:
            _run(batch, rules, lease_s)
        except NotUsable as error:
            # The entity set, not the environment: its mappings pause, everything else goes on.
            for rule in rules:
                batch.paused[f"mapping:{rule.mapping_id}"] = str(error)
            batch.fail_rest(error, f"mapping:{rules[0].mapping_id}")
        except ConnectorError as error:
            batch.fail_rest(error, f"environment:{environment.pk}")
        except (OperationalError, InterfaceError):
            raise  # the database is away: nothing can be settled now, and nothing is lost
        except Exception as error:
            log.exception("Stream %s: a fault of the portal itself", stream)
            said = f"The portal itself failed ({type(error).__name__}: {error}). Report it with the log, then press Retry."
            batch.fail_rest(PortalFault(said), "")
        batch.commit()


def _run(batch: Batch, rules: Sequence[BoardRule], lease_s: float) -> None:
    hints = batch.hints(rules)
    if not hints:
        return
    read_at = time.time()
    fields = {name for rule in rules for name in rule.fields()}
    dynamics = connections.dynamics(batch.environment)
    records = read_records(dynamics, batch.kind, hints, fields)
    bringing = Bringing(batch, dynamics, lease_s=lease_s, read_at=read_at)
    for rule in rules:
        heard = [hint for hint in hints if batch.hears(rule, hint.event_id)]
        wanted = [record for record in records if rule.wants(record) and _named(record, heard, hints)]
        if wanted:
            batch.written += bringing.bring(rule, wanted)
    farewell = Farewell(batch, bringing)
    for hint in hints:
        found = [record for record in records if hint.names(record)]
        gone = "" if found or batch.events[hint.event_id].event_type != GONE else farewell.say(hint, rules)
        batch.conclude(hint, found, gone=gone)


def _named(record: Record, heard: Sequence[Hint], hints: Sequence[Hint]) -> bool:
    """Say whether one of the events that a mapping hears speaks of the record; every record was read for one of all."""
    return len(heard) == len(hints) or any(hint.names(record) for hint in heard)
