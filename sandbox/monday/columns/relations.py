"""Connected boards and what is mirrored from them. Their ``text`` and ``value`` are always null on read."""

# ruff: noqa: ARG002 - every column type has the same methods, whatever it needs of their arguments

from __future__ import annotations

from typing import Any

from sandbox.monday.columns.base import Codec, Reading, Writing
from sandbox.monday.model import Column, Item


class BoardRelationCodec(Codec):
    """Links to items of the boards named in the column's settings. Every write replaces the whole list."""

    type, typename, wire_type = "board_relation", "BoardRelationValue", "board-relation"
    title, empty_text = "Connect boards", None

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"item_ids": ["11", "22"]}; the read form linkedPulseIds is refused."""
        if writing.single:
            self.refuse(column, value, "Connected boards are written by change_multiple_column_values")
        self.keys(column, value, {"item_ids"})
        if not isinstance(value["item_ids"], list):
            self.refuse(column, value, "item_ids is a list of item ids")
        ids = [self._linkable(writing, column, one, value) for one in value["item_ids"]]
        ids = list(dict.fromkeys(ids))
        if len(ids) > 1 and not column.settings.get("allowMultipleItems", True):
            self.refuse(column, value, f"The column '{column.title}' links one item only")
        return {"item_ids": ids} if ids else None

    def _linkable(self, writing: Writing, column: Column, given: Any, value: Any) -> int:
        if isinstance(given, bool) or not str(given).isdigit():
            self.refuse(column, value, f"'{given}' is not an item id")
        item = writing.store.items.get(int(given))
        boards = {int(one) for one in column.settings.get("boardIds", ())}
        if item is None or item.state != "active" or item.board_id not in boards:
            self.refuse(column, value, f"The item {given} is not on a board connected to '{column.title}'")
        return item.id

    def linked(self, reading: Reading) -> list[Item]:
        """Return the linked items that still exist."""
        if reading.cell is None:
            return []
        found = (reading.store.items.get(one) for one in reading.value["item_ids"])
        return [item for item in found if item is not None and item.state == "active"]

    def shown(self, reading: Reading) -> str | None:
        """Show nothing: the names are in display_value."""
        return None

    def json(self, reading: Reading) -> Any:
        """Give nothing: the ids are in linked_item_ids."""
        return None

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the linked items."""
        items = self.linked(reading)
        return {
            "display_value": ", ".join(item.name for item in items),
            "linked_item_ids": [item.id for item in items],
            "linked_items": items,
            "updated_at": reading.updated_at,
        }

    def event_value(self, reading: Reading) -> Any:
        """Give the links in the webhook's own spelling."""
        if reading.cell is None:
            return {}
        links = [{"linkedPulseId": one} for one in reading.value["item_ids"]]
        return {"linkedPulseIds": links, "changed_at": reading.updated_at}


class MirrorCodec(Codec):
    """Cells of linked items, named in settings by relation_column and displayed_linked_columns."""

    type, typename, wire_type, title = "mirror", "MirrorValue", "lookup", "Mirror"
    writable, empty_text = False, None

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the texts of the mirrored cells."""
        items = self._linked(reading)
        shown = reading.column.settings.get("displayed_linked_columns", {})
        texts = [
            reading.store.cell_text(item, column_id)
            for item in items
            for column_id in shown.get(str(item.board_id), ())
        ]
        mirrored = [
            {
                "linked_board": reading.store.boards[item.board_id],
                "linked_board_id": item.board_id,
                "linked_item": item,
            }
            for item in items
        ]
        return {"display_value": ", ".join(text for text in texts if text), "mirrored_items": mirrored}

    def _linked(self, reading: Reading) -> list[Item]:
        items: list[Item] = []
        for column_id in reading.column.settings.get("relation_column", {}):
            cell = reading.item.cells.get(column_id)
            if cell is not None:
                found = (reading.store.items.get(one) for one in cell.value["item_ids"])
                items += [item for item in found if item is not None and item.state == "active"]
        return items
