"""Read the reference values of one environment: a full walk over each kind, compared with what is known."""

from __future__ import annotations

import logging
import random
import uuid
from datetime import UTC, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors import connections
from connectors.backoff import delay_s
from connectors.errors import ConnectorError, NeedsOperator, NotUsable, RateLimited, Transient
from connectors.models import DynamicsEnvironment
from integration_portal import heartbeat, identity, pausing
from mappings import reference_reading
from mappings.catalogue.kind import Kind
from mappings.reference import fields_of, value_of
from mappings.reference_reading import Comparison

log = logging.getLogger(__name__)

LEASE = "references:"
LEASE_MARGIN_S = 30
PAGE = 2000
CAP_S = 3600.0
RATE_LIMIT_DEFAULT_S = 60.0
# Where the environment has no hours of its own: a button was pressed, and what stood in the way may be mended by then.
HOURS_AFTER_REFUSAL = 24


def read(environment_id: int) -> None:
    """Read what is due of one environment, unless another worker is at it."""
    environment = pausing.ready_environment(environment_id)
    if environment is None:
        return
    lease, owner = f"{LEASE}{environment_id}", f"{identity.me()}:{uuid.uuid4().hex[:12]}"
    if not heartbeat.hold(lease, owner, seconds=settings.TASK_TIMEOUT_S + LEASE_MARGIN_S):
        return
    try:
        due = reference_reading.due_kinds(
            environment_id, hours=environment.reference_hours, now=timezone.now()
        )
        for kind in due:
            if not _read(environment, kind):
                break
    finally:
        heartbeat.let_go(lease, owner)


def _read(environment: DynamicsEnvironment, kind: Kind) -> bool:
    """Read one kind. Returns whether it makes sense to go on with the next."""
    began = timezone.now()
    # Counted before the work and due again by itself: a worker that dies here is followed by another one.
    again_at = began + timedelta(seconds=settings.TASK_TIMEOUT_S + LEASE_MARGIN_S)
    attempts = reference_reading.begin(environment.pk, kind, again_at=again_at)
    with connections.recorded_exchanges() as exchanges:
        try:
            problem = _compare(environment, kind, Comparison.start(environment.pk, kind, began))
        except ConnectorError as error:
            calls = [exchange.as_dict() for exchange in exchanges]
            return _failed(environment, kind, error, attempts, calls)
    reference_reading.done(environment.pk, kind, at=began, problem=problem)
    return True


def _compare(environment: DynamicsEnvironment, kind: Kind, comparison: Comparison) -> str:
    today = comparison.at.astimezone(UTC).date()
    client = connections.dynamics(environment)
    for rows in client.read_pages(kind.entity, select=fields_of(kind), page_size=PAGE):
        values = (value_of(kind, row, today=today) for row in rows)
        comparison.take(value for value in values if value is not None)
    return comparison.finish()


def _failed(
    environment: DynamicsEnvironment,
    kind: Kind,
    error: ConnectorError,
    attempts: int,
    calls: list[dict[str, object]],
) -> bool:
    """Note why, and when to try again; pause the environment when it refuses us altogether.

    Returns:
        Whether the other kinds may fare better.
    """
    said = f"The {kind.label_plural.lower()} were not read: {error}"
    log.warning("%s: %s", environment, said)
    alone = not isinstance(error, Transient | NeedsOperator) or isinstance(error, NotUsable)
    with transaction.atomic():
        again_at = timezone.now() + timedelta(seconds=_wait_s(environment, error, attempts))
        reference_reading.failed(environment.pk, kind, again_at=again_at, problem=said)
        if isinstance(error, NeedsOperator) and not alone:
            scope = f"environment:{environment.pk}"
            pausing.pause(scope, str(error), tenant_id=environment.tenant_id, calls=calls)
    return alone


def _wait_s(environment: DynamicsEnvironment, error: ConnectorError, attempts: int) -> float:
    if isinstance(error, RateLimited):
        return RATE_LIMIT_DEFAULT_S if error.retry_after_s is None else error.retry_after_s
    if isinstance(error, Transient):
        return delay_s(attempts, base_s=settings.RETRY_BASE_S, cap_s=CAP_S, rng=random.Random())  # noqa: S311  jitter
    if isinstance(error, NeedsOperator) and not isinstance(error, NotUsable):
        return 0.0  # as soon as the environment is no longer paused
    return 3600.0 * (environment.reference_hours or HOURS_AFTER_REFUSAL)
