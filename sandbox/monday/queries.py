"""Resolvers of the root queries."""

# ruff: noqa: ARG001, ARG005 - a resolver takes what the engine hands it: the parent, the info, every argument

from __future__ import annotations

from typing import Any

from sandbox.monday.accounts import User
from sandbox.monday.call import Info
from sandbox.monday.errors import InvalidArgument
from sandbox.monday.model import Board, Item, Update
from sandbox.monday.objects import Resolver
from sandbox.monday.pages import IDS_MAX, items_by_column_values, next_page
from sandbox.monday.versions import VERSIONS, described
from sandbox.monday.webhooks import Subscription


def _slice(found: list[Any], limit: int, page: int) -> list[Any]:
    if limit < 1 or page < 1:
        raise InvalidArgument("limit and page are positive numbers")
    return found[(page - 1) * limit : page * limit]


def _boards(
    root: None,
    info: Info,
    ids: list[str] | None = None,
    limit: int = 25,
    page: int = 1,
    state: str = "active",
    board_kind: str | None = None,
    hierarchy_types: list[str] | None = None,
    workspace_ids: list[str] | None = None,
    order_by: str | None = None,
) -> list[Board]:
    call = info.context
    with call.store.lock:
        boards = [board for board in call.store.boards.values() if call.store.sees(call.viewer, board)]
    boards = [
        board
        for board in boards
        if (ids is None or str(board.id) in ids)
        and (state in ("all", board.state))
        and (board_kind is None or board.kind == board_kind)
        and (hierarchy_types is None or "classic" in hierarchy_types)
    ]
    boards.sort(key=lambda board: -board.created_at)
    return _slice(boards, limit, page)


def _items(
    root: None,
    info: Info,
    ids: list[str] | None = None,
    limit: int = 25,
    page: int = 1,
    exclude_nonactive: bool | None = None,
    newest_first: bool | None = None,
) -> list[Item]:
    call = info.context
    store = call.store
    if limit > IDS_MAX or len(ids or ()) > IDS_MAX:
        raise InvalidArgument(f"items takes at most {IDS_MAX} ids, and a limit of at most {IDS_MAX}")
    if ids is None:
        with store.lock:
            found = [item for item in store.items.values() if item.state == "active"]
    else:
        numbers = [int(one) for one in dict.fromkeys(ids) if one.isascii() and one.isdigit()]
        found = [store.items[number] for number in numbers if number in store.items]
    found = [item for item in found if store.sees(call.viewer, store.boards[item.board_id])]
    if exclude_nonactive:
        found = [item for item in found if item.state == "active"]
    if newest_first:
        found.sort(key=lambda item: -item.id)
    return _slice(found, limit, page)


def _next_items_page(root: None, info: Info, cursor: str, limit: int = 25) -> dict[str, Any]:
    return next_page(info.context, cursor, limit)


def _by_column_values(
    root: None,
    info: Info,
    board_id: str,
    columns: list[dict[str, Any]] | None = None,
    cursor: str | None = None,
    limit: int = 25,
    hierarchy_scope_config: str | None = None,
) -> dict[str, Any]:
    call = info.context
    return items_by_column_values(call, call.store.board_for(call.viewer, board_id), columns, cursor, limit)


def _updates(
    root: None, info: Info, limit: int = 25, page: int = 1, ids: list[str] | None = None
) -> list[Update]:
    call = info.context
    with call.store.lock:
        found = [one for one in call.store.updates.values() if one.parent_id is None]
    found = [
        one
        for one in sorted(found, key=lambda update: -update.id)
        if (ids is None or str(one.id) in ids)
        and call.store.sees(call.viewer, call.store.boards[call.store.items[one.item_id].board_id])
    ]
    return _slice(found, limit, page)


def _users(
    root: None,
    info: Info,
    ids: list[str] | None = None,
    emails: list[str] | None = None,
    status: list[str] | None = None,
    limit: int = 200,
    page: int = 1,
) -> list[User]:
    users = [
        user
        for user in info.context.viewer.account.users.values()
        if (ids is None or str(user.id) in ids)
        and (emails is None or user.email in emails)
        and user.status in (status or ("ACTIVE", "PENDING"))
    ]
    return _slice(users, limit, page)


def _webhooks(
    root: None, info: Info, board_id: str, app_webhooks_only: bool | None = None
) -> list[Subscription]:
    call = info.context
    board = call.store.board_for(call.viewer, board_id)
    return [
        one
        for one in call.world.webhooks.of_board(board.id)
        if not app_webhooks_only
        or (one.viewer.app_id is not None and one.viewer.app_id == call.viewer.app_id)
    ]


def _daily_limit(root: None, info: Info) -> dict[str, Any]:
    calls = info.context.world.limits.get("daily_calls")
    return {"daily_limit": {"base": calls, "total": calls}}


def complexity(root: None, info: Info) -> dict[str, int]:
    """Resolve ``complexity`` in queries and mutations alike."""
    call = info.context
    return {
        "before": call.complexity_left + call.cost,
        "query": call.cost,
        "after": call.complexity_left,
        "reset_in_x_seconds": call.complexity_reset_s,
    }


QUERIES: dict[str, Resolver] = {
    "me": lambda root, info: info.context.viewer.user,
    "account": lambda root, info: info.context.viewer.account,
    "users": _users,
    "boards": _boards,
    "items": _items,
    "next_items_page": _next_items_page,
    "items_page_by_column_values": _by_column_values,
    "updates": _updates,
    "webhooks": _webhooks,
    "platform_api": _daily_limit,
    "complexity": complexity,
    "version": lambda root, info: described(info.context.version),
    "versions": lambda root, info: [described(version) for version in VERSIONS],
}
