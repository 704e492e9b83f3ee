"""What exists, what is meant, and what labels lack."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import monday
from connectors.dynamics.model import Plain, Row
from connectors.monday.model import Column, Label
from mappings import catalogue
from mappings.reference import (
    GONE,
    MISSING,
    SUSPENDED,
    Labels,
    Value,
    check,
    fields_of,
    folded,
    labels_missing,
    nearest,
    value_of,
)

OPERATIONS = Path(monday.__file__).with_name("operations.graphql")
TODAY = date(2026, 3, 1)
TERMS = catalogue.kind("payment_terms")
VENDOR = catalogue.kind("vendor")
DIMENSION = catalogue.kind("dimension_value")


def terms(value: str, name: str = "", company: str = "usmf", **more: bool) -> Value:
    return Value(company, "", value, name, **more)


KNOWN = [
    terms("Net10", "Net 10 days"),
    terms("Net30", "Net 30 days"),
    terms("Net45", "Net 45 days"),
    terms("Net60", "Net 60 days"),
    terms("COD", "Cash on delivery"),
    terms("Net31", "Only there", company="demf"),
    terms("Net90", "Once", suspended=True),
    terms("Net5", "Long ago", gone=True),
]


class TestCheck:
    @pytest.mark.parametrize("value", ["Net30", "net30", "NET30  ", None, "", "  "])
    def test_finds_nothing_wrong_with_what_dynamics_would_take(self, value: Plain) -> None:
        assert check(TERMS, value, KNOWN, company="usmf") is None

    def test_says_what_does_not_exist_and_what_may_have_been_meant(self) -> None:
        found = check(TERMS, "Net31", KNOWN, company="usmf")
        assert found is not None
        assert (found.problem, found.value, found.nearest) == (MISSING, "Net31", ("Net30", "Net10"))
        assert found.sentence == "Payment terms Net31 do not exist in usmf. Nearest: Net30, Net10."

    def test_says_that_a_value_is_suspended(self) -> None:
        found = check(TERMS, "net90", KNOWN, company="usmf")
        assert found is not None and found.problem == SUSPENDED
        assert found.sentence.startswith("Payment terms net90 are suspended in usmf. Nearest: Net")

    def test_says_that_a_value_is_gone(self) -> None:
        found = check(TERMS, "Net5", KNOWN, company="usmf")
        assert found is not None and found.problem == GONE
        assert "Payment terms Net5 no longer exist in usmf." in found.sentence

    def test_speaks_of_one_vendor_in_the_singular(self) -> None:
        known = [Value("usmf", "", "US-104", "Acme", suspended=True), Value("usmf", "", "US-1", gone=True)]
        said = [
            found.sentence
            for value in ("US-999", "US-104", "US-1")
            if (found := check(VENDOR, value, known, company="usmf"))
        ]
        assert [one.split(" in ")[0].split(" ", 2)[2] for one in said] == [
            "does not exist",
            "is suspended",
            "no longer exists",
        ]

    def test_takes_a_value_that_holds_in_every_legal_entity(self) -> None:
        assert check(TERMS, "EUR", [Value("", "", "EUR")], company="usmf") is None

    def test_does_not_take_a_value_of_another_legal_entity(self) -> None:
        found = check(TERMS, "Net31", KNOWN, company="usmf")
        assert found is not None
        assert check(TERMS, "Net31", KNOWN, company="demf") is None

    def test_looks_everywhere_without_a_legal_entity_and_names_the_place(self) -> None:
        assert check(TERMS, "Net31", KNOWN) is None
        found = check(TERMS, "XYZZY", KNOWN)
        assert found is not None and found.sentence == "Payment terms XYZZY do not exist in Dynamics."
        found = check(TERMS, "XYZZY", KNOWN, place="usmf and demf")
        assert found is not None and found.sentence.endswith("in usmf and demf.")

    @given(st.lists(st.tuples(st.text(max_size=8), st.booleans(), st.booleans())), st.text(max_size=8))
    def test_finds_nothing_exactly_where_a_usable_value_is_the_same(
        self, rows: list[tuple[str, bool, bool]], value: str
    ) -> None:
        known = [Value("usmf", "", text, suspended=out, gone=gone) for text, out, gone in rows]
        usable = {folded(one.value) for one in known if one.usable}
        text = value.strip()
        found = check(TERMS, value, known, company="usmf")
        assert (found is None) == (not text or folded(text) in usable)
        if found:
            assert {folded(one) for one in found.nearest} <= usable
            assert len(found.nearest) <= 3


class TestNearest:
    @pytest.mark.parametrize(
        ("meant", "first"),
        [
            ("Net 30", "Net30"),
            (" n e t 30", "Net30"),
            ("Net 45 days", "Net45"),
            ("cash on delivery", "COD"),
            ("cash", "COD"),
            ("Nte30", "Net30"),
            ("Net600", "Net60"),
        ],
    )
    def test_puts_first_what_was_meant(self, meant: str, first: str) -> None:
        assert nearest(meant, KNOWN)[0] == first

    def test_offers_nothing_that_is_unlike(self) -> None:
        assert nearest("XYZZY", KNOWN) == ()

    def test_offers_nothing_that_is_out_of_use(self) -> None:
        assert not {"Net90", "Net5"} & set(nearest("Net9", KNOWN, most=10))

    def test_offers_a_value_of_several_legal_entities_once(self) -> None:
        assert nearest("Net3O", [terms("Net30"), terms("Net30", company="demf")]) == ("Net30",)


class TestLabels:
    def column(self, *labels: str | Label) -> Column:
        made = [Label(one, one) if isinstance(one, str) else one for one in labels]
        return Column("status", "Terms", "status", tuple(made))

    def test_lists_values_without_a_label_and_labels_without_a_value(self) -> None:
        column = self.column("Net10", "NET30", "Net31", "", Label("9", "Old", deactivated=True))
        known = [terms("Net10"), terms("Net30"), terms("Net60"), terms("Net5", gone=True)]
        assert labels_missing(column, known) == Labels(
            without_label=("Net60",), without_value=("Net31",), suspended=()
        )

    def test_takes_the_labels_of_the_mapping(self) -> None:
        column = self.column("Ten days", "Thirty days")
        known = [terms("Net10"), terms("Net30")]
        found = labels_missing(column, known, {"net10": "Ten days", "Net31": "Thirty days"})
        assert found == Labels(without_label=("Net30",), without_value=("Thirty days",))

    def test_counts_a_deactivated_label_as_missing(self) -> None:
        column = self.column(Label("1", "Net10", deactivated=True))
        assert labels_missing(column, [terms("Net10")]).without_label == ("Net10",)

    def test_shows_labels_of_suspended_values_as_such(self) -> None:
        column = self.column("Net90", "Net10")
        known = [
            terms("Net10"),
            terms("Net10", company="demf", suspended=True),
            terms("Net90", suspended=True),
        ]
        assert labels_missing(column, known) == Labels(suspended=("Net90",))


class TestReading:
    def row(self, **values: Plain) -> Row:
        return Row(
            {"FinancialDimension": "CostCenter", "LegalEntityId": "USMF", "DimensionValue": "024"} | values
        )

    def value(self, **values: Plain) -> Value:
        made = value_of(DIMENSION, self.row(**values), today=TODAY)
        assert made is not None
        return made

    def test_takes_a_value_out_of_its_row(self) -> None:
        made = self.value(Description=" Cost center 024 ", IsSuspended="No")
        assert made == Value("usmf", "CostCenter", "024", "Cost center 024")
        assert made.identity == ("usmf", "CostCenter", "024")

    def test_tells_a_suspended_value(self) -> None:
        assert self.value(IsSuspended="Yes").suspended

    @pytest.mark.parametrize(
        ("end", "suspended"),
        [
            (None, False),
            (date(2026, 3, 1), False),
            (date(2026, 2, 28), True),
            (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), True),
            (datetime(2154, 12, 31, tzinfo=UTC), False),
        ],
    )
    def test_tells_a_value_whose_time_is_over(self, end: Plain, suspended: bool) -> None:
        assert self.value(ActiveTo=end).suspended == suspended

    def test_tells_a_vendor_on_hold_for_everything(self) -> None:
        row = {"dataAreaId": "usmf", "VendorAccountNumber": "US-104", "OnHoldStatus": "All"}
        made = value_of(VENDOR, Row(row), today=TODAY)
        assert made is not None and made.suspended
        made = value_of(VENDOR, Row(row | {"OnHoldStatus": "Payment"}), today=TODAY)
        assert made is not None and not made.suspended

    def test_leaves_out_a_row_without_a_value(self) -> None:
        assert value_of(DIMENSION, self.row(DimensionValue=" "), today=TODAY) is None

    def test_holds_everywhere_where_the_kind_has_no_legal_entity(self) -> None:
        made = value_of(catalogue.kind("currency"), Row({"CurrencyCode": "EUR"}), today=TODAY)
        assert made == Value("", "", "EUR")

    def test_cuts_what_is_longer_than_the_table_takes(self) -> None:
        made = self.value(DimensionValue="x" * 300, Description="y" * 300)
        assert (len(made.value), len(made.name)) == (120, 200)

    def test_asks_for_the_fields_it_needs_and_no_others(self) -> None:
        assert set(fields_of(VENDOR)) == {
            "dataAreaId",
            "VendorAccountNumber",
            "VendorOrganizationName",
            "OnHoldStatus",
        }


@pytest.mark.parametrize("kind", catalogue.KINDS.values(), ids=lambda kind: kind.name)
class TestTheCatalogue:
    def test_refers_from_fields_that_exist_to_kinds_that_are_read(self, kind: catalogue.Kind) -> None:
        for field, target in kind.refers.items():
            assert kind.field(field) is not None, field
            assert catalogue.kind(target).reference

    def test_names_existing_fields(self, kind: catalogue.Kind) -> None:
        named = [kind.reference, kind.reference_name, kind.within, kind.ends, *kind.suspended]
        assert [name for name in named if name and kind.field(name) is None] == []


def test_the_reference_kinds_are_those_of_the_portal() -> None:
    assert {kind.name for kind in catalogue.KINDS.values() if kind.reference} == {
        "vendor",
        "dimension_value",
        "main_account",
        "legal_entity",
        "payment_terms",
        "currency",
    }


def test_no_document_lets_monday_make_a_label() -> None:
    written = re.findall(r"create_labels_if_missing\s*:\s*(\S+?)[\s,)]", OPERATIONS.read_text())
    assert set(written) <= {"false"}  # monday's own default where it is not written


def test_the_documents_are_where_writes_to_cells_stand() -> None:
    assert "column_values" in OPERATIONS.read_text()
