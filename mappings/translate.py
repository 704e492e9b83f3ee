"""A record in the board's terms: pure, no calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.dynamics.model import Plain
from connectors.monday.columns import CannotEncode, Link, codec
from connectors.monday.columns.name import shorten
from connectors.monday.model import Board, Column, Item
from mappings import transforms
from mappings.catalogue.kind import LINK_FIELD, Record, record_key
from mappings.rules import BoardRule, ColumnRule, fill_template
from mappings.texts import as_text


@dataclass(frozen=True)
class Wanted:
    """What one cell should hold: `encoded` is sent, `canonical` is compared."""

    encoded: Any
    canonical: str


@dataclass(frozen=True)
class Desired:
    """What the item should be.

    Attributes:
        group_id: "" when no rule places it.
        cells: by column id, the key column among them.
        remarks: what was bent to fit, in sentences.
    """

    name: str
    group_id: str
    cells: Mapping[str, Wanted]
    remarks: tuple[str, ...] = ()


class Untranslatable(Exception):
    """The record cannot stand on the board as mapped.

    Attributes:
        problems: why, one sentence each.
        drifted: the board is no longer as the mapping says (a column, group or mapped label is gone), so that no record can pass,
            not only this one.
    """

    def __init__(self, problems: list[str], *, drifted: bool) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems
        self.drifted = drifted


class _Drifted(CannotEncode):
    """The board is no longer as the mapping says."""


@dataclass(frozen=True)
class Lookups:
    """What a translation needs to know of other items and of people, gathered beforehand.

    Attributes:
        items: (linked mapping id, record key) -> item id.
        people: e-mail address, lower case -> monday user id.
    """

    items: Mapping[tuple[int, str], str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)


NOTHING_KNOWN = Lookups()


def to_item(
    rule: BoardRule, record: Record, board: Board, *, host: str, lookups: Lookups = NOTHING_KNOWN
) -> Desired:
    """Say what the record's item should be.

    Args:
        board: the board's columns, labels and groups as last read.
        host: base URL of the Dynamics environment, for the link back.
        lookups: items that columns of ours point at, and people.

    Raises:
        Untranslatable: a column is missing, a label does not exist, a value does not fit its column.
    """
    found: list[CannotEncode] = []
    cells: dict[str, Wanted] = {}
    key_rule = ColumnRule(rule.key_column_id, "key")
    for column_rule, value in [
        (key_rule, record.key),
        *((one, field_value(one.field, record, host)) for one in rule.columns),
    ]:
        try:
            known = _looked_up(column_rule, value, record, lookups)
            cells[column_rule.column_id] = _cell(column_rule, known, board)
        except CannotEncode as problem:
            found.append(problem)
    group_id = _group(rule, record)
    if group_id and board.group(group_id) is None:
        found.append(
            _Drifted(f"Board {board.name} has no group {group_id}; change the groups of mapping {rule.name}.")
        )
    if found:
        drifted = any(isinstance(problem, _Drifted) for problem in found)
        raise Untranslatable([str(problem) for problem in found], drifted=drifted)
    name, remarks = _name(rule, record)
    return Desired(name=name, group_id=group_id, cells=cells, remarks=remarks)


def state_of(rule: BoardRule, item: Item, board: Board) -> dict[str, Any]:
    """Describe an item as a baseline: its name, group and the canonical text of every mapped cell."""
    cells = {}
    for column_id in (rule.key_column_id, *(one.column_id for one in rule.columns)):
        column, cell = board.column(column_id), item.cells.get(column_id)
        made = codec(column.type) if column else None
        if column and cell and made:
            try:
                cells[column_id] = made.canonical(made.decode(cell, column), column)
            except CannotEncode:
                # Somebody typed what we would never write, such as a number of forty digits: it equals nothing of ours.
                cells[column_id] = cell.text or ""
    return {"name": item.name, "group": item.group_id, "cells": cells}


def field_value(name: str, record: Record, host: str) -> Plain | Link:
    """Take a field of the record, or make the link back to its form in Dynamics.

    The link opens the record's form in the right legal entity. F&O has no stable address for a single record that can be made
    outside of it, so the form's own filter does the rest.
    """
    if name != LINK_FIELD:
        return record.values.get(name)
    company = f"cmp={record.company}&" if record.company else ""
    title = " ".join(str(record.values.get(part) or "").strip() for part in record.kind.title_fields[:1])
    return Link(url=f"{host}/?{company}mi={record.kind.menu_item}", text=title or "Open in Dynamics")


def linked_key(record: Record, value: Plain) -> str:
    """Name the record a field's value refers to, for example the vendor of an invoice: same legal entity, this key."""
    return record_key([record.company, value] if record.company else [value])


def _looked_up(rule: ColumnRule, value: Any, record: Record, lookups: Lookups) -> Any:
    """Put in the place of a value the item or the person it stands for."""
    if rule.linked_mapping_id is not None:
        item_id = lookups.items.get((rule.linked_mapping_id, linked_key(record, value))) if value else None
        return (item_id,) if item_id else ()
    if rule.transform == transforms.PERSON:
        address = as_text(value).strip().lower()
        user_id = lookups.people.get(address)
        if address and user_id is None:
            raise CannotEncode(f"Nobody in the monday account has the address {address} (from {rule.field}).")
        return (("person", user_id),) if user_id else ()
    return transforms.apply(rule.transform, value, rule.argument, record.values) if rule.transform else value


def _cell(rule: ColumnRule, value: Plain | Link, board: Board) -> Wanted:
    column = board.column(rule.column_id)
    if column is None or column.archived:
        raise _Drifted(
            f"Board {board.name} has no column {rule.column_id} (mapped from {rule.field}); "
            "it was deleted or archived. Choose another column in the mapping."
        )
    made = codec(column.type)
    if made is None or not made.writable:
        raise _Drifted(
            f"Column {column.title} has type {column.type}, which cannot be written. Choose another column."
        )
    mapped = _mapped(rule, value, column)
    try:
        return Wanted(encoded=made.encode(mapped, column), canonical=made.canonical(mapped, column))
    except CannotEncode as problem:
        if mapped in rule.labels.values():  # the mapping itself names this label
            raise _Drifted(str(problem)) from problem
        raise


def _mapped(rule: ColumnRule, value: Plain | Link, column: Column) -> Any:
    """Put a value's label in its place, and turn a number or date into text where the column takes text."""
    if isinstance(value, Link):
        return value if column.type == "link" else value.url
    if rule.labels:
        value = rule.labels.get(as_text(value), value)
    if column.type in ("text", "long_text", "status", "dropdown") and value is not None:
        return as_text(value).strip()
    return value


def _group(rule: BoardRule, record: Record) -> str:
    value = as_text(record.values.get(rule.group_field)) if rule.group_field else ""
    return rule.groups.get(value, rule.default_group_id)


def _name(rule: BoardRule, record: Record) -> tuple[str, tuple[str, ...]]:
    texts = {name: as_text(value).strip() for name, value in record.values.items()}
    full = " ".join(fill_template(rule.template, texts).split()).strip(" ·-") or record.title
    name = shorten(full)
    return name, () if name == full else (
        f"The item's name was cut from {len(full)} to {len(name)} characters.",
    )
