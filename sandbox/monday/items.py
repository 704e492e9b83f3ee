"""Every change of an item: made, written, moved, archived, deleted, commented.

API calls, people on the page and (later) ingest jobs all come through here, so all of them are checked alike and
told to the webhooks alike. A value is applied only after every value of the same call has proved good.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.monday.columns import CODECS, Writing
from sandbox.monday.errors import ColumnValueError, InvalidArgument, ItemsLimit, NameTooLong
from sandbox.monday.model import Board, Cell, Change, Column, Item, Update
from sandbox.monday.store import Store

NAME_MAX = 255
VALUES_MAX = 65_536  # "Text": the column values of one item hold about 64 KB


def checked_name(name: Any) -> str:
    """Return an item name of 1 to 255 characters. Raises NameTooLong."""
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_MAX:
        raise NameTooLong(f"An item's name has 1 to {NAME_MAX} characters", item_name=str(name)[:300])
    return name


def parse_values(writing: Writing, raw: Any) -> dict[str, Any]:
    """Return the JSON to store per column id, and the new name under "name".

    Args:
        writing: the mutation under way; new labels gather in it.
        raw: the decoded ``column_values``: an object of column id -> value.

    Raises: ColumnValueError, InvalidColumn, NameTooLong.
    """
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise ColumnValueError("column_values is a JSON object of column ids and values, encoded as a string")
    values: dict[str, Any] = {}
    for column_id, value in raw.items():
        column = writing.store.column(writing.board, column_id)
        if column.type == "name":
            values["name"] = checked_name(value)
        else:
            values[column_id] = CODECS[column.type].parse(writing, column, value)
    return values


def add_item(
    store: Store,
    board: Board,
    user_id: int,
    name: str,
    *,
    group_id: str | None = None,
    values: Any = None,
    create_labels: bool = False,
    limit: int | None = None,
    beside: int | None = None,
    before: bool = False,
) -> Item:
    """Make an item, with all its values or not at all.

    Args:
        group_id: its group; the uppermost when left out.
        values: decoded column_values.
        limit: how many items the board may hold.
        beside, before: an item of the same board to stand after (or before).

    Raises: NameTooLong, ItemsLimit, NotFound, ColumnValueError, InvalidColumn.
    """
    checked_name(name)
    with store.lock:
        group = board.top_group() if group_id is None else store.group(board, group_id)
        if limit is not None and len(board.items) >= limit:
            raise ItemsLimit(f"This board has reached its limit of {limit:,} items", items_limit=limit)
        writing = Writing(store, board, create_labels)
        parsed = parse_values(writing, values)
        now = store.clock.now()
        name = parsed.pop("name", name)
        item = Item(store.next_id("item"), board.id, group.id, name, user_id, now, now, user_id)
        item.cells = {key: Cell(value, now, user_id) for key, value in parsed.items() if value is not None}
        _refuse_too_big(item.cells)
        _keep_labels(writing)
        store.items[item.id] = item
        board.items[item.id] = item
        _place(group.item_ids, item.id, beside, before)
        store.enter_index(item)
        store.tell(Change("create_item", board, user_id, now, item, {"group": group}))
        return item


def change_values(
    store: Store, item: Item, user_id: int, values: Any, *, create_labels: bool = False, single: bool = False
) -> Item:
    """Write some columns of an item (and its name), all or none. Values that are already there change nothing.

    Raises: ColumnValueError, InvalidColumn, NameTooLong, InvalidArgument.
    """
    with store.lock:
        board = store.boards[item.board_id]
        _refuse_inactive(item)
        writing = Writing(store, board, create_labels, single=single)
        parsed = parse_values(writing, values)
        now = store.clock.now()
        name = parsed.pop("name", None)
        after = {key: Cell(value, now, user_id) for key, value in parsed.items() if value is not None}
        _refuse_too_big({**{key: cell for key, cell in item.cells.items() if key not in parsed}, **after})
        _keep_labels(writing)
        if name is not None:
            rename(store, item, user_id, name)
        for column_id in parsed:
            _write(store, item, board.columns[column_id], after.get(column_id), user_id, now)
        return item


def _write(store: Store, item: Item, column: Column, cell: Cell | None, user_id: int, now: float) -> None:
    before = item.cells.get(column.id)
    if (before and before.value) == (cell and cell.value):
        return
    codec = CODECS[column.type]
    previous = codec.event_value(store.reading(item, column))
    store.put_cell(item, column, cell)
    _touch(store, item, user_id, now)
    details = {
        "column": column,
        "value": codec.event_value(store.reading(item, column)),
        "previous": previous,
    }
    store.tell(Change("change_column_value", store.boards[item.board_id], user_id, now, item, details))


def rename(store: Store, item: Item, user_id: int, name: str) -> Item:
    """Give an item another name. Raises NameTooLong, InvalidArgument."""
    checked_name(name)
    with store.lock:
        _refuse_inactive(item)
        if name == item.name:
            return item
        previous = item.name
        store.leave_index(item, ["name"])
        item.name = name
        store.enter_index(item, ["name"])
        now = _touch(store, item, user_id, store.clock.now())
        details = {"value": name, "previous": previous}
        store.tell(Change("change_name", store.boards[item.board_id], user_id, now, item, details))
        return item


def move(store: Store, item: Item, user_id: int, group_id: str) -> Item:
    """Put an item at the end of another group of its board. Raises NotFound, InvalidArgument."""
    with store.lock:
        board = store.boards[item.board_id]
        _refuse_inactive(item)
        group = store.group(board, group_id)
        source = board.groups[item.group_id]
        if group is source:
            return item
        source.item_ids.pop(item.id, None)
        group.item_ids[item.id] = None
        item.group_id = group.id
        now = _touch(store, item, user_id, store.clock.now())
        store.tell(Change("move_item", board, user_id, now, item, {"source": source, "group": group}))
        return item


def remove(store: Store, item: Item, user_id: int, state: str) -> Item:
    """Archive or delete an item: ``state`` is "archived" or "deleted". It leaves the board, its id stays known."""
    with store.lock:
        if item.state == state:
            return item
        board = store.boards[item.board_id]
        if item.state == "active":
            store.leave_index(item)
            board.items.pop(item.id, None)
            board.groups[item.group_id].item_ids.pop(item.id, None)
        item.state = state
        now = _touch(store, item, user_id, store.clock.now())
        kind = "archive_item" if state == "archived" else "delete_item"
        store.tell(Change(kind, board, user_id, now, item, {}))
        return item


def add_update(store: Store, item: Item, user_id: int, body: str, parent_id: int | None = None) -> Update:
    """Comment on an item. Raises InvalidArgument for an empty body."""
    if not body.strip():
        raise InvalidArgument("An update needs a body")
    with store.lock:
        now = store.clock.now()
        update = Update(store.next_id("update"), item.id, body, user_id, now, parent_id)
        store.updates[update.id] = update
        item.updates.insert(0, update)
        store.tell(
            Change("create_update", store.boards[item.board_id], user_id, now, item, {"update": update})
        )
        return update


def _touch(store: Store, item: Item, user_id: int, now: float) -> float:
    item.updated_at, item.updater_id = now, user_id
    store.boards[item.board_id].updated_at = now
    return now


def _keep_labels(writing: Writing) -> None:
    for column_id, settings in writing.drafts.items():
        column = writing.board.columns[column_id]
        column.settings = settings
        column.revision = str(int(column.revision) + 1)


def _refuse_inactive(item: Item) -> None:
    if item.state != "active":
        raise InvalidArgument(
            f"The item {item.id} is {item.state} and can't be changed", item_id=str(item.id)
        )


def _refuse_too_big(cells: Mapping[str, Cell]) -> None:
    if sum(len(str(cell.value)) for cell in cells.values()) < VALUES_MAX // 8:
        return
    if sum(len(json.dumps(cell.value, ensure_ascii=False).encode()) for cell in cells.values()) > VALUES_MAX:
        raise ColumnValueError("The column values of one item hold about 64 KB; these are more")


def _place(item_ids: dict[int, None], item_id: int, beside: int | None, before: bool) -> None:
    if beside is None or beside not in item_ids:
        item_ids[item_id] = None
        return
    order = list(item_ids)
    order.insert(order.index(beside) + (0 if before else 1), item_id)
    item_ids.clear()
    item_ids.update(dict.fromkeys(order))
