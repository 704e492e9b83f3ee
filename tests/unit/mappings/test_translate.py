"""A record in the board's terms, through the real column codecs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Plain
from connectors.monday.columns import TYPES
from connectors.monday.model import Board, Cell, Column, Item, Label
from mappings.rules import ColumnRule
from mappings.translate import Desired, Untranslatable, Wanted, as_text, field_value, state_of, to_item
from tests.fakes.monday import cell_of
from tests.fakes.samples import AMOUNT, BOARD, DUE, HOST, KEY, STATUS, board, invoice, rule

LABELS = (
    Label("1", "EUR"),
    Label("2", "US dollar"),
    Label("3", "Net30"),
    Label("8", "Old", deactivated=True),
)

# column type -> (field, the value it has, what is sent, what is compared)
CASES: dict[str, tuple[str, Plain, Any, str]] = {
    "text": ("Payment", "Net30", "Net30", "Net30"),
    "long_text": ("Payment", "Net30", {"text": "Net30"}, "Net30"),
    "numbers": ("InvoiceAmount", Decimal("-0.50"), "-0.5", "-0.5"),
    "status": ("Payment", "net30", {"label": "Net30"}, "Net30"),
    "dropdown": ("Payment", "Net30", {"ids": [3]}, '["Net30"]'),
    "date": ("DueDate", date(2026, 3, 31), {"date": "2026-03-31"}, "2026-03-31"),
    "email": (
        "Payment",
        "ap@example.com",
        {"email": "ap@example.com", "text": "ap@example.com"},
        "ap@example.com ap@example.com",
    ),
    "phone": (
        "Payment",
        "+12025550169",
        {"phone": "+12025550169", "countryShortName": "US"},
        "12025550169 US",
    ),
    "checkbox": ("Payment", "Yes", {"checked": "true"}, "true"),
    "board_relation": ("SourceKey", 77, {"item_ids": ["77"]}, "77"),
    "link": (
        "@link",
        None,
        {"url": f"{HOST}/?cmp=usmf&mi=VendInvoiceJournal", "text": "INV-88412"},
        f"{HOST}/?cmp=usmf&mi=VendInvoiceJournal INV-88412",
    ),
}
# Types no single field of a record can fill; their codecs are tested where they stand.
NOT_FROM_ONE_FIELD = {"name", "people", "timeline"}


def one_cell(column: Column, field: str, labels: dict[str, str] | None = None, **values: Plain) -> Wanted:
    """Translate one mapped column."""
    made = rule(columns=(ColumnRule(column.id, field, labels or {}),))
    return to_item(made, invoice(**values), board(column), host=HOST).cells[column.id]


def problem(made_rule: Any, made_board: Board = BOARD, **values: Plain) -> str:
    """The sentence of a translation that fails."""
    with pytest.raises(Untranslatable) as raised:
        to_item(made_rule, invoice(**values), made_board, host=HOST)
    assert str(raised.value) == " ".join(raised.value.problems)
    return str(raised.value)


class TestCells:
    def test_every_type_is_covered_here(self) -> None:
        assert set(CASES) | NOT_FROM_ONE_FIELD == set(TYPES)

    @pytest.mark.parametrize("type_", CASES)
    def test_each_column_type_gets_its_own_form(self, type_: str) -> None:
        field, value, encoded, canonical = CASES[type_]
        column = Column("x", "X", type_, LABELS)
        values = {} if field == "@link" else {field: value}
        assert one_cell(column, field, **values) == Wanted(encoded, canonical)

    @pytest.mark.parametrize("type_", sorted(set(CASES) - {"link"}))  # the link back is never empty
    def test_an_empty_field_clears_the_cell(self, type_: str) -> None:
        field = CASES[type_][0]
        column = Column("x", "X", type_, LABELS)
        assert one_cell(column, field, **{field: None}) == Wanted(None, "")

    @pytest.mark.parametrize("type_", CASES)
    def test_what_was_written_reads_back_as_no_difference(self, type_: str) -> None:
        field, _, encoded, canonical = CASES[type_]
        column = Column("x", "X", type_, LABELS)
        item = Item("1", "n", "topics", "active", {"x": cell_of(column, encoded)})
        made = rule(columns=(ColumnRule("x", field),))
        assert state_of(made, item, board(column))["cells"] == {"x": canonical}

    def test_the_key_stands_in_its_own_column(self) -> None:
        desired = to_item(rule(), invoice(), BOARD, host=HOST)
        assert desired.cells[KEY] == Wanted("usmf/5637144577", "usmf/5637144577")
        assert set(desired.cells) == {KEY, AMOUNT, STATUS, DUE}

    def test_a_value_with_a_label_stands_as_the_label(self) -> None:
        labels = {"USD": "US dollar"}
        column = Column("x", "X", "status", LABELS)
        assert one_cell(column, "CurrencyCode", labels, CurrencyCode="USD").encoded == {"label": "US dollar"}
        assert one_cell(column, "CurrencyCode", labels, CurrencyCode="EUR").encoded == {"label": "EUR"}

    def test_an_empty_value_may_have_a_label_too(self) -> None:
        column = Column("x", "X", "status", LABELS)
        assert one_cell(column, "Payment", {"": "EUR"}, Payment=None).encoded == {"label": "EUR"}

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Decimal("1E+3"), "1000"),
            (date(2026, 3, 1), "2026-03-01"),
            (datetime(2026, 3, 1, 9, 5, tzinfo=UTC), "2026-03-01 09:05"),
            ("  padded  ", "padded"),
            (77, "77"),
        ],
    )
    def test_any_value_can_stand_in_a_text(self, value: Plain, text: str) -> None:
        assert one_cell(Column("x", "X", "text"), "Payment", Payment=value) == Wanted(text, text)

    def test_a_link_in_a_text_column_is_its_address(self) -> None:
        assert (
            one_cell(Column("x", "X", "text"), "@link").encoded == f"{HOST}/?cmp=usmf&mi=VendInvoiceJournal"
        )

    def test_a_numeric_text_fits_a_numbers_column(self) -> None:
        assert one_cell(Column("x", "X", "numbers"), "Payment", Payment="12.50") == Wanted("12.5", "12.5")

    def test_the_year_1900_is_no_date(self) -> None:
        assert one_cell(Column("x", "X", "date"), "DueDate", DueDate=date(1900, 1, 1)) == Wanted(None, "")


class TestWhatDoesNotFit:
    def test_all_problems_are_told_at_once(self) -> None:
        made = rule(columns=(*rule().columns, ColumnRule("gone", "Payment")), default_group_id="nowhere")
        said = problem(made, CurrencyCode="XAU", InvoiceAmount="a lot")
        assert 'no label "XAU"' in said
        assert 'not "a lot"' in said
        assert "Board Invoices has no column gone (mapped from Payment)" in said
        assert "Board Invoices has no group nowhere; change the groups of mapping Posted invoices." in said

    def test_a_missing_label_is_told_with_those_there_are(self) -> None:
        said = problem(rule(), CurrencyCode="XAU")
        assert said == (
            'Column Currency has no label "XAU". Its labels are: EUR, US dollar, 42. '
            "Add the label in monday, or map the value to one of these."
        )

    def test_an_archived_column_counts_as_missing(self) -> None:
        assert "has no column text_old" in problem(rule(columns=(ColumnRule("text_old", "Payment"),)))

    def test_a_column_that_cannot_be_written_is_told(self) -> None:
        said = problem(rule(columns=(ColumnRule("mirror_x", "Payment"),)))
        assert said == "Column Mirror has type mirror, which cannot be written. Choose another column."

    def test_a_missing_key_column_is_told(self) -> None:
        assert "has no column gone (mapped from key)" in problem(rule(key_column_id="gone"))


class TestGroups:
    def test_the_groups_value_decides(self) -> None:
        made = rule(group_field="Payment", groups={"Paid": "group_paid"})
        assert to_item(made, invoice(Payment="Paid"), BOARD, host=HOST).group_id == "group_paid"
        assert to_item(made, invoice(Payment="Net30"), BOARD, host=HOST).group_id == "topics"
        assert to_item(made, invoice(Payment=None), BOARD, host=HOST).group_id == "topics"

    def test_without_rules_no_group_is_asked_for(self) -> None:
        assert to_item(rule(default_group_id=""), invoice(), BOARD, host=HOST).group_id == ""


class TestNames:
    def desired(self, template: str, **values: Plain) -> Desired:
        return to_item(rule(name_template=template), invoice(**values), BOARD, host=HOST)

    def test_the_template_is_filled(self) -> None:
        assert (
            self.desired("{InvoiceId} · {InvoiceAmount} on {DueDate}").name
            == "INV-88412 · 1250.50 on 2026-03-31"
        )

    def test_an_empty_field_leaves_no_trace(self) -> None:
        assert self.desired("{InvoiceId} · {PurchId}", PurchId=None).name == "INV-88412"
        assert self.desired("{PurchId} - {InvoiceId}", PurchId=None).name == "INV-88412"

    def test_blanks_are_single_and_line_breaks_gone(self) -> None:
        assert self.desired("{InvoiceId}", InvoiceId="A  1\nB ").name == "A 1 B"

    def test_a_record_without_a_name_goes_by_its_title(self) -> None:
        assert self.desired("{PurchId}", PurchId=None).name == invoice().title

    def test_a_long_name_is_cut_and_said_so(self) -> None:
        desired = self.desired("{InvoiceId}", InvoiceId="x" * 300)
        assert desired.name == "x" * 254 + "…"
        assert desired.remarks == ("The item's name was cut from 300 to 255 characters.",)

    def test_an_ordinary_name_needs_no_remark(self) -> None:
        assert self.desired("{InvoiceId}").remarks == ()

    @given(st.text())
    def test_whatever_dynamics_holds_monday_takes_the_name(self, text: str) -> None:
        assert 1 <= len(self.desired("{InvoiceId}", InvoiceId=text).name) <= 255


class TestTheWayBack:
    def test_the_link_opens_the_form_in_the_right_company(self) -> None:
        made = field_value("@link", invoice(), HOST)
        assert made.url == f"{HOST}/?cmp=usmf&mi=VendInvoiceJournal"  # type: ignore[union-attr]
        assert made.text == "INV-88412"  # type: ignore[union-attr]

    def test_a_global_record_names_no_company(self) -> None:
        made = field_value("@link", invoice(dataAreaId=None, InvoiceId=None), HOST)
        assert made.url == f"{HOST}/?mi=VendInvoiceJournal"  # type: ignore[union-attr]
        assert made.text == "Open in Dynamics"  # type: ignore[union-attr]

    def test_any_other_name_is_a_field(self) -> None:
        assert field_value("InvoiceId", invoice(), HOST) == "INV-88412"
        assert field_value("Nonsense", invoice(), HOST) is None


class TestStateOfAnItem:
    def item(self, **cells: Cell) -> Item:
        return Item("5", "INV-1", "group_paid", "active", cells)

    def test_it_has_the_form_of_a_baseline(self) -> None:
        cells = {
            KEY: Cell(KEY, "text", "usmf/1"),
            AMOUNT: Cell(AMOUNT, "numbers", "12.50", "12.50"),
            STATUS: Cell(STATUS, "status", "EUR", {"index": 1}, {"label": "EUR"}),
            DUE: Cell(DUE, "date", "", None),
        }
        assert state_of(rule(), self.item(**cells), BOARD) == {
            "name": "INV-1",
            "group": "group_paid",
            "cells": {KEY: "usmf/1", AMOUNT: "12.5", STATUS: "EUR", DUE: ""},
        }

    def test_cells_and_columns_that_are_missing_are_left_out(self) -> None:
        made = rule(columns=(ColumnRule("gone", "Payment"), ColumnRule("mirror_x", "Payment")))
        cells = {"gone": Cell("gone", "text", "x"), "mirror_x": Cell("mirror_x", "mirror", "x")}
        assert state_of(made, self.item(**cells), BOARD)["cells"] == {}

    def test_what_we_would_never_write_differs_from_everything_of_ours(self) -> None:
        odd = Cell(AMOUNT, "numbers", "1" * 40, "1" * 40)
        nameless = Cell(AMOUNT, "numbers", None, "1" * 40)
        assert state_of(rule(), self.item(**{AMOUNT: odd}), BOARD)["cells"] == {AMOUNT: "1" * 40}
        assert state_of(rule(), self.item(**{AMOUNT: nameless}), BOARD)["cells"] == {AMOUNT: ""}


def test_a_plain_value_as_text() -> None:
    assert as_text(None) == ""
    assert as_text(Decimal("0.10")) == "0.10"
    assert as_text(True) == "True"
