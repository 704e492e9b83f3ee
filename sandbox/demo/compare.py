"""Hold the boards against what should stand there. Reads both systems over HTTP; knows nothing of the portal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.demo.boards import KEY
from sandbox.demo.expected import Expected, number

Item = Mapping[str, Any]


def compare(
    expected: Iterable[Expected], monday: Mapping[str, Any], sent: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Compare.

    Args:
        monday: the sandbox's `/state/monday`.
        sent: what the sandbox answered to `/dynamics/send`, for the times from event to item.
    """
    wanted = list(expected)
    items = {
        board["id"]: [item for item in board["items"] if item["state"] == "active"]
        for board in monday["boards"]
    }
    keys = {item["id"]: _shown(item, KEY, "text") for board in items.values() for item in board}
    index = {(board_id, keys[item["id"]]): item for board_id, board in items.items() for item in board}
    places = {(one.board_id, one.key) for one in wanted}
    lost = [one.key for one in wanted if (one.board_id, one.key) not in index]
    wrong = [
        (one, difference)
        for one in wanted
        if (item := index.get((one.board_id, one.key)))
        for difference in _differences(one, item, keys)
    ]
    counted = Counter((board_id, keys[item["id"]]) for board_id, board in items.items() for item in board)
    links = [difference for _, difference in wrong if difference.startswith("link ")]
    report = {
        "items_expected": len(wanted),
        "items_found": len(wanted) - len(lost),
        "lost": len(lost),
        "duplicated": sum(count - 1 for place, count in counted.items() if place in places),
        "extra": len([place for place in counted if place not in places]),
        "mismatched_cells": len(wrong) - len(links),
        "broken_links": len(links),
        "examples": [
            *(f"{key}: no item" for key in lost[:5]),
            *(f"{one.key}: {text}" for one, text in wrong[:5]),
        ],
    }
    return report | (_times(wanted, index, sent) if sent else {})


def is_clean(report: Mapping[str, Any]) -> bool:
    """Say whether nothing was lost, doubled or wrong."""
    return not any(report[name] for name in ("lost", "duplicated", "mismatched_cells", "broken_links"))


def _times(
    wanted: Sequence[Expected], index: Mapping[tuple[str, str], Item], sent: Mapping[str, Any]
) -> dict[str, Any]:
    delivered = {_record_key(event): event.get("delivered_at") for event in sent["events"]}
    waits = [
        datetime.fromisoformat(item["created_at"]).timestamp() - at
        for one in wanted
        if (item := index.get((one.board_id, one.key))) and (at := delivered.get(one.key))
    ]
    return {
        "events_sent": sent["sent"],
        "events_distinct": sent["distinct"],
        "event_to_item_ms": {"p50": _percentile(waits, 0.5), "p99": _percentile(waits, 0.99)},
    }


def _differences(one: Expected, item: Item, keys: Mapping[str, str]) -> list[str]:
    found = []
    if item["name"] != one.name:
        found.append(f"name {item['name']!r}, not {one.name!r}")
    if item["group_id"] != one.group_id:
        found.append(f"group {item['group_id']!r}, not {one.group_id!r}")
    for column, (kind, text) in one.cells.items():
        if kind == "board_relation":
            linked = [
                keys.get(str(item_id), "?") for item_id in item["cells"][column].get("linked_item_ids", ())
            ]
            if linked != ([text] if text else []):
                found.append(f"link {column} {linked}, not {text!r}")
            continue
        shown = _shown(item, column, kind)
        if shown != text and not (kind == "link" and text in shown):
            found.append(f"{column} {shown!r}, not {text!r}")
    return found


def _shown(item: Item, column: str, kind: str) -> str:
    """What a cell shows, in the form of `Expected`."""
    cell = item["cells"].get(column) or {}
    text, value = cell.get("text") or "", cell.get("value")
    value = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    if kind == "numbers":
        return _number(text)
    if kind == "date":
        return str(text)[:10]
    if kind in ("link", "email") and isinstance(value, dict):
        return str(value.get("url") or value.get("email") or "")
    return str(text)


def _number(text: str) -> str:
    try:
        return number(Decimal(text.replace(",", ""))) if text else ""
    except InvalidOperation:
        return text


def _record_key(event: Mapping[str, Any]) -> str:
    record = event["record"]
    return f"{event['company']}/{record.get('SourceKey') or record.get('PurchaseOrderNumber')}"


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else 0.0
