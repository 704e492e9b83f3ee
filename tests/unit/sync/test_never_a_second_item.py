"""Adopting, looking up, and never creating twice; whatever happens on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import (
    ConnectorError,
    RateLimited,
    Rejected,
    ServerFault,
)
from connectors.monday.model import CreateItem
from mappings.rules import ColumnRule
from tests.fakes.samples import AMOUNT, BOARD, HOST, KEY, STATUS, invoice, rule
from tests.unit.sync.bench import BY_PAYMENT, LOST, ONE, REFUSED, Bench


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
