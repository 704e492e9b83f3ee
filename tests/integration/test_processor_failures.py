"""What goes wrong between the inbox and the board, and what becomes of the events."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.db import OperationalError
from django.utils import timezone
from encrypted_model_fields import fields as package

from audit import trail
from connectors import connections, registry
from connectors.errors import AuthFailed, Misconfigured, RateLimited, Rejected, ServerFault, Unreachable
from connectors.models import MondayAccount
from integration_portal import batch, identity, inbox, processor, replay, tasks
from integration_portal.models import InboundEvent, State
from integration_portal.sync.retry import MAX_ATTEMPTS
from integration_portal.sync.to_monday import ToBoard
from mappings import store
from mappings.models import ColumnMapping
from tests.fakes.monday import FakeMonday
from tests.fakes.samples import (
    AMOUNT,
    BOARD,
    DUE,
    INVOICES,
    KEY,
    STATUS,
    invoice_row,
)
from tests.integration.conftest import Portal, invoice_event, make_mapping

ONE = "usmf/5637144577"
LOST = Unreachable("The connection broke.", system="monday", may_have_applied=True)
SHEET = {KEY: ONE, AMOUNT: "1250.5", STATUS: "EUR", DUE: "2026-03-31"}


def again(event: InboundEvent, portal: Portal) -> InboundEvent:
    """Make an event due and let a worker take it."""
    InboundEvent.objects.filter(pk=event.pk).update(next_attempt_at=timezone.now())
    portal.work()
    event.refresh_from_db()
    return event


class TestTryingAgain:
    def test_a_record_that_cannot_be_read_yet_is_tried_again(self, portal: Portal) -> None:
        portal.dynamics.rows.clear()
        event = portal.settled()
        assert (event.state, event.who_acts) == (State.RETRYING, "portal")
        assert batch.NOT_SEEN in event.reason
        assert event.next_attempt_at > timezone.now()
        portal.dynamics.rows[INVOICES] = [invoice_row()]
        assert again(event, portal).state == State.DONE

    def test_but_not_for_ever(self, portal: Portal) -> None:
        portal.dynamics.rows.clear()
        [event] = portal.receive(invoice_event())
        InboundEvent.objects.update(attempts=MAX_ATTEMPTS - 1)
        again(event, portal)
        assert (event.state, event.who_acts) == (State.DEAD, "operator")
        assert event.reason.startswith(f"Given up after {MAX_ATTEMPTS} attempts. ")
        [entry] = portal.trail()
        assert (entry.action, entry.event_id, entry.detail) == (
            trail.Action.EVENT_DEAD,
            event.pk,
            event.reason,
        )

    @pytest.mark.parametrize(
        ("error", "state", "attempts"),
        [
            (Unreachable("No answer.", system="dynamics"), State.RETRYING, 1),
            (ServerFault("Broken.", system="dynamics"), State.RETRYING, 1),
            (RateLimited("Wait.", retry_after_s=30.0, system="dynamics"), State.PENDING, 0),
        ],
    )
    def test_when_dynamics_is_away_the_batch_waits(
        self, portal: Portal, error: Exception, state: State, attempts: int
    ) -> None:
        portal.dynamics.errors.append(error)
        event = portal.settled()
        assert (event.state, event.attempts, event.reason) == (state, attempts, str(error))
        assert event.next_attempt_at > timezone.now()
        assert portal.monday.calls == []
        assert again(event, portal).state == State.DONE

    def test_a_told_time_is_kept_to(self, portal: Portal) -> None:
        portal.dynamics.errors.append(RateLimited("Wait.", retry_after_s=300.0))
        event = portal.settled()
        assert timedelta(seconds=290) < event.next_attempt_at - timezone.now() < timedelta(seconds=301)

    def test_what_monday_did_not_grant_comes_later_and_the_rest_is_done(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=n, InvoiceId=f"INV-{n}") for n in (1, 2)]
        portal.monday.fail("CreateItem", RateLimited("Wait.", retry_after_s=5.0, system="monday"))
        portal.receive(invoice_event("INV-1"), invoice_event("INV-2"))
        portal.work()
        assert set(InboundEvent.objects.values_list("state", flat=True)) == {State.PENDING, State.DONE}
        again(InboundEvent.objects.get(state=State.PENDING), portal)
        assert len(portal.texts()) == 2

    def test_a_create_whose_answer_was_lost_makes_no_second_item(self, portal: Portal) -> None:
        portal.monday.fail("CreateItem", LOST, applied=True)
        event = portal.settled()
        assert event.state == State.RETRYING
        assert portal.link().uncertain
        assert again(event, portal).state == State.SKIPPED
        assert portal.texts() == [SHEET]
        assert portal.trail()[-1].action == trail.Action.ITEM_ADOPTED

    def test_after_a_fault_of_monday_each_of_a_batch_is_tried_by_itself(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=n, InvoiceId=f"INV-{n}") for n in (1, 2)]
        for _ in range(2):
            portal.monday.fail("CreateItem", ServerFault("500.", system="monday"))
        received = portal.receive(invoice_event("INV-1"), invoice_event("INV-2"))
        portal.work()
        assert set(InboundEvent.objects.values_list("state", "alone")) == {(State.RETRYING, True)}
        InboundEvent.objects.update(next_attempt_at=timezone.now())
        portal.dynamics.errors.append(RateLimited("Wait.", retry_after_s=5.0))
        assert portal.work() == 1
        received[0].refresh_from_db()
        assert (received[0].state, received[0].alone) == (State.PENDING, True)  # still alone
        portal.monday.fail("CreateItem", ServerFault("500.", system="monday"))
        assert portal.work() == 1
        received[1].refresh_from_db()
        assert (received[1].state, received[1].alone) == (State.RETRYING, True)

    def test_a_record_another_worker_is_at_is_postponed(self, portal: Portal) -> None:
        store.lease(portal.mapping.pk, [ONE], owner="other", seconds=60)
        event = portal.settled()
        assert (event.state, event.attempts) == (State.PENDING, 0)
        assert "Another worker is at this record" in event.reason
        assert portal.texts() == []


class TestConnectionsThatRefuse:
    REFUSED = AuthFailed("The secret has expired. Enter a new one.", system="entra")

    def test_dynamics_is_paused_with_one_alert_and_its_events_wait(self, portal: Portal) -> None:
        portal.dynamics.errors.append(self.REFUSED)
        event = portal.settled()
        scope = f"environment:{portal.environment.pk}"
        assert (event.state, event.waits_for, event.attempts, event.who_acts) == (
            State.PENDING,
            scope,
            0,
            "operator",
        )
        portal.environment.refresh_from_db()
        assert portal.environment.paused_reason == str(self.REFUSED)
        [entry] = portal.trail()
        assert (entry.action, entry.subject, entry.detail) == (
            trail.Action.CONNECTION_PAUSED,
            scope,
            str(self.REFUSED),
        )
        portal.receive(invoice_event())
        assert portal.work() == 0

    def test_they_go_on_once_it_is_resumed(self, portal: Portal) -> None:
        portal.dynamics.errors.append(self.REFUSED)
        event = portal.settled()
        registry.resume(event.waits_for)
        inbox.wake_waiting(event.waits_for)
        assert again(event, portal).state == State.DONE

    def test_monday_is_paused_alike(self, portal: Portal) -> None:
        portal.monday.fail("board", Misconfigured("The token cannot see the board.", system="monday"))
        event = portal.settled()
        assert event.waits_for == f"account:{portal.account.pk}"
        portal.account.refresh_from_db()
        assert portal.account.paused_at is not None
        assert [entry.action for entry in portal.trail()] == [trail.Action.CONNECTION_PAUSED]

    def test_a_refused_write_pauses_it_too(self, portal: Portal) -> None:
        portal.monday.fail("CreateItem", AuthFailed("The token was revoked.", system="monday"))
        assert portal.settled().waits_for == f"account:{portal.account.pk}"
        assert store.lane_owners() == set()

    def test_a_paused_account_is_not_called(self, portal: Portal) -> None:
        registry.pause(f"account:{portal.account.pk}", "Refused.")
        event = portal.settled()
        assert event.waits_for == f"account:{portal.account.pk}"
        assert portal.monday.calls == []
        assert portal.trail() == []  # no second alert

    def test_another_account_goes_on(self, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
        other = MondayAccount.objects.create(tenant=portal.tenant, name="Other", api_token="t")
        make_mapping(portal.environment, other, name="Second")
        theirs = FakeMonday.with_boards(BOARD)
        monkeypatch.setattr(
            connections, "monday", lambda account: theirs if account == other else portal.monday
        )
        registry.pause(f"account:{portal.account.pk}", "Refused.")
        theirs.fail("CreateItem", LOST)
        event = portal.settled()
        assert (event.state, event.waits_for) == (State.RETRYING, "")  # what comes right by itself goes first
        again(event, portal)
        assert (event.state, event.waits_for) == (State.PENDING, f"account:{portal.account.pk}")
        assert len(theirs.all_items(BOARD.id)) == 1

    def test_a_tenant_that_is_off_is_left_alone(self, portal: Portal) -> None:
        portal.tenant.active = False
        portal.tenant.save()
        portal.receive(invoice_event())
        assert portal.work() == 0

    def test_an_environment_that_was_deleted_is_no_fault(self, portal: Portal) -> None:
        assert portal.work("999:posted_invoice") == 0

    def test_secrets_that_do_not_open_pause_the_environment(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        portal.receive(invoice_event())
        with monkeypatch.context() as lost:
            lost.setattr(package, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))
            assert (portal.work(), portal.work()) == (0, 0)
        assert (
            "does not open with FIELD_ENCRYPTION_KEY"
            in registry.load_environment(portal.environment.pk).paused_reason
        )
        assert [entry.action for entry in portal.trail()] == [trail.Action.CONNECTION_PAUSED]
        assert InboundEvent.objects.get().state == State.PENDING


class TestWhatAPersonMustMend:
    def dead(self, portal: Portal) -> str:
        event = portal.settled()
        assert (event.state, event.who_acts) == (State.DEAD, "operator")
        assert portal.trail()[-1].action == trail.Action.EVENT_DEAD
        assert store.lane_owners() == set()
        return event.reason

    def test_a_missing_label(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(CurrencyCode="XAU")]
        assert 'Column Currency has no label "XAU". Its labels are: EUR, US dollar, 42.' in self.dead(portal)

    def test_a_text_that_is_no_number(self, portal: Portal) -> None:
        ColumnMapping.objects.filter(column_id=AMOUNT).update(field="Payment")
        assert 'Column Amount takes a number such as 1234.56, not "Net30"' in self.dead(portal)

    def test_an_item_that_is_gone(self, portal: Portal) -> None:
        portal.settled()
        portal.monday.items[BOARD.id].clear()
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceAmount=Decimal(7))]
        assert "is no longer on the board. Restore it on monday and press Retry" in self.dead(portal)

    def test_a_refusal_of_monday(self, portal: Portal) -> None:
        portal.monday.fail("CreateItem", Rejected("No.", system="monday"))
        assert self.dead(portal) == "monday: No."

    def test_once_it_is_mended_a_retry_carries_it(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(CurrencyCode="USD")]
        ColumnMapping.objects.get(column_id=STATUS).values.all().delete()
        event = portal.settled()
        assert event.state == State.DEAD
        ColumnMapping.objects.get(column_id=STATUS).values.create(value="USD", label="US dollar")
        replay.retry(InboundEvent.objects.all(), actor="ann")
        assert again(event, portal).state == State.DONE
        assert portal.texts()[0][STATUS] == "US dollar"


class TestFaultsOfThePortalItself:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the engine break on one record, after it took the lanes."""
        plan = ToBoard._plan

        def breaks(self: ToBoard, work: Any) -> Any:
            if work.record.values["InvoiceId"] == "INV-1":
                raise ZeroDivisionError("division by zero")
            return plan(self, work)

        monkeypatch.setattr(ToBoard, "_plan", breaks)

    def test_the_event_that_brings_it_out_dies_with_a_sentence_and_the_others_live(
        self, portal: Portal, broken: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=n, InvoiceId=f"INV-{n}") for n in (1, 2, 3)]
        portal.receive(*(invoice_event(f"INV-{n}") for n in (1, 2, 3)))
        assert portal.work() == 3
        assert set(InboundEvent.objects.values_list("state", "alone")) == {(State.RETRYING, True)}
        assert store.lane_owners() == set()
        assert portal.trail() == []
        assert [portal.work() for _ in range(4)] == [1, 1, 1, 0]
        assert list(InboundEvent.objects.order_by("pk").values_list("state", flat=True)) == [
            State.DEAD,
            State.DONE,
            State.DONE,
        ]
        reason = InboundEvent.objects.get(state=State.DEAD).reason
        assert reason.startswith("The portal itself failed (ZeroDivisionError: division by zero).")
        assert "a fault of the portal itself" in caplog.text
        assert caplog.records[0].exc_info is not None

    def test_a_query_dynamics_refuses_hurts_only_the_event_it_is_about(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(SourceKey=n, InvoiceId=f"INV-{n}") for n in (1, 2)]
        portal.receive(invoice_event("INV-1"), invoice_event("INV-2"))
        refusal = Rejected("Bad filter.", system="dynamics")
        portal.dynamics.errors += [refusal, refusal]
        for _ in range(3):
            portal.work()
        assert list(InboundEvent.objects.order_by("pk").values_list("state", "reason")) == [
            (State.DEAD, str(refusal)),
            (State.DONE, ""),
        ]

    def test_what_was_settled_before_the_fault_stays_so(self, portal: Portal, broken: None) -> None:
        portal.dynamics.rows[INVOICES] = [invoice_row(InvoiceId="INV-1")]
        portal.receive(invoice_event("INV-1"), invoice_event("INV-1"))
        portal.work()
        ends = list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))
        assert ends == [State.SUPERSEDED, State.RETRYING]

    def test_an_event_that_kills_every_worker_ends(self, portal: Portal) -> None:
        [event] = portal.receive(invoice_event())
        InboundEvent.objects.update(attempts=MAX_ATTEMPTS)
        again(event, portal)
        assert (event.state, event.reason, event.who_acts) == (State.DEAD, batch.POISON, "operator")
        assert portal.dynamics.asked == []


class TestWhenTheDatabaseGoesAway:
    def away(self, *_: Any, **__: Any) -> None:
        raise OperationalError("the database is away")

    def test_in_the_middle_of_the_work_nothing_is_decided(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [event] = portal.receive(invoice_event())
        with monkeypatch.context() as outage:
            outage.setattr(store, "keep_snapshot", self.away)
            with pytest.raises(OperationalError):
                portal.work()
        event.refresh_from_db()
        assert event.state == State.RUNNING
        assert portal.work() == 1  # gives back what was left behind, and takes it up again
        event.refresh_from_db()
        assert (event.state, event.attempts) == (State.DONE, 2)

    def test_what_was_written_but_not_settled_is_found_again(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [event] = portal.receive(invoice_event())
        with monkeypatch.context() as outage:
            outage.setattr(trail, "record_all", self.away)
            with pytest.raises(OperationalError):
                portal.work()
        assert len(portal.texts()) == 1
        link = portal.link()
        assert link.item_id == ""  # the link, the trail and the event are settled together or not at all
        assert link.lease_owner.startswith(identity.me())
        assert portal.trail() == []
        processor.give_back_unsettled()
        assert portal.link().uncertain
        assert again(event, portal).state == State.SKIPPED
        assert portal.texts() == [SHEET]
        assert portal.link().item_id != ""

    def test_while_claiming_nothing_is_held(self, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
        portal.receive(invoice_event())
        with monkeypatch.context() as outage:
            outage.setattr(inbox, "claim", self.away)
            with pytest.raises(OperationalError):
                portal.work()
        assert portal.work() == 1

    def test_the_task_itself_does_not_raise(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(inbox, "claim", self.away)
        assert tasks.work(portal.stream) is None
        assert "the database is away" in caplog.text
