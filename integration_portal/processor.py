"""Claim, route, run, settle: one batch of one stream. The one place that catches every exception."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError

from connectors import connections, registry
from connectors.errors import ConnectorError, NeedsOperator
from connectors.models import DynamicsEnvironment
from integration_portal import identity, inbox
from integration_portal.batch import Batch, PortalFault
from integration_portal.lanes import StoredLanes
from integration_portal.models import InboundEvent
from integration_portal.sync.ports import Written
from integration_portal.sync.read import read_records
from integration_portal.sync.route import parts_of
from integration_portal.sync.to_monday import ToBoard
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
    environment = _environment(parts_of(stream)[0])
    if environment is None or environment.paused_at or not environment.tenant.active:
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


def _environment(pk: int) -> DynamicsEnvironment | None:
    """Load it; None when it was deleted since the call (its events went with it) or cannot be loaded, and waits for a person."""
    try:
        return registry.load_environment(pk)
    except DynamicsEnvironment.DoesNotExist:
        return None
    except NeedsOperator as problem:
        if registry.pause(f"environment:{pk}", str(problem)):
            log.error("Environment %d is paused: %s", pk, problem)
        return None


def _work(
    stream: str, environment: DynamicsEnvironment, owner: str, events: Sequence[InboundEvent], lease_s: float
) -> None:
    with connections.recorded_exchanges() as exchanges:
        claimed = {event.pk: event for event in events}
        batch = Batch(owner, environment, catalogue.kind(parts_of(stream)[1]), claimed, exchanges)
        try:
            _run(batch, lease_s)
        except ConnectorError as error:
            batch.fail_rest(error, f"environment:{environment.pk}")
        except (OperationalError, InterfaceError):
            raise  # the database is away: nothing can be settled now, and nothing is lost
        except Exception as error:
            log.exception("Stream %s: a fault of the portal itself", stream)
            said = f"The portal itself failed ({type(error).__name__}: {error}). Report it with the log, then press Retry."
            batch.fail_rest(PortalFault(said), "")
        batch.commit()


def _run(batch: Batch, lease_s: float) -> None:
    rules = store.rules_for(batch.environment.pk, batch.kind.name)
    hints = batch.hints(rules)
    if not hints:
        return
    read_at = time.time()
    fields = {name for rule in rules for name in rule.fields()}
    records = read_records(connections.dynamics(batch.environment), batch.kind, hints, fields)
    for rule in rules:
        wanted = [record for record in records if rule.wants(record)]
        if wanted:
            batch.written += _bring(batch, rule, wanted, read_at, lease_s)
    for hint in hints:
        batch.conclude(hint, [record for record in records if hint.names(record)])


def _bring(
    batch: Batch, rule: BoardRule, records: Sequence[Record], read_at: float, lease_s: float
) -> list[Written]:
    """Bring records to one board; a board that cannot be reached fails its records, not the other boards'."""
    try:
        account = registry.load_account(rule.account_id)
        if account.paused_at:
            raise NeedsOperator(account.paused_reason, system="monday")
        lanes = StoredLanes(batch.owner, lease_s)
        board = ToBoard(
            rule, connections.monday(account), lanes, host=batch.environment.host, read_at=read_at
        )
        return board.bring(records)
    except ConnectorError as error:
        return [Written(rule, record.key, record.title, None, error=error) for record in records]
