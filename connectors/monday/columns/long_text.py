"""Long text column: `{"text": ...}`, at most 2,000 characters (developer.monday.com, "Long text")."""

from __future__ import annotations

from typing import Any

from connectors.monday.columns.codec import CannotEncode, as_text, part
from connectors.monday.model import Cell, Column

MOST_CHARACTERS = 2_000


class LongTextCodec:
    """str and other plain values <-> long text."""

    type = "long_text"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """The text as it is.

        Raises:
            CannotEncode: longer than 2,000 characters, or no plain value.
        """
        text = as_text(value, column)
        if len(text) > MOST_CHARACTERS:
            raise CannotEncode(
                f"The text for column {column.title} has {len(text):,} characters; a long text column holds "
                f"{MOST_CHARACTERS:,}. Shorten it in Dynamics, or map it to a text column."
            )
        return {"text": text} if text else None

    def decode(self, cell: Cell, column: Column) -> str | None:  # noqa: ARG002
        """The text, None when empty."""
        text = part(cell, "text") if cell.text is None else cell.text
        return str(text) if text else None

    def canonical(self, value: Any, column: Column) -> str:
        """The text without outer blanks and with \\n as line end."""
        return as_text(value, column).strip()
