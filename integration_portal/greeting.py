"""Test connection: ask the other side who we are there, tell it in a sentence, and wake what waited when it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from audit import trail
from connectors import connections, registry
from connectors.errors import ConnectorError
from connectors.models import DynamicsEnvironment, MondayAccount
from connectors.vault import SecretUnreadable
from integration_portal import inbox

SHOWN_COMPANIES = 20


@dataclass(frozen=True)
class Verdict:
    """What a test or a press on Resume came to.

    Attributes:
        sentence: for people.
    """

    good: bool
    sentence: str


def scope_of(connection: DynamicsEnvironment | MondayAccount) -> str:
    """Name a connection, for example "environment:7"."""
    kind = "environment" if isinstance(connection, DynamicsEnvironment) else "account"
    return f"{kind}:{connection.pk}"


def try_environment(environment: DynamicsEnvironment, *, actor: str) -> Verdict:
    """Ask Dynamics for its version and companies.

    Args:
        actor: who pressed, for the trail.
    """
    return _try(environment, lambda: _greeting_of_dynamics(environment), actor)


def try_account(account: MondayAccount, *, actor: str) -> Verdict:
    """Ask monday whose token it is.

    Args:
        actor: who pressed, for the trail.
    """
    return _try(account, lambda: _greeting_of_monday(account), actor)


def resume(connection: DynamicsEnvironment | MondayAccount, *, actor: str, detail: str = "") -> Verdict:
    """Call a connection again and wake the events that waited for it.

    Args:
        actor: who pressed, for the trail.
        detail: why, for the trail.
    """
    scope = scope_of(connection)
    with transaction.atomic():
        resumed = registry.resume(scope)
        woken = inbox.wake_waiting(scope)
        if resumed:
            trail.record(_fact(connection, trail.Action.CONNECTION_RESUMED, actor, detail))
    if not resumed:
        return Verdict(True, f"{connection.name} was not paused.")
    waiting = f"{woken} waiting event{'' if woken == 1 else 's'} will be tried now."
    return Verdict(
        True, f"{connection.name} is no longer paused; {waiting if woken else 'no event waited for it.'}"
    )


def _try(connection: DynamicsEnvironment | MondayAccount, greeting: Callable[[], str], actor: str) -> Verdict:
    """No transaction is open while the other side is asked: on SQLite it would hold the only write lock."""
    with connections.recorded_exchanges() as exchanges:
        try:
            verdict = Verdict(True, greeting())
        except (ConnectorError, SecretUnreadable) as error:
            verdict = Verdict(False, str(error))
    calls = [exchange.as_dict() for exchange in exchanges]
    trail.record(_fact(connection, trail.Action.CONNECTION_TESTED, actor, verdict.sentence, calls))
    if verdict.good and connection.paused_at:
        resumed = resume(connection, actor=actor, detail="The test succeeded.")
        return Verdict(True, f"{verdict.sentence} {resumed.sentence}")
    return verdict


def _greeting_of_dynamics(environment: DynamicsEnvironment) -> str:
    ping = connections.dynamics(environment).ping()
    version = f"version {ping.version}" if ping.version else "its version is not shown to this user"
    default = f", default company {ping.default_company}" if ping.default_company else ""
    return f"Dynamics answered: {version}{default}. {_companies(ping.companies)}"


def _companies(companies: Sequence[str]) -> str:
    if not companies:
        return "No legal entity is visible to this user: give it a role that may read them."
    more = len(companies) - SHOWN_COMPANIES
    shown = ", ".join(companies[:SHOWN_COMPANIES]) + (f" and {more} more" if more > 0 else "")
    return f"Legal entities it can read: {shown}."


def _greeting_of_monday(account: MondayAccount) -> str:
    me = connections.monday(account).me()
    plan = f", {me.tier} plan" if me.tier else ""
    served = f"API version {me.version} is served"
    asked = "" if me.version == account.api_version else f", although {account.api_version} was asked for"
    return f"monday answered: {me.name} ({me.email}) of {me.account_name}{plan}. {served}{asked}."


def _fact(
    connection: DynamicsEnvironment | MondayAccount,
    action: trail.Action,
    actor: str,
    detail: str,
    calls: Sequence[dict[str, Any]] = (),
) -> trail.Fact:
    return trail.Fact(
        tenant_id=connection.tenant_id,
        action=action,
        subject=f"{connection._meta.verbose_name} {connection.name}",
        actor=actor,
        calls=calls,
        detail=detail,
    )
