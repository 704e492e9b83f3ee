"""Points in time as Dynamics writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.moments import iso_moment, json_date, moment

AWARE = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-02T09:41:07Z", datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)),
        ("2023-10-16T15:42:46.3440655Z", datetime(2023, 10, 16, 15, 42, 46, 344065, tzinfo=UTC)),
        ("2023-10-16T15:42:46.5z", datetime(2023, 10, 16, 15, 42, 46, 500000, tzinfo=UTC)),
        ("2023-10-16T15:42:46+02:00", datetime(2023, 10, 16, 13, 42, 46, tzinfo=UTC)),
    ],
)
def test_iso_times_are_read_with_up_to_nine_decimals(text, meant):
    assert iso_moment(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-03-02T09:41:07",
        "2026-13-02T09:41:07Z",
        "0001-01-01T00:00:00+09:00",
        "٢٠٢٦-03-02T09:41:07Z",
    ],
)
def test_what_is_no_iso_time_is_refused(text):
    with pytest.raises(ValueError):
        iso_moment(text)


@pytest.mark.parametrize(
    "text", ["/Date(1637246655000)/", "\\/Date(1637246655000)\\/", "/Date(1637246655000+0100)/"]
)
def test_json_dates_are_read_with_and_without_escaped_slashes(text):
    assert json_date(text) == datetime(2021, 11, 18, 14, 44, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "/Date()/", "1637246655000", "/Date(99999999999999999)/", "/Date(123456789012345678)/"]
)
def test_what_is_no_json_date_is_refused(text):
    with pytest.raises(ValueError):
        json_date(text)


@given(AWARE)
def test_an_iso_time_comes_back_as_it_was_written(when):
    assert iso_moment(when.isoformat().replace("+00:00", "Z")) == when


@given(AWARE)
def test_a_json_date_comes_back_to_the_millisecond(when):
    milliseconds = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert json_date(f"/Date({milliseconds})/") == when - timedelta(microseconds=when.microsecond % 1000)


@pytest.mark.parametrize(
    "value",
    [None, 5, "", "soon", "/Date(-2208988800000)/", "1900-01-01T12:00:00Z", "/Date(99999999999999999)/"],
)
def test_the_empty_date_and_nonsense_are_no_moment(value):
    assert moment(value) is None


def test_either_form_is_a_moment():
    assert moment("/Date(0)/") == moment("1970-01-01T00:00:00.0000000Z") == datetime(1970, 1, 1, tzinfo=UTC)


@given(
    st.text()
    | st.from_regex(r"\\?/Date\(-?\d{0,20}\)/")
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
)
def test_no_text_upsets_the_reader(text):
    assert moment(text) is None or moment(text).tzinfo is UTC
