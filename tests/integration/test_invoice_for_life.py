"""An invoice keeps its item for life: pending, posted, or gone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit import trail
from connectors.errors import AuthFailed, NotUsable, Rejected, ServerFault, Unreachable
from integration_portal.batch import GONE
from integration_portal.models import InboundEvent, State
from mappings import store
from mappings.models import BoardMapping, RecordLink
from tests.fakes.samples import AMOUNT, BOARD, INVOICES, KEY, PENDING, STATUS, invoice_row, pending_row
from tests.integration.boards import (
    INVOICE_BOARD,
    open_events,
    put_event,
    with_pending,
    worked,
)
from tests.integration.conftest import Portal

PENDING_KEY = "usmf/H-1"
POSTED_KEY = "usmf/5637144577"
NOTE = (
    "From now on this item shows: Posted vendor invoice INV-88412 of US-104 in usmf. It cannot be changed in Dynamics any "
    "more; what is changed here stays here."
)


@pytest.fixture
def pending(portal: Portal) -> BoardMapping:
    """A mapping of pending invoices, and the ordinary invoice while it is one."""
    mapping = with_pending(portal, gone_group_id="group_gone")
    portal.dynamics.rows |= {PENDING: [pending_row()], INVOICES: []}
    return mapping


def bring(portal: Portal, reference: str = "H-1") -> InboundEvent:
    return worked(portal, put_event(portal, "pending_invoice", {"HeaderReference": reference}))


def post(portal: Portal) -> None:
    """Dynamics posts the invoice."""
    portal.dynamics.rows |= {PENDING: [], INVOICES: [invoice_row(CurrencyCode="USD")]}


def vanish(portal: Portal, reference: str = "H-1") -> InboundEvent:
    """A sweep missed the invoice twice."""
    return worked(
        portal, put_event(portal, "pending_invoice", {"HeaderReference": reference}, event_type=GONE)
    )


def link_of(mapping: BoardMapping, key: str = PENDING_KEY) -> RecordLink:
    return RecordLink.objects.get(mapping=mapping, record_key=key)


class TestPosting:
    def test_the_posted_invoice_takes_the_pending_ones_item_over(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        [item] = portal.monday.all_items(BOARD.id)
        post(portal)
        event = portal.settled()
        assert event.state == State.DONE
        [same] = portal.monday.all_items(BOARD.id)
        assert (same.id, same.group_id) == (item.id, "group_paid")
        assert portal.texts() == [
            {KEY: POSTED_KEY, AMOUNT: "1250.5", STATUS: "US dollar", "date_due": "2026-03-31"}
        ]
        assert portal.monday.updates == {item.id: [NOTE]}
        assert (link_of(pending).item_id, link_of(pending).gone_at is None) == ("", False)
        assert portal.link(POSTED_KEY).item_id == item.id
        assert portal.trail()[-1].action == trail.Action.ITEM_CHANGED

    def test_what_stays_the_same_is_not_written(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        post(portal)
        portal.settled()
        [change] = [write for write in portal.monday.writes if type(write).__name__ == "ChangeColumns"]
        assert set(change.values) == {KEY, AMOUNT, STATUS, "name"}

    def test_the_note_is_made_once(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        post(portal)
        portal.settled()
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceAmount=Decimal(7))]
        portal.settled()
        [notes] = portal.monday.updates.values()
        assert notes == [NOTE]

    def test_without_a_pending_item_it_is_created(self, portal: Portal, pending: BoardMapping) -> None:
        post(portal)
        assert portal.settled().state == State.DONE
        assert len(portal.monday.all_items(BOARD.id)) == 1
        assert portal.monday.updates == {}

    def test_a_busy_pending_item_is_waited_for(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        post(portal)
        store.lease(pending.pk, [PENDING_KEY], owner="other", seconds=60)
        event = portal.settled()
        assert (event.state, event.attempts) == (State.PENDING, 0)
        assert "Another worker is at the item this record takes over." in event.reason
        assert len(portal.monday.all_items(BOARD.id)) == 1
        assert store.lane_owners() == {"other"}
        store.free_lanes(["other"])
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        assert worked(portal, event).state == State.DONE
        assert len(portal.monday.all_items(BOARD.id)) == 1

    @pytest.mark.parametrize("on", ["ChangeColumns", "MoveItem", "AddUpdate"])
    def test_a_failed_write_leaves_the_item_with_the_pending_invoice(
        self, portal: Portal, pending: BoardMapping, on: str
    ) -> None:
        bring(portal)
        before = link_of(pending)
        post(portal)
        portal.monday.fail(on, ServerFault("Later.", system="monday"))
        event = portal.settled()
        assert event.state == State.RETRYING
        after = link_of(pending)
        assert (after.item_id, after.baseline, after.gone_at) == (before.item_id, before.baseline, None)
        assert portal.link(POSTED_KEY).item_id == ""
        assert store.lane_owners() == set()
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        assert worked(portal, event).state == State.DONE
        [item] = portal.monday.all_items(BOARD.id)
        assert (item.id, item.group_id) == (before.item_id, "group_paid")
        assert portal.texts()[0][STATUS] == "US dollar"

    def test_a_lost_answer_has_everything_written_again(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        post(portal)
        lost = Unreachable("The connection broke.", system="monday", may_have_applied=True)
        portal.monday.fail("ChangeColumns", lost, applied=True)
        event = portal.settled()
        assert link_of(pending).uncertain
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        assert worked(portal, event).state == State.DONE
        assert portal.texts()[0][STATUS] == "US dollar"

    def test_a_worker_that_died_at_the_pending_item_makes_it_uncertain(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        RecordLink.objects.filter(mapping=pending).update(
            lease_owner="dead", lease_until=timezone.now() - timedelta(seconds=1)
        )
        found, busy = store.inherit(pending.pk, ["usmf|us-104|inv-88412"], owner="me", seconds=60)
        assert busy == set()
        assert found["usmf|us-104|inv-88412"].uncertain


class TestGone:
    def test_a_deleted_invoice_says_so_and_moves_to_its_group(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        event = vanish(portal)
        assert event.state == State.DONE
        [item] = portal.monday.all_items(BOARD.id)
        assert item.group_id == "group_gone"
        assert portal.monday.updates == {
            item.id: [
                "Pending vendor invoice H-1 is no longer in Dynamics: it was deleted there. This item is kept, but no longer "
                "updated."
            ]
        }
        assert link_of(pending).gone_at is not None
        assert link_of(pending).item_id == item.id
        assert portal.trail()[-1].action == trail.Action.ITEM_GONE
        assert portal.trail()[-1].event_id == event.pk

    def test_it_is_said_once(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        vanish(portal)
        writes = len(portal.monday.writes)
        assert vanish(portal).state == State.SKIPPED
        assert len(portal.monday.writes) == writes

    def test_one_that_comes_back_is_updated_again(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        vanish(portal)
        portal.dynamics.rows[PENDING] = [pending_row(Currency="USD")]
        portal.monday.boards[BOARD.id] = INVOICE_BOARD
        pending.columns.get(field="Currency").values.create(value="USD", label="US dollar")
        assert bring(portal).state == State.DONE
        assert link_of(pending).gone_at is None
        assert portal.texts()[0][STATUS] == "US dollar"
        [item] = portal.monday.all_items(BOARD.id)
        assert item.group_id == "topics"

    def test_one_that_is_there_after_all_is_only_updated(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        assert vanish(portal).state == State.SKIPPED
        assert portal.monday.updates == {}
        assert link_of(pending).gone_at is None

    def test_an_item_that_is_gone_as_well_ends_the_matter(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        portal.monday.items[BOARD.id].clear()
        assert vanish(portal).state == State.SKIPPED
        assert link_of(pending).gone_at is not None

    def test_a_busy_lane_is_waited_for(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        store.lease(pending.pk, [PENDING_KEY], owner="other", seconds=60)
        event = vanish(portal)
        assert (event.state, event.attempts) == (State.PENDING, 0)

    def test_a_failed_note_is_tried_again(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        portal.monday.fail("MoveItem", ServerFault("Later.", system="monday"))
        event = vanish(portal)
        assert event.state == State.RETRYING
        assert link_of(pending).gone_at is None
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        assert worked(portal, event).state == State.DONE
        assert link_of(pending).gone_at is not None
        [notes] = portal.monday.updates.values()
        assert len(notes) == 1

    def test_a_refused_note_is_for_a_person(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        portal.monday.fail("AddUpdate", Rejected("No.", system="monday"))
        assert vanish(portal).state == State.DEAD

    def test_a_paused_mapping_lets_it_wait(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        portal.dynamics.rows[PENDING] = []
        store.pause_mapping(pending.pk, "Mend it.")
        event = vanish(portal)
        assert (event.state, event.waits_for) == (State.PENDING, f"mapping:{pending.pk}")

    def test_a_mapping_of_other_legal_entities_is_not_asked(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        pending.legal_entities.set(portal.environment.legal_entities.filter(data_area_id="demf"))
        portal.dynamics.rows[PENDING] = []
        assert vanish(portal).state == State.SKIPPED
        assert portal.monday.updates == {}


class TestGoneBecauseItWasPosted:
    def test_it_goes_on_under_the_posted_mapping(self, portal: Portal, pending: BoardMapping) -> None:
        bring(portal)
        [item] = portal.monday.all_items(BOARD.id)
        post(portal)
        event = vanish(portal)
        assert event.state == State.DONE
        assert event.reason == "Its item goes on as: Posted vendor invoice INV-88412 of US-104 in usmf."
        [same] = portal.monday.all_items(BOARD.id)
        assert (same.id, same.group_id) == (item.id, "group_paid")
        assert portal.monday.updates == {item.id: [NOTE]}
        assert portal.link(POSTED_KEY).item_id == item.id
        assert open_events() == 0

    @pytest.mark.parametrize(
        ("error", "state", "scope"),
        [
            (ServerFault("Later.", system="dynamics"), State.RETRYING, ""),
            (NotUsable("Not enabled.", system="dynamics"), State.PENDING, "mapping:{posted}"),
            (AuthFailed("No.", system="entra"), State.PENDING, "environment:{environment}"),
        ],
    )
    def test_what_cannot_be_read_is_not_taken_for_deleted(
        self, portal: Portal, pending: BoardMapping, error: Exception, state: State, scope: str
    ) -> None:
        bring(portal)
        post(portal)
        find = portal.dynamics.find

        def failing(entity, criteria, *, select=()):  # type: ignore[no-untyped-def]
            if entity.entity_set == INVOICES:
                raise error
            return find(entity, criteria, select=select)

        portal.dynamics.find = failing  # type: ignore[method-assign]
        event = vanish(portal)
        named = scope.format(posted=portal.mapping.pk, environment=portal.environment.pk)
        assert (event.state, event.waits_for) == (state, named)
        assert portal.monday.updates == {}
        assert link_of(pending).gone_at is None

    def test_a_posted_board_that_cannot_be_written_is_waited_for(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        post(portal)
        store.pause_mapping(portal.mapping.pk, "Mend it.")
        event = vanish(portal)
        assert (event.state, event.waits_for) == (State.PENDING, f"mapping:{portal.mapping.pk}")
        assert link_of(pending).item_id != ""

    def test_an_item_left_over_beside_the_posted_one_is_gone(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        portal.mapping.predecessor = None
        portal.mapping.save()
        post(portal)
        portal.settled()
        portal.mapping.predecessor = pending
        portal.mapping.save()
        assert vanish(portal).state == State.DONE
        assert sorted(item.group_id for item in portal.monday.all_items(BOARD.id)) == [
            "group_gone",
            "group_paid",
        ]
        assert link_of(pending).gone_at is not None

    def test_a_number_with_a_bar_is_found_too(self, portal: Portal, pending: BoardMapping) -> None:
        portal.dynamics.rows[PENDING] = [pending_row(InvoiceNumber="A|B")]
        bring(portal)
        portal.dynamics.rows |= {PENDING: [], INVOICES: [invoice_row(InvoiceId="A|B")]}
        assert vanish(portal).reason.startswith("Its item goes on as: Posted vendor invoice A|B")

    def test_another_vendors_invoice_of_that_number_is_not_the_same(
        self, portal: Portal, pending: BoardMapping
    ) -> None:
        bring(portal)
        portal.dynamics.rows |= {PENDING: [], INVOICES: [invoice_row(InvoiceAccount="US-999")]}
        vanish(portal)
        assert link_of(pending).gone_at is not None
        assert portal.monday.all_items(BOARD.id)[0].group_id == "group_gone"
