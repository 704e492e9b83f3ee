"""Say what every item should hold, from Dynamics' rows alone, and hold the boards against it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

EMPTY_YEAR = "1900"
NAME_LENGTH = 255

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Expected:
    """One item as it should be: column id -> (type, text)."""

    board_id: str
    key_column: str
    key: str
    name: str
    group_id: str
    cells: Mapping[str, tuple[str, str]]


def events_for(board: Mapping[str, Any], rows: Rows) -> list[dict[str, Any]]:
    """Ask for one business event for each of these rows, in the words of the sandbox's control API."""
    if "SourceKey" in board["key"]:
        return [
            {"event": board["event"], "company": row["dataAreaId"], "source_key": row["SourceKey"]}
            for row in rows
        ]
    return [
        {"event": board["event"], "company": row["dataAreaId"], "key": row[board["key"][1]]} for row in rows
    ]


def expected_items(
    board: Mapping[str, Any], board_id: str, rows: Rows, events: Rows, confirmations: Rows
) -> list[Expected]:
    """Say what the board should hold for the records that events were sent for."""
    keys = {(event["company"], str(event.get("source_key") or event.get("key"))) for event in events}
    latest = _latest_confirmations(confirmations)
    found = []
    for row in rows:
        company, number = (row[name] for name in board["key"])
        if (company, str(number)) not in keys:
            continue
        values = dict(row)
        if board["event"].startswith("PurchaseOrder"):
            confirmation = latest.get((company, str(number)), {})
            values |= {f"confirmation.{name}": value for name, value in confirmation.items()}
        found.append(_item(board, board_id, f"{company}/{number}", values))
    return found


def _item(board: Mapping[str, Any], board_id: str, key: str, values: Mapping[str, Any]) -> Expected:
    cells = {
        column["id"]: (column["type"], _text(column, values))
        for column in board["columns"]
        if column["field"] != "@link"
    }
    cells["dynamics"] = ("link", f"cmp={values['dataAreaId']}&")
    name = " · ".join(str(values[field]).strip() for field in board["name_fields"])
    name = " ".join(name.split()).strip(" ·-")
    if len(name) > NAME_LENGTH:
        name = name[: NAME_LENGTH - 1].rstrip() + "…"
    group = board["groups"].get(str(values[board["group_field"]]), "")
    return Expected(board_id, board["key_column"], key, name, group, cells)


def _text(column: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    value = values.get(column["field"])
    if value is None:
        return ""
    if column["type"] == "date":
        return "" if str(value).startswith(EMPTY_YEAR) else str(value)[:10]
    if column["type"] == "numbers":
        return _number(value)
    return str(column["labels"].get(value, value)).strip()


def _latest_confirmations(rows: Rows) -> dict[tuple[str, str], Mapping[str, Any]]:
    def rank(row: Mapping[str, Any]) -> tuple[str, int]:
        return row["ConfirmationDate"], int(str(row["ConfirmationNumber"]).rpartition("-")[2])

    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in sorted(rows, key=rank):
        found[row["dataAreaId"], row["PurchaseOrderNumber"]] = row
    return found


# --- The comparison ---------------------------------------------------------------------------------------------


def compare(
    expected: Iterable[Expected], monday: Mapping[str, Any], sent: Mapping[str, Any]
) -> dict[str, Any]:
    """Hold the boards against what should stand there.

    Args:
        monday: the sandbox's `/state/monday`.
        sent: what the sandbox answered to `/dynamics/send`.
    """
    boards = {board["id"]: board for board in monday["boards"]}
    wanted = list(expected)
    lost, wrong, duplicated, found_count, wrong_cells = [], [], 0, 0, 0
    items = {
        board_id: [item for item in board["items"] if item["state"] == "active"]
        for board_id, board in boards.items()
    }
    key_columns = {one.board_id: one.key_column for one in wanted}
    for board_id, column in key_columns.items():
        counted = Counter(_shown(item, column, "text") for item in items[board_id])
        duplicated += sum(count - 1 for count in counted.values() if count > 1)
    index = {
        (board_id, _shown(item, column, "text")): item
        for board_id, column in key_columns.items()
        for item in items[board_id]
    }
    waits = []
    delivered = {_record_key(event): event.get("delivered_at") for event in sent["events"]}
    for one in wanted:
        item = index.get((one.board_id, one.key))
        if item is None:
            lost.append(one.key)
            continue
        found_count += 1
        differences = _differences(one, item)
        wrong_cells += len(differences)
        wrong += [f"{one.key}: {difference}" for difference in differences]
        at = delivered.get(one.key)
        if at is not None:
            waits.append(datetime.fromisoformat(item["created_at"]).timestamp() - at)
    return {
        "events_sent": sent["sent"],
        "events_distinct": sent["distinct"],
        "items_expected": len(wanted),
        "items_found": found_count,
        "lost": len(lost),
        "duplicated": duplicated,
        "mismatched_cells": wrong_cells,
        "event_to_item_ms": {"p50": _percentile(waits, 0.5), "p99": _percentile(waits, 0.99)},
        "examples": [*(f"{key}: no item" for key in lost[:5]), *wrong[:5]],
    }


def is_clean(report: Mapping[str, Any]) -> bool:
    """Say whether nothing was lost, doubled or wrong."""
    return not (report["lost"] or report["duplicated"] or report["mismatched_cells"])


def _differences(one: Expected, item: Mapping[str, Any]) -> list[str]:
    found = []
    if item["name"] != one.name:
        found.append(f"name {item['name']!r}, not {one.name!r}")
    if item["group_id"] != one.group_id:
        found.append(f"group {item['group_id']!r}, not {one.group_id!r}")
    for column, (kind, text) in one.cells.items():
        shown = _shown(item, column, kind)
        if shown != text and not (kind == "link" and text in shown):
            found.append(f"{column} {shown!r}, not {text!r}")
    return found


def _shown(item: Mapping[str, Any], column: str, kind: str) -> str:
    """What a cell shows, in the form of `Expected`."""
    cell = item["cells"].get(column) or {}
    text, value = cell.get("text") or "", cell.get("value")
    value = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    if kind == "numbers":
        return _number(text) if text else ""
    if kind == "date":
        return str(text)[:10]
    if kind in ("link", "email") and isinstance(value, dict):
        return str(value.get("url") or value.get("email") or "")
    return str(text)


def _number(value: Any) -> str:
    try:
        number = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return str(value)
    return f"{number.normalize():f}"


def _record_key(event: Mapping[str, Any]) -> str:
    record = event["record"]
    number = record.get("SourceKey") or record.get("PurchaseOrderNumber")
    return f"{event['company']}/{number}"


def _percentile(values: Sequence[float], share: float) -> float:
    if not values:
        return 0.0
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
