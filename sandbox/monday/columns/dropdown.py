"""Dropdown: some labels out of those kept in the column's settings."""

from __future__ import annotations

import re
from typing import Any

from sandbox.monday.columns.base import Codec, Reading, Writing, usable_labels
from sandbox.monday.model import Column


def dropdown_settings(labels: list[Any], **more: Any) -> dict[str, Any]:
    """Return a dropdown column's settings from label texts or objects {"label", "id"}."""
    entries = []
    for number, given in enumerate(labels, start=1):
        one = given if isinstance(given, dict) else {"label": str(given)}
        label_id = int(one.get("id", number))
        entries.append(
            {"id": label_id, "label": one["label"], "is_deactivated": bool(one.get("is_deactivated"))}
        )
    return {
        "type": "dropdown",
        "labels": entries,
        **{key: value for key, value in more.items() if value is not None},
    }


class DropdownCodec(Codec):
    """Some labels, by texts or by ids, never both."""

    type, typename, wire_type, title, empty_text = "dropdown", "DropdownValue", "dropdown", "Dropdown", None

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take "1,2" or "A, B"."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            return None
        if all(re.fullmatch(r"\d+", part) for part in parts):
            return self._by_ids(writing, column, parts)
        return self._by_labels(writing, column, parts)

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"ids": [1, 2]} or {"labels": ["A", "B"]}."""
        if set(value) not in ({"ids"}, {"labels"}):
            self.refuse(
                column, value, 'A dropdown is written as {"ids": [...]} or {"labels": [...]}, never both'
            )
        ((key, entries),) = value.items()
        if not isinstance(entries, list) or any(isinstance(entry, bool) for entry in entries):
            self.refuse(column, value, f"The {key} of a dropdown are a list")
        if key == "ids":
            return self._by_ids(writing, column, entries)
        if not all(isinstance(entry, str) and entry for entry in entries):
            self.refuse(column, value, "The labels of a dropdown are strings")
        return self._by_labels(writing, column, entries)

    def _by_ids(self, writing: Writing, column: Column, given: list[Any]) -> Any:
        labels = usable_labels(writing.settings(column))
        known = {str(entry["id"]): entry["id"] for entry in labels}
        for one in given:
            if str(one) not in known:
                self._unknown(column, one, labels)
        return self._chosen(writing, column, [known[str(one)] for one in given])

    def _by_labels(self, writing: Writing, column: Column, given: list[str]) -> Any:
        ids = []
        for text in given:
            labels = usable_labels(writing.settings(column))
            found = next((entry["id"] for entry in labels if entry["label"] == text), None)
            if found is None:
                if not writing.create_labels:
                    self._unknown(column, text, labels)
                entries = writing.draft(column).setdefault("labels", [])
                found = max((entry["id"] for entry in entries), default=0) + 1
                entries.append({"id": found, "label": text, "is_deactivated": False})
            ids.append(found)
        return self._chosen(writing, column, ids)

    def _chosen(self, writing: Writing, column: Column, ids: list[int]) -> Any:
        settings = writing.settings(column)
        most = settings.get("label_limit_count") if settings.get("limit_select") else None
        chosen = list(dict.fromkeys(ids))
        if most is not None and len(chosen) > most:
            self.refuse(column, chosen, f"The dropdown '{column.title}' takes at most {most} labels")
        return {"ids": chosen} if chosen else None

    def _unknown(self, column: Column, value: Any, labels: list[dict[str, Any]]) -> None:
        known = ", ".join(f"{entry['id']}: {entry['label']}" for entry in labels)
        why = f"The dropdown label '{value}' does not exist, possible labels are: {{{known}}}"
        self.refuse(column, value, why)

    def chosen(self, reading: Reading) -> list[dict[str, Any]]:
        """Return id and label of every chosen label."""
        if reading.cell is None:
            return []
        known = {entry["id"]: entry["label"] for entry in reading.column.settings.get("labels", ())}
        return [{"id": one, "label": known[one]} for one in reading.value["ids"] if one in known]

    def text(self, reading: Reading) -> str:
        """Show the labels with commas."""
        return ", ".join(entry["label"] for entry in self.chosen(reading))

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the chosen labels."""
        return {"values": self.chosen(reading)}

    def event_value(self, reading: Reading) -> Any:
        """Give the chosen labels by id and name."""
        if reading.cell is None:
            return {}
        return {
            "chosenValues": [{"id": entry["id"], "name": entry["label"]} for entry in self.chosen(reading)]
        }
