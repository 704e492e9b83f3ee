"""One measured figure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A figure with how it was measured."""

    name: str
    value: float
    unit: str
    method: str
