"""The budget of one account or environment: may a call go out now, and what did its answer teach?

Pure arithmetic. The clock is an argument, the store is somebody else's: `Usage` travels as JSON. Nothing here
waits; a call that does not fit is refused with the seconds after which it would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from connectors.errors import RateLimited
from connectors.usage import Place, Usage
from connectors.windows import Window, add, used, wait_s

__all__ = ["Budget", "Grant", "Limits", "Observed", "Unlimited", "Usage", "Window"]

DAY_S = 86_400.0

# Calls usually end within a second: so long is it worth waiting for a free place.
PLACE_WAIT_S = 1.0

# How much the newest call weighs in the typical complexity of a call.
NEWEST_SHARE = 0.3


@dataclass(frozen=True)
class Limits:
    """What may be used; None means no such limit.

    Attributes:
        concurrency: calls under way at the same time.
        requests: calls per time.
        mutations: single writes per time; a call may carry several.
        complexity: the vendor's own cost points per time, known only after a call.
        calls_per_day: calls per UTC day.
    """

    concurrency: int | None = None
    requests: Window | None = None
    mutations: Window | None = None
    complexity: Window | None = None
    calls_per_day: int | None = None


@dataclass(frozen=True)
class Grant:
    """Leave for one call; `mutations` says how many writes it may carry, which can be fewer than asked."""

    token: str
    mutations: int


@dataclass(frozen=True)
class Observed:
    """What an answer said about the limits.

    Attributes:
        closed_for_s: the vendor wants no call for so many seconds.
        reason: its own words for that.
        complexity: what the call cost, in the vendor's points.
        remaining_requests: calls left in the vendor's own count.
        remaining_complexity: points left in the vendor's own count.
        window_resets_in_s: when that count starts anew.
        daily_exhausted: no call is left until midnight UTC.
        call_cost: how much of a daily call it cost (monday counts a refused call as a tenth).
    """

    closed_for_s: float | None = None
    reason: str = ""
    complexity: int | None = None
    remaining_requests: int | None = None
    remaining_complexity: int | None = None
    window_resets_in_s: float | None = None
    daily_exhausted: bool = False
    call_cost: float = 1.0


class Budget(Protocol):
    """What a client is handed: the same arithmetic over a store that all workers share."""

    def reserve(self, *, mutations: int = 0, hold_s: float = 60.0) -> Grant:
        """Leave for one call, or `RateLimited`."""
        ...

    def settle(self, grant: Grant, observed: Observed) -> None:
        """Tell what the call's answer said; always called, also after a failure."""
        ...


class Unlimited:
    """A budget that grants everything: for tests and one-off scripts."""

    def reserve(self, *, mutations: int = 0, hold_s: float = 60.0) -> Grant:  # noqa: ARG002
        """Always granted."""
        return Grant(token="", mutations=mutations)

    def settle(self, grant: Grant, observed: Observed) -> None:
        """Nothing to learn."""


def reserve(
    usage: Usage, limits: Limits, *, now: float, token: str, mutations: int = 0, hold_s: float = 60.0
) -> tuple[Usage, Grant]:
    """Take leave for one call out of the budget.

    Args:
        now: epoch seconds.
        token: names this call; unique.
        mutations: how many writes the call would like to carry.
        hold_s: seconds after which its place is free again although nobody settled.

    Returns:
        The new usage, and a grant for at least one and at most `mutations` writes (0 when none were asked).

    Raises:
        RateLimited: it does not fit; `retry_after_s` says when it would.
    """
    usage = _swept(usage, now)
    refusals = list(_refusals(usage, limits, now, mutations))
    if refusals:
        wait, sentence = max(refusals)
        raise RateLimited(sentence, retry_after_s=wait)
    granted = mutations
    if limits.mutations and mutations:
        room = limits.mutations.limit - used(usage.mutations, limits.mutations, now)
        granted = min(mutations, int(room))
    place = Place(token, round(now, 3), round(now + hold_s, 3))
    return _booked(usage, limits, place, granted), Grant(token, granted)


def settle(usage: Usage, limits: Limits, *, now: float, grant: Grant, observed: Observed) -> Usage:
    """Give the call's place back and learn from its answer.

    Args:
        now: epoch seconds.
        grant: as reserved; one whose place has already expired is fine.
        observed: what the answer said.
    """
    reserved_at = next((place.at for place in usage.places if place.token == grant.token), now)
    usage = _swept(usage, now)
    usage = replace(usage, places=tuple(place for place in usage.places if place.token != grant.token))
    if _day(reserved_at) == usage.day:
        usage = replace(usage, day_calls=max(0.0, usage.day_calls + observed.call_cost - 1.0))
    if observed.complexity is not None:
        usage = _with_complexity(usage, limits, now, observed.complexity)
    for wait, reason in _closings(usage, limits, now, observed):
        if now + wait > usage.closed_until:
            usage = replace(usage, closed_until=now + wait, closed_reason=reason)
    return usage


def headroom(usage: Usage, limits: Limits, *, now: float) -> dict[str, int | float | str]:
    """What is left, for a person to look at; limits that are not set are left out.

    Args:
        now: epoch seconds.
    """
    usage = _swept(usage, now)
    left: dict[str, int | float | str] = {"in_flight": len(usage.places)}
    if limits.concurrency is not None:
        left["places_left"] = max(0, limits.concurrency - len(usage.places))
    windows = (
        ("requests_left", limits.requests, usage.requests),
        ("mutations_left", limits.mutations, usage.mutations),
        ("complexity_left", limits.complexity, usage.complexity),
    )
    for name, window, slots in windows:
        if window:
            left[name] = max(0, int(window.limit - used(slots, window, now)))
    if limits.calls_per_day is not None:
        left["calls_left_today"] = max(0, int(limits.calls_per_day - usage.day_calls))
    if usage.closed_until > now:
        left["closed_for_s"] = round(usage.closed_until - now, 1)
        left["closed_reason"] = usage.closed_reason
    return left


def _refusals(usage: Usage, limits: Limits, now: float, mutations: int) -> Iterator[tuple[float, str]]:
    """Every limit that stands in the way: (seconds to wait, sentence)."""
    if usage.closed_until > now:
        wait = usage.closed_until - now
        yield wait, f"No calls for another {wait:.0f} s: {usage.closed_reason}."
    if limits.calls_per_day is not None and usage.day_calls + 1 > limits.calls_per_day:
        yield _until_midnight_s(now), f"The {limits.calls_per_day} calls of this day (UTC) are used up."
    if limits.concurrency is not None and len(usage.places) >= limits.concurrency:
        first_free = min((place.until for place in usage.places), default=now) - now
        yield min(PLACE_WAIT_S, first_free), f"{limits.concurrency} calls are already under way."
    yield from _full_windows(usage, limits, now, mutations)


def _full_windows(usage: Usage, limits: Limits, now: float, mutations: int) -> Iterator[tuple[float, str]]:
    # The points of calls under way are not known yet: each is taken for a typical one.
    expected = max(1.0, usage.typical_complexity * (len(usage.places) + 1))
    windows = (
        ("calls", limits.requests, usage.requests, 1.0),
        ("writes", limits.mutations if mutations else None, usage.mutations, 1.0),
        ("complexity points", limits.complexity, usage.complexity, expected),
    )
    for name, window, slots, amount in windows:
        if window:
            wait = wait_s(slots, window, now, amount)
            if wait > 0:
                yield wait, f"The limit of {window.limit} {name} in {window.seconds:g} s is used up."


def _closings(usage: Usage, limits: Limits, now: float, observed: Observed) -> Iterator[tuple[float, str]]:
    """Every reason in an answer to hold further calls: (seconds, reason)."""
    if observed.closed_for_s is not None:
        yield observed.closed_for_s, observed.reason or "the other side asked to wait"
    if observed.daily_exhausted:
        yield _until_midnight_s(now), observed.reason or "the calls of this day (UTC) are used up"
    # Other programs may draw on the same account: the vendor's own count goes before ours.
    if limits.requests and observed.remaining_requests == 0:
        # Without a time told, a quarter of the window is neither a storm of refusals nor a standstill.
        yield observed.window_resets_in_s or limits.requests.seconds / 4, "no calls are left in this window"
    points, next_call = observed.remaining_complexity, max(1.0, usage.typical_complexity)
    if limits.complexity and points is not None and points < next_call:
        wait = observed.window_resets_in_s or limits.complexity.seconds / 4
        yield wait, "no complexity points are left in this window"


def _booked(usage: Usage, limits: Limits, place: Place, mutations: int) -> Usage:
    usage = replace(usage, places=(*usage.places, place), day_calls=usage.day_calls + 1.0)
    if limits.requests:
        usage = replace(usage, requests=add(usage.requests, limits.requests, place.at, 1))
    if limits.mutations and mutations:
        usage = replace(usage, mutations=add(usage.mutations, limits.mutations, place.at, mutations))
    return usage


def _with_complexity(usage: Usage, limits: Limits, now: float, cost: int) -> Usage:
    typical = usage.typical_complexity or float(cost)
    usage = replace(usage, typical_complexity=round(typical + NEWEST_SHARE * (cost - typical), 1))
    if limits.complexity:
        usage = replace(usage, complexity=add(usage.complexity, limits.complexity, now, cost))
    return usage


def _swept(usage: Usage, now: float) -> Usage:
    """Without expired places, and with today's count of calls."""
    usage = replace(usage, places=tuple(place for place in usage.places if place.until > now))
    # A clock a little behind another worker's must not bring yesterday back; one far off is put right.
    if not _day(now) <= usage.day <= _day(now) + 1:
        usage = replace(usage, day=_day(now), day_calls=0.0)
    return usage


def _day(now: float) -> int:
    """Days since 1970 in UTC."""
    return int(now // DAY_S)


def _until_midnight_s(now: float) -> float:
    # One second later, because the other side's clock may be behind ours.
    return (_day(now) + 1) * DAY_S - now + 1.0
