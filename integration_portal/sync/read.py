"""Read records: those a batch of events speaks of, and what rows lack that a schedule's walk came by.

One request for the batch, one more for each detail in use (or a few, where addresses would grow too long).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.dynamics.model import Plain, Row
from integration_portal.sync.ports import Records
from mappings.catalogue.detail import Detail
from mappings.catalogue.kind import Kind, Record


@dataclass(frozen=True)
class Hint:
    """What one event says about its record: field -> value, the company among them."""

    event_id: int
    criteria: Mapping[str, Plain]

    def names(self, record: Record) -> bool:
        """Say whether a record is the one meant. Dynamics compares text without case and without blanks at the end."""
        return all(
            _folded(record.values.get(name)) == _folded(value) for name, value in self.criteria.items()
        )


def read_records(dynamics: Records, kind: Kind, hints: Sequence[Hint], fields: Iterable[str]) -> list[Record]:
    """Read the records of these hints, with those fields and whatever names them.

    Args:
        fields: names the mappings use; those of a detail dotted.
    """
    wanted = set(fields)
    criteria = list({tuple(sorted(hint.criteria.items())): dict(hint.criteria) for hint in hints}.values())
    asked = wanted | {name for hint in hints for name in hint.criteria}
    rows = dynamics.find(kind.entity, criteria, select=row_fields(kind, asked))
    return complete(dynamics, kind, rows, wanted)


def row_fields(kind: Kind, fields: Iterable[str]) -> list[str]:
    """Name what has to be read of the kind's own entity set, in its order, so that `complete` can do the rest.

    Args:
        fields: names the mappings use; those of a detail dotted.
    """
    names = set(fields)
    wanted = names | kind.always_read
    wanted |= {name for detail in _used(kind, names) for name in detail.join.values()}
    return [name for name in kind.entity.names if name in wanted]


def complete(dynamics: Records, kind: Kind, rows: Sequence[Row], fields: Iterable[str]) -> list[Record]:
    """Make records of rows: in their order, each with the details in use.

    Args:
        rows: of the kind's own entity set, with at least the fields of `row_fields`.
        fields: names the mappings use; those of a detail dotted. A detail nobody uses costs no call.
    """
    found = {detail.name: _details(dynamics, detail, rows) for detail in _used(kind, set(fields))}
    return [
        kind.record(row, {name: values[number] for name, values in found.items()})
        for number, row in enumerate(rows)
    ]


def _used(kind: Kind, names: set[str]) -> list[Detail]:
    return [detail for detail in kind.details if any(name.startswith(f"{detail.name}.") for name in names)]


def _details(dynamics: Records, detail: Detail, rows: Sequence[Row]) -> list[dict[str, Plain]]:
    """Make the detail's fields for each record."""
    criteria = [criterion for row in rows if (criterion := detail.criterion(row))]
    parts: dict[tuple[str, ...], list[Row]] = {}
    for part in dynamics.find(detail.entity, criteria, select=detail.read) if criteria else ():
        parts.setdefault(tuple(_folded(part.values.get(name)) for name in detail.join), []).append(part)
    return [
        detail.values(parts.get(tuple(_folded(row.values.get(of)) for of in detail.join.values()), ()))
        for row in rows
    ]


def _folded(value: Plain) -> str:
    return "" if value is None else str(value).rstrip().casefold()
