"""What has been used of one account's limits, as a value that travels through a store as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.windows import Slots


@dataclass(frozen=True)
class Place:
    """A call under way: it holds its place until it is settled, or until `until` when its process died."""

    token: str
    at: float
    until: float


@dataclass(frozen=True)
class Usage:
    """What has been used, of all limits; times are epoch seconds."""

    requests: Slots = ()
    mutations: Slots = ()
    complexity: Slots = ()
    places: tuple[Place, ...] = ()
    day: int = 0
    day_calls: float = 0.0
    typical_complexity: float = 0.0
    closed_until: float = 0.0
    closed_reason: str = ""

    @classmethod
    def empty(cls) -> Usage:
        """Nothing used yet."""
        return cls()

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able dict, for the store."""
        return {
            "requests": [list(slot) for slot in self.requests],
            "mutations": [list(slot) for slot in self.mutations],
            "complexity": [list(slot) for slot in self.complexity],
            "places": [[place.token, place.at, place.until] for place in self.places],
            "day": self.day,
            "day_calls": self.day_calls,
            "typical_complexity": self.typical_complexity,
            "closed_until": self.closed_until,
            "closed_reason": self.closed_reason,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Usage:
        """Back from the store; missing and unknown keys are fine, so that releases can change the form."""
        return cls(
            requests=_slots(stored.get("requests")),
            mutations=_slots(stored.get("mutations")),
            complexity=_slots(stored.get("complexity")),
            places=tuple(
                Place(str(t), float(at), float(until)) for t, at, until in stored.get("places") or ()
            ),
            day=int(stored.get("day") or 0),
            day_calls=float(stored.get("day_calls") or 0.0),
            typical_complexity=float(stored.get("typical_complexity") or 0.0),
            closed_until=float(stored.get("closed_until") or 0.0),
            closed_reason=str(stored.get("closed_reason") or ""),
        )


def _slots(stored: Any) -> Slots:
    return tuple((float(at), float(amount)) for at, amount in stored or ())
