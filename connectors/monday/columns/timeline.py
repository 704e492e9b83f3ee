"""Timeline column: from one day to another, both included (developer.monday.com, "Timeline")."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from connectors.errors import ProtocolFault
from connectors.monday.columns.codec import CannotEncode, is_empty, part, shown, wrong_kind
from connectors.monday.model import Cell, Column

Span = tuple[date, date]


class TimelineCodec:
    """(first day, last day) <-> timeline."""

    type = "timeline"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """Both days.

        Raises:
            CannotEncode: one day is missing, the last comes before the first, or they are no dates.
        """
        span = _span(value, column)
        return {"from": span[0].isoformat(), "to": span[1].isoformat()} if span else None

    def decode(self, cell: Cell, column: Column) -> Span | None:
        """Both days, None when empty.

        Raises:
            ProtocolFault: monday sent something that is no date.
        """
        first, last = part(cell, "from"), part(cell, "to")
        if not first or not last:
            return None
        try:
            return date.fromisoformat(str(first)[:10]), date.fromisoformat(str(last)[:10])
        except ValueError:
            raise ProtocolFault(
                f"monday sent {shown(cell.value)} as the timeline of column {column.title}.", system="monday"
            ) from None

    def canonical(self, value: Any, column: Column) -> str:
        """2026-03-01/2026-03-15."""
        span = _span(value, column)
        return f"{span[0].isoformat()}/{span[1].isoformat()}" if span else ""


def _span(value: Any, column: Column) -> Span | None:
    if is_empty(value):
        return None
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise wrong_kind(value, column, "a first and a last day")
    first, last = value
    if is_empty(first) and is_empty(last):
        return None
    if is_empty(first) or is_empty(last):
        raise CannotEncode(
            f"The timeline {column.title} needs both a first and a last day; one of them is empty."
        )
    for day in (first, last):
        if not isinstance(day, date) or isinstance(day, datetime):
            raise wrong_kind(day, column, "days without a time")
    if last < first:
        raise CannotEncode(f"The timeline {column.title} would end on {last} before it begins on {first}.")
    return first, last
