"""What each kind of fault looks like on monday's side (developer.monday.com, "Error handling" and "Rate limits")."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.faults import FaultRule
from sandbox.monday.errors import CursorExpired, MondayError, Refusal

AFTER_EXECUTION = {"lost_response", "columns_null"}
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)


class HtmlFault(Exception):
    """A gateway's HTML page instead of JSON."""

    http_status = 502


class Blocked(MondayError):
    """The API is switched off for this account for a while: HTTP 200 all the same."""

    code = "API_TEMPORARILY_BLOCKED"


@dataclass(frozen=True)
class Look:
    """A refusal's looks. The wait of the rule stands in the body, in the Retry-After header, in both or nowhere."""

    status: int
    message: str
    code: str = ""
    in_body: bool = False
    in_header: bool = False
    wait: int | None = None  # seconds, instead of the rule's

    def refusal(self, rule: FaultRule) -> Refusal:
        """Return the refusal for one rule."""
        wait = rule.retry_after if self.wait is None else self.wait
        return Refusal(
            self.status,
            self.message,
            self.code,
            retry_in_seconds=wait if self.in_body else None,
            retry_after=wait if self.in_header else None,
            extra={} if self.status in (409, 429, 503) else {"status_code": self.status},
        )


_MINUTE = ("Minute rate limit exceeded", "MINUTE_RATE_LIMIT_EXCEEDED")
LOOKS: dict[str, Look] = {
    "429": Look(429, *_MINUTE, in_body=True, in_header=True),
    "429_no_header": Look(429, *_MINUTE, in_body=True),
    "complexity": Look(429, "Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", in_body=True),
    "concurrency": Look(429, "Too many concurrent requests", "MAX_CONCURRENCY_EXCEEDED", in_body=True),
    "daily": Look(429, "Daily limit exceeded", "DAILY_LIMIT_EXCEEDED", in_body=True, wait=3599),
    "ip": Look(429, "IP rate limit exceeded", "IP_RATE_LIMIT_EXCEEDED", in_header=True),
    "locked": Look(423, "Resource is currently locked, please try again later"),
    "conflict": Look(409, "The idempotency key is in use", "IDEMPOTENCY_CONFLICT", in_header=True),
    "unauthorized": Look(401, "Not Authenticated", "Unauthorized"),
    "forbidden": Look(403, "User access denied", "USER_ACCESS_DENIED"),
    "500": Look(500, "Internal Server Error", "INTERNAL_SERVER_ERROR"),
    "503": Look(503, "The request timed out", "TIMEOUT_EXCEEDED", in_header=True),
}
SYNONYMS = {"423": "locked", "409": "conflict", "401": "unauthorized", "403": "forbidden"}


def strike(rule: FaultRule) -> None:
    """Raise what a fault answers with before anything is applied.

    Kinds are those of LOOKS and SYNONYMS, "502_html", "blocked" and "cursor_expired"; "columns_null" and
    "lost_response" come after execution and raise nothing here.

    Raises: Refusal, HtmlFault, MondayError.
    """
    match rule.kind:
        case kind if kind in AFTER_EXECUTION:
            return
        case "502_html":
            raise HtmlFault
        case "blocked":
            raise Blocked("API access is temporarily blocked")
        case "cursor_expired":
            raise CursorExpired
    look = LOOKS.get(SYNONYMS.get(rule.kind, rule.kind))
    if look is None:
        look = Look(500, f"The sandbox's monday has no fault of the kind '{rule.kind}'", "UNKNOWN_FAULT")
    raise look.refusal(rule)
