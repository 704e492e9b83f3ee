"""Writes that fail, or whose answer is lost, and what the board shows afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.errors import (
    NotFound,
    RateLimited,
    Rejected,
)
from mappings.links import Link
from tests.fakes.samples import AMOUNT, BOARD, invoice
from tests.unit.sync.bench import BY_PAYMENT, LOST, ONE, REFUSED, Bench


class TestFailures:
    def test_a_refusal_is_the_records_own(self, bench: Bench) -> None:
        refusal = Rejected("Not this one.", system="monday")
        bench.monday.fail("CreateItem", refusal)
        written = bench.bring(invoice(), invoice(SourceKey=2))
        assert [one.error for one in written] == [refusal, None]
        assert len(bench.items) == 1

    def test_after_a_definite_answer_the_same_write_is_a_new_one(self, bench: Bench) -> None:
        bench.monday.fail("CreateItem", Rejected("No.", system="monday"))
        bench.one()
        bench.one()
        first, second = bench.monday.writes
        assert first.lane != second.lane

    def test_a_create_without_an_answer_is_repeated_word_for_word(self, bench: Bench) -> None:
        bench.monday.fail("CreateItem", LOST)
        bench.one()
        bench.one()
        first, second = bench.monday.writes
        assert first == second

    def test_an_item_that_is_gone_is_told_with_what_to_do(self, bench: Bench) -> None:
        bench.one()
        bench.monday.items[BOARD.id].clear()
        written = bench.one(invoice(InvoiceAmount=Decimal(2)))
        assert isinstance(written.error, NotFound)
        assert "is no longer on the board. Restore it on monday and press Retry" in str(written.error)
        assert str(written.error).startswith("monday change: Item 1001 of Posted vendor invoice INV-88412")

    def test_it_is_created_anew_once_its_link_was_deleted(self, bench: Bench) -> None:
        bench.one()
        bench.monday.items[BOARD.id].clear()
        del bench.lanes.links[ONE]
        bench.lanes.links["usmf/2"] = Link(1, "usmf/2", "", {}, False, None)  # ids are not used twice
        assert bench.one().created
        assert len(bench.items) == 1

    def test_not_found_while_creating_speaks_of_no_item(self, bench: Bench) -> None:
        missing = NotFound("Board not found.", system="monday")
        bench.monday.fail("CreateItem", missing)
        assert bench.one().error is missing

    def test_a_move_that_fails_after_the_change_is_made_up_for(self, bench: Bench) -> None:
        bench.one(made=BY_PAYMENT)
        bench.monday.fail("MoveItem", RateLimited("Wait.", retry_after_s=1.0, system="monday"))
        written = bench.one(invoice(Payment="Paid", InvoiceAmount=Decimal(2)), made=BY_PAYMENT)
        assert isinstance(written.error, RateLimited)
        bench.one(invoice(Payment="Paid", InvoiceAmount=Decimal(2)), made=BY_PAYMENT)
        assert bench.item().group_id == "group_paid"
        assert bench.text(AMOUNT) == "2"

    @pytest.mark.parametrize("applied", [True, False])
    def test_a_record_that_returns_to_its_old_value_meanwhile_is_written_again(
        self, bench: Bench, applied: bool
    ) -> None:
        bench.one()
        bench.monday.fail("ChangeColumns", LOST, applied=applied)
        bench.one(invoice(InvoiceAmount=Decimal(2)))
        bench.one()  # the amount is again what the baseline says; the board may show 2
        assert bench.text(AMOUNT) == "1250.5"

    def test_so_is_one_whose_change_went_through_and_whose_move_did_not(self, bench: Bench) -> None:
        bench.one(made=BY_PAYMENT)
        bench.monday.fail("MoveItem", REFUSED)
        bench.one(invoice(Payment="Paid", InvoiceAmount=Decimal(2)), made=BY_PAYMENT)
        bench.one(made=BY_PAYMENT)
        assert bench.text(AMOUNT) == "1250.5"
        assert bench.item().group_id == "topics"

    def test_so_is_one_whose_worker_died_while_writing(self, bench: Bench) -> None:
        bench.one()
        bench.bring(invoice(InvoiceAmount=Decimal(2)), settle=False)
        bench.lanes.lose(ONE)
        bench.one()
        assert bench.text(AMOUNT) == "1250.5"

    def test_once_the_board_is_sure_again_only_differences_are_written(self, bench: Bench) -> None:
        bench.one()
        bench.monday.fail("ChangeColumns", LOST)
        bench.one(invoice(InvoiceAmount=Decimal(2)))
        bench.one(invoice(InvoiceAmount=Decimal(2)))
        assert not bench.one(invoice(InvoiceAmount=Decimal(2))).changed
