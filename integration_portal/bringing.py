"""Bring records to their boards: what a board needs of others is gathered first, then `sync.to_monday` does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors import connections, registry
from connectors.errors import ConnectorError, NeedsOperator, NotUsable, Permanent
from integration_portal.batch import Batch
from integration_portal.lanes import StoredLanes
from integration_portal.pausing import reading_scope, scope_of
from integration_portal.sync.gone import mark_gone
from integration_portal.sync.lookups import People, people_of
from integration_portal.sync.ports import Items, Records, Written
from integration_portal.sync.read import Hint, read_records
from integration_portal.sync.to_monday import ToBoard
from mappings import reference_store, store
from mappings.catalogue.kind import Record
from mappings.rules import BoardRule
from mappings.translate import Lookups, linked_key

# (mapping id, record key) of the records that wait for one another, step by step.
Way = tuple[frozenset[tuple[int, str]], ...]

# An invoice's vendor, and what that points at: further than this a link waits for the next round.
MOST_STEPS = 4


@dataclass
class _Links:
    """What the Connect Boards columns of some records point at.

    Attributes:
        items: (linked mapping id, record key) -> item id.
        failed: records that cannot be brought now, by their key.
        unfinished: keys of records that point at one which has no item yet, and waits for ours.
    """

    items: dict[tuple[int, str], str] = field(default_factory=dict)
    failed: dict[str, Written] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)


class Bringing:
    """The boards' part of one batch.

    Args:
        lease_s: how long a lane is held if this worker dies.
        read_at: epoch seconds just before the records were read.
    """

    def __init__(self, batch: Batch, dynamics: Records, *, lease_s: float, read_at: float) -> None:
        self.batch = batch
        self.dynamics = dynamics
        self.lanes = StoredLanes(batch.owner, lease_s)
        self.read_at = read_at

    def bring(self, rule: BoardRule, records: Sequence[Record]) -> list[Written]:
        """Bring records to one board; a board that cannot be reached fails its records, not the other boards'."""
        return self._bring(rule, records, ())

    def _bring(self, rule: BoardRule, records: Sequence[Record], way: Way) -> list[Written]:
        """Bring records that others, those of `way`, wait for."""
        try:
            items = _items(rule)
            links = self._linked(
                rule, records, (*way, frozenset((rule.mapping_id, one.key) for one in records))
            )
            ready = [record for record in records if record.key not in links.failed]
            lookups = Lookups(links.items, people_of(rule, ready, items))
            board = ToBoard(
                rule,
                items,
                self.lanes,
                host=self.batch.environment.host,
                read_at=self.read_at,
                lookups=lookups,
                unfinished=links.unfinished,
            )
            failed = list(links.failed.values())
            return failed + (self._remarked(rule, ready, board.bring(ready)) if ready else [])
        except ConnectorError as error:
            return [Written(rule, record.key, record.title, None, error=error) for record in records]

    def say_gone(self, rule: BoardRule, titles: Mapping[str, str]) -> list[Written]:
        """Tell one board that records are gone.

        Args:
            titles: record key -> what people call the record.
        """
        try:
            return mark_gone(rule, _items(rule), self.lanes, titles)
        except ConnectorError as error:
            return [Written(rule, key, title, None, error=error) for key, title in titles.items()]

    def _remarked(
        self, rule: BoardRule, records: Sequence[Record], written: Sequence[Written]
    ) -> list[Written]:
        """Say of what was written where it refers to values that do not exist in Dynamics or are out of use there."""
        changed = {one.record_key for one in written if one.changed}
        remarks = reference_store.remarks(
            self.batch.environment.pk,
            rule.kind,
            [record for record in records if record.key in changed],
            rule.fields(),
        )
        return [
            replace(one, reason=f"{one.reason} {remarks[one.record_key]}".strip())
            if one.record_key in remarks
            else one
            for one in written
        ]

    # --- Items that ours point at -------------------------------------------------------------------------------

    def _linked(self, rule: BoardRule, records: Sequence[Record], way: Way) -> _Links:
        """Find the items that Connect Boards columns point at, and bring first what is not on its board yet.

        No lane of ours is held meanwhile, so two workers never wait for each other: whoever comes second to a new vendor finds
        its lane busy and comes back.
        """
        links = _Links()
        for column in rule.columns:
            target = store.rule(column.linked_mapping_id) if column.linked_mapping_id is not None else None
            if target is not None:
                self._follow(rule, column.field, target, records, way, links)
        return links

    def _follow(
        self,
        rule: BoardRule,
        field: str,
        target: BoardRule,
        records: Sequence[Record],
        way: Way,
        links: _Links,
    ) -> None:
        """Follow one column to the mapping whose items it points at."""
        wanted = {
            linked_key(record, value): (record.company, value)
            for record in records
            if (value := record.values.get(field))
        }
        known = store.item_ids(target.mapping_id, wanted)
        links.items |= {(target.mapping_id, key): item_id for key, item_id in known.items()}
        missing = {key: named for key, named in wanted.items() if key not in known}
        # Mappings may point at each other in a circle. Who is on the way already has no item to point at yet.
        later = {
            key
            for key in missing
            if len(way) > MOST_STEPS or any((target.mapping_id, key) in step for step in way)
        }
        first = {key: named for key, named in missing.items() if key not in later}
        found, failed = self._bring_first(target, first, way) if first else ({}, {})
        links.items |= {(target.mapping_id, key): item_id for key, item_id in found.items()}
        for record in records:
            key = linked_key(record, record.values.get(field))
            if key in failed:
                links.failed[record.key] = _held_up(rule, record, failed[key])
            elif key in later:
                links.unfinished.add(record.key)

    def _bring_first(
        self, target: BoardRule, missing: Mapping[str, tuple[str, object]], way: Way
    ) -> tuple[dict[str, str], dict[str, Written]]:
        """Bring records of another mapping that ours point at.

        Args:
            missing: key as our records name it -> legal entity and value.

        Returns:
            The item ids and the failures, both by the key as our records name it; what Dynamics does not have is in neither.
        """
        kind = target.kind
        hints = [
            Hint(
                0,
                ({kind.company_field: company} if kind.company_field else {}) | {kind.reference: str(value)},
            )
            for company, value in missing.values()
        ]
        try:
            records = read_records(self.dynamics, kind, hints, target.fields())
        except ConnectorError as error:
            scope = reading_scope(error, target, self.batch.environment.pk)
            return {}, dict.fromkeys(missing, Written(target, "", "", None, error=error, scope=scope))
        records = [record for record in records if target.wants(record)]
        written = self._bring(target, records, way) if records else []
        self.batch.keep(written)
        # Dynamics compares without regard to case, so an invoice may name its vendor in another one.
        named = {key.casefold(): key for key in missing}
        items = {
            named[key.casefold()]: item_id
            for key, item_id in store.item_ids(target.mapping_id, [one.key for one in records]).items()
            if key.casefold() in named
        }
        failed = {one.record_key.casefold(): one for one in written if one.error is not None}
        return items, {key: failed[key.casefold()] for key in missing if key.casefold() in failed}


def _held_up(rule: BoardRule, record: Record, first: Written) -> Written:
    """Let a record share the lot of the one that comes first."""
    error = first.error
    if isinstance(error, Permanent):
        said = f"{first.title}, which it points at, cannot be brought to its board: {error.detail}"
        error = type(error)(
            said,
            system=error.system,
            operation=error.operation,
            status=error.status,
            request_id=error.request_id,
        )
    scope = first.scope or scope_of(error, first.rule)
    return Written(rule, record.key, record.title, None, error=error, scope=scope)


class _ItemsAndPeople(Items, People):
    """One monday account: its items and its users."""


def _items(rule: BoardRule) -> _ItemsAndPeople:
    """Open the account of a mapping.

    Raises:
        NotUsable: the mapping is paused.
        NeedsOperator: the account is.
    """
    if rule.paused_reason:
        raise NotUsable(rule.paused_reason)
    account = registry.load_account(rule.account_id)
    if account.paused_at:
        raise NeedsOperator(account.paused_reason, system="monday")
    return connections.monday(account)  # type: ignore[return-value]  # it has the methods of both
