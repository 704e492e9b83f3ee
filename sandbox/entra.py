"""The imitated Microsoft Entra ID: discovery document and client-credentials tokens, errors in its own shape."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

import jwt
from werkzeug.wrappers import Request, Response

from sandbox.serving import DropConnection, WsgiApp

if TYPE_CHECKING:
    from sandbox.core import Sandbox

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "portal-client"
CLIENT_SECRET = "portal-secret+/=&"  # noqa: S105 - characters a client must URL-encode, on purpose
LIFETIME_S = 3600
_SIGNING_KEY = "the sandbox's own signing key, nobody checks it"
_PATH = re.compile(r"/(?P<tenant>[^/]+)/(?P<rest>v2\.0/\.well-known/openid-configuration|oauth2/v2\.0/token)")


@dataclass
class Client:
    """One app registration."""

    secret: str
    expired: bool = False  # its secret has run out


@dataclass(frozen=True)
class Token:
    """One issued token."""

    client_id: str
    audience: str
    expires_at: float


class TokenRefused(Exception):
    """A refusal: HTTP status, OAuth error, AADSTS number and text."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.error, self.code = status, error, code


class Entra:
    """App registrations and issued tokens."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Back to one tenant with one client; all tokens are void."""
        with self._lock:
            self.tenant = TENANT
            self.clients = {CLIENT_ID: Client(CLIENT_SECRET)}
            self.lifetime_s: float = LIFETIME_S
            self._tokens: dict[str, Token] = {}

    def revoke_all(self) -> int:
        """Make every issued token void at once; returns how many there were."""
        with self._lock:
            count = len(self._tokens)
            self._tokens.clear()
        return count

    def configure(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change what the control API may change.

        Args:
            values: {"token_lifetime_s": seconds of new tokens, "secret_expired": bool, "secret": new secret of
                the client, "client_id": which client (the standard one when left out; created when unknown)}.

        Raises: ValueError with a sentence for anything else.
        """
        known = {"token_lifetime_s", "secret_expired", "secret", "client_id"}
        if set(values) - known:
            raise ValueError(f"Entra has these switches: {', '.join(sorted(known))}.")
        with self._lock:
            self.lifetime_s = float(values.get("token_lifetime_s", self.lifetime_s))
            client = self.clients.setdefault(str(values.get("client_id", CLIENT_ID)), Client(CLIENT_SECRET))
            client.secret = str(values.get("secret", client.secret))
            client.expired = bool(values.get("secret_expired", client.expired))
            return {"token_lifetime_s": self.lifetime_s, "clients": sorted(self.clients)}

    def client_of(self, token: str, host: str) -> str | None:
        """Return the client a token was issued to when it is valid for the environment on that host."""
        found = self._tokens.get(token)
        if found is None or found.expires_at <= self._sandbox.clock.now():
            return None
        # The audience has to be the environment's address exactly: a trailing slash or capitals do not match.
        return found.client_id if found.audience in (f"http://{host}", f"https://{host}") else None

    def issue(self, tenant: str, form: Mapping[str, str], basic: tuple[str, str] | None) -> dict[str, Any]:
        """Answer a token request; raises TokenRefused."""
        client_id = form.get("client_id") or (basic[0] if basic else "")
        secret = form.get("client_secret") or (basic[1] if basic else "")
        self._check(tenant, form, client_id, secret)
        audience = self._audience(form["scope"])
        now = self._sandbox.clock.now()
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant}/",
            "tid": tenant,
            "appid": client_id,
            "oid": str(uuid.uuid5(uuid.NAMESPACE_URL, client_id)),
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + self.lifetime_s),
            "uti": str(uuid.uuid4()),
        }
        token = jwt.encode(claims, _SIGNING_KEY, algorithm="HS256")
        with self._lock:
            self._tokens[token] = Token(client_id, audience, now + self.lifetime_s)
            for old in [text for text, held in self._tokens.items() if held.expires_at <= now]:
                del self._tokens[old]
        expires_in = int(self.lifetime_s)
        return {
            "token_type": "Bearer",
            "expires_in": expires_in,
            "ext_expires_in": expires_in,
            "access_token": token,
        }

    def _check(self, tenant: str, form: Mapping[str, str], client_id: str, secret: str) -> None:
        if tenant != self.tenant:
            raise TokenRefused(
                400,
                "invalid_request",
                90002,
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
                "signing into the correct cloud.",
            )
        for name in ("grant_type", "scope"):
            if not form.get(name):
                text = f"The request body must contain the following parameter: '{name}'."
                raise TokenRefused(400, "invalid_request", 900144, text)
        if form["grant_type"] != "client_credentials":
            text = f"The app requested an unsupported grant type '{form['grant_type']}'."
            raise TokenRefused(400, "unsupported_grant_type", 70003, text)
        client = self.clients.get(client_id)
        if client is None:
            text = f"Application with identifier '{client_id}' was not found in the directory '{tenant}'."
            raise TokenRefused(400, "unauthorized_client", 700016, text)
        if client.expired and secret == client.secret:
            text = f"The provided client secret keys for app '{client_id}' are expired."
            raise TokenRefused(401, "invalid_client", 7000222, text)
        if secret != client.secret:
            text = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                f"secret value, not the client secret ID, for a secret added to app '{client_id}'."
            )
            raise TokenRefused(401, "invalid_client", 7000215, text)

    def _audience(self, scope: str) -> str:
        resource, found, rest = scope.partition("/.default")
        if not found or rest:
            text = (
                f"The provided value for the input parameter 'scope' is not valid. The scope {scope} must have "
                "the resource identifier with /.default suffixed."
            )
            raise TokenRefused(400, "invalid_scope", 1002012, text)
        host = urlsplit(self._sandbox.urls.get("dynamics", "")).netloc
        if urlsplit(resource).netloc.lower() != host or urlsplit(resource).path not in ("", "/"):
            text = (
                f"The resource principal named {resource} was not found in the tenant named Contoso. This can "
                "happen if the application has not been installed by the administrator of the tenant."
            )
            raise TokenRefused(400, "invalid_resource", 500011, text)
        return resource


def create_app(sandbox: Sandbox) -> WsgiApp:
    """Return the WSGI app of the Entra listener."""

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ, populate_request=False)
        match = _PATH.fullmatch(request.path)
        operation = "token" if match and match["rest"].endswith("token") else "openid-configuration"
        begun = time.perf_counter()
        status: int | str = "dropped"
        detail = ""
        try:
            rule = sandbox.faults.begin("entra", operation)
            response = _fault(rule.kind, rule.retry_after) if rule is not None else None
            if response is None:
                response = _answer(sandbox, request, match)
            if rule is not None and rule.kind == "lost_response":
                detail = f"answered {response.status_code} to nobody"
                raise DropConnection
            status = response.status_code
        finally:
            sandbox.calls.add(
                "entra", operation, status, ms=(time.perf_counter() - begun) * 1000, detail=detail
            )
        return response(environ, start_response)

    return app


def _answer(sandbox: Sandbox, request: Request, match: re.Match[str] | None) -> Response:
    if match is None:
        return Response("<html><body>Page not found</body></html>", status=404, content_type="text/html")
    tenant = match["tenant"]
    try:
        if match["rest"].endswith("token"):
            if request.method != "POST":
                raise TokenRefused(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
            return _json(200, sandbox.entra.issue(tenant, request.form, _basic(request)))
        if tenant != sandbox.entra.tenant:
            raise TokenRefused(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
    except TokenRefused as refused:
        return _refusal(sandbox, refused)
    return _json(200, _discovery(f"https://{request.host}/{tenant}"))


def _discovery(base: str) -> dict[str, Any]:
    # Named https although the sandbox speaks http: clients refuse anything else and rewrite it themselves.
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "tenant_region_scope": "NA",
        "cloud_instance_name": "microsoftonline.com",
    }


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _refusal(sandbox: Sandbox, refused: TokenRefused) -> Response:
    stamp = sandbox.clock.utc().strftime("%Y-%m-%d %H:%M:%SZ")
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    described = (
        f"AADSTS{refused.code}: {refused} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    )
    return _json(
        refused.status,
        {
            "error": refused.error,
            "error_description": described,
            "error_codes": [refused.code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={refused.code}",
        },
    )


def _fault(kind: str, retry_after: int) -> Response | None:
    busy = {
        "error": "temporarily_unavailable",
        "error_description": "AADSTS90033: A transient error has occurred.",
    }
    after = {"Retry-After": str(retry_after)}
    if kind in ("429", "429_no_header"):
        return _json(429, busy, after if kind == "429" else {})
    if kind == "500":
        return _json(500, {"error": "server_error", "error_description": "AADSTS90000: Server error."})
    if kind == "502_html":
        return Response(
            "<html><body><h1>502 Bad Gateway</h1></body></html>", status=502, content_type="text/html"
        )
    if kind == "503":
        return _json(503, busy, after)
    return None


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(body), status=status, content_type="application/json; charset=utf-8", headers=headers
    )
