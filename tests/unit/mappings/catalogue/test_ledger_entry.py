"""General ledger entries."""

from __future__ import annotations

from decimal import Decimal

from connectors.dynamics.model import Row
from mappings.catalogue.kinds.ledger_entry import KIND
from tests.unit.mappings.catalogue.contract import KindContract, detail_of


class TestLedgerEntry(KindContract):
    kind = KIND

    def test_its_legal_entity_is_that_of_its_voucher(self) -> None:
        assert self.record(SubledgerVoucherDataAreaId="USMF").company == "usmf"
        assert "SubledgerVoucherDataAreaId" in self.kind.always_read

    def test_debit_and_credit_are_added_up_apart(self) -> None:
        entries = [
            Row({"AccountingCurrencyAmount": Decimal("80.10"), "IsCredit": "No"}),
            Row({"AccountingCurrencyAmount": Decimal("19.90"), "IsCredit": "No"}),
            Row({"AccountingCurrencyAmount": Decimal(-100), "IsCredit": "Yes"}),
        ]
        assert detail_of(self.kind, "accounts").values(entries) == {
            "Debit": Decimal(100),
            "Credit": Decimal(-100),
        }

    def test_nothing_of_it_is_writable(self) -> None:
        assert not any(field.writable for field in self.kind.entity.fields)
