"""Which record an event speaks of."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.values import literal
from integration_portal.sync.route import Named, named_record, parts_of, stream_of
from mappings import catalogue
from mappings.catalogue.kind import EventKeys

INVOICE = EventKeys("posted_invoice", {"InvoiceId": "InvoiceId", "InvoiceAccount": "Vendor"})
BY_RECORD_ID = EventKeys("posted_invoice", {"SourceKey": "RecId"})


class TestNaming:
    def test_the_rule_says_which_field_names_what(self) -> None:
        fields = {"InvoiceId": "INV-1 ", "Vendor": "US-104", "Amount": 5}
        assert named_record(INVOICE, fields, "usmf") == Named(
            "posted_invoice", {"InvoiceId": "INV-1 ", "InvoiceAccount": "US-104"}
        )

    def test_an_event_nobody_listens_to_has_no_kind(self) -> None:
        named = named_record(None, {"InvoiceId": "INV-1"}, "usmf")
        assert named.kind == ""
        assert "No record kind listens to this event" in named.problem

    @pytest.mark.parametrize("value", [None, "", "  ", True, [], {"a": 1}, "x" * 251, Decimal("1e999999999")])
    def test_a_value_that_names_nothing_is_a_problem(self, value: Any) -> None:
        named = named_record(INVOICE, {"InvoiceId": "INV-1", "Vendor": value}, "usmf")
        assert named.hint == {"InvoiceId": "INV-1", "InvoiceAccount": None}
        assert named.problem.startswith(
            "The event has no usable value in Vendor, so its record cannot be named."
        )

    def test_everything_missing_is_told_at_once(self) -> None:
        assert "no usable value in InvoiceId, Vendor, LegalEntity," in named_record(INVOICE, {}, "").problem

    def test_global_records_need_no_company(self) -> None:
        rule = EventKeys("posted_invoice", {"InvoiceId": "InvoiceId"}, needs_company=False)
        assert named_record(rule, {"InvoiceId": "INV-1"}, "").problem == ""

    def test_a_rule_without_keys_would_name_every_record_and_is_refused(self) -> None:
        named = named_record(EventKeys("posted_invoice", {}), {"InvoiceId": "INV-1"}, "usmf")
        assert named.hint == {}
        assert named.problem == (
            "The rule for this event names no key. Choose its key fields, then replay the event."
        )

    def test_a_rule_may_use_fields_of_the_record_only(self) -> None:
        named = named_record(
            EventKeys("posted_invoice", {"Nonsense": "A", "InvoiceId": "B"}), {"B": "1"}, "usmf"
        )
        assert "names Nonsense, which no posted vendor invoice has" in named.problem


class TestValuesFitTheirField:
    @pytest.mark.parametrize(
        ("rule", "value", "hint"),
        [
            (BY_RECORD_ID, 5637144577, 5637144577),
            (BY_RECORD_ID, "5637144577", 5637144577),
            (BY_RECORD_ID, " 5637144577 ", 5637144577),
            (BY_RECORD_ID, Decimal("5637144577"), 5637144577),
            (BY_RECORD_ID, "INV-1", None),
            (BY_RECORD_ID, "9" * 19, None),
            (BY_RECORD_ID, Decimal("1.5"), None),
            (EventKeys("posted_invoice", {"InvoiceId": "RecId"}), 88412, "88412"),
            (EventKeys("posted_invoice", {"InvoiceId": "RecId"}), Decimal("88412.10"), "88412.10"),
            (EventKeys("posted_invoice", {"InvoiceDate": "RecId"}), "2026-03-01", None),
            (EventKeys("purchase_order", {"PurchaseOrderStatus": "RecId"}), "Backorder", "Backorder"),
            (EventKeys("purchase_order", {"PurchaseOrderStatus": "RecId"}), "not a symbol", None),
        ],
    )
    def test_numbers_and_texts_become_what_the_field_holds(
        self, rule: EventKeys, value: Any, hint: Any
    ) -> None:
        named = named_record(rule, {"RecId": value}, "usmf")
        assert list(named.hint.values()) == [hint]
        assert bool(named.problem) == (hint is None)

    json_values = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.decimals(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=3,
    )

    @given(st.sampled_from(["InvoiceId", "SourceKey", "InvoiceAmount", "DueDate"]), json_values)
    def test_whatever_an_event_holds_can_be_stored_and_looked_up_or_is_a_problem(
        self, name: str, value: Any
    ) -> None:
        named = named_record(EventKeys("posted_invoice", {name: "X"}), {"X": value}, "usmf")
        json.dumps(named.hint)
        if not named.problem:
            field = catalogue.kind("posted_invoice").entity.field(name)
            assert literal(field, named.hint[name])


def test_a_stream_is_one_environment_and_kind() -> None:
    assert stream_of(7, "posted_invoice") == "7:posted_invoice"
    assert parts_of("7:posted_invoice") == (7, "posted_invoice")
