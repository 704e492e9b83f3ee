"""Bring records to one board: lease, translate, compare with the baseline, write what differs.

Knows no Django: what it needs is in `ports`, what it learns it gives back as `Written`, one for each record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.errors import ConnectorError, NotFound, Permanent, Rejected, Transient
from connectors.monday.model import Board, Item, Outcome
from integration_portal.sync.ports import Items, Lanes, Written
from mappings.catalogue.kind import Record
from mappings.links import Link, LinkUpdate
from mappings.planner import Plan, plan
from mappings.rules import BoardRule
from mappings.translate import Desired, Untranslatable, state_of, to_item

# A board as last read is believed this long; a label or column that is missing from it is looked up afresh earlier.
BOARD_FRESH_S = 600.0
BOARD_SETTLED_S = 5.0


class LaneBusy(Transient):
    """Another worker is at this record, or was after we read it: come back in a moment."""


@dataclass
class _Work:
    """One record on its way."""

    record: Record
    desired: Desired
    link: Link
    adopted: bool = False


class ToBoard:
    """One batch of records for one board.

    Args:
        host: base URL of the Dynamics environment, for links back.
        read_at: epoch seconds just before the records were read.
    """

    def __init__(self, rule: BoardRule, items: Items, lanes: Lanes, *, host: str, read_at: float) -> None:
        self.rule = rule
        self.items = items
        self.lanes = lanes
        self.host = host
        self.read_at = read_at

    def bring(self, records: Sequence[Record]) -> list[Written]:
        """Bring them all.

        Raises:
            ConnectorError: the board could not be read; no lane is held then.
        """
        board = self._board()
        desired, failed = self._translate(records, board)
        by_key = {record.key: record for record in records if record.key in desired}
        self._read_keys_once(board)
        links = self.lanes.lease(self.rule, list(by_key))
        work = []
        for key, record in by_key.items():
            link = links.get(key)
            if link is None:
                failed.append(
                    self._failed(record, LaneBusy("Another worker is at this record.", system="portal"))
                )
            elif link.settled_at is not None and link.settled_at >= self.read_at:
                stale = LaneBusy("The record was written again after it was read.", system="portal")
                failed.append(self._failed(record, stale, link))
            else:
                work.append(_Work(record, desired[key], link))
        try:
            self._look_before_creating(work, board)
        except ConnectorError as error:
            return failed + [self._failed(one.record, error, one.link) for one in work]
        return failed + self._write(work)

    # --- The board ------------------------------------------------------------------------------------------

    def _board(self, *, newer_than_s: float = BOARD_FRESH_S) -> Board:
        kept = self.lanes.board(self.rule)
        if kept and self.lanes.now() - kept[1] < newer_than_s:
            return kept[0]
        board = self.items.board(self.rule.board_id)
        self.lanes.keep_board(self.rule, board)
        return board

    def _translate(self, records: Iterable[Record], board: Board) -> tuple[dict[str, Desired], list[Written]]:
        """Translate all; when one does not fit the board as last read, read the board again once."""
        desired: dict[str, Desired] = {}
        failed: list[Written] = []
        for record in records:
            try:
                desired[record.key] = to_item(self.rule, record, board, host=self.host)
            except Untranslatable:
                board = self._board(newer_than_s=BOARD_SETTLED_S)
                try:
                    desired[record.key] = to_item(self.rule, record, board, host=self.host)
                except Untranslatable as problem:
                    failed.append(self._failed(record, Rejected(str(problem), system="portal")))
        return desired, failed

    # --- Never a second item --------------------------------------------------------------------------------

    def _read_keys_once(self, board: Board) -> None:
        """Before the first create ever, link every item of the board that carries a key already."""
        if self.rule.keys_read_at is not None:
            return
        at = self.lanes.now()
        for page in self.items.walk_items(self.rule.board_id, columns=self._columns()):
            self.lanes.adopt(self.rule, self._by_key(page, board))
        self.lanes.keys_were_read(self.rule, at)

    def _look_before_creating(self, work: Sequence[_Work], board: Board) -> None:
        """Look up by key what is about to be created and may be there already, and adopt it."""
        trusted = self.rule.trust_keys_s and (
            self.rule.keys_read_at is None
            or self.lanes.now() - self.rule.keys_read_at < self.rule.trust_keys_s
        )
        unsure = [one for one in work if not one.link.item_id and (one.link.uncertain or not trusted)]
        if not unsure:
            return
        keys = [one.record.key for one in unsure]
        found = self._by_key(
            self.items.items_by_key(
                self.rule.board_id, self.rule.key_column_id, keys, columns=self._columns()
            ),
            board,
        )
        taken = self.lanes.linked_items(self.rule, [item_id for item_id, _ in found.values()])
        for one in unsure:
            item_id, baseline = found.get(one.record.key, ("", {}))
            if item_id and item_id not in taken:
                one.link = replace(one.link, item_id=item_id, baseline=baseline, uncertain=False)
                one.adopted = True

    def _columns(self) -> list[str]:
        return [self.rule.key_column_id, *(column.column_id for column in self.rule.columns)]

    def _by_key(self, items: Iterable[Item], board: Board) -> dict[str, tuple[str, Mapping[str, object]]]:
        """Order items by their key; of several with one key the oldest counts."""
        found: dict[str, tuple[str, Mapping[str, object]]] = {}
        for item in sorted(items, key=lambda one: int(one.id), reverse=True):
            state = state_of(self.rule, item, board)
            key = str(state["cells"].get(self.rule.key_column_id, ""))
            if key and item.state == "active":
                found[key] = (item.id, state)
        return found

    # --- Writing --------------------------------------------------------------------------------------------

    def _write(self, work: Sequence[_Work]) -> list[Written]:
        plans = [self._plan(one) for one in work]
        writes = [write for made in plans for write in made.writes]
        outcomes = iter(self.items.write(writes) if writes else [])
        return [
            self._written(one, made, [next(outcomes) for _ in made.writes])
            for one, made in zip(work, plans, strict=True)
        ]

    def _plan(self, one: _Work) -> Plan:
        return plan(
            self.rule,
            one.desired,
            record_key=one.record.key,
            item_id=one.link.item_id,
            baseline=one.link.baseline,
            # A create without an answer must be the same again, but another one once its link was deleted. A change is another
            # one in every run, lest an old answer do for it.
            occasion=f"{self.read_at:.6f}" if one.link.item_id else f"{one.link.id}.{one.link.answers}",
            sure=not one.link.uncertain,
        )

    def _written(self, one: _Work, made: Plan, outcomes: Sequence[Outcome]) -> Written:
        error = next((outcome.error for outcome in outcomes if outcome.error), None)
        if error is not None:
            unseen = any(outcome.error is None or outcome.error.may_have_applied for outcome in outcomes)
            return self._failed(one.record, self._explained(error, one), one.link, unseen=unseen)
        item_id = outcomes[0].item_id if made.creates else one.link.item_id
        update = LinkUpdate(
            one.link.id,
            item_id=item_id,
            baseline=made.baseline,
            settled_at=self.read_at,
            answered=bool(outcomes),
        )
        return Written(
            rule=self.rule,
            record_key=one.record.key,
            title=one.record.title,
            update=update,
            created=made.creates,
            adopted=one.adopted,
            changed=bool(made.writes),
            before=made.before,
            after=made.after,
            reason=" ".join(one.desired.remarks),
        )

    def _explained(self, error: ConnectorError, one: _Work) -> ConnectorError:
        if isinstance(error, NotFound) and one.link.item_id:
            return NotFound(
                f"Item {one.link.item_id} of {one.record.title} is no longer on the board. Restore it on monday and press "
                "Retry, or delete its record link to have the item created anew.",
                system="monday",
                operation=error.operation,
                status=error.status,
                request_id=error.request_id,
            )
        return error

    def _failed(
        self, record: Record, error: Exception, link: Link | None = None, *, unseen: bool = False
    ) -> Written:
        """Give the lane back, and remember an item that was found.

        Args:
            unseen: something was written, or may have been, that the baseline does not know of.
        """
        update = None
        if link is not None:
            update = LinkUpdate(
                link.id,
                item_id=link.item_id or None,
                baseline=link.baseline if link.item_id else None,
                uncertain=link.uncertain or unseen,
                answered=isinstance(error, Permanent),
            )
        return Written(rule=self.rule, record_key=record.key, title=record.title, update=update, error=error)
