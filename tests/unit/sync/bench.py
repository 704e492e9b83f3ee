"""One board, its lanes, and runs against them."""

from __future__ import annotations

from typing import Any

from connectors.errors import (
    Unreachable,
)
from connectors.monday.model import Board, Item
from integration_portal.sync.ports import Written
from integration_portal.sync.to_monday import ToBoard
from mappings.catalogue.kind import Record
from mappings.rules import BoardRule
from tests.fakes.lanes import FakeLanes
from tests.fakes.monday import FakeMonday
from tests.fakes.samples import BOARD, HOST, invoice, rule

ONE = "usmf/5637144577"
LOST = Unreachable("The connection broke.", system="monday", may_have_applied=True)
REFUSED = Unreachable("Refused.", system="monday", may_have_applied=False)
BY_PAYMENT = rule(group_field="Payment", groups={"Paid": "group_paid"})


class Bench:
    """One board, its lanes, and runs against them; each run is settled as the portal does."""

    def __init__(self, *boards: Board) -> None:
        self.monday = FakeMonday.with_boards(*(boards or (BOARD,)))
        self.lanes = FakeLanes(keys_read_at=1.0)

    def bring(
        self,
        *records: Record,
        made: BoardRule | None = None,
        settle: bool = True,
        read_at: float | None = None,
    ) -> list[Written]:
        self.lanes.clock += 10
        made = made or rule()
        if made.keys_read_at is None and self.lanes.keys_read_at is not None:
            made = rule_with(made, keys_read_at=self.lanes.clock - 1)
        at = self.lanes.clock if read_at is None else read_at
        written = ToBoard(made, self.monday, self.lanes, host=HOST, read_at=at).bring(records)
        if settle:
            self.lanes.settle(written)
        return written

    def one(self, *records: Record, **more: Any) -> Written:
        [written] = self.bring(*(records or (invoice(),)), **more)
        return written

    @property
    def items(self) -> list[Item]:
        return self.monday.all_items(BOARD.id)

    def item(self) -> Item:
        [item] = self.items
        return item

    def text(self, column_id: str) -> str:
        return self.monday.texts(self.item()).get(column_id, "")


def rule_with(made: BoardRule, **changes: Any) -> BoardRule:
    return rule(**{name: getattr(made, name) for name in made.__dataclass_fields__} | changes)
