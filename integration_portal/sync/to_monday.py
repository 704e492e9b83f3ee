"""Bring records to one board: lease, translate, compare with the baseline, write what differs.

Knows no Django: what it needs is in `ports`, what it learns it gives back as `Written`, one for each record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.errors import ConnectorError, Misconfigured, NotFound, NotUsable, Permanent, Rejected
from connectors.monday.model import AddUpdate, Board, Outcome
from integration_portal.sync.adoption import Adoption
from integration_portal.sync.ports import Items, LaneBusy, Lanes, Written
from mappings.catalogue.kind import Record
from mappings.fingerprints import fingerprint
from mappings.links import Link, LinkUpdate
from mappings.planner import Plan, plan
from mappings.rules import BoardRule
from mappings.translate import NOTHING_KNOWN, Desired, Lookups, Untranslatable, to_item

# A board as last read is believed this long; a label or column that is missing from it is looked up afresh earlier.
BOARD_FRESH_S = 600.0
BOARD_SETTLED_S = 5.0

# What monday says when the board is gone or no longer as mapped, but also about single records and items.
_MAY_BE_THE_BOARD = (Rejected, NotFound, Misconfigured)


@dataclass
class _Work:
    """One record on its way."""

    record: Record
    desired: Desired
    link: Link
    adopted: bool = False
    inherited: Link | None = None


class ToBoard:
    """One batch of records for one board.

    Args:
        host: base URL of the Dynamics environment, for links back.
        read_at: epoch seconds just before the records were read.
        lookups: items that columns of ours point at, and people.
        unfinished: keys of records with a link that only the next look can make.
    """

    def __init__(
        self,
        rule: BoardRule,
        items: Items,
        lanes: Lanes,
        *,
        host: str,
        read_at: float,
        lookups: Lookups = NOTHING_KNOWN,
        unfinished: Collection[str] = (),
    ) -> None:
        self.rule = rule
        self.items = items
        self.lanes = lanes
        self.host = host
        self.read_at = read_at
        self.lookups = lookups
        self.unfinished = unfinished
        self._read_anew: Board | ConnectorError | None = None

    def bring(self, records: Sequence[Record]) -> list[Written]:
        """Bring them all.

        Raises:
            ConnectorError: the board could not be read; no lane is held then.
        """
        board = self._board()
        desired, failed = self._translate(records, board)
        by_key = {record.key: record for record in records if record.key in desired}
        if not by_key:
            return failed
        adoption = Adoption(self.rule, self.items, self.lanes, board)
        try:
            adoption.read_keys_once()
        except ConnectorError as error:
            raise self._judged(error, next(iter(by_key.values()))) from error
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
        work, busy = self._inherit(work)
        failed += busy
        try:
            self._adopt(work, adoption)
        except ConnectorError as error:
            return failed + [self._failed_work(one, self._judged(error, one.record)) for one in work]
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
                desired[record.key] = self._desired(record, board)
            except Untranslatable:
                board = self._board(newer_than_s=BOARD_SETTLED_S)
                try:
                    desired[record.key] = self._desired(record, board)
                except Untranslatable as problem:
                    kind = NotUsable if problem.drifted else Rejected
                    failed.append(self._failed(record, kind(str(problem), system="portal")))
        return desired, failed

    def _judged(self, error: ConnectorError, record: Record) -> ConnectorError:
        """Tell a refusal of one record from that of every record: was the board changed since we read it?

        monday refuses single writes for a column, label or board that is gone. The board is read again, once in a batch.
        """
        if not isinstance(error, _MAY_BE_THE_BOARD) or isinstance(error, NotUsable):
            return error
        if self._read_anew is None:
            try:
                self._read_anew = self._board(newer_than_s=0.0)
            except ConnectorError as problem:
                self._read_anew = problem
        if isinstance(self._read_anew, ConnectorError):
            return self._read_anew if isinstance(self._read_anew, NotUsable) else error
        try:
            self._desired(record, self._read_anew)
        except Untranslatable as problem:
            if problem.drifted:
                return NotUsable(str(problem), system="portal")
        return error

    def _desired(self, record: Record, board: Board) -> Desired:
        return to_item(self.rule, record, board, host=self.host, lookups=self.lookups)

    # --- Never a second item --------------------------------------------------------------------------------

    def _inherit(self, work: Sequence[_Work]) -> tuple[list[_Work], list[Written]]:
        """Let records that have no item take over their predecessor's: a pending invoice that was posted keeps its item."""
        heirs = [one for one in work if not one.link.item_id and one.record.natural]
        found, busy = self.lanes.inherit(self.rule, [one.record.natural for one in heirs])
        waiting = []
        for one in heirs:
            before = found.pop(one.record.natural, None)
            if before is not None:
                one.inherited = before
                one.link = replace(
                    one.link, item_id=before.item_id, baseline=before.baseline, uncertain=before.uncertain
                )
            elif one.record.natural in busy:
                error = LaneBusy("Another worker is at the item this record takes over.", system="portal")
                waiting.append((one, self._failed(one.record, error, one.link)))
        skipped = {id(one) for one, _ in waiting}
        return [one for one in work if id(one) not in skipped], [written for _, written in waiting]

    def _adopt(self, work: Sequence[_Work], adoption: Adoption) -> None:
        """Look up by key what is about to be created and may be there already."""
        unsure = [
            one for one in work if not one.link.item_id and (one.link.uncertain or not adoption.trusted)
        ]
        found = adoption.find([one.record.key for one in unsure])
        for one in unsure:
            if one.record.key in found:
                item_id, baseline = found[one.record.key]
                one.link = replace(one.link, item_id=item_id, baseline=baseline, uncertain=False)
                one.adopted = True

    # --- Writing --------------------------------------------------------------------------------------------

    def _write(self, work: Sequence[_Work]) -> list[Written]:
        plans = [self._with_note(one, self._plan(one)) for one in work]
        writes = [write for made in plans for write in made.writes]
        outcomes = iter(self.items.write(writes) if writes else [])
        return [
            self._written(one, made, [next(outcomes) for _ in made.writes])
            for one, made in zip(work, plans, strict=True)
        ]

    def _with_note(self, one: _Work, made: Plan) -> Plan:
        if one.inherited is None:
            return made
        lane = f"{self.rule.mapping_id}:{one.record.key}:{one.link.id}:inherited"
        said = f"From now on this item shows: {one.record.title}."
        if not any(field.writable for field in one.record.kind.entity.fields):
            said += " It cannot be changed in Dynamics any more; what is changed here stays here."
        return replace(made, writes=(*made.writes, AddUpdate(lane, one.link.item_id, said)))

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
            judged = self._judged(self._explained(error, one), one.record)
            return self._failed_work(one, judged, unseen=unseen, answered=isinstance(error, Permanent))
        item_id = outcomes[0].item_id if made.creates else one.link.item_id
        update = LinkUpdate(
            one.link.id,
            item_id=item_id,
            baseline=made.baseline,
            settled_at=self.read_at,
            answered=bool(outcomes),
            natural=one.record.natural,
            fingerprint="" if one.record.key in self.unfinished else fingerprint(self.rule, one.record),
            gone=False,
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
            ended=LinkUpdate(one.inherited.id, item_id="", gone=True) if one.inherited else None,
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

    def _failed_work(
        self, one: _Work, error: Exception, *, unseen: bool = False, answered: bool = False
    ) -> Written:
        """Give the lanes back; an item that was to be taken over stays with its old record."""
        if one.inherited is None:
            return self._failed(one.record, error, one.link, unseen=unseen, answered=answered)
        bare = replace(one.link, item_id="", baseline={}, uncertain=False)
        ended = LinkUpdate(one.inherited.id, uncertain=one.inherited.uncertain or unseen)
        return replace(self._failed(one.record, error, bare, answered=answered), ended=ended)

    def _failed(
        self,
        record: Record,
        error: Exception,
        link: Link | None = None,
        *,
        unseen: bool = False,
        answered: bool = False,
    ) -> Written:
        """Give the lane back, and remember an item that was found.

        Args:
            unseen: something was written, or may have been, that the baseline does not know of.
            answered: monday said no for good.
        """
        update = None
        if link is not None:
            update = LinkUpdate(
                link.id,
                item_id=link.item_id or None,
                baseline=link.baseline if link.item_id else None,
                uncertain=link.uncertain or unseen,
                answered=answered,
            )
        return Written(rule=self.rule, record_key=record.key, title=record.title, update=update, error=error)
