"""What an operator presses: retry and replay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from audit import trail
from connectors.dynamics.business_events import parse
from integration_portal import doors, inbox, replay
from integration_portal.inbox import Settlement
from integration_portal.models import InboundEvent, State
from mappings.models import EventRule
from tests.integration.conftest import Portal, invoice_event
from tests.integration.steps import claim, settle


def dead(portal: Portal, *events: dict[str, Any]) -> list[InboundEvent]:
    received = portal.receive(*(events or (invoice_event(),)))
    claim(portal)
    return [settle(event, State.DEAD, reason="No.", who_acts="operator") for event in received]


class TestRetry:
    def test_dead_events_are_tried_again_on_the_same_row(self, portal: Portal) -> None:
        [event] = dead(portal)
        assert replay.retry(InboundEvent.objects.all(), actor="ann", reason="Mended.") == 1
        event.refresh_from_db()
        assert (event.state, event.attempts, event.reason, event.who_acts) == (State.PENDING, 0, "", "")
        assert event.settled_at is None
        [entry] = portal.trail()
        assert (entry.action, entry.actor, entry.detail) == (trail.Action.EVENT_RETRIED, "ann", "Mended.")
        assert (entry.event_id, entry.tenant_id) == (event.pk, portal.tenant.pk)
        assert len(claim(portal)) == 1

    def test_others_are_left_alone(self, portal: Portal) -> None:
        received = portal.receive(invoice_event(), invoice_event(), invoice_event(BusinessEventId="Unknown"))
        claim(portal, limit=1)
        settle(received[0], State.DONE)
        assert replay.retry(InboundEvent.objects.all(), actor="ann") == 0
        assert portal.trail() == []

    def test_an_event_whose_record_cannot_be_named_stays_dead(self, portal: Portal) -> None:
        body = invoice_event(Number="INV-7")
        del body["InvoiceId"]
        [event] = portal.receive(body)
        assert replay.retry(InboundEvent.objects.all(), actor="ann") == 0
        event.refresh_from_db()
        assert event.state == State.DEAD

    def test_a_rule_made_since_then_names_it(self, portal: Portal) -> None:
        body = invoice_event(Number="INV-7")
        del body["InvoiceId"]
        [event] = portal.receive(body)
        EventRule.objects.create(
            environment=portal.environment,
            event_type=event.event_type,
            record_kind="posted_invoice",
            keys={"InvoiceId": "Number"},
        )
        assert replay.retry(InboundEvent.objects.all(), actor="ann") == 1
        event.refresh_from_db()
        assert (event.state, event.hint, event.subject) == (State.PENDING, {"InvoiceId": "INV-7"}, "INV-7")

    def test_a_row_that_somebody_else_revived_is_not_revived_twice(self, portal: Portal) -> None:
        [event] = dead(portal)
        events = InboundEvent.objects.filter(state=State.DEAD)
        list(events)
        InboundEvent.objects.update(state=State.RUNNING, lease_owner="other")
        assert replay._revive(event) == 0
        event.refresh_from_db()
        assert event.lease_owner == "other"


class TestReplay:
    @pytest.mark.parametrize("state", [State.DONE, State.SKIPPED, State.SUPERSEDED, State.DEAD])
    def test_a_finished_event_is_done_anew_as_a_new_one(self, portal: Portal, state: State) -> None:
        [event] = portal.receive(invoice_event("INV-7"))
        claim(portal)
        settle(event, state)
        assert replay.replay(InboundEvent.objects.all(), actor="ann", reason="Again.") == 1
        again = InboundEvent.objects.get(replay_of=event)
        assert again.state == State.PENDING
        for name in (
            "tenant",
            "environment",
            "event_type",
            "company",
            "control_number",
            "occurred_at",
            "payload",
        ):
            assert getattr(again, name) == getattr(event, name)
        assert (again.hint, again.stream, again.attempts) == (event.hint, event.stream, 0)
        event.refresh_from_db()
        assert event.state == state
        [entry] = portal.trail()
        assert (entry.action, entry.event_id, entry.detail) == (
            trail.Action.EVENT_REPLAYED,
            event.pk,
            "Again.",
        )

    def test_open_events_are_left_alone(self, portal: Portal) -> None:
        portal.receive(invoice_event())
        assert replay.replay(InboundEvent.objects.all(), actor="ann") == 0

    def test_an_event_nobody_listened_to_is_heard_once_there_is_a_rule(self, portal: Portal) -> None:
        portal.receive(invoice_event("INV-7", BusinessEventId="Unknown"))
        replay.replay(InboundEvent.objects.all(), actor="ann")
        assert InboundEvent.objects.exclude(replay_of=None).get().state == State.SKIPPED
        EventRule.objects.create(
            environment=portal.environment,
            event_type="Unknown",
            record_kind="posted_invoice",
            keys={"InvoiceId": "InvoiceId"},
        )
        replay.replay(InboundEvent.objects.filter(replay_of=None), actor="ann")
        assert InboundEvent.objects.get(state=State.PENDING).hint == {"InvoiceId": "INV-7"}

    def test_each_event_of_one_delivery_is_itself_again(self, portal: Portal) -> None:
        one, two = invoice_event("INV-1"), invoice_event("INV-2")
        for body in (one, two):  # as old versions send them
            del body["ControlNumber"], body["EventId"]
        body = json.dumps([{"eventType": "x", "data": one}, {"eventType": "x", "data": two}])
        inbox.receive(doors.open_door(portal.environment), parse(body.encode(), {}).notifications, body)
        claim(portal)
        inbox.settle([Settlement(event.pk, State.DONE) for event in InboundEvent.objects.all()], owner="me")
        replay.replay(InboundEvent.objects.all(), actor="ann")
        replays = InboundEvent.objects.exclude(replay_of=None).order_by("pk")
        assert [again.hint["InvoiceId"] for again in replays] == [
            again.replay_of.hint["InvoiceId"] for again in replays if again.replay_of
        ]

    def test_a_replay_may_be_replayed(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event("INV-7"))
        for _ in range(2):
            claim(portal)
            inbox.settle([Settlement(one.pk, State.DONE) for one in InboundEvent.objects.all()], owner="me")
            newest = InboundEvent.objects.order_by("-pk")[0]
            replay.replay(InboundEvent.objects.filter(pk=newest.pk), actor="ann")
        last = InboundEvent.objects.order_by("-pk")[0]
        assert last.hint["InvoiceId"] == "INV-7"
        assert last.replay_of is not None
        assert last.replay_of.replay_of == event

    def test_without_its_own_words_in_the_payload_the_hint_stands(self, portal: Portal) -> None:
        [event] = dead(portal)
        InboundEvent.objects.update(payload=json.dumps(invoice_event("INV-other")))
        replay.replay(InboundEvent.objects.all(), actor="ann")
        assert InboundEvent.objects.get(replay_of=event).hint == event.hint
