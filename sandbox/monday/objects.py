"""Resolvers of monday's objects: account, user, board, column, group, item, update, webhook."""

# ruff: noqa: ARG001, ARG005 - a resolver takes what the engine hands it: the parent, the info, every argument

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.monday.accounts import Account, User
from sandbox.monday.call import Info
from sandbox.monday.columns import CODECS
from sandbox.monday.errors import ColumnsRateLimited
from sandbox.monday.model import Board, Column, Group, Item, Update, iso
from sandbox.monday.pages import items_page
from sandbox.monday.payloads import plain

Resolver = Callable[..., Any]
WORKSPACE = {
    "id": 3_000_001, "name": "Main workspace", "kind": "open", "description": None, "state": "active",
    "is_default_workspace": True, "created_at": "2026-01-05T08:00:00Z",
}  # fmt: skip


def _plan(account: Account, info: Info) -> dict[str, Any]:
    return {"max_users": 50, "period": "yearly", "tier": info.context.world.limits.plan, "version": 7}


def _account_of(user: User, info: Info) -> Account:
    return info.context.store.accounts.by_id[user.account_id]


def _columns(
    board: Board,
    info: Info,
    ids: list[str] | None = None,
    types: list[str] | None = None,
    capabilities: list[str] | None = None,
) -> list[Column]:
    if info.context.columns_blocked:
        raise ColumnsRateLimited
    return [
        column
        for column in list(board.columns.values())
        if (ids is None or column.id in ids) and (types is None or column.type in types)
    ]


def _groups(board: Board, info: Info, ids: list[str] | None = None) -> list[Group]:
    return [group for group in board.sorted_groups() if ids is None or group.id in ids]


def _board_page(board: Board, info: Info, **args: Any) -> dict[str, Any]:
    return items_page(info.context, board, None, **args)


def _group_page(group: Group, info: Info, **args: Any) -> dict[str, Any]:
    call = info.context
    return items_page(call, call.store.boards[group.board_id], group, **args)


def _board_updates(board: Board, info: Info, limit: int = 25, page: int = 1) -> list[Update]:
    with info.context.store.lock:
        updates = [
            update for item in board.items.values() for update in item.updates if update.parent_id is None
        ]
    updates.sort(key=lambda update: -update.id)
    return updates[(page - 1) * limit : page * limit]


def _item_updates(
    item: Item, info: Info, limit: int = 25, page: int = 1, ids: list[str] | None = None
) -> list[Update]:
    updates = [u for u in list(item.updates) if u.parent_id is None and (ids is None or str(u.id) in ids)]
    return updates[(page - 1) * limit : page * limit]


def _replies(update: Update, info: Info) -> list[Update]:
    item = info.context.store.items[update.item_id]
    return [one for one in list(item.updates) if one.parent_id == update.id]


def _user(user_id: int, info: Info) -> User | None:
    return info.context.store.accounts.user(user_id)


def _settings_text(column: Column, info: Info) -> str:
    # The deprecated form: status labels as an object keyed by id, dropdown labels under "name".
    settings = column.settings
    if column.type == "status":
        labels = settings.get("labels", ())
        settings = {
            "labels": {str(one["id"]): one["label"] for one in labels},
            "labels_colors": {
                str(one["id"]): {"color": one["hex"], "var_name": one["color"]} for one in labels
            },
            "done_colors": [one["id"] for one in labels if one["is_done"]],
        }
    elif column.type == "dropdown":
        labels = [{"id": one["id"], "name": one["label"]} for one in settings.get("labels", ())]
        settings = {**settings, "labels": labels}
    return json.dumps(settings, ensure_ascii=False)


def _column_values(
    item: Item,
    info: Info,
    ids: list[str] | None = None,
    types: list[str] | None = None,
    capabilities: list[str] | None = None,
) -> list[Any]:
    call = info.context
    store, hours = call.store, call.viewer.user.utc_offset_hours
    return [
        store.reading(item, column, hours)
        for column in list(store.boards[item.board_id].columns.values())
        if column.type in CODECS
        and (ids is None or column.id in ids)
        and (types is None or column.type in types)
    ]


def _url(path: Callable[[Any], str]) -> Resolver:
    def resolve(one: Any, info: Info) -> str:
        return f"https://{info.context.viewer.account.slug}.monday.com{path(one)}"

    return resolve


def _always(value: Any) -> Resolver:
    return lambda one, info: value


def _time(name: str) -> Resolver:
    return lambda one, info: iso(getattr(one, name))


_WRITTEN: dict[str, Resolver] = {  # an update and a reply have these alike
    "creator": lambda update, info: _user(update.creator_id, info),
    "created_at": _time("created_at"),
    "updated_at": _time("created_at"),
    "edited_at": _time("created_at"),
    "text_body": lambda update, info: plain(update.body),
}

OBJECTS: dict[str, dict[str, Resolver]] = {
    "Account": {
        "tier": lambda account, info: info.context.world.limits.plan,
        "plan": _plan,
        "country_code": _always("DK"),
        "first_day_of_the_week": _always("monday"),
        "is_during_trial": _always(False),
        "active_members_count": lambda account, info: len(account.users),
        "show_timeline_weekends": _always(True),
    },
    "User": {
        "account": _account_of,
        "kind": _always("member"),
        "status": lambda user, info: user.status,
        "url": _url(lambda user: f"/users/{user.id}"),
        "time_zone_identifier": lambda user, info: user.time_zone,
        "utc_hours_diff": lambda user, info: user.utc_offset_hours,
        "country_code": _always("DK"),
        "created_at": _always("2026-01-05T08:00:00Z"),
        "is_deleted": _always(False),
        "is_email_confirmed": _always(True),
        "current_language": _always("en"),
    },
    "Board": {
        "type": _always("board"),
        "board_kind": lambda board, info: board.kind,
        "hierarchy_type": _always("classic"),
        "items_count": lambda board, info: len(board.items),
        "items_limit": lambda board, info: info.context.world.limits.get("items_per_board"),
        "permissions": _always("everyone"),
        "url": _url(lambda board: f"/boards/{board.id}"),
        "workspace": _always(WORKSPACE),
        "workspace_id": _always(WORKSPACE["id"]),
        "creator": lambda board, info: _user(board.creator_id, info),
        "owners": lambda board, info: [_user(board.creator_id, info)],
        "created_at": _time("created_at"),
        "updated_at": _time("updated_at"),
        "item_terminology": _always("item"),
        "columns": _columns,
        "groups": _groups,
        "top_group": lambda board, info: board.top_group(),
        "items_page": _board_page,
        "updates": _board_updates,
    },
    "Column": {"settings_str": _settings_text, "capabilities": _always({"visibility": None})},
    "Group": {"position": lambda group, info: str(group.position), "items_page": _group_page},
    "Item": {
        "board": lambda item, info: info.context.store.boards[item.board_id],
        "group": lambda item, info: info.context.store.boards[item.board_id].groups[item.group_id],
        "column_values": _column_values,
        "created_at": _time("created_at"),
        "updated_at": _time("updated_at"),
        "creator": lambda item, info: _user(item.creator_id, info),
        "creator_id": lambda item, info: str(item.creator_id),
        "email": lambda item, info: f"pulse-{item.id}@{info.context.viewer.account.slug}.example",
        "relative_link": lambda item, info: f"/boards/{item.board_id}/pulses/{item.id}",
        "url": _url(lambda item: f"/boards/{item.board_id}/pulses/{item.id}"),
        "updates": _item_updates,
        "parent_item": _always(None),
        "subitems": _always(None),
    },
    "Update": {
        **_WRITTEN,
        "creator_id": lambda update, info: str(update.creator_id),
        "item_id": lambda update, info: str(update.item_id),
        "item": lambda update, info: info.context.store.items[update.item_id],
        "replies": _replies,
        "original_creation_date": _always(None),
    },
    "Reply": {
        **_WRITTEN,
        "creator_id": lambda update, info: str(update.creator_id),
        "kind": _always("reply"),
    },
}
