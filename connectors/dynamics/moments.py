"""The two ways Dynamics writes a point in time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EMPTY_YEAR = 1900  # AX has no null dates: 1900-01-01 means "none"

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
# A payload that was put into a string twice still has its escaped slashes.
_JSON_DATE = re.compile(r"\\?/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\\?/", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_moment(text: str) -> datetime:
    """Read "2023-10-16T15:42:46.3440655Z" as aware UTC; what is finer than a microsecond is cut off.

    Raises:
        ValueError: the text is no such time.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a time such as 2026-03-02T09:41:07Z.")
    whole, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{whole}.{(fraction or '0')[:6].ljust(6, '0')}{zone.upper()}")
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text[:40]!r} lies outside the calendar.") from None


def json_date(text: str) -> datetime:
    r"""Read "/Date(1637246655000)/" (milliseconds since 1970 UTC; also "\/Date(…)\/") as aware UTC.

    Raises:
        ValueError: the text is no such time.
    """
    match = _JSON_DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a time such as /Date(1637246655000)/.")
    try:
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        raise ValueError(f"{text[:40]!r} lies outside the calendar.") from None


def moment(value: object) -> datetime | None:
    """Read either form leniently; None for anything else and for Dynamics' empty date (year 1900)."""
    if not isinstance(value, str):
        return None
    for read in (iso_moment, json_date):
        try:
            found = read(value)
        except ValueError:
            continue
        return found if found.year > EMPTY_YEAR else None
    return None
