"""How the page writes numbers, dates and times for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

NO_DATE_YEAR = 1900  # Dynamics' empty date is 1 January 1900


def decimals(numbers: Iterable[str]) -> int:
    """Return how many decimals a column of numbers shows: its longest, at least two when it has any."""
    longest = max((len(text.partition(".")[2]) for text in numbers), default=0)
    return max(2, longest) if longest else 0


def number(value: float | int | str | Decimal, places: int) -> str:
    """Return a number with thousands separators and a fixed number of decimals."""
    try:
        return f"{Decimal(str(value)):,.{places}f}"
    except InvalidOperation:
        return str(value)


def day(text: str) -> str:
    """Return an ISO day or moment as "Mar 1, 2026"; Dynamics' empty date as nothing."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return "" if found.year == NO_DATE_YEAR else f"{found:%b} {found.day}, {found.year}"


def clock(epoch: float) -> str:
    """Return the time of day in UTC."""
    return datetime.fromtimestamp(epoch, tz=UTC).strftime("%H:%M:%S")
