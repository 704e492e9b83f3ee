"""What every column codec does: plain value -> monday's JSON, read cell -> plain value, one text per meaning.

The shapes are those of developer.monday.com, "Column types reference", one page per type.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from connectors.monday.model import Cell, Column

# Dynamics stores "no date" as 1900-01-01: what it means is empty.
EMPTY_DATE_YEAR = 1900


class CannotEncode(ValueError):
    """The value cannot stand in the column; str() is a sentence that says why and what to do."""


class Codec(Protocol):
    """One column type, both directions.

    `canonical(decode(cell))` equals `canonical(value)` when the cell holds what `encode(value)` wrote, and
    equal canonical texts mean that there is no difference worth a write. "" is the text of an empty cell.
    """

    type: str
    writable: bool

    def encode(self, value: Any, column: Column) -> Any:
        """What stands under the column's id in `column_values`; None (JSON null) clears the cell.

        Raises:
            CannotEncode: the column cannot hold this value.
        """
        ...

    def decode(self, cell: Cell, column: Column) -> Any:
        """What the cell holds, None (or an empty tuple) for nothing."""
        ...

    def canonical(self, value: Any, column: Column) -> str:
        """One text per meaning, "" for empty."""
        ...


def is_empty(value: Any) -> bool:
    """Whether a value means "nothing": None, blank text, an empty list, or Dynamics' date without a date."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, date):
        return value.year <= EMPTY_DATE_YEAR
    return value is None or value in ((), [])


def as_text(value: Any, column: Column) -> str:
    """A plain value as text: "" for nothing, numbers without exponent, dates as 2026-03-01, line ends as \\n.

    Raises:
        CannotEncode: it is not a plain value.
    """
    if is_empty(value):
        return ""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    raise wrong_kind(value, column, "text")


def wrong_kind(value: Any, column: Column, wanted: str) -> CannotEncode:
    """The refusal of a value whose kind the column does not take; `wanted` completes "takes ..."."""
    return CannotEncode(
        f"Column {column.title} takes {wanted}, not {shown(value)}. "
        "Map another field to it, or use another column."
    )


def shown(value: Any) -> str:
    """A value as it stands in a sentence: quoted, and cut when long."""
    text = str(value)
    return f'"{text}"' if len(text) <= 80 else f'"{text[:79]}…"'


def part(cell: Cell, name: str) -> Any:
    """A part of the cell's own JSON, None when the cell is empty."""
    return cell.value.get(name) if isinstance(cell.value, dict) else None
