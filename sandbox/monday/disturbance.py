"""What each kind of fault looks like on monday's side (developer.monday.com, "Error handling" and "Rate limits")."""

from __future__ import annotations

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


def strike(rule: FaultRule) -> None:
    """Raise what a fault answers with before anything is applied.

    Kinds beside the common ones: "complexity", "concurrency", "daily", "ip" (each its own 429), "locked", "conflict",
    "unauthorized", "forbidden", "blocked", "cursor_expired"; "columns_null" and "lost_response" come after execution
    and raise nothing here.

    Raises: Refusal, HtmlFault, MondayError.
    """
    wait = rule.retry_after
    match rule.kind:
        case kind if kind in AFTER_EXECUTION:
            return
        case "429":
            raise Refusal(
                429,
                "Minute rate limit exceeded",
                "MINUTE_RATE_LIMIT_EXCEEDED",
                retry_in_seconds=wait,
                retry_after=wait,
            )
        case "429_no_header":
            raise Refusal(
                429, "Minute rate limit exceeded", "MINUTE_RATE_LIMIT_EXCEEDED", retry_in_seconds=wait
            )
        case "complexity":
            raise Refusal(
                429, "Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", retry_in_seconds=wait
            )
        case "concurrency":
            raise Refusal(
                429, "Too many concurrent requests", "MAX_CONCURRENCY_EXCEEDED", retry_in_seconds=wait
            )
        case "daily":
            raise Refusal(429, "Daily limit exceeded", "DAILY_LIMIT_EXCEEDED", retry_in_seconds=3599)
        case "ip":
            raise Refusal(429, "IP rate limit exceeded", "IP_RATE_LIMIT_EXCEEDED", retry_after=wait)
        case "locked" | "423":
            raise Refusal(
                423, "Resource is currently locked, please try again later", extra={"status_code": 423}
            )
        case "conflict" | "409":
            raise Refusal(409, "The idempotency key is in use", "IDEMPOTENCY_CONFLICT", retry_after=wait)
        case "unauthorized" | "401":
            raise Refusal(401, "Not Authenticated", "Unauthorized", extra={"status_code": 401})
        case "forbidden" | "403":
            raise Refusal(403, "User access denied", "USER_ACCESS_DENIED", extra={"status_code": 403})
        case "503":
            raise Refusal(503, "The request timed out", "TIMEOUT_EXCEEDED", retry_after=wait)
        case "502_html":
            raise HtmlFault
        case "blocked":
            raise Blocked("API access is temporarily blocked")
        case "cursor_expired":
            raise CursorExpired
        case "500":
            raise Refusal(500, "Internal Server Error", "INTERNAL_SERVER_ERROR", extra={"status_code": 500})
    raise Refusal(500, f"The sandbox's monday has no fault of the kind '{rule.kind}'", "UNKNOWN_FAULT")
