"""A budget that keeps a diary."""

from __future__ import annotations

from connectors.errors import RateLimited
from connectors.limits import Grant, Observed


class RecordingBudget:
    """Grants what its script says, then everything.

    Args:
        script: for each reservation the most mutations it grants, or an error to raise.
    """

    def __init__(self, *script: int | RateLimited) -> None:
        self.script = list(script)
        self.reserved: list[int] = []
        self.settled: list[tuple[Grant, Observed]] = []

    def reserve(self, *, mutations: int = 0, hold_s: float = 60.0) -> Grant:
        step = self.script.pop(0) if self.script else mutations
        if isinstance(step, RateLimited):
            raise step
        self.reserved.append(mutations)
        return Grant(token=str(len(self.reserved)), mutations=min(step, mutations))

    def settle(self, grant: Grant, observed: Observed) -> None:
        self.settled.append((grant, observed))

    @property
    def in_flight(self) -> int:
        """Places taken and not given back."""
        return len(self.reserved) - len(self.settled)
