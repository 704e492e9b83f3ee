"""The record kinds: declarations that fit together, and the names they give to records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Entity, Field, Row
from mappings import catalogue
from mappings.catalogue.kind import LINK_FIELD, EventKeys, Kind, record_key
from mappings.catalogue.listing import entries
from mappings.rules import template_fields
from tests.fakes.samples import confirmation_row, invoice, invoice_row, order_row

KINDS = list(catalogue.KINDS.values())
GLOBAL = Kind(
    name="currency",
    label="Currency",
    label_plural="Currencies",
    entity=Entity("Currencies", ("CurrencyCode",), (Field("CurrencyCode", "Edm.String"),)),
    company_field="",
    menu_item="Currency",
    name_template="{CurrencyCode}",
    title_fields=("CurrencyCode",),
)


class TestKinds:
    def test_both_kinds_of_the_main_flow_are_there(self) -> None:
        assert [name for name, _ in catalogue.choices()] == ["purchase_order", "posted_invoice"]

    def test_an_unknown_kind_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            catalogue.kind("nonsense")

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
    def test_every_name_a_kind_uses_is_a_field_of_it(self, kind: Kind) -> None:
        used = {
            *kind.entity.keys,
            *kind.title_fields,
            *template_fields(kind.name_template),
            *(kind.company_field and [kind.company_field]),
            *(name for event in kind.events for name in event.keys),
            *(of for detail in kind.details for of in detail.join.values()),
        }
        assert used <= set(kind.field_names())
        for detail in kind.details:
            assert {*detail.join, *detail.latest_by} <= set(detail.entity.names)

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
    def test_details_come_after_the_fields_and_the_link_last(self, kind: Kind) -> None:
        names = kind.field_names()
        assert names[0] == "dataAreaId"
        assert names[-1] == LINK_FIELD
        assert len(names) == len(set(names))

    def test_posted_invoices_have_no_writable_field(self) -> None:
        assert not any(field.writable for field in catalogue.kind("posted_invoice").entity.fields)

    def test_a_field_is_found_by_its_name_also_in_a_detail(self) -> None:
        order = catalogue.kind("purchase_order")
        plain, dotted = order.field("PurchaseOrderName"), order.field("confirmation.TotalConfirmedAmount")
        assert plain is not None
        assert plain.type == "Edm.String"
        assert dotted is not None
        assert dotted.type == "Edm.Decimal"
        assert order.field("Nonsense") is None
        assert order.field("confirmation.Nonsense") is None
        assert order.field("nonsense.TotalConfirmedAmount") is None


class TestEvents:
    def test_each_kind_listens_to_its_event(self) -> None:
        assert catalogue.event_keys("VendorInvoicePostedBusinessEvent") == EventKeys(
            "posted_invoice", {"InvoiceId": "InvoiceId", "InvoiceAccount": "InvoiceAccount"}
        )
        order = catalogue.event_keys("PurchaseOrderConfirmedBusinessEvent")
        assert order is not None
        assert order.kind == "purchase_order"
        assert order.needs_company

    def test_nobody_listens_to_others(self) -> None:
        assert catalogue.event_keys("CustomerPaymentPostedBusinessEvent") is None


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
        record = GLOBAL.record(Row({"CurrencyCode": "EUR"}))
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


class TestListing:
    def test_every_kind_and_detail_is_listed_in_the_documented_form(self) -> None:
        listed = {entry["kind"]: entry for entry in entries()}
        assert list(listed) == [
            "purchase_order",
            "purchase_order.confirmation",
            "purchase_order.lines",
            "posted_invoice",
            "posted_invoice.payment",
        ]
        order = listed["purchase_order"]
        assert order["entity_set"] == "PurchaseOrderHeadersV2"
        assert order["keys"] == ["dataAreaId", "PurchaseOrderNumber"]
        assert {"name": "ReasonComment", "type": "Edm.String", "writable": True} in order["fields"]
