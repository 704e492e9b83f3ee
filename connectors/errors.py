"""Every way a call to Dynamics, Entra or monday can fail, and who must act.

ConnectorError(detail, system, operation, status, request_id)
├─ Transient              the portal tries again by itself
│  ├─ Unreachable         no usable answer: connection, timeout, gateway page
│  ├─ RateLimited         a limit of the vendor, or of our own budget
│  ├─ ServerFault         the vendor's own fault (5xx, locked, temporarily blocked)
│  └─ Conflict            somebody else changed it meanwhile: read again, decide anew
├─ NeedsOperator          the connection pauses, one alert, its events wait
│  ├─ AuthFailed          credentials refused
│  └─ Misconfigured       right credentials, wrong or missing setup (unknown host, unknown application)
│     └─ NotUsable        one entity set, legal entity, board or column of it is out of reach; the rest works: its mapping pauses
└─ Permanent              this record cannot be carried; a person decides
   ├─ Rejected            the vendor refused the content, with its own sentence
   ├─ NotFound            the record or item is not there
   └─ ProtocolFault       an answer that breaks the vendor's own contract

"Nothing to do" is an outcome with a reason, never an exception.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """One failed call.

    Args:
        detail: a sentence for people, already redacted.
        system: "dynamics", "entra" or "monday".
        operation: what was tried, in the vendor's words, e.g. "GET VendorsV2" or "create_item".
        status: HTTP status of the answer, None when there was none.
        request_id: the vendor's id for the call, quoted in support tickets.
        may_have_applied: True when the vendor may have carried out the call although we have no good answer;
            a create must then be looked up before it is repeated.
    """

    who_acts = ""

    def __init__(
        self,
        detail: str,
        *,
        system: str = "",
        operation: str = "",
        status: int | None = None,
        request_id: str = "",
        may_have_applied: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.system = system
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.may_have_applied = may_have_applied

    def __str__(self) -> str:
        place = " ".join(part for part in (self.system, self.operation) if part)
        facts = ", ".join(
            part
            for part in (
                f"HTTP {self.status}" if self.status else "",
                f"request {self.request_id}" if self.request_id else "",
            )
            if part
        )
        sentence = f"{place}: {self.detail}" if place else self.detail
        return f"{sentence} ({facts})" if facts else sentence


class Transient(ConnectorError):
    """The portal tries again by itself."""

    who_acts = "portal"


class Unreachable(Transient):
    """No usable answer came: refused connection, timeout, broken body, gateway page."""


class RateLimited(Transient):
    """A limit was reached; `retry_after_s` says how many seconds to wait (None: not told)."""

    def __init__(self, detail: str, *, retry_after_s: float | None = None, **facts: object) -> None:
        super().__init__(detail, **facts)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class ServerFault(Transient):
    """The vendor's own fault. Dynamics answers some business errors with 500, so these retries are few."""


class Conflict(Transient):
    """The record or item changed under us: read both sides again and decide anew."""


class NeedsOperator(ConnectorError):
    """A person must mend the connection or the setup; events wait meanwhile."""

    who_acts = "operator"


class AuthFailed(NeedsOperator):
    """The credentials were refused, also after one fresh token."""


class Misconfigured(NeedsOperator):
    """The credentials work, the setup does not: no access, unknown host, unknown entity set or board."""


class NotUsable(Misconfigured):
    """One entity set, legal entity, board or column is out of reach; the rest of the connection works."""


class Permanent(ConnectorError):
    """Trying again would fail the same way."""

    who_acts = "operator"


class Rejected(Permanent):
    """The vendor refused the content; `detail` carries its own sentence."""


class NotFound(Permanent):
    """The record or item is not there."""


class ProtocolFault(Permanent):
    """The answer breaks the vendor's own contract."""
