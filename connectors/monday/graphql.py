"""Bytes for monday, and bytes from it: building a request and reading an answer, without sending anything.

An answer is read as developer.monday.com, "Error handling" describes it, and as it was before API version
2024-10: errors as objects or as plain texts, with or without a code, beside data that is there in part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.errors import RateLimited
from connectors.limits import Observed
from connectors.monday.documents import document
from connectors.monday.faults import UNREADABLE, Fault, kind_of, wait_of

LONGEST_MESSAGE = 1_000

# However long a vendor asks to wait, it is asked again within the hour.
LONGEST_WAIT_S = 3_600.0

# monday counts a call that meets a limit as a tenth of a daily call ("Rate limits").
REFUSED_CALL_COST = 0.1

BLOCKED_WAIT_S = 60.0

# A limit of one of monday's inner services, which says nothing about the account.
_NOT_THE_ACCOUNT = "toomanyrequests"

_RESET_IN = re.compile(r"reset in (\d+) second", re.IGNORECASE)
_LIMIT = re.compile(r'"?(\w+)"?((?:\s*;\s*\w+=[^;,]+)*)')


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        status: of HTTP.
        data: what was found or done, also when there are faults; {} for none.
        faults: everything that went wrong.
        version: the API version monday really used.
        replayed: answered from monday's memory of the same Idempotency-Key, without doing it again.
        observed: what it told about the limits.
    """

    status: int
    data: Mapping[str, Any]
    faults: tuple[Fault, ...]
    request_id: str
    version: str
    replayed: bool
    observed: Observed


def body(operation: str, variables: Mapping[str, Any]) -> bytes:
    """The body of a request for one operation of operations.graphql."""
    return encode(document(operation), variables, operation)


def encode(query: str, variables: Mapping[str, Any], operation: str) -> bytes:
    """The body of a request for any document; variables that are None are left out."""
    given = {name: value for name, value in variables.items() if value is not None}
    return json.dumps({"query": query, "variables": given, "operationName": operation}).encode()


def decode(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """Read an answer; never raises, whatever came.

    Args:
        headers: names in lower case.
    """
    payload = _parsed(content)
    told_wait = _number(headers.get("retry-after"))
    faults = tuple(_faults(payload, status, headers, told_wait))
    data = payload.get("data") if payload else None
    data = data if isinstance(data, dict) else {}
    extensions = payload.get("extensions") if payload else None
    request_id = extensions.get("request_id") if isinstance(extensions, dict) else None
    return Reply(
        status=status,
        data=data,
        faults=faults,
        request_id=str(request_id or headers.get("x-request-id", "")),
        version=headers.get("api-version", ""),
        replayed=headers.get("idempotency-replayed", "").lower() == "true",
        observed=_observed(status, headers, data, faults, told_wait),
    )


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _faults(
    payload: Mapping[str, Any] | None, status: int, headers: Mapping[str, str], told_wait: float | None
) -> Iterator[Fault]:
    if 300 <= status < 400:
        yield Fault(f"the address answers with a redirection to {headers.get('location', 'nowhere')}")
        return
    if payload is None:
        yield Fault(
            f"no answer but a page of somebody in between (HTTP {status})", UNREADABLE, (), 0, told_wait
        )
        return
    errors = payload.get("errors")
    listed = errors if isinstance(errors, list) else []
    objects = [error for error in listed if isinstance(error, dict)]
    texts = [str(error) for error in listed if not isinstance(error, dict)]
    if objects:
        yield from (_fault(error, told_wait) for error in objects)
    elif payload.get("error_code") or payload.get("error_message"):
        yield _old_fault(payload, texts, told_wait)
    elif texts:
        yield from (Fault(_cut(text), retry_after_s=_longest(told_wait, text=text)) for text in texts)
    elif status >= 400:
        yield Fault(_cut(payload.get("error") or f"HTTP {status} without a reason"), retry_after_s=told_wait)


def _fault(error: Mapping[str, Any], told_wait: float | None) -> Fault:
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    code = str(extensions.get("code") or "")
    message = str(error.get("message") or code or "monday gave no reason")
    path = error.get("path")
    milliseconds = _number(extensions.get("retryAfterMs"))
    return Fault(
        message=_cut(message + _particulars(extensions, message)),
        code=code,
        path=tuple(path) if isinstance(path, list) else (),
        status=int(_number(extensions.get("status_code")) or 0),
        retry_after_s=_longest(
            told_wait,
            _number(extensions.get("retry_in_seconds")),
            None if milliseconds is None else milliseconds / 1000,
            text=message,
        ),
    )


def _old_fault(payload: Mapping[str, Any], texts: list[str], told_wait: float | None) -> Fault:
    code = str(payload.get("error_code") or "")
    message = str(payload.get("error_message") or " ".join(texts) or code)
    return Fault(
        message=_cut(message),
        code=code,
        status=int(_number(payload.get("status_code")) or 0),
        retry_after_s=_longest(told_wait, text=message),
    )


def _particulars(extensions: Mapping[str, Any], message: str) -> str:
    """Which column it was, and what was wrong with the JSON, where the message does not say so itself."""
    notes = []
    error_data, problems = extensions.get("error_data"), extensions.get("problems")
    column = error_data.get("column_id") if isinstance(error_data, dict) else None
    if column and str(column) not in message:
        notes.append(f"column {column}")
    if isinstance(problems, list):
        notes += [
            str(one["explanation"]) for one in problems if isinstance(one, dict) and one.get("explanation")
        ]
    return f" ({'; '.join(notes)})" if notes else ""


def _observed(
    status: int,
    headers: Mapping[str, str],
    data: Mapping[str, Any],
    faults: tuple[Fault, ...],
    told_wait: float | None,
) -> Observed:
    limits = _limits(headers.get("ratelimit", ""))
    minute, points = limits.get("minuteRate", {}), limits.get("complexityMinute", {})
    refused = [fault for fault in faults if kind_of(fault, status) is RateLimited]
    closing = [(wait_of(fault), fault.message) for fault in refused if fault.plain_code != _NOT_THE_ACCOUNT]
    closing += [
        (fault.retry_after_s or BLOCKED_WAIT_S, fault.message)
        for fault in faults
        if fault.plain_code == "apitemporarilyblocked"
    ]
    if status == 503 and told_wait:
        closing.append((told_wait, "monday is not available"))
    wait, reason = max(closing, default=(None, ""))
    complexity = data.get("complexity")
    return Observed(
        closed_for_s=wait,
        reason=reason,
        complexity=complexity.get("query") if isinstance(complexity, dict) else None,
        remaining_requests=minute.get("r"),
        remaining_complexity=points.get("r"),
        window_resets_in_s=minute.get("t") or points.get("t"),
        daily_exhausted=any(fault.plain_code == "dailylimitexceeded" for fault in faults),
        call_cost=REFUSED_CALL_COST if refused and status == 429 else 1.0,
    )


def _limits(header: str) -> dict[str, dict[str, int]]:
    """`"minuteRate";r=4999, "complexityMinute";r=4950000;t=45` as numbers by name and letter."""
    found: dict[str, dict[str, int]] = {}
    for entry in _LIMIT.finditer(header):
        pairs = (pair.split("=", 1) for pair in entry.group(2).split(";") if "=" in pair)
        found[entry.group(1)] = {name.strip(): int(text) for name, text in pairs if text.strip().isdecimal()}
    return found


def _longest(*waits: float | None, text: str) -> float | None:
    """The longest of all waits told, in seconds: the header and the body do not always agree."""
    told = _RESET_IN.search(text)
    known = [wait for wait in (*waits, float(told.group(1)) if told else None) if wait is not None]
    return min(max(known), LONGEST_WAIT_S) if known else None


def _number(value: Any) -> float | None:
    """A number from a header or from JSON, None for anything else (a date, a text)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < float("inf") else None


def _cut(message: Any) -> str:
    text = str(message)
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
