"""What is wrong between a mapping and what it relies on: its board, and other mappings. Pure, without asking either system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.monday.model import Board
from mappings import transforms
from mappings.catalogue.kind import Kind
from mappings.rules import BoardRule, ColumnRule

PEOPLE = "people"
RELATION = "board_relation"


def misfits(rule: BoardRule, kinds: Mapping[int, Kind], board: Board | None) -> list[str]:
    """Find what does not fit; one sentence each.

    Args:
        kinds: the record kinds of the other mappings it names, by mapping id.
        board: as last read, None when it was never read: then nothing is said about its columns.
    """
    found = [problem for column in rule.columns for problem in _of_column(rule, column, kinds, board)]
    return [*found, *_of_predecessor(rule, kinds)]


def can_be_linked(linked: Kind, kind: Kind) -> bool:
    """Say whether the value of a field of `kind` is enough to name a record of the linked kind.

    A reference means the same legal entity, so one key field may stand beside the company, and both or neither live in one.
    """
    beside = [name for name in linked.entity.keys if name != linked.company_field]
    return len(beside) == 1 and bool(linked.company_field) == bool(kind.company_field)


def _of_column(
    rule: BoardRule, column: ColumnRule, kinds: Mapping[int, Kind], board: Board | None
) -> Iterator[str]:
    name = f"Column {column.column_id}"
    there = board.column(column.column_id) if board else None
    person = column.transform == transforms.PERSON
    if column.linked_mapping_id is not None:
        linked = kinds.get(column.linked_mapping_id)
        if column.transform:
            yield f"{name} points at items of another mapping; a transform has no place there. Take one of the two away."
        if linked is None:
            yield f"{name} points at the items of a mapping that is not there; choose another one."
        elif not can_be_linked(linked, rule.kind):
            yield (
                f"{name} cannot point at {linked.label_plural.lower()}: the value of {column.field} is not enough to name one. "
                "Link a kind that has one key within the legal entity, such as vendors."
            )
    if there is None:
        return
    if column.linked_mapping_id is not None and there.type != RELATION:
        yield f"{name} is of type {there.type}; only a Connect Boards column points at items. Take its linked mapping away."
    if column.linked_mapping_id is None and there.type == RELATION:
        yield f"{name} is a Connect Boards column; choose the mapping whose items it points at."
    if person and there.type != PEOPLE:
        yield f"{name} is of type {there.type}; a person goes into a people column only. Choose another column or transform."
    if not person and there.type == PEOPLE:
        yield f"{name} is a people column; choose the transform for persons, and a field that holds an e-mail address."


def _of_predecessor(rule: BoardRule, kinds: Mapping[int, Kind]) -> Iterator[str]:
    if rule.predecessor_id is None:
        return
    before = kinds.get(rule.predecessor_id)
    for kind in (rule.kind, before):
        if kind is not None and not kind.natural:
            yield (
                f"{kind.label_plural} have no name that lasts for life, so items cannot go on from one mapping to the other. "
                "Take the predecessor away."
            )
    if before is None:
        yield "The mapping whose items go on as ours is not there; choose another predecessor."
