"""Find, page by page, which records a mapping has to look at again. Pure but for the ports; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connectors.dynamics.model import Entity, Row
from connectors.dynamics.seek import Position, position_of, walk_order
from connectors.dynamics.values import literal
from integration_portal.sync.ports import Records
from integration_portal.sync.read import complete, complete_page, row_fields
from mappings.catalogue.kind import Record, Stamped
from mappings.fingerprints import fingerprint
from mappings.rules import BoardRule

# Transactions can commit later than their stamp: what was stamped so shortly before the last reading is read again.
OVERLAP = timedelta(minutes=10)
PAGE = 1000


class Walks(Records, Protocol):
    """Dynamics, for walking."""

    def read_pages(
        self,
        entity: Entity,
        *,
        filter: str = "",
        select: Sequence[str] = (),
        order_by: Sequence[str] = (),
        page_size: int = PAGE,
        after: Position | None = None,
    ) -> Iterator[list[Row]]:
        """Walk over the records of all companies by position."""


@dataclass(frozen=True)
class Sighting:
    """What is kept of a record that has a link."""

    fingerprint: str
    gone: bool


@dataclass(frozen=True)
class Page:
    """One page of a walk.

    Attributes:
        records: those the mapping wants, as read.
        keys: of every record that was seen, wanted or not.
        after: where the walk stands now.
        newest: the greatest stamp of the page, None without one.
    """

    records: Sequence[Record]
    keys: Sequence[str]
    after: Position
    newest: datetime | None = None


def sweep(dynamics: Walks, rule: BoardRule, *, compare: bool, after: Position | None) -> Iterator[Page]:
    """Walk over every record of the kind.

    Args:
        compare: read what the mapping shows; False: keys only, to see which records are still there.
        after: go on behind this position.
    """
    kind = rule.kind
    fields = (rule.fields() if compare else set()) | {one.field for one in rule.conditions}
    order = walk_order(kind.entity, ())
    select = row_fields(kind, fields)
    for rows in dynamics.read_pages(
        kind.entity, filter=_companies(rule), select=select, page_size=PAGE, after=after
    ):
        records = (
            complete_page(dynamics, kind, rows, fields) if compare else [kind.record(row) for row in rows]
        )
        yield Page(
            [one for one in records if rule.wants(one)],
            [one.key for one in records],
            position_of(rows[-1], order),
        )


def changes(
    dynamics: Walks, rule: BoardRule, source: Stamped, *, since: datetime, after: Position | None
) -> Iterator[Page]:
    """Walk over the records whose stamp is not older than `since`, less the overlap."""
    kind, entity = rule.kind, source.entity
    own = entity.entity_set == kind.entity.entity_set
    stamp = entity.field(source.stamp)
    bounds = [
        f"{stamp.name} ge {literal(stamp, since - OVERLAP)}",
        source.filter,
        _companies(rule) if own else "",
    ]
    select = row_fields(kind, rule.fields()) if own else list(source.keys.values())
    order = walk_order(entity, (stamp.name,))
    for rows in dynamics.read_pages(
        entity,
        filter=" and ".join(f"({bound})" for bound in bounds if bound),
        select=select,
        order_by=(stamp.name,),
        page_size=PAGE,
        after=after,
    ):
        named = rows if own else _named(dynamics, rule, source, rows)
        records = complete(dynamics, kind, named, rule.fields())
        newest = rows[-1].values[stamp.name]
        yield Page(
            [one for one in records if rule.wants(one)],
            [one.key for one in records],
            position_of(rows[-1], order),
            newest if isinstance(newest, datetime) else None,
        )


def changed(rule: BoardRule, page: Page, known: Mapping[str, Sighting]) -> list[tuple[Record, str]]:
    """Choose the records of a page that somebody has to look at.

    Args:
        known: sightings by record key.

    Returns:
        Each with its fingerprint.
    """
    found = []
    for record in page.records:
        mark, seen = fingerprint(rule, record), known.get(record.key)
        if seen is None or seen.gone or seen.fingerprint != mark:
            found.append((record, mark))
    return found


def _named(dynamics: Walks, rule: BoardRule, source: Stamped, rows: Sequence[Row]) -> list[Row]:
    """Read the kind's own rows that stamps elsewhere speak of."""
    criteria = [{field: row.values[of] for field, of in source.keys.items()} for row in rows]
    wanted = row_fields(rule.kind, rule.fields() | set(source.keys))
    return list(dynamics.find(rule.kind.entity, criteria, select=wanted))


def _companies(rule: BoardRule) -> str:
    kind = rule.kind
    if not rule.companies or not kind.company_field:
        return ""
    field = kind.entity.field(kind.company_field)
    return " or ".join(f"{field.name} eq {literal(field, company)}" for company in sorted(rule.companies))
