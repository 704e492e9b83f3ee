"""How much of a limit per time is used up: the rolling window, as pure arithmetic.

A vendor counts a call when it ARRIVES, some 100 ms after we reserved it, and not always equally late. Two
calls that we reserve one window apart may therefore arrive closer together than that. Each window is counted
longer by a guard time, so that the vendor never sees more than its limit in any span.

Calls are counted in slots (a sixtieth of the window each), not one by one. A slot is dated by its latest
call: whatever is counted leaves the window late rather than early.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SLOTS_PER_WINDOW = 60
LEAST_GUARD_S = 0.25
GUARD_SHARE = 0.015

# A wait that ends exactly when a slot leaves may end a hair too early in floating point.
ROUNDING_S = 0.001

Slots = tuple[tuple[float, float], ...]
"""(epoch seconds of the slot's latest call, amount), oldest first."""


@dataclass(frozen=True)
class Window:
    """At most `limit` units in any span of `seconds`."""

    limit: int
    seconds: float

    def __post_init__(self) -> None:
        if self.limit < 1 or self.seconds <= 0:
            raise ValueError(f"A limit of {self.limit} in {self.seconds:g} s lets nothing through.")

    @property
    def span_s(self) -> float:
        """How long a call is counted: the window and its guard time, in seconds."""
        return self.seconds + max(LEAST_GUARD_S, GUARD_SHARE * self.seconds)


def live(slots: Slots, window: Window, now: float) -> Slots:
    """The slots that still count at `now` (epoch seconds).

    A slot slightly in the future comes from a machine whose clock is ahead, and counts. One further ahead
    than a whole window can only be a clock that was wrong and has been set right: it would close the window
    for hours.
    """
    return tuple(slot for slot in slots if now - window.span_s < slot[0] <= now + window.span_s)


def used(slots: Slots, window: Window, now: float) -> float:
    """The units that count at `now`."""
    return sum(amount for _, amount in live(slots, window, now))


def add(slots: Slots, window: Window, now: float, amount: float) -> Slots:
    """Count `amount` units at `now`; forgets what has left the window."""
    width = window.seconds / SLOTS_PER_WINDOW
    kept: list[tuple[float, float]] = []
    at, total = round(now, 3), amount
    for slot_at, slot_amount in live(slots, window, now):
        if math.floor(slot_at / width) == math.floor(at / width):
            at, total = max(at, slot_at), total + slot_amount
        else:
            kept.append((slot_at, slot_amount))
    return tuple(sorted([*kept, (at, total)]))


def wait_s(slots: Slots, window: Window, now: float, amount: float) -> float:
    """Seconds until `amount` more units fit; 0.0 when they fit now.

    More than the whole limit never fits: then the wait is for an empty window.
    """
    counted = live(slots, window, now)
    total = sum(units for _, units in counted)
    room_needed = min(amount, window.limit)
    wait = 0.0
    for at, units in counted:
        if total + room_needed <= window.limit:
            break
        total -= units
        wait = at + window.span_s - now + ROUNDING_S
    return wait
