"""What to do after an error: a pure function of the error and the attempts, tested by a table."""

from __future__ import annotations

import random
from dataclasses import dataclass

from connectors.backoff import delay_s
from connectors.errors import ConnectorError, NeedsOperator, Permanent, RateLimited, ServerFault
from integration_portal.sync.ports import LaneBusy

# With a base of 2 s and a cap of 15 minutes these attempts span about one and a half hours: longer than monday's idempotency
# memory (30 minutes) and than a usual Dynamics service window.
MAX_ATTEMPTS = 14
CAP_S = 900.0

# Dynamics answers some business errors with 500, which no retry will mend.
MAX_SERVER_FAULTS = 8

RATE_LIMIT_DEFAULT_S = 30.0
LANE_BUSY_S = 0.3


@dataclass(frozen=True)
class Decision:
    """What becomes of the event.

    Attributes:
        fate: "retry", "wait" (not its fault, the attempt does not count), "pause" (the connection) or "dead".
        wait_s: seconds until it is due again.
    """

    fate: str
    wait_s: float = 0.0


def decide(error: Exception, attempts: int, *, base_s: float, rng: random.Random) -> Decision:
    """Decide by who must act, and by how often it was tried.

    Args:
        attempts: tries so far, the failed one included.
        base_s: the first retry's mean wait in seconds.
    """
    if isinstance(error, LaneBusy):
        return Decision("wait", LANE_BUSY_S * (1 + rng.random()))
    if isinstance(error, RateLimited):
        return Decision("wait", RATE_LIMIT_DEFAULT_S if error.retry_after_s is None else error.retry_after_s)
    if isinstance(error, NeedsOperator):
        return Decision("pause")
    if isinstance(error, Permanent) or not isinstance(error, ConnectorError):
        return Decision("dead")
    allowed = (
        MAX_SERVER_FAULTS if isinstance(error, ServerFault) and error.system == "dynamics" else MAX_ATTEMPTS
    )
    if attempts >= allowed:
        return Decision("dead")
    return Decision("retry", delay_s(attempts, base_s=base_s, cap_s=CAP_S, rng=rng))
