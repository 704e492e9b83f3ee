"""All of monday as plain JSON, for the control API, the page and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.monday.columns import CODECS
from sandbox.monday.model import Board, Item, iso_ms
from sandbox.monday.store import Store

if TYPE_CHECKING:
    from sandbox.monday.world import MondayWorld


def snapshot(world: MondayWorld, only: Board | None = None) -> dict[str, Any]:
    """Return boards with columns, groups and items; webhooks; limits and what is used of them."""
    store = world.store
    with store.lock:
        boards = [only] if only is not None else list(store.boards.values())
        shown = [_board(store, board) for board in boards]
    webhooks = [
        {
            "id": one.id,
            "board_id": str(one.board_id),
            "event": one.event,
            "url": one.url,
            "config": one.config,
        }
        for board in boards
        for one in world.webhooks.of_board(board.id)
    ]
    return {
        "boards": shown,
        "webhooks": webhooks,
        "deliveries_waiting": world.deliveries.waiting(),
        "limits": world.limits.settings(),
        "usage": world.limits.usage(),
    }


def _board(store: Store, board: Board) -> dict[str, Any]:
    gone = [item for item in store.items.values() if item.board_id == board.id and item.state != "active"]
    ordered = [board.items[one] for group in board.sorted_groups() for one in group.item_ids]
    return {
        "id": str(board.id),
        "name": board.name,
        "account_id": str(board.account_id),
        "state": board.state,
        "columns": [
            {"id": column.id, "title": column.title, "type": column.type, "settings": column.settings}
            for column in board.columns.values()
        ],
        "groups": [
            {"id": group.id, "title": group.title, "color": group.color} for group in board.sorted_groups()
        ],
        "items": [_item(store, board, item) for item in [*ordered, *gone]],
    }


def _item(store: Store, board: Board, item: Item) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for column in board.columns.values():
        if (codec := CODECS.get(column.type)) is None:
            continue
        reading = store.reading(item, column)
        cells[column.id] = {"text": codec.shown(reading), "value": codec.json(reading)}
        if column.type == "board_relation" and reading.cell is not None:
            cells[column.id]["linked_item_ids"] = [str(one) for one in reading.value["item_ids"]]
    return {
        "id": str(item.id),
        "name": item.name,
        "state": item.state,
        "group_id": item.group_id,
        "created_at": iso_ms(item.created_at),
        "updated_at": iso_ms(item.updated_at),
        "creator_id": item.creator_id,
        "updater_id": item.updater_id,
        "cells": cells,
        "updates": [update.body for update in item.updates],
    }
