"""Every change of an event's state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from connectors import registry
from connectors.dynamics.business_events import parse
from integration_portal import doors, inbox
from integration_portal.inbox import Settlement
from integration_portal.models import InboundEvent, State
from mappings.models import EventRule
from tests.integration.conftest import Portal, invoice_event, make_tenant, order_event
from tests.integration.steps import claim, in_threads, settle


class TestReceiving:
    def test_an_event_is_kept_with_what_it_says(self, portal: Portal) -> None:
        body = invoice_event("INV-7", BusinessEventLegalEntity="USMF")
        [event] = portal.receive(body)
        assert event.state == State.PENDING
        assert (event.tenant, event.environment) == (portal.tenant, portal.environment)
        assert (event.event_type, event.company) == ("VendorInvoicePostedBusinessEvent", "usmf")
        assert (event.record_kind, event.stream) == ("posted_invoice", portal.stream)
        assert event.hint == {"InvoiceId": "INV-7", "InvoiceAccount": "US-104"}
        assert event.subject == "INV-7 US-104"
        assert event.control_number == body["ControlNumber"]
        assert event.occurred_at is not None
        assert event.occurred_at.isoformat() == "2026-03-01T10:00:00+00:00"
        assert json.loads(event.payload) == body
        assert (event.attempts, event.reason, event.lease_owner, event.waits_for) == (0, "", "", "")
        assert event.settled_at is None
        assert event.replay_of is None
        assert str(event) == "VendorInvoicePostedBusinessEvent INV-7 US-104"

    def test_a_second_delivery_changes_nothing(self, portal: Portal) -> None:
        body = invoice_event()
        [event] = portal.receive(body)
        claim(portal)
        settle(event, State.DONE, reason="Done.")
        before = InboundEvent.objects.values().get()
        assert portal.receive(body, body) == []
        assert InboundEvent.objects.values().get() == before

    def test_one_delivery_may_carry_an_event_twice(self, portal: Portal) -> None:
        body = json.dumps([{"eventType": "x", "data": invoice_event(ControlNumber=1)} for _ in range(2)])
        delivery = parse(body.encode(), {})
        inbox.receive(doors.open_door(portal.environment), delivery.notifications, body)
        assert InboundEvent.objects.count() == 1

    def test_two_environments_may_use_the_same_numbers(self, portal: Portal) -> None:
        body = invoice_event()
        other = make_tenant("Fabrikam")
        assert len(portal.receive(body)) == 1
        assert len(portal.receive(body, environment=other.environment)) == 1

    def test_two_different_events_of_one_record_are_two(self, portal: Portal) -> None:
        assert len(portal.receive(invoice_event(), invoice_event())) == 2

    def test_the_streams_with_work_are_told(self, portal: Portal) -> None:
        door = doors.open_door(portal.environment)
        received = [
            inbox.receive(door, parse(json.dumps(body).encode(), {}).notifications, "{}")
            for body in (
                invoice_event(),
                order_event(),
                invoice_event(BusinessEventId="Other"),
                invoice_event(BusinessEventId="BusinessEventsTestEndpointContract"),
            )
        ]
        assert received == [{portal.stream}, {f"{portal.environment.pk}:purchase_order"}, set(), set()]

    def test_an_endpoint_test_leaves_no_event(self, portal: Portal) -> None:
        assert portal.receive(invoice_event(BusinessEventId="BusinessEventsTestEndpointContract")) == []

    def test_an_unknown_event_is_kept_and_shown_as_such(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event(BusinessEventId="CustomerPaymentPosted"))
        assert (event.state, event.stream, event.record_kind) == (State.SKIPPED, "", "")
        assert event.reason.startswith("No record kind listens to this event.")
        assert event.settled_at is not None

    def test_an_event_without_its_key_is_dead_with_a_sentence(self, portal: Portal) -> None:
        body = invoice_event()
        del body["InvoiceId"]
        [event] = portal.receive(body)
        assert (event.state, event.who_acts) == (State.DEAD, "operator")
        assert "no usable value in InvoiceId" in event.reason
        assert event.settled_at is not None

    def test_an_environments_own_rule_goes_before_the_catalogues(self, portal: Portal) -> None:
        EventRule.objects.create(
            environment=portal.environment,
            event_type="VendorInvoicePostedBusinessEvent",
            record_kind="posted_invoice",
            keys={"LedgerVoucher": "Voucher"},
        )
        [event] = portal.receive(invoice_event(Voucher="V-1"))
        assert event.hint == {"LedgerVoucher": "V-1"}

    def test_what_is_too_long_is_cut_to_what_fits(self, portal: Portal) -> None:
        [event] = portal.receive(
            invoice_event(BusinessEventId="E" * 190, BusinessEventLegalEntity="a-far-too-long-one")
        )
        assert (len(event.event_type), event.company) == (150, "a-far-too-")
        [other] = portal.receive(invoice_event("I" * 200))
        assert len(other.subject) == 120

    def test_no_text_an_event_may_hold_hurts_the_database(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event("a\x00b\ud800'\";--", note="\x00"))
        event.refresh_from_db()
        assert event.state == State.PENDING


class TestClaiming:
    def test_the_attempt_is_counted_and_the_lease_set_before_the_work(self, portal: Portal) -> None:
        portal.receive(invoice_event())
        [event] = claim(portal, seconds=60)
        assert (event.state, event.attempts, event.lease_owner) == (State.RUNNING, 1, "me")
        assert event.lease_until is not None
        assert timedelta(seconds=55) < event.lease_until - timezone.now() < timedelta(seconds=61)

    def test_oldest_first_and_no_more_than_asked_for(self, portal: Portal) -> None:
        received = portal.receive(*(invoice_event() for _ in range(3)))
        assert [event.pk for event in claim(portal, limit=2)] == [event.pk for event in received[:2]]
        assert [event.pk for event in claim(portal, limit=2, owner="other")] == [received[2].pk]
        assert claim(portal) == []

    def test_one_stream_only(self, portal: Portal) -> None:
        portal.receive(order_event())
        assert claim(portal) == []

    def test_what_is_not_due_yet_is_left(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event())
        claim(portal)
        settle(event, State.RETRYING, wait_s=60)
        assert claim(portal) == []
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        [again] = claim(portal)
        assert again.attempts == 2

    def test_what_waits_for_a_connection_is_left(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event())
        claim(portal)
        settle(event, State.PENDING, waits_for=f"account:{portal.account.pk}")
        assert claim(portal) == []

    def test_an_event_that_killed_its_workers_is_taken_alone(self, portal: Portal) -> None:
        received = portal.receive(*(invoice_event() for _ in range(4)))
        for _ in range(inbox.ALONE_AFTER):
            assert len(claim(portal)) == 4
            inbox.free_claims({"me"})
        assert [event.pk for event in claim(portal)] == [received[0].pk]
        settle(received[0], State.RETRYING, alone=True, wait_s=60)
        assert [event.pk for event in claim(portal)] == [received[1].pk]

    def test_those_before_it_are_taken_without_it(self, portal: Portal) -> None:
        received = portal.receive(*(invoice_event() for _ in range(3)))
        claim(portal)
        for event, alone in zip(received, (False, False, True), strict=True):
            settle(event, State.RETRYING, alone=alone)
        assert [event.pk for event in claim(portal)] == [event.pk for event in received[:2]]


class TestSettling:
    @pytest.mark.parametrize("state", [State.DONE, State.SKIPPED, State.SUPERSEDED, State.DEAD])
    def test_an_end_is_an_end(self, portal: Portal, state: State) -> None:
        [event] = portal.receive(invoice_event())
        claim(portal)
        settle(event, state, reason="Because.", who_acts="operator")
        assert (event.state, event.reason, event.who_acts) == (state, "Because.", "operator")
        assert event.settled_at is not None
        assert (event.lease_owner, event.lease_until) == ("", None)

    def test_a_retry_is_due_later(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event())
        claim(portal)
        settle(event, State.RETRYING, wait_s=60)
        assert timedelta(seconds=55) < event.next_attempt_at - timezone.now() < timedelta(seconds=61)
        assert (event.attempts, event.settled_at) == (1, None)

    def test_a_postponement_gives_the_attempt_back(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event())
        claim(portal)
        settle(event, State.PENDING, counts=False)
        assert event.attempts == 0

    def test_only_what_is_still_ours_is_settled(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event())
        claim(portal, owner="slow", seconds=-1)
        inbox.free_expired()
        claim(portal, owner="quick")
        settle(event, State.DEAD, owner="slow")
        assert (event.state, event.lease_owner) == (State.RUNNING, "quick")
        settle(event, State.DONE, owner="quick")
        assert event.state == State.DONE

    def test_events_that_end_alike_are_one_statement(
        self, portal: Portal, django_assert_num_queries: Any
    ) -> None:
        received = portal.receive(*(invoice_event() for _ in range(5)))
        claim(portal)
        ends = [Settlement(event.pk, State.DONE) for event in received]
        ends[0] = Settlement(received[0].pk, State.SKIPPED, "No difference.")
        with django_assert_num_queries(2):
            inbox.settle(ends, owner="me")
        assert InboundEvent.objects.filter(state=State.DONE).count() == 4


class TestWhatTheDispatcherAsks:
    def test_due_streams_come_with_their_counts_the_longest_waiting_first(self, portal: Portal) -> None:
        portal.receive(order_event(), invoice_event(), invoice_event())
        orders = f"{portal.environment.pk}:purchase_order"
        assert inbox.due_streams(limit=9) == [(orders, 1), (portal.stream, 2)]
        assert inbox.due_streams(limit=1) == [(orders, 1)]

    def test_what_is_running_ended_waiting_or_not_due_is_no_work(self, portal: Portal) -> None:
        received = portal.receive(*(invoice_event() for _ in range(4)))
        claim(portal)
        settle(received[0], State.DONE)
        settle(received[1], State.RETRYING, wait_s=60)
        settle(received[2], State.PENDING, waits_for="account:1")
        assert inbox.due_streams(limit=9) == []

    def test_paused_environments_and_tenants_that_are_off_are_left(self, portal: Portal) -> None:
        other = make_tenant("Fabrikam")
        portal.receive(invoice_event())
        portal.receive(invoice_event(), environment=other.environment)
        registry.pause(f"environment:{portal.environment.pk}", "Refused.")
        assert inbox.due_streams(limit=9) == [(other.stream, 1)]
        other.tenant.active = False
        other.tenant.save()
        assert inbox.due_streams(limit=9) == []

    def test_a_paused_account_does_not_hold_the_stream(self, portal: Portal) -> None:
        portal.receive(invoice_event())
        registry.pause(f"account:{portal.account.pk}", "Refused.")
        assert inbox.due_streams(limit=9) == [(portal.stream, 1)]

    def test_claims_of_the_dead_are_given_back_and_stay_counted(self, portal: Portal) -> None:
        portal.receive(invoice_event(), invoice_event())
        claim(portal, limit=1, owner="dead")
        claim(portal, limit=1, owner="alive")
        assert inbox.running_owners() == {"dead", "alive"}
        assert inbox.free_claims({"dead"}) == 1
        freed = InboundEvent.objects.get(state=State.RETRYING)
        assert (freed.attempts, freed.reason, freed.lease_owner) == (1, inbox.DIED, "")
        assert inbox.running_owners() == {"alive"}

    def test_claims_whose_lease_has_passed_are_given_back(self, portal: Portal) -> None:
        portal.receive(invoice_event(), invoice_event())
        claim(portal, limit=1, owner="slow", seconds=-1)
        claim(portal, limit=1, owner="quick")
        assert inbox.free_expired() == 1
        assert InboundEvent.objects.get(state=State.RETRYING).reason == inbox.OVERDUE

    def test_events_that_wait_are_woken_by_their_connection(self, portal: Portal) -> None:
        received = portal.receive(invoice_event(), invoice_event())
        claim(portal)
        settle(received[0], State.PENDING, waits_for="account:1", wait_s=900)
        settle(received[1], State.PENDING, waits_for="account:2", wait_s=900)
        assert inbox.wake_waiting("account:1") == 1
        assert [event.pk for event in claim(portal)] == [received[0].pk]

    def test_those_put_to_wait_while_their_connection_was_resumed_are_woken_too(self, portal: Portal) -> None:
        assert inbox.wake_resumed() == 0
        received = portal.receive(invoice_event(), invoice_event())
        scope = f"account:{portal.account.pk}"
        registry.pause(scope, "Refused.")
        claim(portal)
        settle(received[0], State.PENDING, waits_for=scope)
        settle(received[1], State.PENDING, waits_for="account:999")  # deleted meanwhile
        assert inbox.wake_resumed() == 1
        registry.resume(scope)
        assert inbox.wake_resumed() == 1
        assert inbox.due_streams(limit=9) == [(portal.stream, 2)]


def test_an_event_exists_once_for_an_environment(portal: Portal) -> None:
    [event] = portal.receive(invoice_event())
    event.pk = None
    with pytest.raises(IntegrityError):
        event.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture
    def busy(self, transactional_db: None) -> Iterator[Portal]:
        yield make_tenant()

    def test_two_workers_never_claim_the_same_event(self, busy: Portal) -> None:
        busy.receive(*(invoice_event() for _ in range(40)))
        claimed: dict[str, list[int]] = {f"w{number}": [] for number in range(4)}

        def work(owner: str) -> None:
            while events := claim(busy, limit=3, owner=owner):
                claimed[owner] += [event.pk for event in events]
                inbox.settle([Settlement(event.pk, State.DONE) for event in events], owner=owner)

        assert in_threads(*(lambda owner=owner: work(owner) for owner in claimed)) == []  # type: ignore[misc]
        everything = [pk for pks in claimed.values() for pk in pks]
        assert len(everything) == len(set(everything)) == 40
        assert set(InboundEvent.objects.values_list("state", "attempts")) == {(State.DONE, 1)}

    def test_the_same_deliveries_at_once_leave_one_event_each(self, busy: Portal) -> None:
        bodies = [json.dumps(invoice_event()) for _ in range(10)]
        door = doors.open_door(busy.environment)

        def deliver() -> None:
            for body in bodies:
                inbox.receive(door, parse(body.encode(), {}).notifications, body)

        assert in_threads(*([deliver] * 4)) == []
        assert InboundEvent.objects.count() == 10
