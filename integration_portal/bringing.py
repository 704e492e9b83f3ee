"""Bring records to their boards: what a board needs of others is gathered first, then `sync.to_monday` does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors import connections, registry
from connectors.errors import ConnectorError, NeedsOperator, NotUsable
from integration_portal.batch import Batch
from integration_portal.lanes import StoredLanes
from integration_portal.sync.gone import mark_gone
from integration_portal.sync.lookups import People, people_of
from integration_portal.sync.ports import Items, Records, Written
from integration_portal.sync.read import Hint, read_records
from integration_portal.sync.to_monday import ToBoard
from mappings import reference_store, store
from mappings.catalogue.kind import Record
from mappings.rules import BoardRule
from mappings.translate import Lookups, linked_key


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
        try:
            items = _items(rule)
            links, failed = self._linked(rule, records)
            failures = {one.record_key for one in failed}
            ready = [record for record in records if record.key not in failures]
            lookups = Lookups(links, people_of(rule, ready, items))
            host = self.batch.environment.host
            board = ToBoard(rule, items, self.lanes, host=host, read_at=self.read_at, lookups=lookups)
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

    def _linked(
        self, rule: BoardRule, records: Sequence[Record]
    ) -> tuple[dict[tuple[int, str], str], list[Written]]:
        """Find the items that Connect Boards columns point at, and bring first what is not on its board yet.

        No lane of ours is held meanwhile, so two workers never wait for each other: whoever comes second to a new vendor finds
        its lane busy and comes back.

        Returns:
            ({(linked mapping id, record key): item id}, the records that cannot be brought now).
        """
        found: dict[tuple[int, str], str] = {}
        failed: dict[str, Written] = {}
        for column in rule.columns:
            target = store.rule(column.linked_mapping_id) if column.linked_mapping_id is not None else None
            if target is None:
                continue
            wanted = {
                linked_key(record, value): (record.company, value)
                for record in records
                if (value := record.values.get(column.field))
            }
            known = store.item_ids(target.mapping_id, wanted)
            missing = {key: named for key, named in wanted.items() if key not in known}
            errors = self._bring_first(target, missing) if missing else {}
            known |= store.item_ids(target.mapping_id, missing) if missing else {}
            found |= {(target.mapping_id, key): item_id for key, item_id in known.items()}
            for record in records:
                key = linked_key(record, record.values.get(column.field))
                if key in errors:
                    failed[record.key] = Written(rule, record.key, record.title, None, error=errors[key])
        return found, list(failed.values())

    def _bring_first(
        self, target: BoardRule, missing: Mapping[str, tuple[str, object]]
    ) -> dict[str, Exception]:
        """Bring records of another mapping; returns the errors by record key."""
        kind = target.kind
        hints = [
            Hint(
                0,
                ({kind.company_field: company} if kind.company_field else {}) | {kind.reference: str(value)},
            )
            for company, value in missing.values()
        ]
        records = read_records(self.dynamics, kind, hints, target.fields())
        written = self.bring(target, [record for record in records if target.wants(record)])
        self.batch.keep(written)
        return {one.record_key: one.error for one in written if one.error is not None}


class _ItemsAndPeople(Items, People):
    """One monday account: its items and its users."""


def _items(rule: BoardRule) -> _ItemsAndPeople:
    """Open the account of a mapping.

    Raises:
        NotUsable: the mapping is paused.
        NeedsOperator: the account is.
    """
    if rule.paused_reason:
        raise NotUsable(rule.paused_reason, system="portal")
    account = registry.load_account(rule.account_id)
    if account.paused_at:
        raise NeedsOperator(account.paused_reason, system="monday")
    return connections.monday(account)  # type: ignore[return-value]  # it has the methods of both
