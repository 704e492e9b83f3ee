"""Read the records that a batch of events speaks of: one request for the batch, one more for each detail in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.dynamics.model import Plain, Row
from integration_portal.sync.ports import Records
from mappings.catalogue.kind import Detail, Kind, Record


@dataclass(frozen=True)
class Hint:
    """What one event says about its record: field -> value, the company among them."""

    event_id: int
    criteria: Mapping[str, Plain]

    def names(self, record: Record) -> bool:
        """Say whether a record is the one meant. Dynamics compares text without case and without blanks at the end."""
        return all(_alike(record.values.get(field), value) for field, value in self.criteria.items())


def read_records(dynamics: Records, kind: Kind, hints: Sequence[Hint], fields: Iterable[str]) -> list[Record]:
    """Read the records of these hints, with those fields and whatever names them.

    Args:
        fields: names the mappings use; those of a detail dotted.
    """
    wanted = set(fields) | set(kind.entity.keys) | set(kind.title_fields)
    wanted |= {field for hint in hints for field in hint.criteria}
    used = [detail for detail in kind.details if any(name.startswith(f"{detail.name}.") for name in wanted)]
    wanted |= {field for detail in used for field in detail.join.values()}
    criteria = list({tuple(sorted(hint.criteria.items())): dict(hint.criteria) for hint in hints}.values())
    rows = dynamics.find(kind.entity, criteria, select=[name for name in kind.entity.names if name in wanted])
    found: dict[str, list[Row | None]] = {detail.name: _details(dynamics, detail, rows) for detail in used}
    return [
        kind.record(row, {name: detail for name, rows_ in found.items() if (detail := rows_[number])})
        for number, row in enumerate(rows)
    ]


def _details(dynamics: Records, detail: Detail, rows: Sequence[Row]) -> list[Row | None]:
    """Find the latest detail row of each record, None where it has none."""
    if not rows:
        return []
    joins = [{field: row.values[of] for field, of in detail.join.items()} for row in rows]
    latest: dict[tuple[str, ...], Row] = {}
    for one in dynamics.find(detail.entity, joins, select=detail.entity.names):
        name = tuple(_folded(one.values.get(field)) for field in detail.join)
        if name not in latest or _rank(detail, one) > _rank(detail, latest[name]):
            latest[name] = one
    return [latest.get(tuple(_folded(value) for value in join.values())) for join in joins]


def _rank(detail: Detail, row: Row) -> list[tuple[int, str]]:
    # Confirmations are numbered -1, -2, ... -10: the longer text is the later one.
    texts = [str(row.values.get(field) or "") for field in detail.latest_by]
    return [(len(text), text) for text in texts]


def _alike(left: Plain, right: Plain) -> bool:
    return _folded(left) == _folded(right)


def _folded(value: Plain) -> str:
    return "" if value is None else str(value).rstrip().casefold()
