"""Reading the records a batch of events speaks of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.errors import Unreachable
from integration_portal.sync.read import Hint, read_records
from mappings import catalogue
from tests.fakes.dynamics import FakeDynamics
from tests.fakes.samples import (
    CONFIRMATIONS,
    INVOICES,
    ORDERS,
    confirmation_row,
    invoice,
    invoice_row,
    order_row,
)

INVOICE = catalogue.kind("posted_invoice")
ORDER = catalogue.kind("purchase_order")
TOTAL = "confirmation.TotalConfirmedAmount"


def order_hint(number: str = "00000154", company: str = "usmf") -> Hint:
    return Hint(1, {"dataAreaId": company, "PurchaseOrderNumber": number})


class TestHints:
    def test_a_hint_names_its_record_whatever_the_case_and_the_blanks_at_the_end(self) -> None:
        hint = Hint(1, {"dataAreaId": "USMF", "InvoiceId": "inv-88412  ", "SourceKey": 5637144577})
        assert hint.names(invoice())
        assert hint.names(invoice(InvoiceId="INV-88412 "))

    def test_blanks_in_front_and_other_values_make_another_record(self) -> None:
        assert not Hint(1, {"InvoiceId": " INV-88412"}).names(invoice())
        assert not Hint(1, {"InvoiceId": "INV-88412", "InvoiceAccount": "US-105"}).names(invoice())
        assert not Hint(1, {"InvoiceId": "INV-88412"}).names(invoice(InvoiceId=None))


class TestReading:
    def test_one_call_reads_many_records_with_only_the_fields_needed(self) -> None:
        dynamics = FakeDynamics({INVOICES: [invoice_row(), invoice_row(SourceKey=2, InvoiceId="INV-2")]})
        hints = [
            Hint(1, {"dataAreaId": "usmf", "InvoiceId": "INV-88412"}),
            Hint(2, {"dataAreaId": "usmf", "InvoiceId": "INV-2"}),
        ]
        records = read_records(dynamics, INVOICE, hints, {"InvoiceAmount"})
        assert [record.key for record in records] == ["usmf/5637144577", "usmf/2"]
        [(entity_set, criteria, select)] = dynamics.asked
        assert entity_set == INVOICES
        assert criteria == [dict(hint.criteria) for hint in hints]
        assert select == ["dataAreaId", "SourceKey", "InvoiceId", "InvoiceAccount", "InvoiceAmount"]

    def test_hints_that_say_the_same_are_asked_once(self) -> None:
        dynamics = FakeDynamics({ORDERS: [order_row()]})
        assert len(read_records(dynamics, ORDER, [order_hint(), order_hint()], ())) == 1
        assert len(dynamics.asked[0][1]) == 1

    def test_a_record_nobody_can_see_is_simply_missing(self) -> None:
        dynamics = FakeDynamics()
        assert read_records(dynamics, ORDER, [order_hint()], {TOTAL}) == []
        assert [asked[0] for asked in dynamics.asked] == [ORDERS]

    def test_an_error_comes_through(self) -> None:
        with pytest.raises(Unreachable):
            read_records(FakeDynamics(errors=[Unreachable("no answer")]), ORDER, [order_hint()], ())


class TestDetails:
    def read(self, *confirmations: object, number: str = "00000154") -> object:
        dynamics = FakeDynamics({ORDERS: [order_row(number)], CONFIRMATIONS: list(confirmations)})  # type: ignore[arg-type]
        [record] = read_records(dynamics, ORDER, [order_hint(number)], {TOTAL})
        return record.values.get(TOTAL)

    def test_a_detail_no_mapping_uses_costs_no_call(self) -> None:
        dynamics = FakeDynamics({ORDERS: [order_row()], CONFIRMATIONS: [confirmation_row()]})
        [record] = read_records(dynamics, ORDER, [order_hint()], {"PurchaseOrderName"})
        assert [asked[0] for asked in dynamics.asked] == [ORDERS]
        assert TOTAL not in record.values

    def test_the_details_of_all_records_are_read_in_one_call(self) -> None:
        rows = {
            ORDERS: [order_row("1"), order_row("2"), order_row("1", dataAreaId="demf")],
            CONFIRMATIONS: [
                confirmation_row("1"),
                confirmation_row("2", TotalConfirmedAmount=Decimal(2)),
                confirmation_row("1", dataAreaId="demf", TotalConfirmedAmount=Decimal(3)),
            ],
        }
        dynamics = FakeDynamics(rows)
        hints = [order_hint("1"), order_hint("2"), order_hint("1", "demf")]
        records = read_records(dynamics, ORDER, hints, {TOTAL})
        assert [record.values[TOTAL] for record in records] == [Decimal("99.00"), Decimal(2), Decimal(3)]
        assert [asked[0] for asked in dynamics.asked] == [ORDERS, CONFIRMATIONS]

    def test_the_latest_confirmation_counts(self) -> None:
        early = confirmation_row(suffix="-1")
        late = confirmation_row(
            suffix="-2", ConfirmationDate=date(2026, 4, 1), TotalConfirmedAmount=Decimal(7)
        )
        assert self.read(early, late) == Decimal(7)
        assert self.read(late, early) == Decimal(7)

    def test_on_one_day_the_tenth_is_later_than_the_ninth(self) -> None:
        ninth = confirmation_row(suffix="-9")
        tenth = confirmation_row(suffix="-10", TotalConfirmedAmount=Decimal(10))
        assert self.read(ninth, tenth) == self.read(tenth, ninth) == Decimal(10)

    def test_a_confirmation_without_a_date_is_the_earliest(self) -> None:
        undated = confirmation_row(suffix="-9", ConfirmationDate=None, TotalConfirmedAmount=Decimal(1))
        assert self.read(confirmation_row(suffix="-1"), undated) == Decimal("99.00")

    def test_letter_case_and_blanks_at_the_end_do_not_part_a_detail_from_its_record(self) -> None:
        assert self.read(confirmation_row("po-7  "), number="PO-7") == Decimal("99.00")

    def test_a_record_without_details_has_none(self) -> None:
        assert self.read(confirmation_row("other")) is None
