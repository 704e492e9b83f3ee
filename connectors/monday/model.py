"""monday's own things as plain values: boards, columns, items, and the writes we ask for.

Ids are strings throughout: monday sends them so, and larger ones do not fit its Int.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import ConnectorError


@dataclass(frozen=True)
class Label:
    """A label of a status or dropdown column. `id` is stable; the text may be renamed, the position moved."""

    id: str
    text: str
    deactivated: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a board. Its id is unique within the board only.

    Attributes:
        type: monday's column type, e.g. "status", "long_text", "board_relation".
        labels: of status and dropdown columns.
        settings: the column's settings as monday keeps them.
    """

    id: str
    title: str
    type: str
    labels: tuple[Label, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    archived: bool = False


@dataclass(frozen=True)
class Group:
    """A group of items on a board."""

    id: str
    title: str


@dataclass(frozen=True)
class Board:
    """A board's structure, without its items.

    Attributes:
        items_count: items now, None when monday does not say.
        items_limit: the most the board can hold, None when monday does not say.
        hierarchy: "classic" or "multi_level"; on the latter, parents silently ignore writes to roll-ups.
    """

    id: str
    name: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    items_count: int | None = None
    items_limit: int | None = None
    hierarchy: str = "classic"

    def column(self, column_id: str) -> Column | None:
        """The column with this id, None when there is none."""
        return next((column for column in self.columns if column.id == column_id), None)

    def group(self, group_id: str) -> Group | None:
        """The group with this id, None when there is none."""
        return next((group for group in self.groups if group.id == group_id), None)

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able dict, for a cache."""
        return {
            "id": self.id,
            "name": self.name,
            "columns": [_column_to_json(column) for column in self.columns],
            "groups": [{"id": group.id, "title": group.title} for group in self.groups],
            "items_count": self.items_count,
            "items_limit": self.items_limit,
            "hierarchy": self.hierarchy,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Board:
        """Back from the cache."""
        return cls(
            id=stored["id"],
            name=stored["name"],
            columns=tuple(_column_from_json(column) for column in stored["columns"]),
            groups=tuple(Group(group["id"], group["title"]) for group in stored["groups"]),
            items_count=stored.get("items_count"),
            items_limit=stored.get("items_limit"),
            hierarchy=stored.get("hierarchy", "classic"),
        )


@dataclass(frozen=True)
class Cell:
    """What one item holds in one column.

    Attributes:
        text: monday's display text; None for column types without one.
        value: the column's own JSON, parsed, numbers exact; None when empty.
        extra: the typed fields of the column type, e.g. `linked_item_ids`.
    """

    column_id: str
    type: str
    text: str | None = None
    value: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """An item and those of its cells that were asked for, by column id.

    Attributes:
        state: "active", "archived" or "deleted".
        updated_at: monday's own text of the time.
    """

    id: str
    name: str
    group_id: str
    state: str
    cells: Mapping[str, Cell]
    updated_at: str = ""


@dataclass(frozen=True)
class Me:
    """Whose token it is, and which API version monday really served (a wrong one is replaced silently)."""

    user_id: str
    name: str
    email: str
    account_id: str
    account_name: str
    slug: str
    tier: str
    version: str


@dataclass(frozen=True)
class CreateItem:
    """A new item.

    Attributes:
        lane: names the record and the occasion of this write. monday answers a repeated create of the same
            lane and content from its memory for 30 minutes, instead of creating a second item.
        group_id: "" for the board's top group.
        name: 1-255 characters.
        values: column id -> what the column's codec encoded.
    """

    lane: str
    board_id: str
    group_id: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ChangeColumns:
    """New values for some columns of one item (`name` among them renames it)."""

    lane: str
    board_id: str
    item_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class MoveItem:
    """An item goes to another group of its board."""

    lane: str
    item_id: str
    group_id: str


@dataclass(frozen=True)
class AddUpdate:
    """A remark below an item, for the people who work with it.

    Attributes:
        body: plain text; monday shows it as HTML, so it is escaped on the way.
    """

    lane: str
    item_id: str
    body: str


Write = CreateItem | ChangeColumns | MoveItem | AddUpdate


@dataclass(frozen=True)
class Outcome:
    """What became of one write.

    Attributes:
        item_id: the item written, None when it failed.
        error: why it failed, None when it did not.
        request_id: monday's id of the call.
        replayed: monday answered from its memory and did nothing this time.
    """

    item_id: str | None
    error: ConnectorError | None
    request_id: str = ""
    replayed: bool = False


def _column_to_json(column: Column) -> dict[str, Any]:
    return {
        "id": column.id,
        "title": column.title,
        "type": column.type,
        "labels": [[label.id, label.text, label.deactivated] for label in column.labels],
        "settings": dict(column.settings),
        "archived": column.archived,
    }


def _column_from_json(stored: Mapping[str, Any]) -> Column:
    return Column(
        id=stored["id"],
        title=stored["title"],
        type=stored["type"],
        labels=tuple(Label(*label) for label in stored.get("labels", ())),
        settings=stored.get("settings", {}),
        archived=stored.get("archived", False),
    )
