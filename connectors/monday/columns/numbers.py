"""Numbers column: written and read as a string, so that money stays exact.

`NumbersValue.number` is a Float (developer.monday.com, "Numbers") and is never used.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import ProtocolFault
from connectors.monday.columns.codec import CannotEncode, is_empty, shown, wrong_kind
from connectors.monday.model import Cell, Column

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

# Dynamics' amounts have at most 32 digits; whatever is longer is no amount.
MOST_DIGITS = 32


class NumbersCodec:
    """Decimal, int or the text of a plain decimal <-> number."""

    type = "numbers"
    writable = True

    def encode(self, value: Any, column: Column) -> str | None:
        """The number as text, with a point and without exponent, e.g. "-12.5".

        Raises:
            CannotEncode: not a number, or written in a way that could be read differently ("1,234", "5 %").
        """
        return self.canonical(value, column) or None

    def decode(self, cell: Cell, column: Column) -> Decimal | None:
        """The exact number, None when empty.

        Raises:
            ProtocolFault: monday sent something that is no number.
        """
        written = cell.text if cell.value in (None, "") else cell.value
        if written in (None, ""):
            return None
        try:
            return Decimal(str(written))
        except InvalidOperation:
            raise ProtocolFault(
                f"monday sent {shown(written)} as the number of column {column.title}.", system="monday"
            ) from None

    def canonical(self, value: Any, column: Column) -> str:
        """The number without trailing zeros, "0" for any zero."""
        if is_empty(value):
            return ""
        number = _number(value, column)
        if not number.is_finite() or abs(number.adjusted()) >= MOST_DIGITS:
            raise CannotEncode(f"{shown(value)} is too long for the number column {column.title}.")
        text = f"{number:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text


def _number(value: Any, column: Column) -> Decimal:
    if isinstance(value, bool):
        raise wrong_kind(value, column, "a number")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise CannotEncode(
        f"Column {column.title} takes a number such as 1234.56, not {shown(value)}. "
        "Map a number field to it, or use a text column."
    )
