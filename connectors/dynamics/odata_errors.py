"""What F&O's refusals mean: from a bad answer to the error tree, with Dynamics' own sentence for people.

`error.message` is always "An error has occurred."; the sentence stands in `innererror`, often behind
"Infolog:", sometimes only in a nested `internalexception`. Gateways in front answer with web pages.
Stack traces are never shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Misconfigured,
    NotUsable,
    RateLimited,
    Rejected,
    ServerFault,
    Unreachable,
)
from connectors.redaction import redact_text
from connectors.transport import Response

DEFAULT_RETRY_S = 30.0
MAX_RETRY_S = 600.0

_MAX_SENTENCE = 1000
_GENERIC = frozenset({"", "an error has occurred.", "an error has occurred"})
_ITEM = re.compile(r";?\s*\b(?:Warning|Error|Info):\s*")
_MACHINERY = re.compile(r"validate(?:Field|Write|Delete) failed on ", re.IGNORECASE)
_UPDATE_CONFLICT = re.compile(r"update conflict|another user process", re.IGNORECASE)


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds F&O wants us to stay away: its header, else 30, never more than ten minutes.

    Args:
        headers: of the answer, names in lower case (learn.microsoft.com, "Service protection API limits").
    """
    text = headers.get("retry-after", "").strip()
    return min(float(text), MAX_RETRY_S) if text.isdecimal() else DEFAULT_RETRY_S


def error_of(response: Response, *, operation: str, entity_set: str, request_id: str) -> ConnectorError:
    """Make the error for an answer that is not 2xx.

    Args:
        operation: e.g. "GET VendorsV2".
        entity_set: what was asked for, named in the sentence when Dynamics does not know it.
        request_id: the x-ms-client-request-id of the call.
    """
    facts: dict[str, Any] = {
        "system": "dynamics",
        "operation": operation,
        "status": response.status,
        "request_id": request_id,
    }
    said = sentence(response)
    status = response.status
    if status == 429:
        return RateLimited(
            "Dynamics is busy and asks to wait.", retry_after_s=retry_after_s(response.headers), **facts
        )
    if status in _SETUP:
        make, text = _SETUP[status]
        return make(
            text.format(entity_set=entity_set, said=f" Dynamics says: {said}" if said else ""), **facts
        )
    if 300 <= status < 400:
        return Misconfigured(
            "Dynamics sends us elsewhere, probably to a login page. Check the environment's address.", **facts
        )
    if status in (409, 412) or _UPDATE_CONFLICT.search(said):
        return Conflict(said or "The record was changed meanwhile.", **facts)
    if status == 408 or (status >= 500 and not _is_json(response)):
        return Unreachable("A gateway answered instead of Dynamics.", **facts)
    if status >= 500:
        return ServerFault(said or "Dynamics has a fault of its own.", **facts)
    return Rejected(said or "Dynamics refused the call without saying why.", **facts)


def sentence(response: Response) -> str:
    """Find what Dynamics says to people in an error body; "" when there is nothing."""
    if not _is_json(response):
        return ""
    try:
        body = json.loads(response.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ""
    messages = [text for text in _messages(body) if text.lower() not in _GENERIC]
    infolog = next((text for text in messages if "Infolog:" in text), "")
    found = _cleaned(infolog) if infolog else (messages[-1] if messages else "")
    return redact_text(found[:_MAX_SENTENCE])


_SETUP: dict[int, tuple[type[AuthFailed] | type[Misconfigured], str]] = {
    401: (
        AuthFailed,
        "Dynamics refused a fresh token. Check that the client id is registered in Dynamics (System"
        " administration > Setup > Microsoft Entra ID applications), that its user is enabled, and that the"
        " environment's address and directory tenant are right.",
    ),
    403: (
        NotUsable,
        "The Dynamics user may not read {entity_set}. Give its role the privilege to view this entity.{said}",
    ),
    404: (
        NotUsable,
        "Dynamics does not know {entity_set}, or its user may not see it. Names are case-sensitive; the"
        " entity must be public in this environment.{said}",
    ),
}


def _is_json(response: Response) -> bool:
    return "json" in response.headers.get("content-type", "").lower()


def _messages(body: Any) -> Iterator[str]:
    """Every message from the outermost to the innermost."""
    error = body.get("error", body) if isinstance(body, dict) else None
    while isinstance(error, dict):
        message = error.get("message", error.get("Message"))
        if isinstance(message, str):
            yield " ".join(message.split())
        error = error.get("innererror", error.get("internalexception"))


def _cleaned(text: str) -> str:
    """Keep what Infolog says about the business, without the prefixes and the names of validation methods."""
    items = [item.strip(" ;") for item in _ITEM.split(text.partition("Infolog:")[2])]
    items = [item for item in items if item]
    return " ".join([item for item in items if not _MACHINERY.match(item)] or items) or text
