"""Text column: a plain string. monday refuses `{"text": ...}` here, unlike in a long text."""

from __future__ import annotations

from typing import Any

from connectors.monday.columns.codec import CannotEncode, as_text
from connectors.monday.model import Cell, Column

# All column values of one item together hold about 64 KB (developer.monday.com, "Text").
MOST_BYTES = 64 * 1024


class TextCodec:
    """str and other plain values <-> text."""

    type = "text"
    writable = True

    def encode(self, value: Any, column: Column) -> str | None:
        """The text as it is, outer blanks included: they may belong to a key.

        Raises:
            CannotEncode: longer than 64 KB, or no plain value.
        """
        text = as_text(value, column)
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > MOST_BYTES:
            raise CannotEncode(
                f"The text for column {column.title} has {size:,} bytes; monday holds {MOST_BYTES:,} in an "
                "item. Map a shorter field to it."
            )
        return text or None

    def decode(self, cell: Cell, column: Column) -> str | None:  # noqa: ARG002
        """The text, None when empty."""
        text = cell.value if cell.text is None else cell.text
        return str(text) if text else None

    def canonical(self, value: Any, column: Column) -> str:
        """The text without outer blanks, which nobody can see in a cell."""
        return as_text(value, column).strip()
