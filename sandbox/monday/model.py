"""What monday keeps: boards with columns, groups and items; the cells of an item; updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


def iso(epoch: float) -> str:
    """Return epoch seconds as monday's ISO 8601 in UTC, e.g. 2026-02-05T16:28:02Z."""
    return datetime.fromtimestamp(epoch, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_ms(epoch: float) -> str:
    """Return epoch seconds as ISO 8601 with milliseconds, e.g. 2026-02-05T16:28:02.630Z."""
    return datetime.fromtimestamp(epoch, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Cell:
    """One non-empty value of one item. ``value`` is the column's own JSON, without the time of change."""

    value: Any
    changed_at: float
    changed_by: int


@dataclass
class Column:
    """A column of a board; ``settings`` is the JSON object that ``Column.settings`` reads."""

    id: str
    title: str
    type: str
    settings: dict[str, Any] = field(default_factory=dict)
    description: str | None = None
    archived: bool = False
    width: int | None = None
    revision: str = "0"


@dataclass
class Group:
    """A group of a board. ``item_ids`` keeps the order of its items; a dict for quick removal."""

    id: str
    board_id: int
    title: str
    color: str
    position: float
    archived: bool = False
    deleted: bool = False
    item_ids: dict[int, None] = field(default_factory=dict)


@dataclass
class Update:
    """A comment on an item, or a reply to one (``parent_id``)."""

    id: int
    item_id: int
    body: str
    creator_id: int
    created_at: float
    parent_id: int | None = None


@dataclass
class Item:
    """A row of a board."""

    id: int
    board_id: int
    group_id: str
    name: str
    creator_id: int
    created_at: float
    updated_at: float
    updater_id: int
    state: str = "active"  # active | archived | deleted
    cells: dict[str, Cell] = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)


@dataclass
class Board:
    """A board. ``index`` maps a column's lower-case search text to its items, built on first use."""

    id: int
    account_id: int
    name: str
    creator_id: int
    created_at: float
    updated_at: float
    kind: str = "public"
    description: str | None = None
    state: str = "active"
    columns: dict[str, Column] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)  # active ones only, in order of creation
    retired_column_ids: set[str] = field(default_factory=set)
    index: dict[str, dict[str, dict[int, None]]] = field(default_factory=dict)

    def top_group(self) -> Group:
        """Return the uppermost group."""
        return min(self.groups.values(), key=lambda group: group.position)

    def sorted_groups(self) -> list[Group]:
        """Return the groups from top to bottom."""
        return sorted(self.groups.values(), key=lambda group: group.position)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that really changed, told to the store's listeners (webhooks; later the activity log).

    ``kind`` is one of create_item, change_column_value, change_name, move_item, archive_item, delete_item,
    create_update, create_column; ``details`` holds what the kind needs.
    """

    kind: str
    board: Board
    user_id: int
    at: float
    item: Item | None
    details: dict[str, Any]
