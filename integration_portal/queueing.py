"""The only user of django-q. A task is a wake-up call with one positional id; the inbox is the record of work.

django-q loses tasks (Redis broker, kill -9) and repeats raising ones for ever, so nothing may depend on a task: the dispatcher
calls again for whatever is still due.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from importlib import import_module

from django.conf import settings
from django.db import Error as DatabaseError
from django_q.brokers import get_broker
from django_q.cluster import Cluster
from django_q.models import Failure
from django_q.tasks import async_task

if settings.REDIS_URL:  # some 10 MB in every process, so only where it is used
    from redis import RedisError

    BROKER_ERRORS: tuple[type[Exception], ...] = (RedisError, DatabaseError, OSError)
else:
    BROKER_ERRORS = (DatabaseError, OSError)

log = logging.getLogger(__name__)

TASKS = "integration_portal.tasks"

# Within this time one call for a stream is enough: a worker that wakes takes everything that is due.
QUIET_S = 0.05

_last_call: dict[str, float] = {}
_guard = threading.Lock()


def wake(stream: str) -> None:
    """Call for a worker; at most one call for a stream every `QUIET_S` from this process.

    A broker that is away is only logged: the event is committed, the dispatcher calls again.
    """
    now = time.monotonic()
    with _guard:
        if now - _last_call.get(stream, -QUIET_S) < QUIET_S:
            return
        _last_call[stream] = now
    call(stream)


def call(stream: str) -> bool:
    """Put one wake-up call into the queue. Returns False when the broker is away."""
    return _enqueue(f"{TASKS}.work", stream)


def read_references(environment_id: int) -> bool:
    """Call for a worker that reads an environment's reference data. Returns False when the broker is away."""
    return _enqueue(f"{TASKS}.read_references", str(environment_id))


def call_run(run_id: int) -> bool:
    """Call for a worker for one run. Returns False when the broker is away."""
    return _enqueue(f"{TASKS}.run", run_id)


def canary(name: str) -> bool:
    """Ask the cluster for a sign of life. Returns False when the broker is away."""
    return _enqueue(f"{TASKS}.sing", name)


def waiting() -> int:
    """Count the calls that no worker has taken yet; -1 when the broker is away."""
    try:
        return int(get_broker().queue_size())
    except BROKER_ERRORS:
        return -1


def forget_failures() -> None:
    """Drop django-q's own records of failed tasks: it never prunes them, and the inbox has the truth."""
    Failure.objects.all().delete()


def prepare() -> None:
    """Load what tasks need, before the processes that run them are forked off.

    What is loaded is shared by all of them as long as nobody writes to it; the garbage collector would.
    """
    import_module(TASKS)
    gc.collect()
    gc.freeze()


def run_cluster() -> Cluster:
    """Start the cluster in this process and its children."""
    cluster = Cluster()
    cluster.start()
    return cluster


def _enqueue(function: str, argument: str | int) -> bool:
    try:
        async_task(function, argument)
    except BROKER_ERRORS as error:
        log.warning("The queue is away (%s); the dispatcher calls again.", type(error).__name__)
        return False
    return True
