"""A Dynamics environment in memory, for reading: it compares as the database does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.dynamics.model import Entity, Plain, Row
from connectors.dynamics.values import literal


@dataclass
class FakeDynamics:
    """The engine's `Records` port.

    Attributes:
        rows: by entity set.
        asked: (entity set, criteria, select) of every call.
        errors: raised by the next calls, one each.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    asked: list[tuple[str, list[dict[str, Plain]], list[str]]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def find(
        self, entity: Entity, criteria: Sequence[Mapping[str, Plain]], *, select: Sequence[str] = ()
    ) -> list[Row]:
        self.asked.append((entity.entity_set, [dict(one) for one in criteria], list(select)))
        if self.errors:
            raise self.errors.pop(0)
        for criterion in criteria:
            for name, value in criterion.items():
                literal(entity.field(name), value)  # refuses what cannot stand in a filter
        wanted = {*select, *entity.keys, *(name for one in criteria for name in one)} if select else None
        return [
            Row(
                {name: row.values.get(name) for name in entity.names if wanted is None or name in wanted},
                row.etag,
            )
            for row in self.rows.get(entity.entity_set, [])
            if any(self._matches(row, criterion) for criterion in criteria)
        ]

    def _matches(self, row: Row, criterion: Mapping[str, Plain]) -> bool:
        return all(_folded(row.values.get(name)) == _folded(value) for name, value in criterion.items())


def _folded(value: Plain) -> Plain:
    return (value or "").rstrip().casefold() if value is None or isinstance(value, str) else value
