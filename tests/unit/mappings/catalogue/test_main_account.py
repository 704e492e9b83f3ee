"""Main accounts."""

from __future__ import annotations

from mappings.catalogue.kinds.main_account import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestMainAccount(KindContract):
    kind = KIND

    def test_it_belongs_to_a_chart_and_to_no_legal_entity(self) -> None:
        record = self.record(ChartOfAccounts="Shared", MainAccountId="200110")
        assert (record.key, record.company) == ("shared/200110", "")
        assert self.kind.within == "ChartOfAccounts"
