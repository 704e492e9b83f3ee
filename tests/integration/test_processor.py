"""Claim, route, run, settle: from the inbox to the board, with both systems in memory."""

from __future__ import annotations

import logging
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit import trail
from connectors import connections
from connectors.errors import Unreachable
from connectors.models import LegalEntity
from connectors.monday.model import Column, Label
from connectors.transport import Exchange
from integration_portal import processor, tasks
from integration_portal.models import InboundEvent, State
from mappings.models import BoardMapping, BoardSnapshot, ColumnMapping, EventRule, GroupMapping, RecordLink
from tests.fakes.samples import (
    AMOUNT,
    BOARD,
    CONFIRMATIONS,
    DUE,
    INVOICES,
    KEY,
    ORDERS,
    STATUS,
    board,
    confirmation_row,
    invoice_row,
    order_row,
)
from tests.integration.conftest import Portal, invoice_event, make_mapping, order_event

ONE = "usmf/5637144577"
LOST = Unreachable("The connection broke.", system="monday", may_have_applied=True)
SHEET = {KEY: ONE, AMOUNT: "1250.5", STATUS: "EUR", DUE: "2026-03-31"}


class TestTheMainFlow:
    def test_an_event_becomes_an_item(self, portal: Portal) -> None:
        event = portal.settled()
        assert (event.state, event.reason, event.attempts) == (State.DONE, "", 1)
        assert event.settled_at is not None
        assert portal.texts() == [SHEET]
        link = portal.link()
        assert link.item_id == portal.monday.all_items(BOARD.id)[0].id
        assert link.baseline["cells"] == SHEET
        assert (link.lease_owner, link.uncertain) == ("", False)

    def test_the_trail_tells_what_was_written_for_which_event_with_which_calls(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = Exchange("monday", "create_item", "POST", "https://api.monday.com/v2", 200, 12, "r-1", "", 1.0)
        portal.monday.before_write = lambda: connections._note(made)
        event = portal.settled()
        [entry] = portal.trail()
        assert entry.action == trail.Action.ITEM_CREATED
        assert entry.subject == "Posted vendor invoice INV-88412 of US-104 in usmf"
        assert (entry.event_id, entry.mapping_id, entry.tenant_id) == (
            event.pk,
            portal.mapping.pk,
            portal.tenant.pk,
        )
        assert entry.item_id == portal.link().item_id
        assert entry.before == {}
        assert entry.after == {"name": "INV-88412 · US-104", "group": "topics", **SHEET}
        assert entry.calls == [made.as_dict()]

    def test_a_later_change_changes_the_item(self, portal: Portal) -> None:
        portal.settled()
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceAmount=Decimal(7))]
        event = portal.settled()
        assert event.state == State.DONE
        assert portal.texts() == [{**SHEET, AMOUNT: "7"}]
        entry = portal.trail()[-1]
        assert (entry.action, entry.before, entry.after) == (
            trail.Action.ITEM_CHANGED,
            {AMOUNT: "1250.5"},
            {AMOUNT: "7"},
        )

    def test_no_difference_is_nothing_to_do(self, portal: Portal) -> None:
        portal.settled()
        event = portal.settled()
        assert (event.state, event.reason) == (State.SKIPPED, "No difference: both sides agree.")
        assert len(portal.trail()) == 1

    def test_an_item_that_stands_there_already_is_adopted(self, portal: Portal) -> None:
        item = portal.monday.put(
            BOARD.id,
            "INV-88412 · US-104",
            **{KEY: ONE, AMOUNT: "1250.50", STATUS: {"label": "EUR"}, DUE: {"date": "2026-03-31"}},
        )
        BoardMapping.objects.update(trust_keys_minutes=0, keys_read_at=timezone.now())
        event = portal.settled()
        assert event.state == State.SKIPPED
        assert [(entry.action, entry.item_id) for entry in portal.trail()] == [
            (trail.Action.ITEM_ADOPTED, item.id)
        ]
        assert len(portal.monday.all_items(BOARD.id)) == 1

    def test_before_the_first_create_the_boards_keys_are_read(self, portal: Portal) -> None:
        item = portal.monday.put(BOARD.id, "By hand", **{KEY: ONE})
        portal.settled()
        assert portal.link().item_id == item.id
        portal.mapping.refresh_from_db()
        assert portal.mapping.keys_read_at is not None

    def test_a_purchase_order_has_its_amount_from_the_latest_confirmation(self, portal: Portal) -> None:
        orders = make_mapping(portal.environment, portal.account, name="Orders", record_kind="purchase_order")
        orders.columns.all().delete()
        ColumnMapping.objects.create(
            mapping=orders, column_id=AMOUNT, field="confirmation.TotalConfirmedAmount"
        )
        portal.dynamics.rows |= {
            ORDERS: [order_row()],
            CONFIRMATIONS: [
                confirmation_row(),
                confirmation_row(
                    suffix="-2", ConfirmationDate=date(2026, 4, 1), TotalConfirmedAmount=Decimal("120.10")
                ),
            ],
        }
        event = portal.settled(order_event())
        assert event.state == State.DONE
        assert portal.texts() == [{KEY: "usmf/00000154", AMOUNT: "120.1"}]
        assert portal.monday.all_items(BOARD.id)[0].name == "00000154 · Acme Office Supplies"

    def test_the_group_follows_its_field(self, portal: Portal) -> None:
        BoardMapping.objects.update(group_field="Payment")
        GroupMapping.objects.create(mapping=portal.mapping, value="Paid", group_id="group_paid")
        portal.settled()
        portal.dynamics.rows[INVOICES] = [invoice_row(Payment="Paid")]
        portal.settled()
        [item] = portal.monday.all_items(BOARD.id)
        assert item.group_id == "group_paid"

    def test_a_batch_is_one_read_and_one_write(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=n, InvoiceId=f"INV-{n}") for n in range(20)]
        portal.receive(*(invoice_event(f"INV-{n}") for n in range(20)))
        assert portal.work() == 20
        assert len(portal.dynamics.asked) == 1
        assert len(portal.monday.called("write")) == 1
        assert len(portal.texts()) == 20
        entries = {entry.item_id: entry.event_id for entry in portal.trail()}
        assert len(set(entries.values())) == 20

    def test_a_hundred_events_for_ten_records_out_of_order_show_the_last_state(self, portal: Portal) -> None:
        amounts = {n: Decimal(n) for n in range(10)}
        bodies = [invoice_event(f"INV-{n % 10}") for n in range(100)]
        random.Random(5).shuffle(bodies)
        for start in range(0, 100, 25):
            for n in amounts:
                amounts[n] += 1
            portal.dynamics.rows[INVOICES] = [
                invoice_row(SourceKey=n + 1, InvoiceId=f"INV-{n}", InvoiceAmount=amount)
                for n, amount in amounts.items()
            ]
            portal.receive(*bodies[start : start + 25], *bodies[:start])
            while portal.work():
                pass
        assert InboundEvent.objects.count() == 100
        assert not InboundEvent.objects.exclude(
            state__in=[State.DONE, State.SKIPPED, State.SUPERSEDED]
        ).exists()
        assert {(text[KEY], text[AMOUNT]) for text in portal.texts()} == {
            (f"usmf/{n + 1}", str(amount)) for n, amount in amounts.items()
        }
        assert len(portal.texts()) == 10

    def test_two_boards_may_show_the_same_record(self, portal: Portal) -> None:
        portal.monday.boards["9002"] = BOARD
        portal.monday.items["9002"] = {}
        make_mapping(portal.environment, portal.account, name="Second", board_id="9002")
        event = portal.settled()
        assert event.state == State.DONE
        assert len(portal.dynamics.asked) == 1
        assert len(portal.monday.all_items("9002")) == 1


class TestNothingToDo:
    def test_without_a_mapping_there_is_nothing_to_show_it_on(self, portal: Portal) -> None:
        BoardMapping.objects.update(active=False)
        event = portal.settled()
        assert (event.state, event.reason) == (
            State.SKIPPED,
            "No active mapping shows posted vendor invoices of usmf.",
        )
        assert portal.dynamics.asked == []

    def test_other_companies_are_left_out(self, portal: Portal) -> None:
        portal.mapping.legal_entities.add(LegalEntity.objects.get(data_area_id="demf"))
        assert portal.settled().state == State.SKIPPED

    def test_of_several_events_for_one_record_the_newest_counts(self, portal: Portal) -> None:
        received = portal.receive(invoice_event(), invoice_event(), invoice_event("INV-2"), invoice_event())
        portal.work()
        ends = list(InboundEvent.objects.order_by("pk").values_list("state", "reason"))
        assert ends[0] == (State.SUPERSEDED, f"Event {received[1].pk} took its place.")
        assert ends[1] == (State.SUPERSEDED, f"Event {received[3].pk} took its place.")
        assert ends[3] == (State.DONE, "")

    def test_one_record_named_in_two_ways_is_written_once(self, portal: Portal) -> None:
        portal.receive(invoice_event("INV-88412"), invoice_event("inv-88412  "))
        portal.work()
        assert set(InboundEvent.objects.values_list("state", flat=True)) == {State.DONE}
        assert len(portal.texts()) == 1

    def test_without_a_company_nothing_can_be_looked_up(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event(BusinessEventLegalEntity=""))
        assert (event.state, portal.work()) == (State.DEAD, 0)


class TestOddValues:
    def test_the_year_1900_leaves_the_cell_empty(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(DueDate=date(1900, 1, 1))]
        assert portal.settled().state == State.DONE
        assert DUE not in portal.texts()[0]

    def test_a_name_of_300_characters_is_cut_and_said_so(self, portal: Portal) -> None:
        BoardMapping.objects.update(name_template="{InvoiceId}")
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceId="x" * 300)]
        EventRule.objects.create(
            environment=portal.environment,
            event_type="ByVendor",
            record_kind="posted_invoice",
            keys={"InvoiceAccount": "InvoiceAccount"},
        )
        event = portal.settled(invoice_event(BusinessEventId="ByVendor"))
        assert (event.state, event.reason) == (
            State.DONE,
            "The item's name was cut from 300 to 255 characters.",
        )
        assert portal.trail()[-1].detail == event.reason

    def test_a_numeric_text_fits_a_numbers_column(self, portal: Portal) -> None:
        ColumnMapping.objects.filter(column_id=AMOUNT).update(field="Payment")
        portal.dynamics.rows[INVOICES] = [invoice_row(Payment="12.50")]
        assert portal.settled().state == State.DONE
        assert portal.texts()[0][AMOUNT] == "12.5"

    def test_blanks_at_the_end_of_an_invoice_number_name_the_same_record(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceId="INV-88412   ")]
        assert portal.settled().state == State.DONE
        assert portal.monday.all_items(BOARD.id)[0].name == "INV-88412 · US-104"

    def test_a_label_added_on_the_board_meanwhile_is_found(self, portal: Portal) -> None:
        portal.settled()
        others = [column for column in BOARD.columns if column.id != STATUS]
        grown = Column(STATUS, "Currency", "status", (Label("1", "EUR"), Label("9", "XAU")))
        portal.monday.boards[BOARD.id] = board(columns=(*others, grown))
        BoardSnapshot.objects.update(read_at=timezone.now() - timedelta(seconds=60))
        portal.dynamics.rows[INVOICES] = [invoice_row(CurrencyCode="XAU")]
        assert portal.settled().state == State.DONE
        assert portal.texts()[0][STATUS] == "XAU"


class TestDraining:
    def test_a_stream_is_worked_on_until_nothing_is_due(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=n, InvoiceId=f"INV-{n}") for n in range(120)]
        portal.receive(*(invoice_event(f"INV-{n}") for n in range(120)))
        processor.drain(portal.stream)
        assert len(portal.texts()) == 120
        assert len(portal.dynamics.asked) == 3

    def test_but_others_have_their_turn_after_a_while(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processor, "DRAIN_S", 0.0)
        calls = []
        monkeypatch.setattr(processor, "run_once", lambda stream: calls.append(stream) or 1)
        tasks.work(portal.stream)
        assert calls == [portal.stream]


def test_a_fault_is_logged_and_an_ordinary_run_is_not(
    portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        portal.settled()
    assert caplog.records == []
    assert RecordLink.objects.count() == 1
