"""Status: one label out of those kept in the column's settings.

A status label has an id, which never changes, and an index, its place in the list. The key ``index`` that one
writes, and the field ``StatusValue.index`` that one reads, mean the id (developer.monday.com, "Status").
"""

from __future__ import annotations

from typing import Any, NoReturn

from sandbox.monday.columns.base import Codec, Reading, Writing, usable_labels
from sandbox.monday.columns.colors import COLOR_NAMES, STATUS_COLORS, darker
from sandbox.monday.errors import InvalidArgument
from sandbox.monday.model import Column

BLANK_ID = 5
STATUS_LABELS_MAX = 40
STATUS_LABEL_LENGTH_MAX = 30


def status_label(
    label: str, label_id: int, index: int, color: str | None = None, is_done: bool = False
) -> dict[str, Any]:
    """Return one entry of a status column's settings."""
    color = color or COLOR_NAMES[label_id % len(COLOR_NAMES)]
    return {
        "id": label_id,
        "label": label,
        "color": color,
        "index": index,
        "is_done": is_done,
        "is_deactivated": False,
        "hex": STATUS_COLORS[color],
    }


def status_settings(labels: list[Any]) -> dict[str, Any]:
    """Return a status column's settings.

    Args:
        labels: label texts, or objects {"label", "id", "color", "index", "is_done"} of which only the label is
            required. A text gets ids in order, leaving out 5, which is the blank.

    Raises: InvalidArgument for too many or too long labels, or an unknown colour.
    """
    entries: list[dict[str, Any]] = []
    used = {int(one["id"]) for one in labels if isinstance(one, dict) and "id" in one}
    for index, given in enumerate(labels):
        one = given if isinstance(given, dict) else {"label": str(given)}
        label_id = int(one["id"]) if "id" in one else _free_id(used)
        used.add(label_id)
        if (color := one.get("color")) is not None and color not in STATUS_COLORS:
            raise InvalidArgument(f"There is no status colour {color!r}")
        is_done = bool(one.get("is_done", color == "done_green" or one["label"] == "Done"))
        entries.append(status_label(one["label"], label_id, int(one.get("index", index)), color, is_done))
    if len(entries) > STATUS_LABELS_MAX:
        raise InvalidArgument(f"A status column holds at most {STATUS_LABELS_MAX} labels")
    if any(len(entry["label"]) > STATUS_LABEL_LENGTH_MAX for entry in entries):
        raise InvalidArgument(f"A status label holds at most {STATUS_LABEL_LENGTH_MAX} characters")
    return {"type": "status", "labels": entries}


def _free_id(used: set[int]) -> int:
    return next(number for number in range(200) if number not in used and number != BLANK_ID)


class StatusCodec(Codec):
    """One label, by text or by id."""

    type, typename, wire_type, title, empty_text = "status", "StatusValue", "color", "Status", None

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take a label or an id; digits alone always mean an id."""
        if text == "":
            return None
        if text.isascii() and text.isdigit():
            return self._by_id(writing, column, int(text), text)
        return self._by_label(writing, column, text)

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"label": "Done"} or {"index": 1}."""
        self.keys(column, value, set(), {"label", "index", "post_id"})
        index = value.get("index")
        if index is not None and value.get("label") is None:
            if isinstance(index, str) and index.isascii() and index.isdigit():
                index = int(index)
            if isinstance(index, bool) or not isinstance(index, int):
                self.refuse(column, value, "The index of a status label is a whole number")
            return self._by_id(writing, column, index, value)
        label = value.get("label")
        if not isinstance(label, str) or index is not None:
            self.refuse(column, value, 'A status is written as {"label": "..."} or {"index": 1}')
        return self.simple(writing, column, label)

    def _by_id(self, writing: Writing, column: Column, label_id: int, value: Any) -> Any:
        labels = usable_labels(writing.settings(column))
        if any(entry["id"] == label_id for entry in labels):
            return {"index": label_id, "post_id": None}
        if label_id != BLANK_ID:
            self._unknown(column, value, labels)
        return None

    def _by_label(self, writing: Writing, column: Column, text: str) -> Any:
        labels = usable_labels(writing.settings(column))
        for entry in labels:
            if entry["label"] == text:
                return {"index": entry["id"], "post_id": None}
        if not writing.create_labels:
            self._unknown(column, text, labels)
        if len(text) > STATUS_LABEL_LENGTH_MAX:
            self.refuse(column, text, f"A status label holds at most {STATUS_LABEL_LENGTH_MAX} characters")
        entries = writing.draft(column)["labels"]
        if len(entries) >= STATUS_LABELS_MAX:
            self.refuse(column, text, f"A status column holds at most {STATUS_LABELS_MAX} labels")
        label_id = _free_id({entry["id"] for entry in entries})
        entries.append(status_label(text, label_id, len(entries)))
        return {"index": label_id, "post_id": None}

    def _unknown(self, column: Column, value: Any, labels: list[dict[str, Any]]) -> NoReturn:
        known = ", ".join(f"{entry['id']}: {entry['label']}" for entry in labels)
        self.refuse(column, value, f"This status label doesn't exist, possible statuses are: {{{known}}}")

    def entry(self, reading: Reading) -> dict[str, Any] | None:
        """Return the settings entry of the cell's label."""
        if reading.cell is None:
            return None
        wanted = reading.value["index"]
        return next((e for e in reading.column.settings.get("labels", ()) if e["id"] == wanted), None)

    def text(self, reading: Reading) -> str | None:
        """Show the label."""
        entry = self.entry(reading)
        return entry["label"] if entry else None

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give label, id, colours."""
        entry = self.entry(reading)
        return {
            "index": entry["id"] if entry else None,
            "label": entry["label"] if entry else None,
            "is_done": entry["is_done"] if entry else None,
            "label_style": {"color": entry["hex"], "border": darker(entry["hex"])} if entry else None,
            "update_id": None,
            "updated_at": reading.updated_at,
        }

    def event_value(self, reading: Reading) -> Any:
        """Give the label with its style; an empty status is null."""
        entry = self.entry(reading)
        if entry is None:
            return None
        style = {"color": entry["hex"], "border": darker(entry["hex"]), "var_name": entry["color"]}
        label = {"index": entry["id"], "text": entry["label"], "style": style, "is_done": entry["is_done"]}
        return {"label": label, "post_id": None}
