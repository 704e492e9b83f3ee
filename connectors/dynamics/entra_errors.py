"""What Entra's refusals mean, and what the operator has to do.

Codes as in learn.microsoft.com, "Microsoft Entra authentication and authorization error codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.errors import AuthFailed, ConnectorError, Misconfigured, ServerFault
from connectors.redaction import redact_text

_CODE = re.compile(r"AADSTS(\d+)")
_TRACE = re.compile(r"\s*(?:Trace ID:|[\r\n])")  # what follows is for Microsoft's support
_MAX_SENTENCE = 300

_KNOWN: dict[int, tuple[type[AuthFailed] | type[Misconfigured], str]] = {
    7000215: (
        AuthFailed,
        "The client secret is wrong. Enter the secret's value (not its id) from the app registration.",
    ),
    7000222: (
        AuthFailed,
        "The client secret has expired. Make a new one in the app registration and enter its value.",
    ),
    7000112: (Misconfigured, "The application is disabled in Entra. Enable its enterprise application."),
    700016: (
        Misconfigured,
        "The application is not known in this directory. Check client id and directory tenant.",
    ),
    90002: (Misconfigured, "The directory tenant does not exist. Check its id."),
    900023: (Misconfigured, "The directory tenant is neither an id nor a domain. Check it."),
    500011: (
        Misconfigured,
        "Entra knows no environment at this address in the directory. Check the environment's address,"
        " without a slash at the end, and the directory tenant.",
    ),
    53003: (
        AuthFailed,
        "A conditional access policy of the directory blocks the application. Exempt it or this server.",
    ),
}
_OF_SETUP = frozenset({"invalid_resource", "invalid_scope", "invalid_tenant", "invalid_request"})
_OF_ENTRA = frozenset({"temporarily_unavailable", "server_error"})


def entra_error(
    answer: Mapping[str, Any], *, status: int | None = None, secrets: Iterable[str] = ()
) -> ConnectorError:
    """Make the error for a refusal of Entra.

    Args:
        answer: its JSON: error, error_description, error_codes, correlation_id; msal passes it through.
        status: HTTP status, where it is known.
        secrets: must not appear in the sentence.
    """
    said = str(answer.get("error_description") or answer.get("error") or "it gives no reason")
    said = redact_text(_TRACE.split(said)[0][:_MAX_SENTENCE], secrets)
    facts: dict[str, Any] = {
        "system": "entra",
        "operation": "token",
        "status": status,
        "request_id": str(answer.get("correlation_id") or answer.get("trace_id") or ""),
    }
    for code in _codes(answer):
        if code in _KNOWN:
            make, remedy = _KNOWN[code]
            return make(f"{remedy} Entra says: {said}", **facts)
    word = answer.get("error")
    if word in _OF_ENTRA:
        return ServerFault(f"Entra cannot issue a token now: {said}", **facts)
    if word in _OF_SETUP:
        return Misconfigured(f"Entra does not accept the setup of this environment: {said}", **facts)
    return AuthFailed(f"Entra refuses the application: {said}", **facts)


def _codes(answer: Mapping[str, Any]) -> list[int]:
    listed = answer.get("error_codes")
    codes = [code for code in listed if isinstance(code, int)] if isinstance(listed, list) else []
    return [*codes, *(int(code) for code in _CODE.findall(str(answer.get("error_description") or "")))]
