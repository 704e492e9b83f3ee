"""Bringing records to a board, with a board that behaves like one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.errors import (
    Rejected,
    Unreachable,
)
from connectors.monday.model import ChangeColumns, Column, Label, MoveItem
from integration_portal.sync.ports import LaneBusy
from integration_portal.sync.to_monday import BOARD_FRESH_S
from tests.fakes.samples import AMOUNT, BOARD, KEY, STATUS, board, invoice, rule
from tests.unit.sync.bench import BY_PAYMENT, ONE, REFUSED, Bench


class TestTheOrdinaryWay:
    def test_a_new_record_becomes_an_item(self, bench: Bench) -> None:
        written = bench.one()
        item = bench.item()
        assert (item.name, item.group_id) == ("INV-88412 · US-104", "topics")
        assert bench.monday.texts(item) == {
            KEY: ONE,
            AMOUNT: "1250.5",
            STATUS: "EUR",
            "date_due": "2026-03-31",
        }
        assert written.created
        assert written.changed
        assert not written.adopted
        assert written.error is None
        assert written.record_key == ONE
        assert written.title == invoice().title
        assert bench.lanes.links[ONE].item_id == item.id
        assert not bench.lanes.held

    def test_a_changed_field_changes_its_cell_alone(self, bench: Bench) -> None:
        bench.one()
        written = bench.one(invoice(InvoiceAmount=Decimal(2)))
        assert written.changed
        assert not written.created
        assert (written.before, written.after) == ({AMOUNT: "1250.5"}, {AMOUNT: "2"})
        [change] = bench.monday.writes[1:]
        assert isinstance(change, ChangeColumns)
        assert dict(change.values) == {AMOUNT: "2"}
        assert bench.text(AMOUNT) == "2"

    def test_agreement_costs_no_call(self, bench: Bench) -> None:
        bench.one()
        bench.monday.calls.clear()
        written = bench.one()
        assert not written.changed
        assert written.error is None
        assert bench.monday.calls == []

    def test_another_status_moves_the_item(self, bench: Bench) -> None:
        bench.one(made=BY_PAYMENT)
        bench.one(invoice(Payment="Paid"), made=BY_PAYMENT)
        assert bench.item().group_id == "group_paid"
        assert isinstance(bench.monday.writes[-1], MoveItem)

    def test_a_batch_is_one_call(self, bench: Bench) -> None:
        written = bench.bring(*(invoice(SourceKey=number) for number in range(1, 6)))
        assert [one.created for one in written] == [True] * 5
        assert len(bench.monday.called("write")) == 1
        assert len(bench.items) == 5

    def test_values_that_go_to_and_fro_are_written_each_time(self, bench: Bench) -> None:
        for amount in (1, 2, 1, 2, 1):
            bench.one(invoice(InvoiceAmount=Decimal(amount)))
            assert bench.text(AMOUNT) == str(amount)

    def test_a_name_that_was_cut_is_remarked(self, bench: Bench) -> None:
        written = bench.one(invoice(InvoiceId="x" * 300), made=rule(name_template="{InvoiceId}"))
        assert written.reason == "The item's name was cut from 300 to 255 characters."
        assert len(bench.item().name) == 255

    def test_the_baseline_keeps_when_the_record_was_read(self, bench: Bench) -> None:
        bench.one(read_at=123.0)
        assert bench.lanes.links[ONE].settled_at == 123.0


class TestTheBoard:
    def test_it_is_read_once_and_then_believed_for_ten_minutes(self, bench: Bench) -> None:
        bench.one()
        bench.one(invoice(InvoiceAmount=Decimal(2)))
        assert bench.monday.called("board") == [BOARD.id]
        bench.lanes.clock += BOARD_FRESH_S
        bench.one(invoice(InvoiceAmount=Decimal(3)))
        assert bench.monday.called("board") == [BOARD.id] * 2

    def test_a_label_that_was_added_since_is_found_by_looking_again(self, bench: Bench) -> None:
        bench.one()
        labels = (Label("1", "EUR"), Label("9", "XAU"))
        bench.monday.boards[BOARD.id] = board(
            columns=(*BOARD.columns[:3], Column(STATUS, "Currency", "status", labels), *BOARD.columns[4:])
        )
        written = bench.one(invoice(CurrencyCode="XAU"))
        assert written.error is None
        assert bench.text(STATUS) == "XAU"

    def test_a_label_that_is_missing_is_a_sentence_and_the_others_go_on(self, bench: Bench) -> None:
        written = bench.bring(
            invoice(CurrencyCode="XAU"), invoice(SourceKey=2), invoice(SourceKey=3, CurrencyCode="XPT")
        )
        by_key = {one.record_key: one for one in written}
        error = by_key[ONE].error
        assert isinstance(error, Rejected)
        assert 'Column Currency has no label "XAU". Its labels are: EUR, US dollar, 42.' in str(error)
        assert by_key[ONE].update is None
        assert isinstance(by_key["usmf/3"].error, Rejected)
        assert by_key["usmf/2"].created
        assert ONE not in bench.lanes.links  # no lane for what cannot be written
        assert bench.monday.called("board") == [BOARD.id]  # read a moment ago: no need to look again

    def test_a_missing_label_looks_again_once_for_the_whole_batch(self, bench: Bench) -> None:
        bench.one()
        bench.bring(*(invoice(SourceKey=number, CurrencyCode="XAU") for number in range(5)))
        assert len(bench.monday.called("board")) == 2

    def test_a_board_that_cannot_be_read_is_an_error_and_no_lane_is_held(self, bench: Bench) -> None:
        bench.monday.fail("board", REFUSED)
        with pytest.raises(Unreachable):
            bench.bring(invoice())
        assert not bench.lanes.held


class TestLanes:
    def test_a_record_another_worker_is_at_comes_back_in_a_moment(self, bench: Bench) -> None:
        bench.lanes.busy.add(ONE)
        written = bench.bring(invoice(), invoice(SourceKey=2))
        by_key = {one.record_key: one for one in written}
        assert isinstance(by_key[ONE].error, LaneBusy)
        assert by_key[ONE].update is None
        assert by_key["usmf/2"].created
        assert bench.monday.texts(bench.item())[KEY] == "usmf/2"

    @pytest.mark.parametrize("settled_later_by", [0.0, 1.0])
    def test_a_record_that_was_settled_after_it_was_read_is_read_again(
        self, bench: Bench, settled_later_by: float
    ) -> None:
        bench.one(invoice(InvoiceAmount=Decimal(2)), read_at=100.0 + settled_later_by)
        written = bench.one(invoice(InvoiceAmount=Decimal(1)), read_at=100.0)
        assert isinstance(written.error, LaneBusy)
        assert bench.text(AMOUNT) == "2"
        assert not bench.lanes.held
        assert bench.lanes.links[ONE].item_id == bench.item().id
