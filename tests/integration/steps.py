"""Steps that several tests take."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from integration_portal import inbox
from integration_portal.inbox import Settlement
from integration_portal.models import InboundEvent, State
from tests.integration.conftest import Portal


def claim(portal: Portal, *, limit: int = 50, owner: str = "me", seconds: float = 60.0) -> list[InboundEvent]:
    return inbox.claim(portal.stream, limit=limit, owner=owner, seconds=seconds)


def settle(event: InboundEvent, state: State, *, owner: str = "me", **more: Any) -> InboundEvent:
    inbox.settle([Settlement(event.pk, state, **more)], owner=owner)
    event.refresh_from_db()
    return event


def in_threads(*jobs: Callable[[], object]) -> list[Exception]:
    """Run jobs at the same moment; returns what they raised."""
    start, errors = threading.Barrier(len(jobs)), list[Exception]()

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
