"""What monday's errors mean, and who must act: from its codes to our error tree.

Codes and statuses: developer.monday.com, "Error handling" and "Rate limits". Application errors come with
HTTP 200, names have changed between versions, and some errors have no code at all: so a code is compared
without its spelling, then the status counts, then the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Misconfigured,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Transient,
    Unreachable,
)

SYSTEM = "monday"

# Our own code for an answer that is no JSON object: a gateway's or proxy's page.
UNREADABLE = "UNREADABLE"

# Waits where monday does not tell one, in seconds.
CONCURRENCY_WAIT_S = 15.0
WAIT_S = 30.0


class CursorExpired(Transient):
    """A walk took longer than the 60 minutes a cursor lives: begin again at the first page."""


@dataclass(frozen=True)
class Fault:
    """One error of an answer.

    Attributes:
        path: where in the data it happened; empty when it concerns the whole request.
        status: monday's own status of the error, which can differ from the HTTP status; 0 when not given.
        retry_after_s: seconds to wait, None when not told.
    """

    message: str
    code: str = ""
    path: tuple[str | int, ...] = ()
    status: int = 0
    retry_after_s: float | None = None

    @property
    def plain_code(self) -> str:
        """The code without its spelling: COMPLEXITY_BUDGET_EXHAUSTED was complexityBudgetExhausted before."""
        return re.sub(r"[^a-z0-9]", "", self.code.lower())


_RATE_CODES = {
    "complexitybudgetexhausted",
    "complexityexception",
    "minuteratelimitexceeded",
    "maxconcurrencyexceeded",
    "concurrencylimitexceeded",
    "dailylimitexceeded",
    "ipratelimitexceeded",
    "ratelimitexceeded",
    "toomanyrequests",
}

_CLASSES: dict[str, type[ConnectorError]] = {
    **dict.fromkeys(_RATE_CODES, RateLimited),
    **dict.fromkeys(("unauthorized", "notauthenticated", "unauthenticated"), AuthFailed),
    **dict.fromkeys(
        (
            "userunauthorizedexception",
            "useraccessdenied",
            "missingrequiredpermissions",
            "invalidversionexception",
            # The served version does not know what we ask for: every record would fail the same way.
            "undefinedfield",
            "undefinedtype",
            "argumentnotaccepted",
            "missingrequiredarguments",
            "variablemismatch",
            "graphqlvalidationfailed",
            "graphqlparsefailed",
        ),
        Misconfigured,
    ),
    **dict.fromkeys(
        (
            "columnvalueexception",
            "correctedvalueexception",
            "invalidargumentexception",
            "invalidcolumnidexception",
            "invaliduseridexception",
            "itemnametoolongexception",
            "itemslimitationexception",
            "recordinvalidexception",
            "jsonparseexception",
            "badrequest",
            "deletelastgroupexception",
        ),
        Rejected,
    ),
    **dict.fromkeys(
        (
            "resourcenotfoundexception",
            "invaliditemidexception",
            "invalidboardidexception",
            "invalidgroupidexception",
        ),
        NotFound,
    ),
    **dict.fromkeys(("cursorexception", "cursorexpirederror"), CursorExpired),
    **dict.fromkeys(("apitemporarilyblocked", "internalservererror", "timeoutexceeded"), ServerFault),
    "idempotencyconflict": Conflict,
    "unreadable": Unreachable,
}

_STATUSES: dict[int, type[ConnectorError]] = {
    401: AuthFailed,
    403: Misconfigured,
    404: NotFound,
    409: Conflict,
    423: ServerFault,
    429: RateLimited,
}

_WORDS: tuple[tuple[str, type[ConnectorError]], ...] = (
    (r"cursor.*expired", CursorExpired),
    (
        r"rate limit|limit rate exceeded|(call|concurrency|daily) limit exceeded|complexity budget",
        RateLimited,
    ),
    (r"ip is restricted", Misconfigured),
    (r"not authenticated", AuthFailed),
    (r"unauthorized to perform|parse error on|cannot query field|doesn't exist on type", Misconfigured),
    (r"currently locked|temporarily blocked|internal server error", ServerFault),
)

# The vendor refused before doing anything, although it says "server fault".
_NOT_STARTED = re.compile(r"currently locked|temporarily blocked", re.IGNORECASE)


def kind_of(fault: Fault, http_status: int) -> type[ConnectorError]:
    """Which class of the error tree a fault belongs to."""
    if fault.plain_code == "unreadable" and http_status >= 400:
        # A page instead of an answer: with 404 it is the address that is wrong, not the item.
        return Misconfigured if http_status == 404 else _by_status(http_status) or Rejected
    if "ip is restricted" in fault.message.lower():
        return Misconfigured
    by_code = _CLASSES.get(fault.plain_code)
    if by_code:
        return by_code
    by_status = _by_status(http_status) or _by_status(fault.status)
    if by_status:
        return by_status
    for words, kind in _WORDS:
        if re.search(words, fault.message, re.IGNORECASE):
            return kind
    return Rejected


def wait_of(fault: Fault) -> float:
    """Seconds to wait after a fault of a limit, told or usual."""
    if fault.retry_after_s is not None:
        return fault.retry_after_s
    return CONCURRENCY_WAIT_S if "concurren" in fault.message.lower() + fault.plain_code else WAIT_S


def to_error(
    fault: Fault, *, http_status: int, operation: str, request_id: str = "", mutation: bool = False
) -> ConnectorError:
    """The exception for a fault.

    Args:
        http_status: of the answer.
        operation: monday's name of what was tried, e.g. "create_item".
        mutation: whether it may have changed something.
    """
    kind = kind_of(fault, http_status)
    status = http_status if http_status >= 300 else fault.status or http_status
    doubtful = mutation and _may_have_applied(kind, fault, status)
    if issubclass(kind, RateLimited):
        return RateLimited(
            _sentence(kind, fault),
            retry_after_s=wait_of(fault),
            system=SYSTEM,
            operation=operation,
            status=status,
            request_id=request_id,
        )
    return kind(
        _sentence(kind, fault),
        system=SYSTEM,
        operation=operation,
        status=status,
        request_id=request_id,
        may_have_applied=doubtful,
    )


def _by_status(status: int) -> type[ConnectorError] | None:
    if status >= 500:
        return ServerFault
    if 300 <= status < 400:
        return Misconfigured
    return _STATUSES.get(status)


def _may_have_applied(kind: type[ConnectorError], fault: Fault, status: int) -> bool:
    if kind is ServerFault:
        blocked = status == 423 or fault.plain_code == "apitemporarilyblocked"
        return not (blocked or _NOT_STARTED.search(fault.message))
    # A conflict: the first call with the same Idempotency-Key is still under way.
    return kind in (Unreachable, Conflict)


def _sentence(kind: type[ConnectorError], fault: Fault) -> str:
    said = fault.message.strip().rstrip(".")
    if kind is AuthFailed:
        return (
            f"monday refused the API token: {said}. Enter the token of an active user who may see the boards."
        )
    if kind is Misconfigured:
        return f"monday refused: {said}. Check what the token's user may do, and the account's API version."
    if kind is RateLimited:
        return f"monday asks to wait {wait_of(fault):.0f} s: {said}."
    if kind is Conflict:
        return f"monday is still busy with the same call: {said}."
    if kind is ServerFault:
        return f"monday could not do it now: {said}."
    return f"{said}."
