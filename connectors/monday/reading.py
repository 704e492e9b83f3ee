"""monday's JSON as boards and items."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from connectors.monday.model import Board, Cell, Column, Group, Item, Label

_CELL_FIELDS = ("id", "type", "text", "value")


def board(node: Mapping[str, Any]) -> Board:
    """A board with its columns, archived ones too, and its living groups.

    Args:
        node: an entry of `boards` whose `columns` and `groups` are lists.
    """
    return Board(
        id=str(node["id"]),
        name=str(node.get("name") or ""),
        columns=tuple(_column(one) for one in node["columns"] if one),
        groups=tuple(
            Group(str(one["id"]), str(one.get("title") or ""))
            for one in node["groups"]
            if one and not one.get("archived") and not one.get("deleted")
        ),
        items_count=node.get("items_count"),
        items_limit=node.get("items_limit"),
        hierarchy=str(node.get("hierarchy_type") or "classic"),
    )


def items(nodes: Iterable[Mapping[str, Any] | None]) -> list[Item]:
    """Items with the cells that were asked for; entries that are null are left out."""
    return [_item(node) for node in nodes if node]


def users(nodes: Iterable[Mapping[str, Any] | None]) -> Iterator[tuple[str, str]]:
    """(e-mail address in lower case, id) of each user who can still be assigned something."""
    for node in nodes:
        if node and node.get("status") != "INACTIVE" and not node.get("is_deleted"):
            yield str(node.get("email") or "").strip().lower(), str(node["id"])


def _item(node: Mapping[str, Any]) -> Item:
    cells = (_cell(one) for one in node.get("column_values") or () if one)
    return Item(
        id=str(node["id"]),
        name=str(node.get("name") or ""),
        group_id=str((node.get("group") or {}).get("id") or ""),
        state=str(node.get("state") or "active"),
        cells={cell.column_id: cell for cell in cells},
        updated_at=str(node.get("updated_at") or ""),
    )


def _cell(node: Mapping[str, Any]) -> Cell:
    return Cell(
        column_id=str(node["id"]),
        type=str(node.get("type") or ""),
        text=node.get("text"),
        value=_json(node.get("value")),
        extra={name: value for name, value in node.items() if name not in _CELL_FIELDS},
    )


def _column(node: Mapping[str, Any]) -> Column:
    settings = _json(node.get("settings"))
    settings = settings if isinstance(settings, dict) else {}
    return Column(
        id=str(node["id"]),
        title=str(node.get("title") or ""),
        type=str(node.get("type") or ""),
        labels=tuple(_labels(settings.get("labels"))),
        settings={name: value for name, value in settings.items() if name != "labels"},
        archived=bool(node.get("archived")),
    )


def _labels(labels: Any) -> Iterable[Label]:
    """The labels of a status or dropdown column, from a list, or from the older object by id."""
    if isinstance(labels, dict):
        return [Label(str(one), str(text)) for one, text in labels.items()]
    return [
        Label(
            id=str(one.get("id")),
            text=str(one.get("label") or one.get("name") or ""),
            deactivated=bool(one.get("is_deactivated")),
        )
        for one in labels or ()
    ]


def _json(value: Any) -> Any:
    """A JSON scalar, which monday sends as a text; numbers stay exact. What is no JSON stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_float=Decimal)
    except ValueError:
        return value
