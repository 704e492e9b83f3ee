"""Where a walk stands, kept between two turns of a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.dynamics.model import Plain
from connectors.dynamics.seek import Position


def to_json(position: Position) -> list[list[Any]]:
    """Write a position so that every value comes back with its type."""
    return [_written(value) for value in position]


def from_json(stored: Sequence[Sequence[Any]]) -> Position:
    """Read a position again."""
    return tuple(_read(kind, value) for kind, value in stored)


def _written(value: Plain) -> list[Any]:
    if isinstance(value, datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    return ["plain", value]


def _read(kind: str, value: Any) -> Plain:
    read: dict[str, Any] = {"moment": datetime.fromisoformat, "date": date.fromisoformat, "decimal": Decimal}
    return read[kind](value) if kind in read else value  # type: ignore[no-any-return]
