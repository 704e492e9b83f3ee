"""Walks that go on behind the last record seen, so that records which come and go meanwhile shift nobody.

$skip counts rows, and the count is off as soon as a row before it appears or vanishes. A walk by position asks for
what is ordered behind the last row instead. F&O compares no tuples; "behind (a, b)" is spelled out with gt, eq, and
and or (learn.microsoft.com, "Open Data Protocol (OData)"). Enums know only eq and ne there, so none can order a walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from connectors.dynamics.model import Entity, Field, Plain, Row
from connectors.dynamics.moments import EMPTY_YEAR
from connectors.dynamics.values import literal

Position = tuple[Plain, ...]

_ORDERED = ("Edm.String", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.DateTimeOffset")
_FIRST_DAY = datetime(EMPTY_YEAR + 1, 1, 1, tzinfo=UTC)


def walk_order(entity: Entity, order_by: Sequence[str]) -> tuple[str, ...]:
    """Name the fields that order a walk: those asked for, then the rest of the key.

    Raises:
        ValueError: a field cannot be compared by size, or a direction is given; a walk goes upwards.
        KeyError: the entity has no such field.
    """
    names = tuple(dict.fromkeys((*order_by, *entity.keys)))
    for name in names:
        if " " in name:
            raise ValueError(f"A walk by position goes upwards; order it by {name.split(' ')[0]!r} alone.")
        if entity.field(name).type not in _ORDERED:
            raise ValueError(
                f"{entity.entity_set} cannot be walked by {name}: Dynamics compares no {entity.field(name).type} by size."
            )
    return names


def position_of(row: Row, order: Sequence[str]) -> Position:
    """Say where in a walk a row stands.

    Args:
        order: as `walk_order` gives it.
    """
    return tuple(row.values[name] for name in order)


def behind(entity: Entity, order: Sequence[str], position: Position) -> str:
    """Write the filter for everything ordered behind a position: (a gt x) or (a eq x and b gt y).

    Args:
        order: as `walk_order` gives it.
        position: one value for each of its fields; None is what Dynamics calls empty.

    Raises:
        ValueError: the position has another number of values, or one that does not fit its field.
    """
    if len(position) != len(order):
        raise ValueError(f"A position in {entity.entity_set} needs one value each for {', '.join(order)}.")
    fields = [entity.field(name) for name in order]
    ways = []
    for number, field in enumerate(fields):
        same = [_same(each, value) for each, value in zip(fields[:number], position, strict=False)]
        ways.append(" and ".join([*same, _above(field, position[number])]))
    return ways[0] if len(ways) == 1 else " or ".join(f"({way})" for way in ways)


def _above(field: Field, value: Plain) -> str:
    if _is_empty_time(field, value):
        return f"{field.name} ge {_first(field)}"
    return f"{field.name} gt {literal(field, value)}"


def _same(field: Field, value: Plain) -> str:
    if _is_empty_time(field, value):
        return f"{field.name} lt {_first(field)}"
    text = literal(field, value)
    if isinstance(value, str) and "*" in value:  # inside eq it would be a pattern
        return f"{field.name} ge {text} and {field.name} le {text}"
    return f"{field.name} eq {text}"


def _is_empty_time(field: Field, value: Plain) -> bool:
    return value is None and field.type == "Edm.DateTimeOffset"


def _first(field: Field) -> str:
    """The first time that is not empty: every one in 1900 reads as empty, whatever its hour."""
    day: date = _FIRST_DAY.date()
    return literal(field, day if field.date_only else _FIRST_DAY)
