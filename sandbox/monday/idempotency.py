"""Idempotency-Key: the first answer of a mutation, kept for 30 minutes (developer.monday.com, "Idempotency").

The key belongs to a token. The same key with another body replays the old answer all the same: what monday does
then is not documented, and this is the reading that hurts a careless caller.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.monday.errors import Refusal

LIFETIME_S = 1800
ANSWER_MAX = 1024 * 1024  # larger answers are not kept
PURGE_EVERY = 1000  # answers kept between two looks for old ones


@dataclass(frozen=True)
class Answer:
    """A finished HTTP answer."""

    status: int
    body: bytes
    request_id: str
    version: str


class Idempotency:
    """Answers by (token, key)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Answer | None]] = {}

    def begin(self, token: str, key: str) -> Answer | None:
        """Return the kept answer, or None after noting that this call runs first.

        Raises: Refusal 409 while another call with the key is running.
        """
        with self._lock:
            now = self._clock.now()
            found = self._kept.get((token, key))
            if found is not None:
                kept_at, answer = found
                if answer is None:
                    raise Refusal(
                        409, "A request with this idempotency key is being processed", "IDEMPOTENCY_CONFLICT",
                        retry_after=1,
                    )  # fmt: skip
                if now - kept_at < LIFETIME_S:
                    return answer
            self._kept[token, key] = (now, None)
            return None

    def finish(self, token: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; None (not executed) frees the key."""
        with self._lock:
            if answer is None or len(answer.body) > ANSWER_MAX:
                self._kept.pop((token, key), None)
                return
            now = self._clock.now()
            self._kept[token, key] = (now, answer)
            if len(self._kept) % PURGE_EVERY == 0:
                for old in [k for k, (at, one) in self._kept.items() if one and now - at >= LIFETIME_S]:
                    del self._kept[old]
