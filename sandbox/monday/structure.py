"""Making boards, columns and groups, and the rules for their ids and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.monday.columns import CODECS
from sandbox.monday.columns.colors import COLOR_NAMES, GROUP_COLORS
from sandbox.monday.columns.dropdown import dropdown_settings
from sandbox.monday.columns.status import BLANK_ID, status_settings
from sandbox.monday.errors import InvalidArgument
from sandbox.monday.items import add_item
from sandbox.monday.model import Board, Change, Column, Group
from sandbox.monday.store import Store

NAME_MAX = 255
_COLUMN_ID = re.compile(r"[a-z_]{1,20}")
_DEFAULT_LABELS = [
    {"label": "Working on it", "id": 0},
    {"label": "Done", "id": 1},
    {"label": "Stuck", "id": 2},
]


def add_board(
    store: Store,
    account_id: int,
    user_id: int,
    name: str,
    *,
    kind: str = "public",
    description: str | None = None,
    empty: bool = True,
) -> Board:
    """Make a board; without ``empty`` it starts with two groups, three columns and three items, as monday's do."""
    if not 1 <= len(name) <= NAME_MAX:
        raise InvalidArgument(f"A board's name has 1 to {NAME_MAX} characters", code="CreateBoardException")
    with store.lock:
        now = store.clock.now()
        board = Board(store.next_id("board"), account_id, name, user_id, now, now, kind, description)
        board.columns["name"] = Column("name", "Name", "name")
        store.boards[board.id] = board
        add_group(store, board, "Group Title", group_id="topics")
        if not empty:
            add_group(store, board, "Group Title", group_id="group_title", at_bottom=True)
            for column_id, kind_, title in (("person", "people", "Owner"), ("status", "status", "Status"),
                                            ("date4", "date", "Due date")):  # fmt: skip
                column = Column(column_id, title, kind_, column_settings(kind_, None))
                board.columns[column_id] = column
            for number in (1, 2, 3):
                add_item(store, board, user_id, f"Item {number}", group_id="topics")
        return board


def add_group(
    store: Store,
    board: Board,
    title: str,
    *,
    group_id: str | None = None,
    color: str | None = None,
    beside: str | None = None,
    before: bool = False,
    at_bottom: bool = False,
) -> Group:
    """Make a group: at the top, where monday puts new ones, at the bottom, or beside another group."""
    if not 1 <= len(title) <= NAME_MAX:
        raise InvalidArgument(f"A group's name has 1 to {NAME_MAX} characters")
    with store.lock:
        places = [group.position for group in board.sorted_groups()]
        if beside is not None:
            place = _between(places, store.group(board, beside).position, before)
        elif at_bottom:
            place = (places[-1] if places else 0.0) + 65536
        else:
            place = (places[0] if places else 131072.0) - 65536
        color = color or GROUP_COLORS[len(board.groups) % len(GROUP_COLORS)]
        group = Group(group_id or store.new_word("group"), board.id, title, color, place)
        if group.id in board.groups:
            raise InvalidArgument(f"The board already has a group '{group.id}'")
        board.groups[group.id] = group
        return group


def _between(places: list[float], reference: float, before: bool) -> float:
    others = [place for place in places if (place < reference if before else place > reference)]
    if not others:
        return reference - 65536 if before else reference + 65536
    return (reference + (max(others) if before else min(others))) / 2


def add_column(
    store: Store,
    board: Board,
    user_id: int,
    kind: str,
    title: str,
    *,
    column_id: str | None = None,
    settings: dict[str, Any] | None = None,
    description: str | None = None,
    after: str | None = None,
) -> Column:
    """Make a column.

    Args:
        column_id: one never used on this board before; left out, one is made up.
        settings: what column_settings() returns; left out, the type's default.

    Raises: InvalidArgument for an id, a title or a type that can't be had.
    """
    if kind not in CODECS:
        raise InvalidArgument(f"The sandbox has no {kind} columns; it has {', '.join(CODECS)}")
    if not 1 <= len(title) <= NAME_MAX:
        raise InvalidArgument(f"A column's title has 1 to {NAME_MAX} characters")
    with store.lock:
        if column_id is not None and (column_id in board.columns or column_id in board.retired_column_ids):
            raise InvalidArgument(
                f"The column id '{column_id}' is or was in use on this board", column_id=column_id
            )
        settings = column_settings(kind, None) if settings is None else settings
        column = Column(column_id or store.new_word(kind), title, kind, settings, description)
        _insert(board, column, after)
        now = store.clock.now()
        board.updated_at = now
        store.tell(Change("create_column", board, user_id, now, None, {"column": column}))
        return column


def checked_column_id(column_id: str | None) -> str | None:
    """Return an id a caller may choose for a column: 1-20 characters a-z and _. Raises InvalidArgument."""
    if column_id is not None and not _COLUMN_ID.fullmatch(column_id):
        raise InvalidArgument("A column id has 1 to 20 characters, only a-z and _", column_id=column_id)
    return column_id


def _insert(board: Board, column: Column, after: str | None) -> None:
    if after is None or after not in board.columns:
        board.columns[column.id] = column
        return
    columns: dict[str, Column] = {}
    for one in board.columns.values():
        columns[one.id] = one
        if one.id == after:
            columns[column.id] = column
    board.columns = columns


def column_settings(kind: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a type's settings from what ``defaults`` or the control API give.

    Labels come as texts, as objects, or in the old form {"id": "label"} of ``create_column(defaults:)``.
    """
    settings = dict(given or {})
    if kind == "status":
        labels = settings.get("labels", _DEFAULT_LABELS)
        if isinstance(labels, dict):
            labels = [{"id": int(number), "label": label} for number, label in labels.items()]
        return status_settings(_ids_by_color(labels))
    if kind == "dropdown":
        labels = settings.pop("labels", [])
        if isinstance(labels, dict):
            labels = [{"id": int(number), "label": label} for number, label in labels.items()]
        labels = [
            {**one, "label": one.get("label", one.get("name"))} if isinstance(one, dict) else one
            for one in labels
        ]
        settings.pop("type", None)
        return dropdown_settings(labels, **settings)
    if kind == "board_relation" and "boardIds" in settings:
        settings = {"allowMultipleItems": True, "allowCreateReflectionColumn": True, **settings}
        settings["boardIds"] = [int(one) for one in settings["boardIds"]]
    return settings


def _ids_by_color(labels: list[Any]) -> list[Any]:
    # A label made by colour gets the id that colour stands for, so id and position differ, as they do for real.
    made: list[Any] = []
    taken: set[int] = set()
    for one in labels:
        if isinstance(one, dict) and "id" not in one and one.get("color") in COLOR_NAMES:
            number = COLOR_NAMES.index(one["color"])
            if number != BLANK_ID and number not in taken:
                one = {**one, "id": number}
        if isinstance(one, dict) and "id" in one:
            taken.add(int(one["id"]))
        made.append(one)
    return made
