"""Dropdown column: any number of labels (developer.monday.com, "Dropdown")."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from connectors.monday.columns.codec import CannotEncode, as_text, part
from connectors.monday.columns.labels import find, known_text
from connectors.monday.model import Cell, Column


class DropdownCodec:
    """Label texts <-> dropdown; a single text is one label, commas and all."""

    type = "dropdown"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, list[int]] | None:
        """The labels by id: a label's text may hold a comma, or be a number that monday takes for an id.

        Raises:
            CannotEncode: the column lacks one of the labels, or takes fewer.
        """
        ids = sorted({int(find(text, column).id) for text in _texts(value, column)})
        most = column.settings.get("label_limit_count")
        if column.settings.get("limit_select") and most is not None and len(ids) > int(most):
            raise CannotEncode(
                f"Column {column.title} takes {most} labels at most, not {len(ids)}. "
                "Raise the limit in the column's settings in monday."
            )
        return {"ids": ids} if ids else None

    def decode(self, cell: Cell, column: Column) -> tuple[str, ...]:
        """The labels' texts, in the order of their ids."""
        chosen = cell.extra.get("values")
        if chosen is not None:
            return tuple(option["label"] for option in sorted(chosen, key=lambda option: int(option["id"])))
        texts = {label.id: label.text for label in column.labels}
        return tuple(texts.get(str(one), str(one)) for one in sorted(part(cell, "ids") or (), key=int))

    def canonical(self, value: Any, column: Column) -> str:
        """The labels' own texts as a sorted JSON list."""
        texts = sorted({known_text(text, column) for text in _texts(value, column)})
        return json.dumps(texts, ensure_ascii=False) if texts else ""


def _texts(value: Any, column: Column) -> list[str]:
    parts: Iterable[Any] = value if isinstance(value, tuple | list) else (value,)
    return [text for text in (as_text(one, column).strip() for one in parts) if text]
