"""Checkbox column: checked, or not; an unchecked box is an empty cell (developer.monday.com, "Checkbox")."""

from __future__ import annotations

from typing import Any

from connectors.monday.columns.codec import is_empty, part, wrong_kind
from connectors.monday.model import Cell, Column

# Dynamics' NoYes enumeration arrives as text.
_WORDS = {"yes": True, "true": True, "no": False, "false": False}


class CheckboxCodec:
    """bool, or Yes and No <-> checkbox."""

    type = "checkbox"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """Checked, or cleared, which unchecks.

        Raises:
            CannotEncode: neither yes nor no.
        """
        return {"checked": "true"} if _checked(value, column) else None

    def decode(self, cell: Cell, column: Column) -> bool:  # noqa: ARG002
        """Whether it is checked."""
        checked = part(cell, "checked") if cell.extra.get("checked") is None else cell.extra["checked"]
        return str(checked).lower() == "true"

    def canonical(self, value: Any, column: Column) -> str:
        """ "true" or ""."""
        return "true" if _checked(value, column) else ""


def _checked(value: Any, column: Column) -> bool:
    if is_empty(value):
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in _WORDS:
        return _WORDS[value.strip().casefold()]
    raise wrong_kind(value, column, "yes or no")
