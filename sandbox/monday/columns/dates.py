"""Date and timeline. A date's time is written in UTC, kept in UTC, and read in the calling user's time zone."""

# ruff: noqa: ARG002 - every column type has the same methods, whatever it needs of their arguments

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from sandbox.monday.columns.base import Codec, Reading, Writing
from sandbox.monday.model import Column

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?")


def is_day(text: Any) -> bool:
    """Tell whether a value is a calendar day as YYYY-MM-DD."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class DateCodec(Codec):
    """A day, perhaps with a time."""

    type, typename, wire_type, title = "date", "DateValue", "date", "Date"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take "2026-03-01" or "2026-03-01 13:25:00"."""
        if text == "":
            return None
        day, _, clock = text.partition(" ")
        return self._checked(column, day, clock or None, text)

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"date": "2026-03-01", "time": "13:25:00"}; the time may be left out."""
        self.keys(column, value, {"date"}, {"time", "icon"})
        if value["date"] in (None, ""):
            return None
        return self._checked(column, value["date"], value.get("time") or None, value)

    def _checked(self, column: Column, day: Any, clock: Any, value: Any) -> Any:
        if not is_day(day):
            self.refuse(column, value, "invalid value, a date is written as YYYY-MM-DD")
        if clock is not None:
            if not isinstance(clock, str) or not _TIME.fullmatch(clock):
                self.refuse(column, value, "invalid value, a time is written as HH:MM:SS")
            try:
                clock = time.fromisoformat(clock).strftime("%H:%M:%S")
            except ValueError:
                self.refuse(column, value, "invalid value, there is no such time of day")
        return {"date": day, "time": clock, "icon": None}

    def local(self, reading: Reading) -> tuple[str, str]:
        """Return day and time ("" without one) in the user's time zone."""
        day, clock = reading.value["date"], reading.value["time"]
        if clock is None:
            return day, ""
        there = datetime.fromisoformat(f"{day}T{clock}") + timedelta(hours=reading.utc_offset_hours)
        return there.strftime("%Y-%m-%d"), there.strftime("%H:%M:%S")

    def text(self, reading: Reading) -> str:
        """Show the day, and the time to the minute."""
        day, clock = self.local(reading)
        return f"{day} {clock[:5]}" if clock else day

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give day and time in the user's time zone."""
        day, clock = (None, None) if reading.cell is None else self.local(reading)
        return {"date": day, "time": clock, "icon": None, "updated_at": reading.updated_at}

    def search_text(self, reading: Reading) -> str:
        """Compare by the day alone."""
        return "" if reading.cell is None else self.local(reading)[0]


class TimelineCodec(Codec):
    """A span from one day to another."""

    type, typename, wire_type, title = "timeline", "TimelineValue", "timerange", "Timeline"

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"from": "2026-03-01", "to": "2026-03-15"}."""
        self.keys(column, value, {"from", "to"}, {"visualization_type"})
        start, end = value["from"], value["to"]
        if not is_day(start) or not is_day(end):
            self.refuse(column, value, "invalid value, from and to of a timeline are written as YYYY-MM-DD")
        if start > end:
            self.refuse(column, value, "invalid value, a timeline ends on or after the day it starts")
        return {"from": start, "to": end, "visualization_type": None}

    def text(self, reading: Reading) -> str:
        """Show both days."""
        return f"{reading.value['from']} - {reading.value['to']}"

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give both days as ISO datetimes."""
        span = reading.value or {}
        return {
            "from": f"{span['from']}T00:00:00+00:00" if span else None,
            "to": f"{span['to']}T00:00:00+00:00" if span else None,
            "visualization_type": None,
            "updated_at": reading.updated_at,
        }

    def search_text(self, reading: Reading) -> str:
        """Compare by the start."""
        return "" if reading.cell is None else str(reading.value["from"])
