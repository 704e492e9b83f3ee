"""What a webhook must know before it can store an event, remembered for a moment by each web process.

Finding the environment of a URL token and the environment's event rules takes two queries, more than all the rest of an
acknowledgement. A token that was rotated out, or a rule that was changed, is therefore heeded within `REMEMBER_S`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from connectors import registry
from connectors.models import DynamicsEnvironment
from mappings import store
from mappings.catalogue.kind import EventKeys

REMEMBER_S = 2.0
MOST = 10_000


@dataclass(frozen=True)
class Door:
    """One environment, as its webhook needs it.

    Attributes:
        rules: the environment's own event rules; an event without one is named by the catalogue.
    """

    environment_id: int
    tenant_id: int
    rules: Mapping[str, EventKeys]


_known: dict[str, tuple[float, Door]] = {}
_guard = threading.Lock()


def door_of(token: str) -> Door | None:
    """Find the environment that a webhook URL belongs to; None for a token nobody has."""
    now = time.monotonic()
    with _guard:
        at, door = _known.get(token, (0.0, None))
    if door is not None and now - at < REMEMBER_S:
        return door
    environment = registry.environment_of_webhook(token)
    if environment is None:
        return None
    door = open_door(environment)
    with _guard:
        if len(_known) >= MOST:
            _known.clear()
        _known[token] = (now, door)
    return door


def open_door(environment: DynamicsEnvironment) -> Door:
    """Gather what is needed of an environment, freshly."""
    return Door(environment.pk, environment.tenant_id, store.event_rules(environment.pk))


def forget() -> None:
    """Remember nothing."""
    with _guard:
        _known.clear()
