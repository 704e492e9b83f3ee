"""General journals."""

from __future__ import annotations

from mappings.catalogue.kinds.ledger_journal import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestLedgerJournal(KindContract):
    kind = KIND

    def test_a_posted_one_is_read_only_by_construction(self) -> None:
        assert self.record(IsPosted="No").writable("Description")
        assert not self.record(IsPosted="Yes").writable("Description")

    def test_before_posting_only_its_description_may_change(self) -> None:
        assert [one.name for one in self.kind.entity.fields if one.writable] == ["Description"]
