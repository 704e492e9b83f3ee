"""A mapping that no longer fits its board pauses by itself; everything else goes on, and it too once it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.utils import timezone

from audit import trail
from connectors.errors import Misconfigured, NotUsable, Rejected
from connectors.models import DynamicsEnvironment, MondayAccount
from integration_portal import inbox, resuming
from integration_portal.models import InboundEvent, State
from mappings import store
from mappings.models import BoardMapping, BoardSnapshot, RecordLink
from tests.fakes.samples import AMOUNT, BOARD, INVOICES, KEY, STATUS, invoice_row
from tests.integration.boards import put_event, worked
from tests.integration.conftest import Portal, invoice_event, make_mapping

Change = Callable[[Portal], None]


def change_board(portal: Portal, **changes: object) -> None:
    portal.monday.boards[BOARD.id] = replace(BOARD, **changes)  # type: ignore[arg-type]


def without(portal: Portal, column_id: str) -> None:
    change_board(portal, columns=tuple(one for one in BOARD.columns if one.id != column_id))


def of_type(portal: Portal, column_id: str, type_: str) -> None:
    change_board(
        portal,
        columns=tuple(replace(one, type=type_) if one.id == column_id else one for one in BOARD.columns),
    )


def without_label(portal: Portal, text: str) -> None:
    [status] = [one for one in BOARD.columns if one.id == STATUS]
    fewer = replace(status, labels=tuple(one for one in status.labels if one.text != text))
    change_board(portal, columns=tuple(fewer if one.id == STATUS else one for one in BOARD.columns))


DRIFTS: dict[str, tuple[Change, str]] = {
    "a column was deleted": (lambda portal: without(portal, AMOUNT), "has no column numbers_amount"),
    "the key column was deleted": (lambda portal: without(portal, KEY), "has no column text_key"),
    "a column became one that cannot be written": (
        lambda portal: of_type(portal, AMOUNT, "mirror"),
        "which cannot be written",
    ),
    "the group was deleted": (
        lambda portal: change_board(portal, groups=BOARD.groups[1:]),
        "has no group topics",
    ),
    "a mapped label is gone": (lambda portal: without_label(portal, "US dollar"), 'no label "US dollar"'),
    "the board is not to be seen": (lambda portal: portal.monday.boards.clear(), "cannot see board 9001"),
}


def check_paused(portal: Portal, event: InboundEvent, words: str) -> None:
    scope = f"mapping:{portal.mapping.pk}"
    assert (event.state, event.waits_for, event.attempts) == (State.PENDING, scope, 0)
    assert words in event.reason
    mapping = BoardMapping.objects.get(pk=portal.mapping.pk)
    assert mapping.paused_at is not None
    assert words in mapping.paused_reason
    assert MondayAccount.objects.get().paused_at is None
    assert DynamicsEnvironment.objects.get().paused_at is None
    paused = [entry for entry in portal.trail() if entry.action == trail.Action.MAPPING_PAUSED]
    assert [entry.mapping_id for entry in paused] == [portal.mapping.pk]
    assert store.lane_owners() == set()


@pytest.mark.parametrize("what", DRIFTS)
class TestDrift:
    @pytest.fixture(autouse=True)
    def in_dollars(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(CurrencyCode="USD")]

    def test_a_board_seen_to_be_different_pauses_its_mapping(self, portal: Portal, what: str) -> None:
        change, words = DRIFTS[what]
        change(portal)
        check_paused(portal, portal.settled(), words)

    def test_its_events_wait_and_go_on_once_it_is_mended(self, portal: Portal, what: str) -> None:
        change, _ = DRIFTS[what]
        change(portal)
        portal.settled()
        second = portal.settled(invoice_event())
        assert second.state == State.PENDING
        assert portal.work() == 0  # nobody takes them while they wait
        assert inbox.wake_resumed() == 0
        portal.monday.boards[BOARD.id] = BOARD
        BoardSnapshot.objects.all().delete()  # five seconds later
        assert resuming.resume(portal.mapping, actor="ann").endswith("2 waiting events will be tried now.")
        portal.work()
        assert {event.state for event in InboundEvent.objects.all()} == {State.SUPERSEDED, State.DONE}
        assert portal.texts()[0][STATUS] == "US dollar"
        pauses = [entry for entry in portal.trail() if entry.action == trail.Action.MAPPING_PAUSED]
        assert len(pauses) == 1

    def test_a_change_just_after_the_board_was_read_pauses_it_too(self, portal: Portal, what: str) -> None:
        """The board is believed to be as it was, so it is monday that refuses the write."""
        if what == "a column became one that cannot be written":
            pytest.skip("monday takes no notice")
        portal.settled()
        RecordLink.objects.all().delete()
        change, words = DRIFTS[what]
        change(portal)
        refusal = Misconfigured("No access.", system="monday")
        if not portal.monday.boards:
            portal.monday.fail("CreateItem", refusal)
        check_paused(portal, portal.settled(), words)


class TestTheRest:
    def test_another_mapping_of_the_same_records_goes_on(self, portal: Portal) -> None:
        other = replace(BOARD, id="9003")
        portal.monday.boards["9003"], portal.monday.items["9003"] = other, {}
        make_mapping(portal.environment, portal.account, name="Other", board_id="9003")
        without(portal, AMOUNT)
        event = portal.settled()
        assert (event.state, event.waits_for) == (State.PENDING, f"mapping:{portal.mapping.pk}")
        assert len(portal.monday.all_items("9003")) == 1
        assert len(store.paused_mappings()) == 1

    def test_an_entity_set_that_is_not_enabled_pauses_the_mappings_that_show_it(self, portal: Portal) -> None:
        portal.dynamics.errors = [NotUsable("VendInvoiceJourBiEntities is not enabled.", system="dynamics")]
        check_paused(portal, portal.settled(), "is not enabled")

    def test_a_value_without_a_label_is_the_records_own_fault(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(CurrencyCode="XAU")]
        assert portal.settled().state == State.DEAD
        assert store.paused_mappings() == set()

    def test_a_refusal_on_a_board_that_fits_is_the_records_own_fault(self, portal: Portal) -> None:
        portal.monday.fail("CreateItem", Rejected("No.", system="monday"))
        event = portal.settled()
        assert (event.state, event.reason) == (State.DEAD, "monday: No.")
        assert store.paused_mappings() == set()

    def test_the_board_is_read_again_once_for_a_whole_batch(self, portal: Portal) -> None:
        portal.settled()
        rows = [invoice_row(SourceKey=number, InvoiceId=f"I-{number}") for number in (1, 2, 3)]
        portal.dynamics.rows[INVOICES] = rows
        portal.monday.calls.clear()
        for _ in rows:
            portal.monday.fail("CreateItem", Rejected("No.", system="monday"))
        portal.receive(*(invoice_event(f"I-{number}") for number in (1, 2, 3)))
        portal.work()
        assert len(portal.monday.called("board")) == 1

    def test_nothing_waits_for_a_paused_mapping_that_was_switched_off(self, portal: Portal) -> None:
        without(portal, AMOUNT)
        event = portal.settled()
        BoardMapping.objects.filter(pk=portal.mapping.pk).update(active=False)
        assert inbox.wake_resumed() == 1
        assert worked(portal, event).state == State.SKIPPED


class TestMappingsThatLeaveBusinessEventsAlone:
    @pytest.fixture(autouse=True)
    def by_schedule_only(self, portal: Portal) -> None:
        BoardMapping.objects.filter(pk=portal.mapping.pk).update(listens=False)

    def test_a_business_event_brings_nothing(self, portal: Portal) -> None:
        event = portal.settled()
        assert event.state == State.SKIPPED
        assert portal.texts() == []

    def test_a_scheduled_event_brings_its_record(self, portal: Portal) -> None:
        event = worked(portal, put_event(portal, "posted_invoice", {"SourceKey": 5637144577}))
        assert event.state == State.DONE

    def test_a_business_event_that_takes_its_place_brings_it_too(self, portal: Portal) -> None:
        other = replace(BOARD, id="9003")
        portal.monday.boards["9003"], portal.monday.items["9003"] = other, {}
        make_mapping(portal.environment, portal.account, name="Other", board_id="9003")
        keys = {"SourceKey": 5637144577}
        scheduled = put_event(portal, "posted_invoice", keys)
        later = put_event(portal, "posted_invoice", keys, event_type="VendorInvoicePostedBusinessEvent")
        portal.work()
        scheduled.refresh_from_db()
        later.refresh_from_db()
        assert (scheduled.state, later.state) == (State.SUPERSEDED, State.DONE)
        assert len(portal.texts()) == 1

    def test_beside_one_that_listens_each_gets_its_own(self, portal: Portal) -> None:
        other = replace(BOARD, id="9003")
        portal.monday.boards["9003"], portal.monday.items["9003"] = other, {}
        make_mapping(portal.environment, portal.account, name="Other", board_id="9003")
        portal.dynamics.rows[INVOICES] += [invoice_row(SourceKey=2, InvoiceId="B")]
        put_event(portal, "posted_invoice", {"SourceKey": 2})
        portal.receive(invoice_event())
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        portal.work()
        assert [item.name for item in portal.monday.all_items(BOARD.id)] == ["B · US-104"]
        assert len(portal.monday.all_items("9003")) == 2
