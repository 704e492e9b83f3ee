"""Items that point at items of another mapping: an invoice at its vendor."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audit import trail
from connectors.errors import AuthFailed, NotUsable, RateLimited, Rejected, ServerFault
from connectors.models import DynamicsEnvironment, MondayAccount
from integration_portal import processor
from integration_portal.models import InboundEvent, State
from mappings import store
from mappings.models import BoardMapping, ColumnMapping, RecordLink
from tests.fakes.samples import BOARD, INVOICES, VENDORS, invoice_row, vendor_row
from tests.integration.boards import (
    INVOICE_BOARD,
    PARENT,
    RELATION,
    VENDOR_BOARD,
    linked_ids,
    put_event,
    with_vendors,
    worked,
)
from tests.integration.conftest import Portal, invoice_event


@pytest.fixture
def vendors(portal: Portal) -> BoardMapping:
    return with_vendors(portal)


def vendor_items(portal: Portal) -> list[str]:
    return [item.id for item in portal.monday.all_items(VENDOR_BOARD.id)]


def due_again(event: InboundEvent) -> None:
    InboundEvent.objects.filter(pk=event.pk).update(next_attempt_at=timezone.now())


class TestBringingTheVendorFirst:
    def test_an_invoice_of_a_new_vendor_points_at_the_vendors_new_item(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        event = portal.settled()
        assert event.state == State.DONE
        [vendor] = vendor_items(portal)
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [[vendor]]
        assert [entry.mapping_id for entry in portal.trail()] == [vendors.pk, portal.mapping.pk]
        assert store.lane_owners() == set()

    def test_a_vendor_with_an_item_is_not_read_again(self, portal: Portal, vendors: BoardMapping) -> None:
        portal.settled()
        portal.dynamics.asked.clear()
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=2, InvoiceId="INV-2")]
        portal.settled(invoice_event("INV-2"))
        assert [entity for entity, _, _ in portal.dynamics.asked] == [INVOICES]
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [vendor_items(portal)] * 2

    def test_fifty_invoices_of_a_new_vendor_make_one_item_of_it(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        portal.dynamics.rows[INVOICES] = [
            invoice_row(SourceKey=number, InvoiceId=f"INV-{number}") for number in range(1, 51)
        ]
        portal.receive(*(invoice_event(f"INV-{number}") for number in range(1, 51)))
        # While one worker writes the vendor, another takes half of the invoices.
        second: list[int] = []

        def other_worker() -> None:
            portal.monday.before_write = None
            mine = processor._unsettled[:]  # it is another process
            processor._unsettled.clear()
            second.append(processor.run_once(portal.stream, limit=25))
            processor._unsettled.extend(mine)

        portal.monday.before_write = other_worker
        processor.run_once(portal.stream, limit=25)
        assert second == [25]
        waiting = InboundEvent.objects.filter(state=State.PENDING)
        assert waiting.count() == 25
        assert set(waiting.values_list("attempts", flat=True)) == {0}
        assert "Another worker is at this record." in waiting[0].reason
        waiting.update(next_attempt_at=timezone.now())
        portal.work()
        assert InboundEvent.objects.filter(state=State.DONE).count() == 50
        [vendor] = vendor_items(portal)
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [[vendor]] * 50

    def test_a_vendor_that_dynamics_does_not_have_leaves_the_cell_empty(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        portal.dynamics.rows[VENDORS] = []
        assert portal.settled().state == State.DONE
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [[]]

    def test_a_vendor_that_its_mapping_does_not_want_leaves_the_cell_empty(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        BoardMapping.objects.filter(pk=vendors.pk).update(
            conditions=[{"field": "VendorSearchName", "is": ["Other"]}]
        )
        assert portal.settled().state == State.DONE
        assert vendor_items(portal) == []
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [[]]

    def test_a_linked_mapping_that_is_not_active_leaves_the_cell_empty(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        BoardMapping.objects.filter(pk=vendors.pk).update(active=False)
        assert portal.settled().state == State.DONE
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [[]]

    def test_a_vendor_named_in_another_case_is_the_same(self, portal: Portal, vendors: BoardMapping) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceAccount="us-104")]
        portal.settled()
        assert linked_ids(portal, INVOICE_BOARD, RELATION) == [vendor_items(portal)]


class TestWhenTheVendorCannotBeBrought:
    def test_a_busy_vendor_lets_the_invoice_wait(self, portal: Portal, vendors: BoardMapping) -> None:
        store.lease(vendors.pk, ["usmf/US-104"], owner="other", seconds=60)
        event = portal.settled()
        assert (event.state, event.attempts, event.waits_for) == (State.PENDING, 0, "")
        assert portal.monday.all_items(BOARD.id) == []
        RecordLink.objects.update(lease_owner="", lease_until=None)
        due_again(event)
        assert worked(portal, event).state == State.DONE

    def test_a_vendor_board_that_is_out_of_reach_pauses_the_vendors_mapping_alone(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        del portal.monday.boards[VENDOR_BOARD.id]
        event = portal.settled()
        assert (event.state, event.waits_for, event.attempts) == (State.PENDING, f"mapping:{vendors.pk}", 0)
        assert store.paused_mappings() == {f"mapping:{vendors.pk}"}
        assert [entry.action for entry in portal.trail()] == [trail.Action.MAPPING_PAUSED]

    def test_a_paused_vendor_mapping_is_waited_for_without_another_entry(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        store.pause_mapping(vendors.pk, "Mend the board.")
        event = portal.settled()
        assert (event.reason, event.waits_for) == ("Mend the board.", f"mapping:{vendors.pk}")
        assert portal.trail() == []
        assert store.paused_mappings() == {f"mapping:{vendors.pk}"}

    def test_vendors_that_may_not_be_read_pause_the_vendors_mapping_alone(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        refused = NotUsable("May not read VendorsV2.", system="dynamics", status=403)
        self.fail_vendors(portal, refused)
        event = portal.settled()
        assert (event.state, event.waits_for) == (State.PENDING, f"mapping:{vendors.pk}")
        assert store.paused_mappings() == {f"mapping:{vendors.pk}"}

    def test_refused_credentials_pause_the_environment_not_the_account(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        self.fail_vendors(portal, AuthFailed("No.", system="entra"))
        event = portal.settled()
        assert event.waits_for == f"environment:{portal.environment.pk}"
        assert MondayAccount.objects.get().paused_at is None
        assert DynamicsEnvironment.objects.get().paused_at is not None

    @pytest.mark.parametrize(
        ("error", "state"),
        [
            (RateLimited("Slow.", system="dynamics", retry_after_s=5.0), State.PENDING),
            (ServerFault("Later.", system="dynamics"), State.RETRYING),
        ],
    )
    def test_a_passing_fault_is_the_invoices_too(
        self, portal: Portal, vendors: BoardMapping, error: Exception, state: State
    ) -> None:
        self.fail_vendors(portal, error)
        assert portal.settled().state == state

    def test_a_vendor_that_monday_refuses_fails_the_invoice_in_its_name(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        portal.monday.fail("CreateItem", Rejected("Too long.", system="monday"))
        event = portal.settled()
        assert event.state == State.DEAD
        assert event.reason == (
            "monday: Vendor US-104 in usmf, which it points at, cannot be brought to its board: Too long."
        )
        assert portal.monday.all_items(BOARD.id) == []
        assert store.lane_owners() == set()

    def test_the_invoices_of_other_vendors_go_on(self, portal: Portal, vendors: BoardMapping) -> None:
        portal.dynamics.rows[VENDORS] += [vendor_row("US-2")]
        portal.dynamics.rows[INVOICES] += [invoice_row(SourceKey=2, InvoiceId="B", InvoiceAccount="US-2")]
        store.lease(vendors.pk, ["usmf/US-104"], owner="other", seconds=60)
        portal.receive(invoice_event(), invoice_event("B", "US-2"))
        portal.work()
        assert [event.state for event in InboundEvent.objects.order_by("pk")] == [State.PENDING, State.DONE]

    def fail_vendors(self, portal: Portal, error: Exception) -> None:
        find = portal.dynamics.find

        def failing(entity, criteria, *, select=()):  # type: ignore[no-untyped-def]
            if entity.entity_set == VENDORS:
                raise error
            return find(entity, criteria, select=select)

        portal.dynamics.find = failing  # type: ignore[method-assign]


class TestCircles:
    @pytest.fixture
    def parents(self, vendors: BoardMapping) -> BoardMapping:
        """Vendors point at their invoice vendor, on the same board."""
        ColumnMapping.objects.create(
            mapping=vendors, column_id=PARENT, field="InvoiceVendorAccountNumber", linked_mapping=vendors
        )
        return vendors

    def vendor(self, portal: Portal, account: str) -> InboundEvent:
        return worked(portal, put_event(portal, "vendor", {"VendorAccountNumber": account}))

    def test_a_vendor_that_points_at_itself_is_linked_the_next_time(
        self, portal: Portal, parents: BoardMapping
    ) -> None:
        portal.dynamics.rows[VENDORS] = [vendor_row(InvoiceVendorAccountNumber="US-104")]
        assert self.vendor(portal, "US-104").state == State.DONE
        assert linked_ids(portal, VENDOR_BOARD, PARENT) == [[]]
        assert RecordLink.objects.get(mapping=parents).fingerprint == ""  # so that a schedule looks again
        assert self.vendor(portal, "US-104").state == State.DONE
        assert linked_ids(portal, VENDOR_BOARD, PARENT) == [vendor_items(portal)]
        assert RecordLink.objects.get(mapping=parents).fingerprint != ""

    def test_two_vendors_that_point_at_each_other_come_to_an_end(
        self, portal: Portal, parents: BoardMapping
    ) -> None:
        portal.dynamics.rows[VENDORS] = [
            vendor_row("A", InvoiceVendorAccountNumber="B"),
            vendor_row("B", InvoiceVendorAccountNumber="A"),
        ]
        assert self.vendor(portal, "A").state == State.DONE
        assert len(vendor_items(portal)) == 2
        assert self.vendor(portal, "B").state == State.DONE
        b, a = vendor_items(portal)  # B was brought first
        assert linked_ids(portal, VENDOR_BOARD, PARENT) == [[a], [b]]

    def test_mappings_that_point_at_each_other_come_to_an_end(
        self, portal: Portal, vendors: BoardMapping
    ) -> None:
        # No vendor names an invoice in truth; the mapping says so all the same.
        ColumnMapping.objects.create(
            mapping=vendors, column_id=PARENT, field="VendorSearchName", linked_mapping=portal.mapping
        )
        event = portal.settled()
        assert event.state in (State.DONE, State.DEAD)

    def test_a_long_chain_is_followed_a_few_steps_at_a_time(
        self, portal: Portal, parents: BoardMapping
    ) -> None:
        portal.dynamics.rows[VENDORS] = [
            vendor_row(f"V{number}", InvoiceVendorAccountNumber=f"V{number + 1}") for number in range(50)
        ]
        assert self.vendor(portal, "V0").state == State.DONE
        brought = vendor_items(portal)
        assert 1 < len(brought) < 10
        assert linked_ids(portal, VENDOR_BOARD, PARENT).count([]) == 1
        assert RecordLink.objects.filter(mapping=parents, fingerprint="").count() == 1
