"""What may be shown of an address or a text: in logs, in the audit trail, in error sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

HIDDEN = "[redacted]"

_SECRET_PARAMETERS = frozenset({"key", "code", "auth", "sig", "sas"})
_SECRET_ENDINGS = ("token", "secret", "password", "pwd", "passphrase", "signature", "apikey", "assertion")
_WEBHOOK_TOKEN = re.compile(r"(/webhooks/[^/]+/)[^/?#]+")
_BEARER = re.compile(r"(?i)\b(bearer)\s+[\w\-.~+/]+=*")
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")
_FORM_SECRET = re.compile(r"(?i)\b(client_secret|client_assertion|access_token|refresh_token)=[^&\s\"']+")


def redact_url(url: str) -> str:
    """Show an address without what opens a door: password, webhook token in the path, secret parameters.

    Args:
        url: any text; one that is no address at all is not shown.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "[unreadable address]"
    place = parts.netloc.rpartition("@")[2]
    path = _WEBHOOK_TOKEN.sub(rf"\1{HIDDEN}", parts.path)
    return urlunsplit((parts.scheme, place, path, _redact_query(parts.query), ""))


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Hide known secrets (also percent-encoded or inside JSON) and whatever looks like a bearer token.

    Args:
        text: anything about to be shown or stored, e.g. a vendor's error sentence.
        secrets: the values in use; blank ones are ignored.
    """
    known = {form for secret in secrets if secret.strip() for form in _forms(secret)}
    for form in sorted(known, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _JWT.sub(HIDDEN, text)
    return _FORM_SECRET.sub(rf"\1={HIDDEN}", text)


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]


def _redact_query(query: str) -> str:
    if not query or not any(_is_secret(name) for name, _ in parse_qsl(query, keep_blank_values=True)):
        return query
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(
        f"{name}={HIDDEN}" if _is_secret(name) else f"{name}{eq}{value}" for name, eq, value in pairs
    )


def _is_secret(parameter: str) -> bool:
    if parameter.startswith(("$", "%24")):  # OData's own, such as $skiptoken
        return False
    name = parameter.lower().replace("-", "").replace("_", "")
    return name in _SECRET_PARAMETERS or name.endswith(_SECRET_ENDINGS)
