"""A board mapping as data: which fields it needs, what its name template says, what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import catalogue
from mappings.rules import ColumnRule, fill_template, problems, template_fields
from tests.fakes.samples import AMOUNT, KEY, rule


class TestCompanies:
    def test_without_a_list_every_company_is_taken(self) -> None:
        assert rule().takes("usmf")
        assert rule().takes("")

    def test_with_a_list_only_its_companies_are_taken(self) -> None:
        limited = rule(companies=frozenset({"usmf"}))
        assert limited.takes("usmf")
        assert not limited.takes("demf")


class TestFields:
    def test_columns_group_and_name_are_needed_and_nothing_else(self) -> None:
        made = rule(
            columns=(ColumnRule(AMOUNT, "InvoiceAmount"), ColumnRule("link_back", "@link")),
            group_field="Payment",
            name_template="{InvoiceId} of {InvoiceAccount}",
        )
        assert made.fields() == {"InvoiceAmount", "Payment", "InvoiceId", "InvoiceAccount"}

    def test_the_kinds_own_template_stands_in_for_a_missing_one(self) -> None:
        assert rule().template == catalogue.kind("posted_invoice").name_template
        assert rule(name_template="{InvoiceId}").template == "{InvoiceId}"


class TestTemplates:
    @pytest.mark.parametrize(
        ("template", "fields", "filled"),
        [
            ("{InvoiceId} · {Vendor}", ["InvoiceId", "Vendor"], "INV-1 · US-104"),
            ("{confirmation.Total} due", ["confirmation.Total"], "99.00 due"),
            ("no field", [], "no field"),
            ("", [], ""),
            ("{Unknown}!", ["Unknown"], "!"),
            ("{InvoiceId", [], "{InvoiceId"),
            ("a } b {InvoiceId}", ["InvoiceId"], "a } b INV-1"),
            ("{a{InvoiceId}", ["InvoiceId"], "{aINV-1"),
            ("{InvoiceId.__class__}", ["InvoiceId.__class__"], ""),
            ("{InvoiceId!r:>9}", ["InvoiceId!r:>9"], ""),
        ],
    )
    def test_what_stands_between_braces_is_a_field_and_no_more(
        self, template: str, fields: list[str], filled: str
    ) -> None:
        texts = {"InvoiceId": "INV-1", "Vendor": "US-104", "confirmation.Total": "99.00"}
        assert template_fields(template) == fields
        assert fill_template(template, texts) == filled

    @given(st.text())
    def test_any_text_can_be_a_template(self, template: str) -> None:
        named = template_fields(template)
        assert fill_template(template, {}).count("{") == template.count("{") - len(named)

    @given(
        st.text(alphabet=st.characters(exclude_characters="{}")),
        st.text(alphabet="abc.", min_size=1),
        st.text(),
    )
    def test_a_value_comes_through_as_it_is(self, around: str, name: str, value: str) -> None:
        assert fill_template(f"{around}{{{name}}}{around}", {name: value}) == around + value + around


class TestProblems:
    def test_an_ordinary_mapping_has_none(self) -> None:
        assert problems(rule()) == []

    def test_an_unknown_field_is_named(self) -> None:
        found = problems(
            rule(columns=(ColumnRule(AMOUNT, "Nonsense"),), name_template="{confirmation.Total}")
        )
        assert found == [
            "Posted vendor invoice has no field Nonsense; choose one of the catalogue.",
            "Posted vendor invoice has no field confirmation.Total; choose one of the catalogue.",
        ]

    def test_a_column_can_show_one_field_only(self) -> None:
        found = problems(rule(columns=(ColumnRule(AMOUNT, "InvoiceAmount"), ColumnRule(AMOUNT, "SumTax"))))
        assert found == [f"Column {AMOUNT} is mapped twice, from InvoiceAmount and SumTax."]

    def test_the_key_column_belongs_to_the_key(self) -> None:
        found = problems(rule(columns=(ColumnRule(KEY, "InvoiceId"),)))
        assert found == [f"Column {KEY} keeps the record's key; no field can be mapped to it."]

    def test_the_name_belongs_to_its_template(self) -> None:
        [found] = problems(rule(columns=(ColumnRule("name", "InvoiceId"),)))
        assert "name template" in found
