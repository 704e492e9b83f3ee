"""Read records: those a batch of events speaks of, and what rows lack that a schedule's walk came by.

One request for the batch, one more for each detail in use (or a few, where addresses would grow too long).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.dynamics.model import Entity, Plain, Row
from connectors.dynamics.values import literal
from integration_portal.sync.ports import Records
from mappings.catalogue.detail import Detail
from mappings.catalogue.kind import Kind, Record

# About so many records fit into one address.
_FEW = 40
# Details are small; the server's own pages end at 10,000.
_MANY = 5000


class Pages(Records, Protocol):
    """Dynamics, for reading long stretches."""

    def read_pages(
        self, entity: Entity, *, filter: str = "", select: Sequence[str] = (), page_size: int = _MANY
    ) -> Iterator[list[Row]]:
        """Walk over the records that a filter lets through."""


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
    used = _used(kind, set(fields))
    return _joined(kind, rows, [(detail, _asked(dynamics, detail, rows)) for detail in used])


def complete_page(dynamics: Pages, kind: Kind, rows: Sequence[Row], fields: Iterable[str]) -> list[Record]:
    """Make records of rows as `complete` does, of many that follow each other in the order of the kind's key with none left out.

    Details that stand in the same order are then read from the first to the last of them, instead of one by one in addresses of
    2,000 characters: a call in place of about thirty for a page of a thousand.
    """
    parts: list[tuple[Detail, Iterable[Row]]] = []
    for detail in _used(kind, set(fields)):
        spans = _spans(kind, detail, rows)
        found = _spanned(dynamics, detail, spans) if spans else _asked(dynamics, detail, rows)
        parts.append((detail, found))
    return _joined(kind, rows, parts)


def _used(kind: Kind, names: set[str]) -> list[Detail]:
    return [detail for detail in kind.details if any(name.startswith(f"{detail.name}.") for name in names)]


def _asked(dynamics: Records, detail: Detail, rows: Sequence[Row]) -> Iterable[Row]:
    criteria = [criterion for row in rows if (criterion := detail.criterion(row))]
    return dynamics.find(detail.entity, criteria, select=detail.read) if criteria else ()


def _spanned(dynamics: Pages, detail: Detail, spans: Sequence[str]) -> Iterator[Row]:
    for span in spans:
        for page in dynamics.read_pages(detail.entity, filter=span, select=detail.read, page_size=_MANY):
            yield from page


def _spans(kind: Kind, detail: Detail, rows: Sequence[Row]) -> list[str]:
    """Write one filter for each legal entity of the rows, from its first row to its last.

    None where the details stand in another order, where the rows are so few that asking for each costs no more, or where a value
    cannot stand in a filter.
    """
    asked = detail.asked_by or tuple(detail.join)
    leading = tuple(detail.join[name] for name in asked)
    if len(asked) != 2 or leading != kind.entity.keys[:2]:
        return []
    ends: dict[Plain, tuple[Plain, Plain]] = {}
    for company, value in ((row.values[leading[0]], row.values[leading[1]]) for row in rows):
        ends[company] = (ends[company][0] if company in ends else value, value)
    if len(rows) < _FEW * len(ends) or any(None in (company, *pair) for company, pair in ends.items()):
        return []
    within, by = (detail.entity.field(name) for name in asked)
    return [
        f"{within.name} eq {literal(within, company)} and {by.name} ge {literal(by, first)} and {by.name} le {literal(by, last)}"
        for company, (first, last) in ends.items()
    ]


def _joined(kind: Kind, rows: Sequence[Row], found: Iterable[tuple[Detail, Iterable[Row]]]) -> list[Record]:
    """Put to every row what its details come to."""
    values = {detail.name: _details(detail, rows, parts) for detail, parts in found}
    return [
        kind.record(row, {name: each[number] for name, each in values.items()})
        for number, row in enumerate(rows)
    ]


def _details(detail: Detail, rows: Sequence[Row], parts: Iterable[Row]) -> list[dict[str, Plain]]:
    """Make the detail's fields for each record."""
    sorted_in: dict[tuple[str, ...], list[Row]] = {
        tuple(_folded(row.values.get(of)) for of in detail.join.values()): [] for row in rows
    }
    for part in parts:
        whose = tuple(_folded(part.values.get(name)) for name in detail.join)
        if whose in sorted_in:
            sorted_in[whose].append(part)
    return [
        detail.values(sorted_in[tuple(_folded(row.values.get(of)) for of in detail.join.values())])
        for row in rows
    ]


def _folded(value: Plain) -> str:
    return "" if value is None else str(value).rstrip().casefold()
