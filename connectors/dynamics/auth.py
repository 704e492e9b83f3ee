"""Tokens for one Dynamics environment, from Microsoft Entra ID by client credentials.

The only module that may use `msal`, which speaks through our own transport here: so timeouts, the exchange
log and the rules about redirects and cookies hold for it as well.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msal

from connectors.dynamics.entra_errors import entra_error
from connectors.errors import ConnectorError, Misconfigured, RateLimited, ServerFault, Unreachable
from connectors.hosts import check_base_url
from connectors.transport import Request, Response, Transport

_TIMEOUT_S = 30.0
_DEFAULT_RETRY_S = 30.0
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
# For these Entra cannot know whose application is meant (learn.microsoft.com, "client credentials flow").
_NOBODYS = frozenset({"common", "organizations", "consumers"})


class TokenSource:
    """Hands out a token that is valid for at least some minutes, and asks Entra only when it must.

    Built without any call; msal's application is made on first use, once per process.

    Args:
        host: the environment, "https://host" without a slash at the end: the token is for this address.
        directory_tenant: id or domain of the Entra directory.
        client_id: application (client) id.
        client_secret: its secret value.
        transport: moves the calls.
        authority_url: where Entra is.
        allow_loopback_http: lets `authority_url` be plain http on this machine (demo and tests). msal insists
            on https, so it is told https and the calls are made in http.
    """

    def __init__(
        self,
        host: str,
        directory_tenant: str,
        client_id: str,
        client_secret: str,
        transport: Transport,
        *,
        authority_url: str = "https://login.microsoftonline.com",
        allow_loopback_http: bool = False,
    ) -> None:
        self._scope = f"{host}/.default"
        self._tenant = directory_tenant.strip()
        self._client_id = client_id
        self._client_secret = client_secret
        self._transport = transport
        self._authority_url = authority_url
        self._allow_loopback_http = allow_loopback_http
        self._pid = 0
        self._lock = threading.Lock()
        self._app: Any = None

    def token(self) -> str:
        """Return a bearer token, from msal's cache while it has five minutes left.

        Raises:
            AuthFailed: Entra refuses the secret.
            Misconfigured: tenant, application or environment address is not known to Entra.
            RateLimited, ServerFault, Unreachable: Entra cannot answer now.
        """
        self._renew_after_fork()
        with self._lock:
            try:
                return self._acquire()
            except ConnectorError:
                # msal remembers refusals (a 400 for a minute) and would repeat them when the cause is mended.
                self._app = None
                raise

    def drop(self) -> None:
        """Forget the token: Dynamics has refused it."""
        self._renew_after_fork()
        with self._lock:
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def _renew_after_fork(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._lock, self._app = os.getpid(), threading.Lock(), None

    def _acquire(self) -> str:
        try:
            if self._app is None:
                self._app = self._application()
            answer = self._app.acquire_token_for_client(scopes=[self._scope])
        except msal.exceptions.MsalError as error:
            raise ServerFault(
                "Entra could not be asked for a token.", system="entra", operation="token"
            ) from error
        except ValueError as error:
            raise Misconfigured(
                f"Entra cannot be asked with these settings: {error}", system="entra", operation="token"
            ) from error
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise entra_error(answer, secrets=(self._client_secret,))
        return token

    def _application(self) -> Any:
        if not _TENANT.fullmatch(self._tenant) or self._tenant.lower() in _NOBODYS:
            raise ValueError(f"{self._tenant!r} is no directory tenant; enter its id or domain.")
        base = check_base_url(self._authority_url, allow_loopback_http=self._allow_loopback_http)
        parts = urlsplit(base)
        return msal.ConfidentialClientApplication(
            self._client_id,
            authority=f"https://{parts.netloc}/{self._tenant}",
            client_credential=self._client_secret,
            http_client=_HttpClient(
                self._transport, plain_host=parts.netloc if parts.scheme == "http" else ""
            ),
            instance_discovery=False,  # else msal asks login.microsoftonline.com about every other authority
        )


class _Answer:
    """The shape msal reads."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.headers = response.headers
        self.text = response.body.decode("utf-8", "replace")

    def raise_for_status(self) -> None:
        """Never needed: what is worth raising was raised before msal saw it."""


class _HttpClient:
    """msal's view of our transport. What msal would swallow, remember or log is decided here."""

    def __init__(self, transport: Transport, *, plain_host: str) -> None:
        self._transport = transport
        self._plain_host = plain_host

    def get(self, url: str, headers: Mapping[str, str] | None = None, **_options: Any) -> _Answer:
        response = self._send(Request("GET", url, headers or {}, operation="openid-configuration"))
        if response.status >= 400:
            raise entra_error(_json_object(response), status=response.status)
        if not {"token_endpoint", "authorization_endpoint"} <= _json_object(response).keys():
            raise Misconfigured("The address of Entra answers, but not as Entra does.", system="entra")
        return _Answer(response)

    def post(
        self, url: str, data: Mapping[str, str], headers: Mapping[str, str] | None = None, **_options: Any
    ) -> _Answer:
        form = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        return _Answer(self._send(Request("POST", url, form, urlencode(data).encode(), operation="token")))

    def close(self) -> None:
        """The transport is not ours to close."""

    def _send(self, request: Request) -> Response:
        secure = f"https://{self._plain_host}/"
        url = request.url
        if self._plain_host and url.startswith(secure):
            url = f"http://{self._plain_host}/{url.removeprefix(secure)}"
        response = self._transport.send(
            Request(request.method, url, request.headers, request.body, _TIMEOUT_S, request.operation)
        )
        _refuse_unusable(response, request.operation)
        return response


def _refuse_unusable(response: Response, operation: str) -> None:
    facts: dict[str, Any] = {"system": "entra", "operation": operation, "status": response.status}
    if response.status == 429:
        told = response.headers.get("retry-after", "").strip()
        wait = float(told) if told.isdecimal() else _DEFAULT_RETRY_S
        raise RateLimited("Entra asks to wait before the next token.", retry_after_s=wait, **facts)
    if response.status >= 500:
        raise ServerFault("Entra has a fault of its own.", **facts)
    if 300 <= response.status < 400:
        raise Misconfigured("Entra's address sends us elsewhere. Check ENTRA_URL.", **facts)
    if not _json_object(response):
        raise Unreachable(
            "A page came from Entra's address instead of an answer, perhaps from a proxy.", **facts
        )


def _json_object(response: Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
