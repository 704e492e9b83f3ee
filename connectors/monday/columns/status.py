"""Status column: one label, or none (developer.monday.com, "Status")."""

from __future__ import annotations

from typing import Any

from connectors.monday.columns.codec import as_text
from connectors.monday.columns.labels import find, known_text
from connectors.monday.model import Cell, Column


class StatusCodec:
    """Label text <-> status."""

    type = "status"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str | int] | None:
        """The label by its text; by its id where the text is a number, which monday would take for an id.

        Raises:
            CannotEncode: the column has no such active label.
        """
        text = as_text(value, column).strip()
        if not text:
            return None
        label = find(text, column)
        if label.text.strip().lstrip("+-").isdigit():
            return {"index": int(label.id)}
        return {"label": label.text}

    def decode(self, cell: Cell, column: Column) -> str | None:  # noqa: ARG002
        """The label's text, None for the blank label and for none."""
        return cell.extra.get("label") or cell.text or None

    def canonical(self, value: Any, column: Column) -> str:
        """The label's own text."""
        text = as_text(value, column)
        return known_text(text, column) if text else ""
