"""A mapping's columns: direction, owner, transform and links, judged with the board as last read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.test import Client

from connectors.models import MondayAccount
from connectors.monday.model import Board, Column
from mappings import store
from mappings.models import BoardMapping
from tests.integration.admin.conftest import House
from tests.integration.admin.pages import address, errors, save
from tests.integration.admin.test_mappings import column
from tests.integration.admin.test_mappings_schedule import another


def read(house: House, *columns: Column) -> None:
    """Let the board have been read with these columns besides."""
    kept = store.snapshot(house.account.pk, "4711")
    assert kept is not None
    board: Board = kept[0]
    store.keep_snapshot(house.account.pk, replace(board, columns=(*board.columns, *columns)))


def switched_on(admin: Client, house: House, **fields: Any) -> str:
    """Add a column and switch the mapping on; returns what is wrong with it."""
    answer = save(admin, address(house.mapping, "change"), active="on", **column(1, house.mapping, **fields))
    return errors(answer) if answer.context and "adminform" in answer.context else ""


def test_a_column_keeps_all_it_was_given(admin: Client, ours: House) -> None:
    fields = {"transform": "round", "argument": "3", "owner": "monday", "direction": "to_monday"}
    save(
        admin,
        address(ours.mapping, "change"),
        **column(1, ours.mapping, column_id="amount", field="InvoiceAmount", **fields),
    )
    rule = store.as_rule(BoardMapping.objects.get(pk=ours.mapping.pk)).columns[1]
    assert (rule.transform, rule.argument, rule.owner, rule.direction) == (
        "round",
        "3",
        "monday",
        "to_monday",
    )


def test_only_mappings_of_the_same_tenant_and_account_are_offered(
    admin: Client, ours: House, theirs: House
) -> None:
    vendors = another(ours, "Vendors", board_id="1", record_kind="purchase_order")
    other = MondayAccount.objects.create(tenant=ours.tenant, name="Second", api_token="x")
    another(ours, "Far away", account=other)
    forms = admin.get(address(ours.mapping, "change")).context["inline_admin_formsets"][0].formset.forms
    assert list(forms[0].fields["linked_mapping"].queryset) == [vendors]
    fields = {"column_id": "vendor", "field": "InvoiceAccount", "linked_mapping": theirs.mapping.pk}
    answer = save(admin, address(ours.mapping, "change"), **column(1, ours.mapping, **fields))
    assert "Select a valid choice" in errors(answer)


def test_a_field_that_cannot_be_written_goes_to_monday_only(admin: Client, ours: House) -> None:
    told = switched_on(admin, ours, column_id="amount", field="InvoiceAmount", direction="both")
    assert "cannot be written in Dynamics" in told


def test_a_transforms_argument_is_judged(admin: Client, ours: House) -> None:
    told = switched_on(
        admin, ours, column_id="amount", field="InvoiceAmount", transform="round", argument="many"
    )
    assert "decimal places: give a number from 0 to 9" in told


def test_a_person_goes_into_a_people_column(admin: Client, ours: House) -> None:
    read(ours, Column("buyer", "Buyer", "text"))
    told = switched_on(admin, ours, column_id="buyer", field="InvoiceId", transform="person")
    assert "Column buyer is of type text; a person goes into a people column only." in told
    assert not BoardMapping.objects.get(pk=ours.mapping.pk).active


def test_a_link_goes_into_a_connect_boards_column(admin: Client, ours: House) -> None:
    orders = another(ours, "Orders", board_id="1", record_kind="purchase_order")
    read(ours, Column("order", "Order", "text"), Column("rel", "Order", "board_relation"))
    fields = {"field": "InvoiceId", "linked_mapping": orders.pk}
    assert "only a Connect Boards column" in switched_on(admin, ours, column_id="order", **fields)
    assert switched_on(admin, ours, column_id="rel", **fields) == ""
    assert BoardMapping.objects.get(pk=ours.mapping.pk).active


def test_nothing_is_said_of_a_board_that_was_never_read(admin: Client, ours: House) -> None:
    ours.board.delete()
    assert switched_on(admin, ours, column_id="buyer", field="InvoiceId", transform="person") == ""
