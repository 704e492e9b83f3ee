"""monday's limits, counted as monday counts them (developer.monday.com, "Rate limits").

Requests per minute, concurrency and complexity are measured per account and app, daily calls per account. The
cap on mutations is a switch for tests: off unless set.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.monday.accounts import Viewer
from sandbox.monday.cost import SINGLE_QUERY_MAX
from sandbox.monday.errors import Refusal

DAY_S = 86_400
PLANS: dict[str, dict[str, int]] = {
    "free": {"daily_calls": 1_000, "requests_per_minute": 1_000, "concurrency": 40},
    "basic": {"daily_calls": 1_000, "requests_per_minute": 1_000, "concurrency": 40},
    "standard": {"daily_calls": 1_000, "requests_per_minute": 1_000, "concurrency": 40},
    "pro": {"daily_calls": 10_000, "requests_per_minute": 2_500, "concurrency": 100},
    "enterprise": {"daily_calls": 25_000, "requests_per_minute": 5_000, "concurrency": 250},
}
SETTINGS = (
    "daily_calls", "requests_per_minute", "concurrency", "complexity_per_minute", "mutations_per_window",
    "window_seconds", "boards_per_minute", "items_per_board",
)  # fmt: skip


@dataclass
class Meter:
    """What one account (and app) has used."""

    requests: deque[float] = field(default_factory=deque)
    mutations: deque[float] = field(default_factory=deque)
    boards: deque[float] = field(default_factory=deque)
    in_flight: int = 0
    window_started: float = 0.0
    complexity: dict[str, int] = field(default_factory=lambda: {"read": 0, "write": 0})
    day: int = 0
    daily: float = 0.0


@dataclass(frozen=True)
class Demand:
    """What one call asks for: its complexity, and how many items it writes and boards it makes."""

    complexity: int = 1
    mutations: int = 0
    boards: int = 0
    is_write: bool = False
    daily: float = 1.0


class Limits:
    """The plan in force and every account's meters. The sandbox's clock moves the windows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Empty the meters and go back to the Pro plan without a cap on mutations."""
        with self._lock:
            self.plan = "pro"
            self._set: dict[str, int] = {}
            self._meters: dict[str, Meter] = defaultdict(Meter)

    def set_plan(self, name: str) -> None:
        """Put another plan in force, with its own limits. Raises ValueError for an unknown one."""
        if name not in PLANS:
            raise ValueError(f"There is no plan {name!r}; the plans are {', '.join(PLANS)}.")
        with self._lock:
            self.plan = name
            for key in PLANS[name]:
                self._set.pop(key, None)

    def set(self, **limits: int | None) -> None:
        """Override single limits (see SETTINGS); None gives one back to the plan. Raises ValueError."""
        for key, value in limits.items():
            if key not in SETTINGS:
                raise ValueError(f"There is no limit {key!r}; the limits are {', '.join(SETTINGS)}.")
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float) or value <= 0
            ):
                raise ValueError(f"The limit {key} is a positive number or null, not {value!r}.")
        with self._lock:
            for key, value in limits.items():
                if value is None:
                    self._set.pop(key, None)
                else:
                    self._set[key] = value

    def get(self, name: str) -> int | None:
        """Return a limit in force; None: no such limit."""
        defaults = {
            **PLANS[self.plan],
            "window_seconds": 60,
            "boards_per_minute": 40,
            "items_per_board": 10_000,
        }
        return self._set.get(name, defaults.get(name))

    def _number(self, name: str) -> int:
        return self.get(name) or 0

    def settings(self) -> dict[str, Any]:
        """Return the plan and every limit, for people."""
        return {"plan": self.plan, **{name: self.get(name) for name in SETTINGS}}

    def complexity_limit(self, viewer: Viewer) -> int:
        """Return the points per minute: 5M for reads and for writes of an app, 10M together for a person."""
        return self.get("complexity_per_minute") or (
            SINGLE_QUERY_MAX if viewer.app_id else 2 * SINGLE_QUERY_MAX
        )

    # One call

    def enter(self, viewer: Viewer, demand: Demand) -> None:
        """Count one call in, or refuse it. Every call that is not refused must be given to leave().

        Raises: Refusal with the 429 body of the limit that is used up. A refused call costs 0.1 daily call.
        """
        now = self._clock.now()
        with self._lock:
            meter, account = self._meters[viewer.meter], self._meters[f"{viewer.account.id}"]
            self._roll(meter, account, now)
            refusal = self._refusal(viewer, demand, now, meter, account)
            if refusal is not None:
                account.daily += 0.1
                raise refusal
            account.daily += demand.daily
            meter.requests.append(now)
            meter.in_flight += 1
            if not any(meter.complexity.values()):
                meter.window_started = now
            meter.complexity["write" if demand.is_write else "read"] += demand.complexity
            account.mutations.extend([now] * demand.mutations)
            account.boards.extend([now] * demand.boards)

    def leave(self, viewer: Viewer, demand: Demand, *, executed: bool) -> None:
        """Count one call out; a call that was not executed gives its mutations back."""
        with self._lock:
            self._meters[viewer.meter].in_flight -= 1
            if not executed:
                account = self._meters[f"{viewer.account.id}"]
                for used, count in ((account.mutations, demand.mutations), (account.boards, demand.boards)):
                    for _ in range(min(count, len(used))):
                        used.pop()

    def _roll(self, meter: Meter, account: Meter, now: float) -> None:
        _forget(meter.requests, now - 60)
        _forget(account.mutations, now - self._number("window_seconds"))
        _forget(account.boards, now - 60)
        if now >= meter.window_started + 60:
            meter.complexity = {"read": 0, "write": 0}
        if int(now // DAY_S) != account.day:
            account.day, account.daily = int(now // DAY_S), 0.0

    def _refusal(
        self, viewer: Viewer, demand: Demand, now: float, meter: Meter, account: Meter
    ) -> Refusal | None:
        if account.daily + demand.daily > self._number("daily_calls") + 1e-6:
            until_midnight = math.ceil(DAY_S - now % DAY_S)
            return limited("Daily limit exceeded", "DAILY_LIMIT_EXCEEDED", min(until_midnight, 3599))
        if len(meter.requests) >= self._number("requests_per_minute"):
            wait = math.ceil(meter.requests[0] + 60 - now)
            return limited("Minute rate limit exceeded", "MINUTE_RATE_LIMIT_EXCEEDED", max(1, wait))
        if meter.in_flight >= self._number("concurrency"):
            return limited("Too many concurrent requests", "MAX_CONCURRENCY_EXCEEDED", 15)
        if demand.complexity > SINGLE_QUERY_MAX:
            return limited("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", 60)
        if self._complexity_used(viewer, demand.is_write, meter) + demand.complexity > self.complexity_limit(
            viewer
        ):
            wait = max(1, math.ceil(meter.window_started + 60 - now))
            return limited("Complexity budget exhausted", "COMPLEXITY_BUDGET_EXHAUSTED", wait)
        cap = self.get("mutations_per_window")
        if cap is not None and len(account.mutations) + demand.mutations > cap:
            wait = _wait(account.mutations, demand.mutations, cap, self._number("window_seconds"), now)
            return limited("Minute rate limit exceeded", "MINUTE_RATE_LIMIT_EXCEEDED", wait)
        boards = self._number("boards_per_minute")
        if demand.boards and len(account.boards) + demand.boards > boards:
            return limited(
                "Call limit exceeded for CreateBoard",
                "",
                _wait(account.boards, demand.boards, boards, 60, now),
            )
        return None

    def _complexity_used(self, viewer: Viewer, is_write: bool, meter: Meter) -> int:
        if viewer.app_id is None:
            return sum(meter.complexity.values())
        return meter.complexity["write" if is_write else "read"]

    # What callers are told

    def complexity_left(self, viewer: Viewer, *, is_write: bool) -> tuple[int, int]:
        """Return the points left and the seconds until the window resets."""
        now = self._clock.now()
        with self._lock:
            meter = self._meters[viewer.meter]
            self._roll(meter, self._meters[f"{viewer.account.id}"], now)
            left = self.complexity_limit(viewer) - self._complexity_used(viewer, is_write, meter)
            return max(0, left), max(0, math.ceil(meter.window_started + 60 - now))

    def headers(self, viewer: Viewer | None, *, is_write: bool = False) -> list[tuple[str, str]]:
        """Return RateLimit and RateLimit-Policy as every answer carries them; without a viewer, unused ones."""
        minute, at_once = self._number("requests_per_minute"), self._number("concurrency")
        if viewer is None:
            points, left, reset, requests, flying, wait = 5_000_000, 5_000_000, 60, 0, 0, 0
        else:
            points = self.complexity_limit(viewer)
            left, reset = self.complexity_left(viewer, is_write=is_write)
            with self._lock:
                meter = self._meters[viewer.meter]
                requests, flying = len(meter.requests), meter.in_flight
                wait = math.ceil(meter.requests[0] + 60 - self._clock.now()) if requests >= minute else 0
        policy = (
            f'"minuteRate";q={minute};w=60, "concurrency";q={at_once};qu="concurrent-requests", '
            f'"complexityMinute";q={points};w=60;qu="content-bytes"'
        )
        now = (
            f'"minuteRate";r={max(0, minute - requests)}{f";t={wait}" if wait else ""}, '
            f'"concurrency";r={max(0, at_once - flying)}{";t=15" if flying >= at_once else ""}, '
            f'"complexityMinute";r={left};t={reset}'
        )
        return [("RateLimit-Policy", policy), ("RateLimit", now)]

    def usage(self) -> dict[str, Any]:
        """Return what each account has used, for people."""
        with self._lock:
            return {
                key: {"daily_calls": round(meter.daily, 1), "mutations_in_window": len(meter.mutations)}
                for key, meter in self._meters.items()
                if "/" not in key
            }


def limited(message: str, code: str, retry_in_seconds: int) -> Refusal:
    """Return a 429 as the gateway sends it: the wait in the body and in Retry-After."""
    return Refusal(429, message, code, retry_in_seconds=retry_in_seconds, retry_after=retry_in_seconds)


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()


def _wait(used: deque[float], wanted: int, cap: int, window: float, now: float) -> int:
    # When the oldest ones have left the window, there is room for what was wanted.
    leaving = max(0, min(len(used), len(used) + wanted - cap) - 1)
    return max(1, math.ceil(used[leaving] + window - now)) if used else int(window)
