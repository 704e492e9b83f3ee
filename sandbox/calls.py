"""The call log: which system was called, how, when, and what it answered."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

from sandbox.clock import Clock

KEPT = 500_000  # a day of heavy load testing; older calls are dropped, the counts are not


class CallLog:
    """Every call the three systems received, oldest first. Safe to use from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all calls and counts; numbering starts at 1 again."""
        with self._lock:
            self._calls: deque[dict[str, Any]] = deque(maxlen=KEPT)
            self._next = 1
            self._by_status: dict[str, Counter[str]] = {}
            self._by_operation: dict[str, Counter[str]] = {}
            self._mutations: Counter[str] = Counter()

    def add(
        self,
        system: str,
        operation: str,
        status: int | str,
        *,
        idempotency_key: str = "",
        ms: float = 0,
        detail: str = "",
        mutations: int = 0,
    ) -> int:
        """Note one call.

        Args:
            system: "entra", "dynamics", "monday" or "events" (business events sent out).
            operation: what was asked, e.g. "GET VendorsV2" or "CreateItem".
            status: the HTTP status, or "dropped" when the connection was closed without an answer.
            idempotency_key: monday's Idempotency-Key header, if one came.
            ms: how long it took, milliseconds.
            detail: whatever helps to understand it (a filter, an error code).
            mutations: how many mutations were counted against monday's limit.

        Returns: the call's number.
        """
        with self._lock:
            number = self._next
            self._next += 1
            self._calls.append(
                {
                    "n": number,
                    "time": self._clock.now(),
                    "system": system,
                    "operation": operation,
                    "status": status,
                    "idempotency_key": idempotency_key,
                    "ms": round(ms, 3),
                    "detail": detail,
                    "mutations": mutations,
                }
            )
            self._by_status.setdefault(system, Counter())[str(status)] += 1
            self._by_operation.setdefault(system, Counter())[operation] += 1
            self._mutations[system] += mutations
            return number

    def list(self, since: int = 0, system: str | None = None) -> list[dict[str, Any]]:
        """Return the calls numbered above ``since``, of one system or of all."""
        with self._lock:
            return [
                dict(call)
                for call in self._calls
                if call["n"] > since and (system is None or call["system"] == system)
            ]

    def counts(self) -> dict[str, Any]:
        """Return per system: calls, mutations, calls by status and by operation."""
        with self._lock:
            return {
                system: {
                    "calls": by_status.total(),
                    "mutations": self._mutations[system],
                    "by_status": dict(by_status),
                    "by_operation": dict(self._by_operation[system]),
                }
                for system, by_status in self._by_status.items()
            }
