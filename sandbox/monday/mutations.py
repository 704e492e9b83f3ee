"""Resolvers of the mutations. Each does one thing; what several aliases of a call did before one fails stays."""

# ruff: noqa: ARG001 - a resolver takes what the engine hands it: the parent, the info, every argument

from __future__ import annotations

from typing import Any

from sandbox.monday import items, structure
from sandbox.monday.call import Call, Info
from sandbox.monday.errors import InvalidArgument, NotFound
from sandbox.monday.model import Board, Column, Group, Item, Update
from sandbox.monday.objects import Resolver
from sandbox.monday.queries import complexity
from sandbox.monday.scalars import encoded_only, plain
from sandbox.monday.webhooks import Subscription


def _item(call: Call, item_id: str | None, board_id: str | None = None) -> Item:
    item = call.store.item_for(call.viewer, item_id)
    if board_id is not None and call.store.board_for(call.viewer, board_id).id != item.board_id:
        raise NotFound(f"The item {item_id} is not on the board {board_id}", resource_type="item")
    return item


def _create_item(
    root: None,
    info: Info,
    board_id: str,
    item_name: str,
    group_id: str | None = None,
    column_values: Any = None,
    create_labels_if_missing: bool | None = None,
    position_relative_method: str | None = None,
    relative_to: str | None = None,
) -> Item:
    call = info.context
    return items.add_item(
        call.store,
        call.store.board_for(call.viewer, board_id),
        call.viewer.user.id,
        item_name,
        group_id=group_id,
        values=encoded_only(column_values),
        create_labels=bool(create_labels_if_missing),
        limit=call.world.limits.get("items_per_board"),
        beside=_item(call, relative_to, board_id).id if relative_to is not None else None,
        before=position_relative_method == "before_at",
    )


def _change_multiple(
    root: None,
    info: Info,
    board_id: str,
    column_values: Any,
    item_id: str | None = None,
    create_labels_if_missing: bool | None = None,
) -> Item:
    call = info.context
    return items.change_values(
        call.store,
        _item(call, item_id, board_id),
        call.viewer.user.id,
        encoded_only(column_values),
        create_labels=bool(create_labels_if_missing),
    )


def _change_one(
    root: None,
    info: Info,
    board_id: str,
    column_id: str,
    value: Any = None,
    item_id: str | None = None,
    create_labels_if_missing: bool | None = None,
) -> Item:
    call = info.context
    return items.change_values(
        call.store,
        _item(call, item_id, board_id),
        call.viewer.user.id,
        {column_id: encoded_only(value)},
        create_labels=bool(create_labels_if_missing),
        single=True,
    )


def _move(root: None, info: Info, group_id: str, item_id: str | None = None) -> Item:
    call = info.context
    return items.move(call.store, _item(call, item_id), call.viewer.user.id, group_id)


def _remove(state: str) -> Resolver:
    def resolve(root: None, info: Info, item_id: str | None = None) -> Item:
        call = info.context
        return items.remove(call.store, _item(call, item_id), call.viewer.user.id, state)

    return resolve


def _create_update(
    root: None,
    info: Info,
    body: str,
    item_id: str | None = None,
    parent_id: str | None = None,
    original_creation_date: str | None = None,
) -> Update:
    call = info.context
    parent = None
    if parent_id is not None:
        parent = call.store.updates.get(int(parent_id) if parent_id.isdigit() else 0)
        if parent is None:
            raise NotFound(f"The update {parent_id} was not found", resource_type="update")
        item_id = str(parent.item_id)
    item = _item(call, item_id)
    return items.add_update(call.store, item, call.viewer.user.id, body, parent.id if parent else None)


def _create_board(
    root: None,
    info: Info,
    board_name: str,
    board_kind: str,
    description: str | None = None,
    empty: bool = False,
    **ignored: Any,
) -> Board:
    call = info.context
    return structure.add_board(
        call.store,
        call.viewer.account.id,
        call.viewer.user.id,
        board_name,
        kind=board_kind,
        description=description,
        empty=empty,
    )


def _create_group(
    root: None,
    info: Info,
    board_id: str,
    group_name: str,
    group_color: str | None = None,
    position: str | None = None,
    position_relative_method: str | None = None,
    relative_to: str | None = None,
) -> Group:
    call = info.context
    board = call.store.board_for(call.viewer, board_id)
    return structure.add_group(
        call.store,
        board,
        group_name,
        color=group_color,
        beside=relative_to,
        before=position_relative_method == "before_at",
    )


def _create_column(kind: str | None) -> Resolver:
    def resolve(
        root: None,
        info: Info,
        board_id: str,
        title: str,
        id: str | None = None,
        description: str | None = None,
        after_column_id: str | None = None,
        defaults: Any = None,
        column_type: str = "",
    ) -> Column:
        call = info.context
        return structure.add_column(
            call.store,
            call.store.board_for(call.viewer, board_id),
            call.viewer.user.id,
            kind or column_type,
            title,
            column_id=structure.checked_column_id(id),
            settings=_settings(kind or column_type, plain(defaults)),
            description=description,
            after=after_column_id,
        )

    return resolve


def _settings(kind: str, defaults: Any) -> dict[str, Any]:
    if defaults is not None and not isinstance(defaults, dict):
        raise InvalidArgument("defaults is a JSON object")
    return structure.column_settings(kind, defaults)


def _create_webhook(
    root: None, info: Info, board_id: str, url: str, event: str, config: Any = None
) -> Subscription:
    call = info.context
    board = call.store.board_for(call.viewer, board_id)
    return call.world.webhooks.create(call.viewer, board, url, event, plain(config))


def _delete_webhook(root: None, info: Info, id: str) -> Subscription:
    call = info.context
    return call.world.webhooks.delete(call.viewer, id)


MUTATIONS: dict[str, Resolver] = {
    "create_item": _create_item,
    "change_multiple_column_values": _change_multiple,
    "change_column_value": _change_one,
    "change_simple_column_value": _change_one,
    "move_item_to_group": _move,
    "archive_item": _remove("archived"),
    "delete_item": _remove("deleted"),
    "create_update": _create_update,
    "create_column": _create_column(None),
    "create_status_column": _create_column("status"),
    "create_dropdown_column": _create_column("dropdown"),
    "create_board": _create_board,
    "create_group": _create_group,
    "create_webhook": _create_webhook,
    "delete_webhook": _delete_webhook,
    "complexity": complexity,
}
WRITES_ITEMS = {  # what a cap on mutations counts
    "create_item", "change_multiple_column_values", "change_column_value", "change_simple_column_value",
    "move_item_to_group", "archive_item", "delete_item",
}  # fmt: skip
