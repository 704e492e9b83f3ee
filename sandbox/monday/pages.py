"""Pages of items: by filter, by cursor, by column values."""

from __future__ import annotations

from typing import Any

from sandbox.monday.call import Call
from sandbox.monday.cursors import checked_limit
from sandbox.monday.errors import InvalidArgument
from sandbox.monday.filters import Filter, sort_items
from sandbox.monday.model import Board, Group, Item

IDS_MAX = 100
NOT_SEARCHABLE = {  # "Items page by column values": the types it refuses
    "auto_number", "board_relation", "creation_log", "formula", "item_id", "last_updated", "mirror", "rating",
}  # fmt: skip


def _page(call: Call, ids: list[int], cursor: str | None) -> dict[str, Any]:
    found = (call.store.items.get(one) for one in ids)
    return {
        "cursor": cursor,
        "items": [item for item in found if item is not None and item.state == "active"],
    }


def next_page(call: Call, cursor: str, limit: int) -> dict[str, Any]:
    """Return the page a cursor stands for. Raises CursorExpired."""
    ids, following = call.world.cursors.next(cursor, call.viewer.account.id, limit)
    return _page(call, ids, following)


def _first_page(call: Call, ids: list[int], limit: int) -> dict[str, Any]:
    page, cursor = call.world.cursors.first(ids, call.viewer.account.id, limit)
    return _page(call, page, cursor)


def items_page(
    call: Call,
    board: Board,
    group: Group | None,
    cursor: str | None = None,
    limit: int = 25,
    query_params: dict[str, Any] | None = None,
    hierarchy_scope_config: str | None = None,  # noqa: ARG001 - there are no multi-level boards here
) -> dict[str, Any]:
    """Return a page of the active items of a board or group: filtered and ordered, or the next one of a walk."""
    if cursor is not None:
        if query_params:
            raise InvalidArgument("query_params can't be combined with a cursor")
        return next_page(call, cursor, limit)
    checked_limit(limit)
    query = query_params or {}
    if len(query.get("ids") or ()) > IDS_MAX:
        raise InvalidArgument(f"query_params.ids takes at most {IDS_MAX} ids")
    with call.store.lock:
        groups = [group] if group is not None else board.sorted_groups()
        items = [board.items[one] for part in groups for one in part.item_ids if one in board.items]
    if query.get("ids") is not None:
        wanted = set(query["ids"])
        items = [item for item in items if str(item.id) in wanted]
    if query.get("rules") or query.get("groups"):
        test = Filter(call.store, board, call.viewer.user.id).test(query)
        items = [item for item in items if test(item)]
    if query.get("order_by"):
        items = sort_items(call.store, board, items, query["order_by"])
    return _first_page(call, [item.id for item in items], limit)


def items_by_column_values(
    call: Call, board: Board, columns: list[dict[str, Any]] | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return the items whose columns hold one of the given values each.

    The whole text has to be equal, whatever the case; "" and null find empty cells. A dropdown is found by a part
    of its text.
    """
    if cursor is not None:
        if columns:
            raise InvalidArgument("columns can't be combined with a cursor")
        return next_page(call, cursor, limit)
    if not columns:
        raise InvalidArgument("Either columns or a cursor is needed")
    checked_limit(limit)
    found: list[int] | None = None
    for wanted in columns:
        ids = _matching(call, board, wanted["column_id"], [value or "" for value in wanted["column_values"]])
        found = ids if found is None else [one for one in found if one in set(ids)]
    return _first_page(call, found or [], limit)


def _matching(call: Call, board: Board, column_id: str, values: list[str]) -> list[int]:
    store = call.store
    column = store.column(board, column_id)
    if column.type in NOT_SEARCHABLE:
        raise InvalidArgument(f"{column.type} columns can't be searched by value", column_id=column_id)
    if column.type in ("dropdown", "date") and len(values) > 1:
        raise InvalidArgument(f"A {column.type} column is searched by one value", column_id=column_id)
    if column.type == "dropdown" and values != [""]:
        with store.lock:
            items: list[Item] = list(board.items.values())
        part = values[0].casefold()
        return [item.id for item in items if part in store.search_text(item, column)]
    if column.type == "numbers":
        values = [_number(value) for value in values]
    ids: dict[int, None] = {}
    for value in values:
        ids.update(dict.fromkeys(store.find(board, column, value)))
    return list(ids)


def _number(value: str) -> str:
    # "3.10" finds the number that is kept as 3.1.
    return value.rstrip("0").rstrip(".") if "." in value else value
