"""What does not fit between a mapping, its board and other mappings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.dynamics.model import Entity, Field
from connectors.monday.model import Column
from mappings.catalogue.kind import Kind
from mappings.rules import ColumnRule
from mappings.surroundings import can_be_linked, misfits
from tests.fakes.samples import RULE, board, rule


def kind(*keys: str, company: str = "dataAreaId", **changes: object) -> Kind:
    """A kind of record with these keys."""
    entity = Entity("Things", keys, tuple(Field(key, "Edm.String") for key in keys))
    made = replace(
        RULE.kind, name="thing", label="Thing", label_plural="Things", entity=entity, company_field=company
    )
    return replace(made, **changes)  # type: ignore[arg-type]


VENDORS = kind("dataAreaId", "Account", label_plural="Vendors")
LINES = kind("dataAreaId", "Order", "Line", label_plural="Order lines")
CURRENCIES = kind("Code", company="", label_plural="Currencies")
BOARD = board(
    Column("rel", "Vendor", "board_relation"), Column("who", "Who", "people"), Column("txt", "Note", "text")
)


def told(*columns: ColumnRule, kinds: dict[int, Kind] | None = None, read: bool = True) -> list[str]:
    return misfits(rule(columns=columns), kinds or {}, BOARD if read else None)


@pytest.mark.parametrize(("linked", "holds"), [(VENDORS, True), (LINES, False), (CURRENCIES, False)])
def test_a_kind_with_one_key_within_the_legal_entity_can_be_linked(linked: Kind, holds: bool) -> None:
    assert can_be_linked(linked, RULE.kind) is holds


def test_a_kind_outside_of_legal_entities_can_be_linked_from_another_such() -> None:
    assert can_be_linked(CURRENCIES, kind("Name", company=""))


def test_an_ordinary_mapping_fits() -> None:
    assert misfits(RULE, {}, BOARD) == []
    assert misfits(RULE, {}, None) == []


class TestALinkedColumn:
    linked = ColumnRule("rel", "InvoiceAccount", linked_mapping_id=5)

    def test_fits_a_connect_boards_column(self) -> None:
        assert told(self.linked, kinds={5: VENDORS}) == []

    def test_needs_a_mapping_that_is_there(self) -> None:
        (problem,) = told(self.linked)
        assert "a mapping that is not there" in problem

    def test_needs_a_kind_its_value_can_name(self) -> None:
        (problem,) = told(self.linked, kinds={5: LINES})
        assert "Column rel cannot point at order lines: the value of InvoiceAccount is not enough" in problem

    def test_has_no_place_for_a_transform(self) -> None:
        (problem,) = told(replace(self.linked, transform="upper"), kinds={5: VENDORS})
        assert "a transform has no place there" in problem

    def test_does_not_fit_a_column_of_another_type(self) -> None:
        (problem,) = told(replace(self.linked, column_id="txt"), kinds={5: VENDORS})
        assert "Column txt is of type text; only a Connect Boards column points at items." in problem

    def test_is_not_judged_by_a_board_that_was_not_read_or_lacks_it(self) -> None:
        assert told(replace(self.linked, column_id="txt"), kinds={5: VENDORS}, read=False) == []
        assert told(replace(self.linked, column_id="new"), kinds={5: VENDORS}) == []

    def test_is_what_a_connect_boards_column_needs(self) -> None:
        (problem,) = told(ColumnRule("rel", "InvoiceAccount"))
        assert "choose the mapping whose items it points at" in problem


class TestAPersonsColumn:
    def test_fits_a_people_column(self) -> None:
        assert told(ColumnRule("who", "Payment", transform="person")) == []

    def test_does_not_fit_a_column_of_another_type(self) -> None:
        (problem,) = told(ColumnRule("txt", "Payment", transform="person"))
        assert "a person goes into a people column only" in problem

    def test_is_what_a_people_column_needs(self) -> None:
        (problem,) = told(ColumnRule("who", "Payment"))
        assert "choose the transform for persons" in problem


class TestAPredecessor:
    lasting = kind("dataAreaId", "Id", natural=("Id",), label_plural="Pending invoices")

    def judged(self, kinds: dict[int, Kind], **changes: object) -> list[str]:
        made = rule(kind=kind("dataAreaId", "Id", natural=("Id",), **changes), columns=(), predecessor_id=4)
        return misfits(made, kinds, None)

    def test_fits_when_both_have_names_for_life(self) -> None:
        assert self.judged({4: self.lasting}) == []

    def test_has_to_be_there(self) -> None:
        assert self.judged({}) == [
            "The mapping whose items go on as ours is not there; choose another predecessor."
        ]

    def test_needs_names_for_life(self) -> None:
        (problem,) = self.judged({4: replace(self.lasting, natural=())})
        assert problem.startswith("Pending invoices have no name that lasts for life")

    def test_needs_them_in_our_own_kind_too(self) -> None:
        made = rule(kind=kind("dataAreaId", "Id", natural=()), columns=(), predecessor_id=4)
        (problem,) = misfits(made, {4: self.lasting}, None)
        assert problem.startswith("Things have no name that lasts for life")
