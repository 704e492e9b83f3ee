"""The door to the rows of this room: whose webhook it is, who is connected, who is paused. Knows no client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import Misconfigured
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount
from connectors.vault import SecretUnreadable, digest


def environment_of_webhook(token: str) -> DynamicsEnvironment | None:
    """Find the environment a webhook URL belongs to.

    The token is 256 random bits and looked up by its hash, so nothing about other tokens can be learned from the time it takes.
    The one before a rotation is valid until its end.
    """
    hashed = digest(token)
    return (
        DynamicsEnvironment.objects.filter(
            Q(webhook_digest=hashed) | Q(previous_digest=hashed, previous_until__gt=timezone.now())
        )
        .only("id", "tenant_id")
        .first()
    )


def load_environment(pk: int) -> DynamicsEnvironment:
    """Load an environment with its tenant.

    Raises:
        Misconfigured: its secrets do not open with the key that is set.
        DynamicsEnvironment.DoesNotExist: it was deleted.
    """
    with _readable_secrets():
        return DynamicsEnvironment.objects.select_related("tenant").get(pk=pk)


def load_account(pk: int) -> MondayAccount:
    """Load an account with its tenant.

    Raises:
        Misconfigured: its secrets do not open with the key that is set.
        MondayAccount.DoesNotExist: it was deleted.
    """
    with _readable_secrets():
        return MondayAccount.objects.select_related("tenant").get(pk=pk)


def tenant_of(environment_id: int) -> int:
    """Name the tenant of an environment, also of one whose secrets do not open."""
    return DynamicsEnvironment.objects.values_list("tenant_id", flat=True).get(pk=environment_id)


def companies_of(environment_id: int) -> list[str]:
    """List the legal entities of an environment, lower case."""
    return list(
        LegalEntity.objects.filter(environment_id=environment_id).values_list("data_area_id", flat=True)
    )


def paused_scopes() -> set[str]:
    """Name the connections that are paused, and those of tenants that are switched off."""
    out = Q(paused_at__isnull=False) | Q(tenant__active=False)
    return {
        *(f"environment:{pk}" for pk in DynamicsEnvironment.objects.filter(out).values_list("pk", flat=True)),
        *(f"account:{pk}" for pk in MondayAccount.objects.filter(out).values_list("pk", flat=True)),
    }


def pause(scope: str, reason: str) -> bool:
    """Stop calling a connection that refuses us.

    Returns:
        True when it was not paused before, so that one alert is enough.
    """
    rows = _rows(scope).filter(paused_at__isnull=True)
    return bool(rows.update(paused_at=timezone.now(), paused_reason=reason))


def resume(scope: str) -> bool:
    """Call it again. Returns True when it was paused."""
    return bool(_rows(scope).filter(paused_at__isnull=False).update(paused_at=None, paused_reason=""))


def _rows(scope: str) -> QuerySet[DynamicsEnvironment] | QuerySet[MondayAccount]:
    name, _, pk = scope.partition(":")
    if name == "environment":
        return DynamicsEnvironment.objects.filter(pk=int(pk))
    return MondayAccount.objects.filter(pk=int(pk))


@contextmanager
def _readable_secrets() -> Iterator[None]:
    try:
        yield
    except SecretUnreadable as wrong:
        raise Misconfigured(str(wrong), system="portal") from wrong
