"""The body of a webhook delivery for each kind of change (developer.monday.com, "Webhooks").

``event.type`` is not the name one subscribes to, and archived and deleted items are named by itemId where all
others say pulseId: that is how the real deliveries look.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.monday.columns import CODECS
from sandbox.monday.model import Change, Column, Group, iso_ms

EVENTS: dict[str, tuple[str, ...]] = {  # kind of change -> the events one may have subscribed to
    "create_item": ("create_item",),
    "change_column_value": (
        "change_column_value",
        "change_specific_column_value",
        "change_status_column_value",
    ),
    "change_name": ("change_name",),
    "move_item": ("item_moved_to_any_group", "item_moved_to_specific_group"),
    "archive_item": ("item_archived",),
    "delete_item": ("item_deleted",),
    "create_update": ("create_update",),
    "create_column": ("create_column",),
}


def wanted(event: str, config: dict[str, Any], change: Change) -> bool:
    """Tell whether a subscription with this config is meant by the change."""
    if event not in EVENTS[change.kind]:
        return False
    details = change.details
    match event:
        case "change_specific_column_value":
            return bool(config.get("columnId") == details["column"].id)
        case "change_status_column_value":
            if details["column"].type != "status" or config.get("columnId") != details["column"].id:
                return False
            value = config.get("columnValue") or {"$any$": True}
            index = (details["value"] or {}).get("label", {}).get("index")
            return bool(value.get("$any$") or value.get("index") == index)
        case "item_moved_to_specific_group":
            return bool(config.get("groupId") == details["group"].id)
    return True


def event_body(change: Change) -> dict[str, Any]:
    """Return what the event says about the change itself, without what each subscription adds."""
    return {"boardId": change.board.id, **_BODIES[change.kind](change)}


def common(event_type: str, subscription_id: int, user_id: int, at: float) -> dict[str, Any]:
    """Return what every event begins with."""
    return {
        "app": "monday",
        "type": event_type,
        "triggerTime": iso_ms(at),
        "subscriptionId": subscription_id,
        "isRetry": False,
        "userId": user_id,
        "originalTriggerUuid": None,
    }


TYPES: dict[str, str] = {
    "create_item": "create_pulse",
    "change_column_value": "update_column_value",
    "change_name": "update_name",
    "move_item": "move_pulse_into_group",
    "archive_item": "archive_pulse",
    "delete_item": "delete_pulse",
    "create_update": "create_update",
    "create_column": "create_column",
}


def _is_top(change: Change, group: Group) -> bool:
    return change.board.top_group() is group


def _created(change: Change) -> dict[str, Any]:
    group, item = change.details["group"], change.item
    assert item is not None
    return {
        "pulseId": item.id,
        "pulseName": item.name,
        "groupId": group.id,
        "groupName": group.title,
        "groupColor": group.color,
        "isTopGroup": _is_top(change, group),
        "columnValues": {},
    }


def _column_value(change: Change) -> dict[str, Any]:
    column, item = change.details["column"], change.item
    assert item is not None
    return {
        "groupId": item.group_id,
        "pulseId": item.id,
        "pulseName": item.name,
        "columnId": column.id,
        "columnType": _wire_type(column),
        "columnTitle": column.title,
        "value": change.details["value"],
        "previousValue": change.details["previous"],
        "changedAt": round(change.at, 3),
        "isTopGroup": _is_top(change, change.board.groups[item.group_id]),
    }


def _name(change: Change) -> dict[str, Any]:
    item = change.item
    assert item is not None
    return {
        "groupId": item.group_id,
        "pulseId": item.id,
        "value": {"name": change.details["value"]},
        "previousValue": {"name": change.details["previous"]},
    }


def _moved(change: Change) -> dict[str, Any]:
    source, group = change.details["source"], change.details["group"]
    assert change.item is not None
    return {
        "pulseId": change.item.id,
        "sourceGroupId": source.id,
        "destGroupId": group.id,
        "destGroup": {
            "id": group.id,
            "title": group.title,
            "color": group.color,
            "is_top_group": _is_top(change, group),
        },
    }


def _gone(change: Change) -> dict[str, Any]:
    assert change.item is not None
    return {"itemId": change.item.id, "itemName": change.item.name}


def _update(change: Change) -> dict[str, Any]:
    update = change.details["update"]
    return {
        "pulseId": update.item_id,
        "body": update.body,
        "textBody": plain(update.body),
        "updateId": update.id,
        "replyId": update.parent_id,
    }


def _new_column(change: Change) -> dict[str, Any]:
    column = change.details["column"]
    return {
        "accountId": change.board.account_id,
        "entity": "board",
        "columnId": column.id,
        "columnTitle": column.title,
        "columnType": _wire_type(column),
        "createdAt": round(change.at, 3),
        "retryCount": 0,
    }


def _wire_type(column: Column) -> str:
    return CODECS[column.type].wire_type


def plain(html: str) -> str:
    """Return an update's body without its tags."""
    return re.sub(r"<[^>]*>", "", html).strip()


_BODIES = {
    "create_item": _created,
    "change_column_value": _column_value,
    "change_name": _name,
    "move_item": _moved,
    "archive_item": _gone,
    "delete_item": _gone,
    "create_update": _update,
    "create_column": _new_column,
}
