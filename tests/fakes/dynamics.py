"""A Dynamics environment in memory, for reading: it compares as the database does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.dynamics.model import Entity, Ping, Plain, Row
from connectors.dynamics.seek import Position, position_of, walk_order
from connectors.dynamics.values import literal


@dataclass
class FakeDynamics:
    """The engine's `Records` port.

    Attributes:
        rows: by entity set.
        asked: (entity set, criteria, select) of every call.
        errors: raised by the next calls, one each.
        walked: (entity set, filter, position) of every page asked for.
        page: rows on a page of a walk.
        companies: legal entities its user may read.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    asked: list[tuple[str, list[dict[str, Plain]], list[str]]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    walked: list[tuple[str, str, Position | None]] = field(default_factory=list)
    page: int = 3
    companies: tuple[str, ...] = ("usmf", "demf")

    def ping(self) -> Ping:
        return Ping("10.0.45", "usmf", self.companies)

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

    def read_pages(
        self,
        entity: Entity,
        *,
        filter: str = "",
        select: Sequence[str] = (),
        order_by: Sequence[str] = (),
        page_size: int = 1000,
        after: Position | None = None,
    ) -> Iterator[list[Row]]:
        """Walk in pages of `page` rows. Of filters it knows what the portal writes: and, or, eq, ne, ge and le."""
        order = walk_order(entity, order_by)
        wanted = {*(select or entity.names), *order}
        while True:
            self.walked.append((entity.entity_set, filter, after))
            if self.errors:
                raise self.errors.pop(0)
            rows = sorted(
                (
                    row
                    for row in self.rows.get(entity.entity_set, [])
                    if self._lets_through(entity, row, filter)
                ),
                key=lambda row: position_of(row, order),
            )
            rows = [row for row in rows if after is None or position_of(row, order) > after]
            size = min(self.page, page_size)
            if rows:
                after = position_of(rows[size - 1] if len(rows) > size else rows[-1], order)
                yield [
                    Row({name: row.values.get(name) for name in entity.names if name in wanted}, row.etag)
                    for row in rows[:size]
                ]
            if len(rows) <= size:
                return

    def _lets_through(self, entity: Entity, row: Row, filter: str) -> bool:
        if not filter:
            return True
        tests = re.sub(
            r"(\w+) (eq|ne|ge|le) ('[^']*'|\S+?)(?=\)| |$)",
            lambda found: str(self._holds(entity, row, *found.groups())),
            filter,
        )
        return bool(eval(tests, {"__builtins__": {}}))

    def _holds(self, entity: Entity, row: Row, name: str, test: str, text: str) -> bool:
        value = row.values.get(name)
        if value is None:
            return test == "ne" and text != "''"
        if isinstance(value, str):
            left, right = value.casefold(), text.strip("'").casefold()
        else:
            left, right = literal(entity.field(name), value), text
        return {"eq": left == right, "ne": left != right, "ge": left >= right, "le": left <= right}[test]

    def _matches(self, row: Row, criterion: Mapping[str, Plain]) -> bool:
        return all(_folded(row.values.get(name)) == _folded(value) for name, value in criterion.items())


def _folded(value: Plain) -> Plain:
    return (value or "").rstrip().casefold() if value is None or isinstance(value, str) else value
