"""Desired minus agreed = plan. Pure; a plan is data, shown, judged, then applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.monday.model import ChangeColumns, CreateItem, MoveItem, Write
from mappings.rules import BoardRule
from mappings.translate import Desired


@dataclass(frozen=True)
class Plan:
    """What is to be written for one record, and what both sides agree on afterwards.

    Attributes:
        writes: empty when there is nothing to do.
        before, after: name, group and canonical cells that change, for the trail.
        baseline: the whole agreed state once every write is done.
    """

    record_key: str
    writes: tuple[Write, ...]
    baseline: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def creates(self) -> bool:
        """Whether it makes a new item."""
        return any(isinstance(write, CreateItem) for write in self.writes)


def plan(
    rule: BoardRule,
    desired: Desired,
    *,
    record_key: str,
    item_id: str,
    baseline: Mapping[str, Any],
    occasion: str = "",
    sure: bool = True,
) -> Plan:
    """Compare what should be with what was agreed.

    Args:
        item_id: "" when there is no item yet.
        baseline: {"name", "group", "cells"} as last agreed, or as just read from an adopted item.
        occasion: differs after every answered create, and for every change. Part of the idempotency key: a value that goes to
            and fro within 30 minutes would otherwise be answered from monday's memory and not be written.
        sure: False when a change may have been written, or half written, since the baseline: then everything is written.
    """
    wanted = {column: cell.canonical for column, cell in desired.cells.items()}
    agreed = {"name": desired.name, "group": desired.group_id, "cells": wanted}
    lane = f"{rule.mapping_id}:{record_key}:{occasion}"
    if not item_id:
        return Plan(record_key, (_create(rule, desired, lane),), agreed, after=_shown(desired))

    old_cells: Mapping[str, str] = baseline.get("cells", {})
    changed = {
        column: text for column, text in wanted.items() if not sure or text != old_cells.get(column, "")
    }
    before: dict[str, Any] = {column: old_cells.get(column, "") for column in changed}
    after: dict[str, Any] = dict(changed)
    values = {column: desired.cells[column].encoded for column in changed}
    if not sure or desired.name != baseline.get("name"):
        values["name"] = desired.name
        before["name"], after["name"] = baseline.get("name", ""), desired.name
    writes: list[Write] = []
    if values:
        writes.append(ChangeColumns(lane=lane, board_id=rule.board_id, item_id=item_id, values=values))
    old_group = baseline.get("group", "")
    if desired.group_id and (not sure or desired.group_id != old_group):
        writes.append(MoveItem(lane=lane, item_id=item_id, group_id=desired.group_id))
        before["group"], after["group"] = old_group, desired.group_id
    if not desired.group_id:
        agreed["group"] = old_group
    return Plan(record_key, tuple(writes), agreed, before=before, after=after)


def _create(rule: BoardRule, desired: Desired, lane: str) -> CreateItem:
    values = {column: cell.encoded for column, cell in desired.cells.items() if cell.canonical != ""}
    return CreateItem(
        lane=lane, board_id=rule.board_id, group_id=desired.group_id, name=desired.name, values=values
    )


def _shown(desired: Desired) -> dict[str, Any]:
    cells = {column: cell.canonical for column, cell in desired.cells.items() if cell.canonical}
    return {"name": desired.name, "group": desired.group_id} | cells
