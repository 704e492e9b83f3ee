"""Date and timeline."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import strategies as st

from connectors.errors import ProtocolFault
from connectors.monday.columns.date import DateCodec
from connectors.monday.columns.timeline import TimelineCodec
from connectors.monday.model import Cell, Column
from tests.unit.connectors.monday.columns.contract import CodecContract

days = st.dates(date(1901, 1, 1), date(2100, 12, 31))
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(datetime(1901, 1, 2), datetime(2100, 12, 30), timezones=zones)  # noqa: DTZ001


class TestDate(CodecContract):
    column = Column("date4", "Due", "date")
    values = st.one_of(days, moments)
    empty_values = (None, "", date(1900, 1, 1), datetime(1900, 1, 1, tzinfo=UTC))
    refused = (
        ("2026-03-01", "takes a date"),
        (20260301, "takes a date"),
        (datetime(2026, 3, 1, 13, 25), "no time zone"),  # noqa: DTZ001
    )

    def stored(self, encoded: Any) -> Cell:
        if encoded is None:
            return Cell("date4", "date", text="", value=None)
        value = {"date": encoded["date"], "time": encoded.get("time"), "icon": None, "changed_at": "..."}
        # The display text is in the reader's own time zone and says nothing reliable.
        return Cell("date4", "date", text="2001-01-01 00:00", value=value, extra={"date": "2001-01-01"})

    def test_a_moment_is_sent_in_utc(self) -> None:
        value = datetime(2026, 3, 1, 1, 25, 30, 999, tzinfo=timezone(timedelta(hours=2)))
        assert DateCodec().encode(value, self.column) == {"date": "2026-02-28", "time": "23:25:30"}

    def test_midnight_is_a_time_too(self) -> None:
        sent = DateCodec().encode(datetime(2026, 3, 1, tzinfo=UTC), self.column)
        assert sent == {"date": "2026-03-01", "time": "00:00:00"}
        assert DateCodec().canonical(date(2026, 3, 1), self.column) == "2026-03-01"

    def test_a_time_without_seconds_is_read(self) -> None:
        cell = Cell("date4", "date", value={"date": "2026-03-01", "time": "13:25"})
        assert DateCodec().decode(cell, self.column) == datetime(2026, 3, 1, 13, 25, tzinfo=UTC)

    @pytest.mark.parametrize("value", [{"date": "soon"}, {"date": 5}, {"date": "2026-03-01", "time": "noon"}])
    def test_what_is_no_date_breaks_the_contract(self, value: Any) -> None:
        with pytest.raises(ProtocolFault, match="column Due"):
            DateCodec().decode(Cell("date4", "date", value=value), self.column)


class TestTimeline(CodecContract):
    column = Column("timeline", "Period", "timeline")
    values = st.tuples(days, days).map(sorted).map(tuple)
    empty_values = (None, "", (), (None, None), (date(1900, 1, 1), None))
    refused = (
        ((date(2026, 3, 15), date(2026, 3, 1)), "before it begins"),
        ((date(2026, 3, 1), None), "one of them is empty"),
        ((date(1900, 1, 1), date(2026, 3, 1)), "one of them is empty"),
        ((date(2026, 3, 1),), "a first and a last day"),
        (date(2026, 3, 1), "a first and a last day"),
        (("2026-03-01", "2026-03-02"), "days without a time"),
        ((datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 2)), "days without a time"),
    )

    def stored(self, encoded: Any) -> Cell:
        value = encoded and {**encoded, "visualization_type": None, "changed_at": "..."}
        return Cell("timeline", "timeline", text="", value=value)

    def test_both_days_are_sent(self) -> None:
        sent = TimelineCodec().encode((date(2026, 3, 1), date(2026, 3, 15)), self.column)
        assert sent == {"from": "2026-03-01", "to": "2026-03-15"}

    def test_days_with_a_time_are_read_as_days(self) -> None:
        value = {"from": "2026-03-01T00:00:00+00:00", "to": "2026-03-15T00:00:00+00:00"}
        read = TimelineCodec().decode(Cell("timeline", "timeline", value=value), self.column)
        assert read == (date(2026, 3, 1), date(2026, 3, 15))

    def test_half_a_timeline_reads_as_empty(self) -> None:
        half = Cell("timeline", "timeline", value={"from": "2026-03-01"})
        assert TimelineCodec().decode(half, self.column) is None

    def test_what_is_no_date_breaks_the_contract(self) -> None:
        with pytest.raises(ProtocolFault, match="column Period"):
            TimelineCodec().decode(Cell("t", "timeline", value={"from": "x", "to": "y"}), self.column)
