"""What the queue may call: each body is one call, returns None and does not raise."""

from __future__ import annotations

import logging

from django.db import Error as DatabaseError

from integration_portal import heartbeat, identity, processor, references, runs, schedules

log = logging.getLogger(__name__)


def work(stream: str) -> None:
    """Work on a stream while something of it is due."""
    try:
        processor.drain(stream)
    except DatabaseError as error:
        # What was taken is given back by this process's next task, or by the dispatcher once its lease has passed.
        log.warning("Stream %s: the database is away (%s)", stream, type(error).__name__)


def read_references(environment_id: str) -> None:
    """Read what is due of an environment's reference data."""
    try:
        references.read(int(environment_id))
    except DatabaseError as error:
        # The reading was counted before it began and is due again by itself.
        log.warning(
            "Reference data of environment %s: the database is away (%s)",
            environment_id,
            type(error).__name__,
        )


def sing(_asked_by: str) -> None:
    """Show that this cluster lives."""
    try:
        processor.give_back_unsettled()
        heartbeat.beat(f"{heartbeat.CLUSTER}{identity.my_supervisor()}")
    except DatabaseError as error:
        log.warning("No sign of life: the database is away (%s)", type(error).__name__)


def run(run_id: int) -> None:
    """Take one turn at a schedule's round."""
    try:
        runs.work(run_id)
        schedules.call_for_due()
    except DatabaseError as error:
        # The run goes on where it was once its lease has passed, or its owner is seen to be dead.
        log.warning("Run %d: the database is away (%s)", run_id, type(error).__name__)
