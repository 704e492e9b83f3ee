"""Columns that stand for something else: the item of another record, a person, a changed value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.monday.model import Column
from mappings.rules import ColumnRule
from mappings.translate import Lookups, Untranslatable, linked_key, to_item
from tests.fakes.samples import AMOUNT, HOST, board, invoice, rule

VENDOR = Column("relation_vendor", "Vendor", "board_relation")
BUYER = Column("people_buyer", "Buyer", "people")
LINKED = ColumnRule(VENDOR.id, "InvoiceAccount", linked_mapping_id=11)
PERSON = ColumnRule(BUYER.id, "Payment", transform="person")


class TestALink:
    def test_names_a_record_of_the_same_legal_entity(self) -> None:
        assert linked_key(invoice(), "US-104") == "usmf/US-104"
        assert linked_key(invoice(dataAreaId="DEMF"), "a/b ") == "demf/a%2Fb"

    def test_outside_of_legal_entities_names_it_by_its_key_alone(self) -> None:
        assert linked_key(invoice(dataAreaId=None), "USD") == "usd"

    def test_points_at_the_item_of_that_record(self) -> None:
        known = Lookups(items={(11, "usmf/US-104"): "990011", (12, "usmf/US-104"): "1"})
        wanted = to_item(rule(columns=(LINKED,)), invoice(), board(VENDOR), host=HOST, lookups=known)
        assert wanted.cells[VENDOR.id].encoded == {"item_ids": ["990011"]}
        assert wanted.cells[VENDOR.id].canonical == "990011"

    @pytest.mark.parametrize("value", ["US-999", "", None])
    def test_points_at_nothing_where_no_item_is_known(self, value: str | None) -> None:
        known = Lookups(items={(11, "usmf/US-104"): "990011", (11, "usmf/"): "1"})
        made = rule(columns=(LINKED,))
        wanted = to_item(made, invoice(InvoiceAccount=value), board(VENDOR), host=HOST, lookups=known)
        assert wanted.cells[VENDOR.id].canonical == ""


class TestAPerson:
    known = Lookups(people={"maya@contoso.example": "77"})

    def test_is_the_user_with_the_address(self) -> None:
        record = invoice(Payment=" Maya@Contoso.example")
        wanted = to_item(rule(columns=(PERSON,)), record, board(BUYER), host=HOST, lookups=self.known)
        assert wanted.cells[BUYER.id].canonical == "person:77"

    def test_is_nobody_where_there_is_no_address(self) -> None:
        record = invoice(Payment=None)
        wanted = to_item(rule(columns=(PERSON,)), record, board(BUYER), host=HOST, lookups=self.known)
        assert wanted.cells[BUYER.id].canonical == ""

    def test_whom_the_account_does_not_know_is_a_problem(self) -> None:
        record = invoice(Payment="rosa@contoso.example")
        with pytest.raises(
            Untranslatable, match=r"Nobody .* has the address rosa@contoso\.example"
        ) as problem:
            to_item(rule(columns=(PERSON,)), record, board(BUYER), host=HOST, lookups=self.known)
        assert not problem.value.drifted


class TestATransform:
    def test_changes_the_value_before_it_is_written(self) -> None:
        rounded = ColumnRule(AMOUNT, "InvoiceAmount", transform="round", argument="0")
        record = invoice(InvoiceAmount=Decimal("1250.50"))
        wanted = to_item(rule(columns=(rounded,)), record, board(), host=HOST)
        assert wanted.cells[AMOUNT].canonical == "1251"

    def test_comes_before_the_labels(self) -> None:
        made = ColumnRule("status_currency", "CurrencyCode", {"USD": "US dollar"}, transform="upper")
        wanted = to_item(rule(columns=(made,)), invoice(CurrencyCode="usd"), board(), host=HOST)
        assert wanted.cells["status_currency"].canonical == "US dollar"


def test_a_label_the_mapping_itself_names_and_the_board_lacks_is_a_drift() -> None:
    made = ColumnRule("status_currency", "CurrencyCode", {"USD": "Dollars"})
    with pytest.raises(Untranslatable) as problem:
        to_item(rule(columns=(made,)), invoice(CurrencyCode="USD"), board(), host=HOST)
    assert problem.value.drifted
