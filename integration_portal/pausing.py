"""What only a person can mend stops, with one entry in the trail; its events wait until somebody presses Resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from audit import trail
from connectors import registry
from connectors.errors import NeedsOperator, NotUsable
from connectors.models import DynamicsEnvironment
from mappings import store
from mappings.rules import BoardRule


def scope_of(error: Exception | None, rule: BoardRule) -> str:
    """Name what pauses after an error of a board: the mapping alone where the rest of the account works, else the account."""
    return f"mapping:{rule.mapping_id}" if isinstance(error, NotUsable) else f"account:{rule.account_id}"


def reading_scope(error: Exception, rule: BoardRule, environment_id: int) -> str:
    """Name what pauses when a mapping's records cannot be read: the mapping where the rest can be, else the environment."""
    return scope_of(error, rule) if isinstance(error, NotUsable) else f"environment:{environment_id}"


def pause(scope: str, reason: str, *, tenant_id: int, calls: Sequence[Mapping[str, Any]] = ()) -> bool:
    """Pause a connection or a mapping, in the caller's transaction. What is paused already stays as it is.

    Args:
        scope: environment:<id>, account:<id> or mapping:<id>.
        reason: for people, on its page and in the trail.
        calls: the requests that led to it, redacted.

    Returns:
        True when it was not paused before.
    """
    name, _, pk = scope.partition(":")
    of_mapping = name == "mapping"
    paused = store.pause_mapping(int(pk), reason) if of_mapping else registry.pause(scope, reason)
    if paused:
        action = trail.Action.MAPPING_PAUSED if of_mapping else trail.Action.CONNECTION_PAUSED
        trail.record(
            trail.Fact(
                tenant_id=tenant_id,
                action=action,
                subject=scope,
                mapping_id=int(pk) if of_mapping else None,
                calls=calls,
                detail=reason,
            )
        )
    return paused


def ready_environment(pk: int) -> DynamicsEnvironment | None:
    """Load an environment for work on it.

    Returns:
        None when there is no work to do: it was deleted meanwhile, it is paused, its tenant is switched off, or its secrets do
        not open; the last pauses it.
    """
    try:
        environment = registry.load_environment(pk)
    except DynamicsEnvironment.DoesNotExist:
        return None
    except NeedsOperator as problem:
        with transaction.atomic():
            pause(f"environment:{pk}", str(problem), tenant_id=registry.tenant_of(pk))
        return None
    return None if environment.paused_at or not environment.tenant.active else environment
