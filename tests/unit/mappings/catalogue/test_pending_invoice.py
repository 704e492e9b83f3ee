"""Pending vendor invoices."""

from __future__ import annotations

from decimal import Decimal

from connectors.dynamics.model import Row
from mappings.catalogue.kinds.pending_invoice import KIND
from tests.unit.mappings.catalogue.contract import KindContract, detail_of


class TestPendingInvoice(KindContract):
    kind = KIND

    def test_its_amount_is_that_of_its_lines(self) -> None:
        lines = [Row({"NetAmount": Decimal("-0.10")}), Row({"NetAmount": Decimal("0.30")})]
        assert detail_of(self.kind, "lines").values(lines) == {"NetAmount": Decimal("0.20")}

    def test_it_is_found_by_its_header_for_the_number_may_change(self) -> None:
        assert (
            self.record(dataAreaId="usmf", HeaderReference="000007", InvoiceNumber=None).key == "usmf/000007"
        )

    def test_what_belongs_to_posting_is_not_writable(self) -> None:
        for name in (
            "InvoiceNumber",
            "InvoiceAccount",
            "Currency",
            "InvoiceDate",
            "VendorInvoiceReviewStatus",
        ):
            assert not self.kind.writable(name)
        for name in ("DueDate", "IsOnHold", "IsApproved", "ApproverPersonnelNumber", "Comment"):
            assert self.kind.writable(name)
