"""From a row to a ready client. The rows themselves are behind `registry`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from connectors.budgets import SharedBudget
from connectors.dynamics.auth import TokenSource
from connectors.dynamics.client import DynamicsClient
from connectors.errors import Misconfigured
from connectors.hosts import check_base_url
from connectors.limits import Limits, Window
from connectors.models import DynamicsEnvironment, MondayAccount
from connectors.monday.client import MondayClient
from connectors.transport import Exchange, HttpTransport
from connectors.vault import fingerprint

_exchanges: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)
_transports: dict[tuple[int, int, str], HttpTransport] = {}
_tokens: dict[tuple[int, int, str, str, str, str], TokenSource] = {}


@contextmanager
def recorded_exchanges() -> Iterator[list[Exchange]]:
    """Collect every request made inside the block, for the audit trail."""
    made: list[Exchange] = []
    token = _exchanges.set(made)
    try:
        yield made
    finally:
        _exchanges.reset(token)


def dynamics(environment: DynamicsEnvironment) -> DynamicsClient:
    """Make a client for one environment.

    Raises:
        Misconfigured: the host is no proper https address, or the secret is missing; before any token is sent.
    """
    host = _checked(environment.host, "dynamics")
    if not environment.client_secret:
        raise Misconfigured(
            f"{environment} has no client secret. Enter one and press Test connection.", system="entra"
        )
    key = (
        os.getpid(),
        threading.get_ident(),
        environment.directory_tenant,
        environment.client_id,
        host,
        fingerprint(environment.client_secret),
    )
    if key not in _tokens:
        _tokens[key] = TokenSource(
            host,
            environment.directory_tenant,
            environment.client_id,
            environment.client_secret,
            _transport("entra", f"environment:{environment.pk}"),
            authority_url=settings.ENTRA_URL,
            allow_loopback_http=settings.ALLOW_LOOPBACK_HTTP,
        )
    return DynamicsClient(
        host,
        _tokens[key],
        _transport("dynamics", f"environment:{environment.pk}"),
        environment_budget(environment),
    )


def monday(account: MondayAccount) -> MondayClient:
    """Make a client for one account.

    Raises:
        Misconfigured: the token is missing, or MONDAY_API_URL is no proper https address.
    """
    if not account.api_token:
        raise Misconfigured(
            f"{account} has no API token. Enter one and press Test connection.", system="monday"
        )
    return MondayClient(
        account.api_token,
        _transport("monday", f"account:{account.pk}"),
        account_budget(account),
        api_url=_checked(settings.MONDAY_API_URL, "monday", allow_path=True),
        api_version=account.api_version,
        batch_size=account.batch_size,
    )


def environment_budget(environment: DynamicsEnvironment) -> SharedBudget:
    """Make the gate of one environment: F&O has no fixed limits, only "not now" and a time to wait."""
    return SharedBudget(f"environment:{environment.pk}", Limits(concurrency=environment.concurrency))


def account_budget(account: MondayAccount) -> SharedBudget:
    """Make the budget of one account from its row."""
    mutations = account.mutations_per_window
    return SharedBudget(
        f"account:{account.pk}",
        Limits(
            concurrency=account.concurrency,
            requests=Window(account.requests_per_minute, 60.0),
            mutations=Window(mutations, account.window_seconds) if mutations else None,
            complexity=Window(account.complexity_per_minute, 60.0),
            calls_per_day=account.calls_per_day,
        ),
    )


def _checked(url: str, system: str, *, allow_path: bool = False) -> str:
    try:
        return check_base_url(url, allow_loopback_http=settings.ALLOW_LOOPBACK_HTTP, allow_path=allow_path)
    except ValueError as wrong:
        raise Misconfigured(str(wrong), system=system) from wrong


def _transport(system: str, scope: str) -> HttpTransport:
    """Keep one transport per thread and connection, so that connections stay open and are never shared."""
    key = (os.getpid(), threading.get_ident(), f"{system}/{scope}")
    if key not in _transports:
        _transports[key] = HttpTransport(
            system, on_exchange=_note, ca_bundle=settings.CA_BUNDLE, proxy=settings.OUTBOUND_PROXY
        )
    return _transports[key]


def _note(exchange: Exchange) -> None:
    made = _exchanges.get()
    if made is not None:
        made.append(exchange)
