"""Columns monday fills itself: formula, item id, creation log, last updated. None can be written."""

# ruff: noqa: ARG002 - every column type has the same methods, whatever it needs of their arguments

from __future__ import annotations

from typing import Any

from sandbox.monday.columns.base import Codec, Reading
from sandbox.monday.model import iso


class FormulaCodec(Codec):
    """A formula. The sandbox computes none: the result reads empty, as with formulas over mirror columns."""

    type, typename, wire_type, title = "formula", "FormulaValue", "formula", "Formula"
    writable, empty_text = False, None

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give an empty result."""
        return {"display_value": ""}


class ItemIdCodec(Codec):
    """The item's id, for people to see."""

    type, typename, wire_type, title, writable = "item_id", "ItemIdValue", "pulse-id", "Item ID", False

    def shown(self, reading: Reading) -> str:
        """Show the id."""
        return str(reading.item.id)

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the id."""
        return {"item_id": reading.item.id}


class CreationLogCodec(Codec):
    """Who made the item, and when."""

    type, typename, wire_type = "creation_log", "CreationLogValue", "pulse-log"
    title, writable = "Creation log", False

    def shown(self, reading: Reading) -> str:
        """Show the time of creation."""
        return iso(reading.item.created_at).replace("T", " ").replace("Z", " UTC")

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give time and user."""
        item = reading.item
        creator = reading.store.accounts.user(item.creator_id)
        return {"created_at": iso(item.created_at), "creator": creator, "creator_id": item.creator_id}


class LastUpdatedCodec(Codec):
    """Who changed the item last, and when."""

    type, typename, wire_type = "last_updated", "LastUpdatedValue", "pulse-updated"
    title, writable = "Last updated", False

    def shown(self, reading: Reading) -> str:
        """Show the time of the last change."""
        return iso(reading.item.updated_at).replace("T", " ").replace("Z", " UTC")

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give time and user."""
        item = reading.item
        updater = reading.store.accounts.user(item.updater_id)
        return {"updated_at": iso(item.updated_at), "updater": updater, "updater_id": item.updater_id}


class AutoNumberCodec(Codec):
    """A running number, which the API does not support at all."""

    type, typename, wire_type = "auto_number", "UnsupportedValue", "autonumber"
    title, writable, empty_text = "Auto number", False, None
