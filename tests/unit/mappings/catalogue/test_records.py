"""The names that kinds give to their records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Row
from mappings import catalogue
from mappings.catalogue.kind import record_key
from tests.fakes.samples import confirmation_row, invoice, invoice_row, order_row


class TestRecords:
    def test_a_record_is_named_by_company_and_key(self) -> None:
        record = invoice(dataAreaId="USMF")
        assert record.key == "usmf/5637144577"
        assert record.company == "usmf"
        assert record.title == "Posted vendor invoice INV-88412 of US-104 in usmf"

    def test_a_title_shows_what_is_missing_and_no_outer_blanks(self) -> None:
        record = invoice(InvoiceId="INV-1  ", InvoiceAccount=None)
        assert record.title == "Posted vendor invoice INV-1 of ? in usmf"

    def test_a_global_record_has_no_company(self) -> None:
        record = catalogue.kind("currency").record(Row({"CurrencyCode": "EUR"}))
        assert (record.key, record.company, record.title) == ("eur", "", "Currency EUR")

    def test_a_details_fields_stand_beside_the_records_own(self) -> None:
        order = catalogue.kind("purchase_order")
        record = order.record(order_row(), {"confirmation": confirmation_row().values})
        assert record.values["PurchaseOrderName"] == "Acme Office Supplies"
        assert record.values["confirmation.TotalConfirmedAmount"] == Decimal("99.00")
        assert record.values["confirmation.ConfirmationDate"] == date(2026, 3, 1)
        assert "confirmation.TotalConfirmedAmount" not in order.record(order_row()).values

    def test_the_etag_makes_no_difference_between_records(self) -> None:
        kind = catalogue.kind("posted_invoice")
        assert kind.record(invoice_row()) == kind.record(Row(invoice_row().values, etag="other"))


class TestNamesForLife:
    def test_a_pending_invoice_and_the_posted_one_have_the_same(self) -> None:
        pending = catalogue.kind("pending_invoice").record(
            Row({"dataAreaId": "USMF", "InvoiceAccount": "US-104 ", "InvoiceNumber": " inv-88412\u200b"})
        )
        assert pending.natural == invoice().natural == "usmf|us-104|inv-88412"

    def test_without_a_number_there_is_none(self) -> None:
        assert invoice(InvoiceId=None).natural == invoice(InvoiceId=" \u200b").natural == ""

    def test_other_kinds_have_none(self) -> None:
        assert catalogue.kind("purchase_order").record(order_row()).natural == ""


class TestRecordKeys:
    part = st.text(min_size=1).map(lambda text: text + "x")  # does not end in a blank

    @given(st.lists(part, min_size=1, max_size=4), st.lists(part, min_size=1, max_size=4))
    def test_two_records_never_share_a_key(self, one: list[str], other: list[str]) -> None:
        alike = [one[0].lower(), *one[1:]] == [other[0].lower(), *other[1:]]
        assert (record_key(one) == record_key(other)) == alike

    def test_the_company_is_lower_case_and_the_rest_as_it_is(self) -> None:
        assert record_key(["USMF", "AbC"]) == "usmf/AbC"

    def test_blanks_at_the_end_make_no_difference(self) -> None:
        assert record_key(["usmf", "PO 7  "]) == record_key(["usmf ", "PO 7"]) == "usmf/PO 7"

    def test_a_missing_part_is_empty(self) -> None:
        assert record_key(["usmf", None, 5]) == "usmf//5"
