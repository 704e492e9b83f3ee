"""Bringing records to a board, with a board that behaves like one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import (
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Unreachable,
)
from connectors.monday.model import Board, ChangeColumns, Column, CreateItem, Item, Label, MoveItem
from integration_portal.sync.ports import Written
from integration_portal.sync.to_monday import BOARD_FRESH_S, LaneBusy, ToBoard
from mappings.catalogue.kind import Record
from mappings.links import Link
from mappings.rules import BoardRule, ColumnRule
from tests.fakes.lanes import FakeLanes
from tests.fakes.monday import FakeMonday
from tests.fakes.samples import AMOUNT, BOARD, HOST, KEY, STATUS, board, invoice, rule

ONE = "usmf/5637144577"
LOST = Unreachable("The connection broke.", system="monday", may_have_applied=True)
REFUSED = Unreachable("Refused.", system="monday", may_have_applied=False)
BY_PAYMENT = rule(group_field="Payment", groups={"Paid": "group_paid"})


class Bench:
    """One board, its lanes, and runs against them; each run is settled as the portal does."""

    def __init__(self, *boards: Board) -> None:
        self.monday = FakeMonday.with_boards(*(boards or (BOARD,)))
        self.lanes = FakeLanes(keys_read_at=1.0)

    def bring(
        self,
        *records: Record,
        made: BoardRule | None = None,
        settle: bool = True,
        read_at: float | None = None,
    ) -> list[Written]:
        self.lanes.clock += 10
        made = made or rule()
        if made.keys_read_at is None and self.lanes.keys_read_at is not None:
            made = rule_with(made, keys_read_at=self.lanes.clock - 1)
        at = self.lanes.clock if read_at is None else read_at
        written = ToBoard(made, self.monday, self.lanes, host=HOST, read_at=at).bring(records)
        if settle:
            self.lanes.settle(written)
        return written

    def one(self, *records: Record, **more: Any) -> Written:
        [written] = self.bring(*(records or (invoice(),)), **more)
        return written

    @property
    def items(self) -> list[Item]:
        return self.monday.all_items(BOARD.id)

    def item(self) -> Item:
        [item] = self.items
        return item

    def text(self, column_id: str) -> str:
        return self.monday.texts(self.item()).get(column_id, "")


def rule_with(made: BoardRule, **changes: Any) -> BoardRule:
    return rule(**{name: getattr(made, name) for name in made.__dataclass_fields__} | changes)


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


class TestNeverASecondItem:
    def fresh(self, bench: Bench) -> None:
        bench.lanes.keys_read_at = None

    def test_before_the_first_create_the_whole_board_is_read_and_adopted(self, bench: Bench) -> None:
        self.fresh(bench)
        bench.monday.put(BOARD.id, "By hand", **{KEY: ONE, AMOUNT: "5"})
        bench.monday.put(BOARD.id, "Keyless")
        bench.monday.put(BOARD.id, "Other", **{KEY: "usmf/2"})
        written = bench.one()
        assert written.created is False
        assert len(bench.items) == 3
        assert (written.before, written.after) == (
            {AMOUNT: "5", STATUS: "", "date_due": "", "name": "By hand"},
            {AMOUNT: "1250.5", STATUS: "EUR", "date_due": "2026-03-31", "name": "INV-88412 · US-104"},
        )
        assert bench.lanes.links["usmf/2"].item_id == bench.items[2].id
        assert bench.lanes.keys_read_at == bench.lanes.clock
        assert bench.monday.called("items_by_key") == []

    def test_of_several_items_with_one_key_the_oldest_counts(self, bench: Bench) -> None:
        self.fresh(bench)
        oldest = bench.monday.put(BOARD.id, "First", **{KEY: ONE})
        bench.monday.put(BOARD.id, "Second", **{KEY: ONE})
        bench.one()
        assert bench.lanes.links[ONE].item_id == oldest.id

    def test_within_the_trusted_time_an_unknown_record_is_created_without_looking(self, bench: Bench) -> None:
        bench.one()
        assert bench.monday.called("items_by_key") == []

    @pytest.mark.parametrize("trust_keys_s", [0.0, 3600.0])
    def test_later_or_without_trust_it_is_looked_up_and_adopted(
        self, bench: Bench, trust_keys_s: float
    ) -> None:
        item = bench.monday.put(BOARD.id, "By hand", **{KEY: ONE})
        made = rule(trust_keys_s=trust_keys_s, keys_read_at=bench.lanes.clock - 4000)
        written = bench.one(made=made)
        assert written.adopted
        assert not written.created
        assert bench.lanes.links[ONE].item_id == item.id
        assert bench.monday.called("items_by_key") == [(ONE,)]
        assert bench.text(AMOUNT) == "1250.5"

    def test_an_adopted_item_that_agrees_is_only_linked(self, bench: Bench) -> None:
        bench.one()
        bench.lanes.links.clear()
        written = bench.one(made=rule(trust_keys_s=0))
        assert written.adopted
        assert not written.changed
        assert bench.lanes.links[ONE].item_id == bench.item().id

    def test_one_that_is_not_there_is_created(self, bench: Bench) -> None:
        assert bench.one(made=rule(trust_keys_s=0)).created

    def test_an_item_that_stands_for_another_record_is_not_taken(self, bench: Bench) -> None:
        bench.one()
        item = bench.item()
        bench.lanes.links["usmf/2"] = bench.lanes.links.pop(ONE)
        written = bench.one(made=rule(trust_keys_s=0))
        assert written.created
        assert bench.lanes.links[ONE].item_id != item.id

    def test_a_create_whose_answer_was_lost_is_looked_up_and_found(self, bench: Bench) -> None:
        bench.monday.fail("CreateItem", LOST, applied=True)
        written = bench.one()
        assert written.error is LOST
        assert bench.lanes.links[ONE].uncertain
        assert bench.lanes.links[ONE].item_id == ""
        again = bench.one(invoice(InvoiceAmount=Decimal(7)))
        assert again.adopted
        assert bench.text(AMOUNT) == "7"
        assert not bench.lanes.links[ONE].uncertain

    def test_a_create_whose_answer_was_lost_and_that_never_happened_is_done_again(self, bench: Bench) -> None:
        bench.monday.fail("CreateItem", LOST)
        bench.one()
        assert bench.one().created
        assert len(bench.items) == 1

    def test_a_create_that_certainly_did_not_happen_needs_no_look(self, bench: Bench) -> None:
        bench.monday.fail("CreateItem", REFUSED)
        bench.one()
        assert not bench.lanes.links[ONE].uncertain
        assert bench.one().created
        assert bench.monday.called("items_by_key") == []

    def test_an_unsure_lane_stays_unsure_until_it_was_looked_up(self, bench: Bench) -> None:
        bench.monday.fail("CreateItem", LOST, applied=True)
        bench.one()
        bench.monday.fail("items_by_key", RateLimited("Wait.", retry_after_s=3.0, system="monday"))
        written = bench.one()
        assert isinstance(written.error, RateLimited)
        assert bench.lanes.links[ONE].uncertain
        assert not bench.lanes.held
        bench.one()
        assert len(bench.items) == 1

    def test_a_failed_look_fails_every_record_of_the_batch_and_frees_their_lanes(self, bench: Bench) -> None:
        bench.monday.fail("items_by_key", REFUSED)
        written = bench.bring(invoice(), invoice(SourceKey=2), made=rule(trust_keys_s=0))
        assert [one.error for one in written] == [REFUSED, REFUSED]
        assert not bench.lanes.held
        assert bench.monday.writes == []

    def test_a_worker_that_died_after_creating_leaves_no_second_item(self, bench: Bench) -> None:
        bench.bring(invoice(), settle=False)
        bench.lanes.lose(ONE)
        bench.one()
        assert len(bench.items) == 1

    def test_an_item_found_is_kept_although_the_write_then_fails(self, bench: Bench) -> None:
        item = bench.monday.put(BOARD.id, "By hand", **{KEY: ONE, AMOUNT: "5"})
        bench.monday.fail("ChangeColumns", REFUSED)
        bench.one(made=rule(trust_keys_s=0))
        link = bench.lanes.links[ONE]
        assert link.item_id == item.id
        assert link.baseline["cells"][AMOUNT] == "5"


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


ERRORS: list[ConnectorError] = [
    LOST,
    REFUSED,
    RateLimited("Wait.", system="monday"),
    ServerFault("Down.", system="monday", may_have_applied=True),
    Rejected("No.", system="monday"),
]
STEP = st.tuples(
    st.sampled_from([1, 2]),  # which record
    st.sampled_from([1, 2, 3]),  # its amount
    st.sampled_from(["Net30", "Paid"]),
    st.none()
    | st.tuples(
        st.sampled_from(["CreateItem", "ChangeColumns", "MoveItem", "items_by_key"]),
        st.sampled_from(ERRORS),
        st.booleans(),
    ),
    st.booleans(),  # the worker dies before it settles
)


class TestWhateverHappens:
    @given(st.lists(STEP, max_size=12))
    def test_once_all_went_well_the_board_shows_every_record_once_and_as_it_is(
        self, steps: list[Any]
    ) -> None:
        bench, last = Bench(), {}
        for number, amount, payment, fault, dies in steps:
            record = last[number] = invoice(SourceKey=number, InvoiceAmount=Decimal(amount), Payment=payment)
            bench.monday.faults.clear()
            if fault:
                on, error, applied = fault
                # A refusal, or a limit, is an answer: monday did nothing then.
                bench.monday.fail(on, error, applied=applied and error.may_have_applied)
            bench.bring(record, made=BY_PAYMENT, settle=not dies)
            if dies:
                bench.lanes.lose(record.key)
        bench.monday.faults.clear()
        bench.bring(*last.values(), made=BY_PAYMENT)
        shown = {
            bench.monday.texts(item)[KEY]: (bench.monday.texts(item)[AMOUNT], item.group_id)
            for item in bench.items
        }
        assert len(shown) == len(bench.items) == len(last)
        assert shown == {
            record.key: (
                str(record.values["InvoiceAmount"]),
                "group_paid" if record.values["Payment"] == "Paid" else "topics",
            )
            for record in last.values()
        }

    def test_a_column_may_show_the_link_back(self, bench: Bench) -> None:
        bench.one(made=rule(columns=(ColumnRule("link_back", "@link"),)))
        assert bench.text("link_back") == f"{HOST}/?cmp=usmf&mi=VendInvoiceJournal"
        assert isinstance(bench.monday.writes[0], CreateItem)
