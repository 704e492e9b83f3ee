"""Posted vendor invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from connectors.dynamics.model import Plain
from mappings.catalogue.kinds.posted_invoice import KIND
from tests.unit.mappings.catalogue.contract import KindContract, detail_of, row_of


class TestPostedInvoice(KindContract):
    kind = KIND

    def state(self, **values: Plain) -> Plain:
        payment = detail_of(self.kind, "payment")
        return payment.values([row_of(payment.entity, **values)])["State"]

    def test_it_is_paid_once_its_transaction_is_closed(self) -> None:
        assert self.state(Closed=date(2026, 3, 1), SettleAmountCur=Decimal(-100)) == "Paid"
        assert self.state(Closed=None, SettleAmountCur=Decimal(-40)) == "Partly paid"
        assert self.state(Closed=None, SettleAmountCur=Decimal(0)) == "Open"

    def test_its_transaction_is_asked_for_by_voucher_and_told_by_vendor_and_number(self) -> None:
        payment = detail_of(self.kind, "payment")
        row = row_of(self.kind.entity, dataAreaId="usmf", LedgerVoucher="APIN-1")
        assert payment.criterion(row) == {"dataAreaId": "usmf", "Voucher": "APIN-1"}
        assert {"AccountNum", "Invoice"} <= set(payment.join)

    def test_a_payment_is_a_change_of_it(self) -> None:
        assert [source.entity.entity_set for source in self.sources] == [
            "VendInvoiceJourBiEntities",
            "VendTransBiEntities",
        ]

    def test_nothing_of_it_is_writable(self) -> None:
        assert not any(field.writable for field in self.kind.entity.fields)
