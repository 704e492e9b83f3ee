"""Date column: a day, or a moment (developer.monday.com, "Date").

monday takes and keeps times in UTC. `DateValue.date` and `.time` read in the calling user's own time zone;
the column's JSON reads in UTC, and is what we read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from connectors.errors import ProtocolFault
from connectors.monday.columns.codec import CannotEncode, is_empty, part, shown, wrong_kind
from connectors.monday.model import Cell, Column


class DateCodec:
    """date, or datetime with a time zone <-> date column."""

    type = "date"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """The day, or the moment in UTC to the second; Dynamics' empty date, in 1900, clears the cell.

        Raises:
            CannotEncode: no date, or a time without a time zone.
        """
        day, _, clock = self.canonical(value, column).partition("T")
        if not day:
            return None
        return {"date": day, "time": clock.removesuffix("Z")} if clock else {"date": day}

    def decode(self, cell: Cell, column: Column) -> date | datetime | None:
        """A date when the cell has no time, else an aware datetime in UTC; None when empty.

        Raises:
            ProtocolFault: monday sent something that is no date.
        """
        day_text, time_text = part(cell, "date"), part(cell, "time")
        if not day_text:
            return None
        try:
            day = date.fromisoformat(day_text)
            return datetime.combine(day, time.fromisoformat(time_text), tzinfo=UTC) if time_text else day
        except (TypeError, ValueError):
            raise ProtocolFault(
                f"monday sent {shown(cell.value)} as the date of column {column.title}.", system="monday"
            ) from None

    def canonical(self, value: Any, column: Column) -> str:
        """2026-03-01, or 2026-03-01T13:25:00Z."""
        if is_empty(value):
            return ""
        if isinstance(value, datetime):
            return _moment(value, column)
        if isinstance(value, date):
            return value.isoformat()
        raise wrong_kind(value, column, "a date")


def _moment(value: datetime, column: Column) -> str:
    if value.tzinfo is None:
        raise CannotEncode(
            f"The time {value:%Y-%m-%d %H:%M} for column {column.title} has no time zone. "
            "Map the field as a date, or as a time in UTC."
        )
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
