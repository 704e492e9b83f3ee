"""The item's name: 1-255 characters (developer.monday.com, "Items"). It is written as column `name`."""

from __future__ import annotations

from typing import Any

from connectors.monday.columns.codec import CannotEncode, as_text
from connectors.monday.model import Cell, Column

MOST_CHARACTERS = 255


class NameCodec:
    """str and other plain values <-> name."""

    type = "name"
    writable = True

    def encode(self, value: Any, column: Column) -> str:
        """The name, cut when too long.

        Raises:
            CannotEncode: an item cannot be without a name.
        """
        name = self.canonical(value, column)
        if not name:
            raise CannotEncode("The item would have no name. Map a field to the name that is never empty.")
        return name

    def decode(self, cell: Cell, column: Column) -> str | None:  # noqa: ARG002
        """The name."""
        return cell.text or None

    def canonical(self, value: Any, column: Column) -> str:
        """The name as it would be written."""
        return shorten(as_text(value, column))


def shorten(name: str) -> str:
    """A name that monday takes: without outer blanks, and cut at 255 characters with an ellipsis."""
    name = name.strip()
    return name if len(name) <= MOST_CHARACTERS else name[: MOST_CHARACTERS - 1].rstrip() + "…"
