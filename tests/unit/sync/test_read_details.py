"""Details of many records: sums, several details at once, and whole pages in one stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from connectors.dynamics.model import Entity, Plain, Row
from connectors.errors import RateLimited
from integration_portal.sync.read import complete, complete_page, row_fields
from mappings import catalogue
from tests.fakes.dynamics import FakeDynamics
from tests.fakes.samples import CONFIRMATIONS, confirmation_row, invoice_row, order_row

ORDER = catalogue.kind("purchase_order")
INVOICE = catalogue.kind("posted_invoice")
LINES, PAYMENTS = "PurchaseOrderLinesV2", "VendTransBiEntities"
TOTAL, AMOUNT, STATE = "confirmation.TotalConfirmedAmount", "lines.LineAmount", "payment.State"


@dataclass
class FakePages(FakeDynamics):
    """The same, and it reads long stretches.

    Attributes:
        spans: (entity set, filter) of every stretch that was asked for.
    """

    spans: list[tuple[str, str]] = field(default_factory=list)

    def read_pages(
        self, entity: Entity, *, filter: str = "", select: Sequence[str] = (), page_size: int = 0
    ) -> Iterator[list[Row]]:
        self.spans.append((entity.entity_set, filter))
        company, first, last = (part.split("'")[1] for part in filter.split(" and "))
        key = entity.keys[1]
        yield [
            Row({name: row.values.get(name) for name in select})
            for row in self.rows.get(entity.entity_set, [])
            if row.values["dataAreaId"] == company and first <= str(row.values[key]) <= last
        ]
        yield []


def line(number: str, amount: str, **values: Plain) -> Row:
    ordered = {"dataAreaId": "usmf", "PurchaseOrderNumber": number, "LineNumber": 1, "IsDeleted": "No"}
    return Row({**ordered, "LineAmount": Decimal(amount)} | values)


def payment(**values: Plain) -> Row:
    posted = {
        "dataAreaId": "usmf",
        "SourceKey": 1,
        "AccountNum": "US-104",
        "Invoice": "INV-88412",
        "Voucher": "APIN-1",
        "Closed": None,
        "SettleAmountCur": Decimal(0),
    }
    return Row(posted | values)


class TestFields:
    def test_a_row_is_read_with_what_names_it_and_what_its_details_join_on(self) -> None:
        assert row_fields(INVOICE, {"InvoiceAmount", STATE}) == [
            "dataAreaId",
            "SourceKey",
            "InvoiceId",
            "InvoiceAccount",
            "InvoiceAmount",
            "LedgerVoucher",
        ]

    def test_the_legal_entity_is_read_also_where_it_is_no_key(self) -> None:
        assert "SubledgerVoucherDataAreaId" in row_fields(catalogue.kind("ledger_entry"), ())

    def test_what_makes_a_record_read_only_is_read(self) -> None:
        assert "IsPosted" in row_fields(catalogue.kind("ledger_journal"), {"Description"})


class TestSums:
    def test_the_rows_of_each_record_are_added_up(self) -> None:
        rows = [order_row("1"), order_row("2"), order_row("3")]
        lines = [line("1", "10.10"), line("2", "5"), line("1", "0.90"), line("2", "7", IsDeleted="Yes")]
        records = complete(FakeDynamics({LINES: lines}), ORDER, rows, {AMOUNT})
        assert [record.values[AMOUNT] for record in records] == [Decimal("11.00"), Decimal(5), Decimal(0)]

    def test_only_what_is_needed_is_read(self) -> None:
        dynamics = FakeDynamics()
        complete(dynamics, ORDER, [order_row()], {AMOUNT})
        [(entity_set, _criteria, select)] = dynamics.asked
        assert entity_set == LINES
        assert select == ["dataAreaId", "PurchaseOrderNumber", "LineNumber", "LineAmount", "IsDeleted"]

    def test_several_details_stand_side_by_side(self) -> None:
        dynamics = FakeDynamics({LINES: [line("1", "4")], CONFIRMATIONS: [confirmation_row("1")]})
        [record] = complete(dynamics, ORDER, [order_row("1")], {AMOUNT, TOTAL})
        assert (record.values[AMOUNT], record.values[TOTAL]) == (Decimal(4), Decimal("99.00"))
        assert [asked[0] for asked in dynamics.asked] == [CONFIRMATIONS, LINES]

    def test_no_rows_cost_no_call(self) -> None:
        dynamics = FakeDynamics()
        assert complete(dynamics, ORDER, [], {AMOUNT, TOTAL}) == []
        assert dynamics.asked == []


class TestPayments:
    def state(self, *payments: Row, voucher: str | None = "APIN-1") -> Plain:
        dynamics = FakeDynamics({PAYMENTS: list(payments)})
        [record] = complete(dynamics, INVOICE, [invoice_row(LedgerVoucher=voucher)], {STATE})
        return record.values.get(STATE)

    def test_an_invoice_is_paid_once_its_transaction_is_closed(self) -> None:
        assert self.state(payment()) == "Open"
        assert self.state(payment(SettleAmountCur=Decimal(-1))) == "Partly paid"
        assert self.state(payment(Closed=date(2026, 4, 1))) == "Paid"

    def test_another_invoice_of_the_same_voucher_is_not_meant(self) -> None:
        other = payment(SourceKey=2, Invoice="INV-2", Closed=date(2026, 4, 1))
        assert self.state(other, payment()) == "Open"
        assert self.state(other) is None

    def test_two_invoices_of_one_voucher_each_get_their_own(self) -> None:
        rows = [
            invoice_row(SourceKey=key, InvoiceId=number, LedgerVoucher="APIN-1")
            for key, number in ((1, "A"), (2, "B"))
        ]
        payments = [payment(Invoice="A"), payment(SourceKey=2, Invoice="B", Closed=date(2026, 4, 1))]
        dynamics = FakeDynamics({PAYMENTS: payments})
        records = complete(dynamics, INVOICE, rows, {STATE})
        assert [record.values[STATE] for record in records] == ["Open", "Paid"]
        assert dynamics.asked[0][1] == 2 * [{"dataAreaId": "usmf", "Voucher": "APIN-1"}]

    def test_without_a_voucher_nothing_is_asked(self) -> None:
        assert self.state(payment(Voucher=""), voucher=None) is None


class TestPages:
    ROWS = [
        order_row(f"{number:04d}", dataAreaId=company) for company in ("demf", "usmf") for number in range(60)
    ]
    FOUND = {
        LINES: [
            line(f"{number:04d}", str(number), dataAreaId=company)
            for company in ("demf", "usmf")
            for number in range(80)
        ],
        CONFIRMATIONS: [confirmation_row("0007"), confirmation_row("0070")],
    }

    def test_a_long_page_is_completed_in_stretches_and_comes_to_the_same(self) -> None:
        dynamics = FakePages(dict(self.FOUND))
        records = complete_page(dynamics, ORDER, self.ROWS, {AMOUNT, TOTAL})
        assert dynamics.asked == []
        within = "PurchaseOrderNumber ge '0000' and PurchaseOrderNumber le '0059'"
        assert dynamics.spans == [
            (entity_set, f"dataAreaId eq '{company}' and {within}")
            for entity_set in (CONFIRMATIONS, LINES)
            for company in ("demf", "usmf")
        ]
        assert records == complete(FakeDynamics(dict(self.FOUND)), ORDER, self.ROWS, {AMOUNT, TOTAL})
        assert [record.key for record in records if TOTAL in record.values] == ["usmf/0007"]

    def test_few_rows_are_asked_for_one_by_one(self) -> None:
        dynamics = FakePages(dict(self.FOUND))
        complete_page(dynamics, ORDER, self.ROWS[:39], {AMOUNT})
        assert dynamics.spans == []
        assert [asked[0] for asked in dynamics.asked] == [LINES]

    def test_a_detail_in_another_order_is_asked_for_one_by_one(self) -> None:
        rows = [invoice_row(SourceKey=number, LedgerVoucher=f"V{number}") for number in range(60)]
        dynamics = FakePages()
        complete_page(dynamics, INVOICE, rows, {STATE})
        assert dynamics.spans == []
        assert len(dynamics.asked[0][1]) == 60

    def test_an_empty_number_at_the_end_of_a_stretch_is_no_end(self) -> None:
        rows = [order_row("", dataAreaId="usmf", PurchaseOrderNumber=None), *self.ROWS[60:]]
        dynamics = FakePages(dict(self.FOUND))
        complete_page(dynamics, ORDER, rows, {AMOUNT})
        assert dynamics.spans == []

    def test_an_error_comes_through(self) -> None:
        dynamics = FakePages(errors=[RateLimited("wait")])
        with pytest.raises(RateLimited):
            complete_page(dynamics, ORDER, self.ROWS[:2], {AMOUNT})
