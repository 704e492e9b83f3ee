"""Plain values as texts for people, for labels and for conditions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from connectors.dynamics.model import Plain


def as_text(value: Plain) -> str:
    """Write a plain value for people: dates as 2026-03-01, numbers without exponent, "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)
