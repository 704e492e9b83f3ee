"""One turn at a round: what changed goes into the inbox once, and what did not change costs nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from audit import trail
from connectors.dynamics.model import Row
from connectors.errors import AuthFailed, NotUsable, RateLimited, ServerFault
from connectors.models import DynamicsEnvironment
from integration_portal import inbox, runs, schedules
from integration_portal.batch import CHANGED
from integration_portal.models import InboundEvent, State, SyncRun
from integration_portal.sync.retry import MAX_ATTEMPTS
from mappings import catalogue, store
from mappings.catalogue.kind import Swept
from mappings.models import BoardMapping, RecordLink
from tests.fakes.samples import BOARD, INVOICES, KEY
from tests.integration.conftest import Portal
from tests.integration.rounds import FIRST, PAYMENTS, change, read, read_seven, stamped, turn, work


@pytest.fixture
def seven(portal: Portal) -> Portal:
    """Seven invoices, read for the first time and on their board."""
    return read_seven(portal)


class TestTheFirstRound:
    def test_it_brings_everything(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [stamped(number) for number in range(1, 8)]
        run = read(portal)
        assert (run.purpose, run.state, run.read, run.changed, run.gone) == ("sweep", "done", 7, 7, 0)
        assert run.finished_at is not None
        assert set(InboundEvent.objects.values_list("event_type", flat=True)) == {CHANGED}
        work(portal)
        assert len(portal.texts()) == 7
        assert len(portal.dynamics.walked) == 3  # pages of three

    def test_its_events_say_what_they_are_about(self, portal: Portal) -> None:
        read(portal)
        event = InboundEvent.objects.get()
        assert (event.company, event.hint, event.subject) == ("usmf", {"SourceKey": 5637144577}, "5637144577")
        assert event.tenant_id == portal.tenant.pk

    def test_it_sets_the_watermark_and_the_time_of_the_sweep(self, portal: Portal) -> None:
        run = read(portal)
        mapping = BoardMapping.objects.get()
        assert (mapping.watermark, mapping.swept_at) == (run.started_at, run.started_at)

    def test_only_what_the_mapping_wants_is_brought(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [
            stamped(1),
            stamped(2, CurrencyCode="USD"),
            stamped(3, dataAreaId="demf"),
        ]
        portal.mapping.legal_entities.set(portal.environment.legal_entities.filter(data_area_id="usmf"))
        BoardMapping.objects.update(conditions=[{"field": "CurrencyCode", "is": ["EUR"]}])
        run = read(portal)
        assert (run.read, run.changed) == (2, 1)


class TestUnchanged:
    def test_a_second_round_over_unchanged_records_costs_pages_only(self, seven: Portal) -> None:
        events = InboundEvent.objects.count()
        run = read(seven, everything=True)
        assert (run.state, run.read, run.changed) == ("done", 7, 0)
        assert InboundEvent.objects.count() == events
        assert len(seven.dynamics.walked) == 3
        assert seven.monday.calls == []

    def test_a_changed_record_is_one_event_and_one_write(self, seven: Portal) -> None:
        change(seven, 3, InvoiceAmount=Decimal("7.00"))
        run = read(seven, everything=True)
        assert run.changed == 1
        work(seven)
        assert [type(write).__name__ for write in seven.monday.writes] == ["ChangeColumns"]

    def test_the_same_change_found_again_is_the_same_event(self, seven: Portal) -> None:
        before = InboundEvent.objects.count()
        change(seven, 3, InvoiceAmount=Decimal("7.00"))
        read(seven, everything=True)
        read(seven, everything=True)
        assert InboundEvent.objects.count() == before + 1

    def test_a_value_that_goes_to_and_fro_is_an_event_each_time(self, seven: Portal) -> None:
        before = InboundEvent.objects.count()
        for amount in ("7.00", "1250.50", "7.00"):
            change(seven, 3, InvoiceAmount=Decimal(amount))
            read(seven, everything=True)
            work(seven)
        assert InboundEvent.objects.count() == before + 3
        assert len(seven.monday.writes) == 3

    def test_a_change_of_the_mapping_brings_everything_again(self, seven: Portal) -> None:
        BoardMapping.objects.update(name_template="{InvoiceId}")
        assert read(seven, everything=True).changed == 7

    def test_a_dead_event_is_not_repeated_until_its_record_changes(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [stamped(1, CurrencyCode="XAU")]
        read(portal)
        work(portal)
        assert InboundEvent.objects.get().state == State.DEAD
        read(portal, everything=True)
        assert InboundEvent.objects.count() == 1


class TestChanges:
    @pytest.fixture
    def later(self, seven: Portal) -> Portal:
        BoardMapping.objects.update(watermark=FIRST)
        return seven

    def test_they_are_read_since_the_watermark_less_the_overlap(self, later: Portal) -> None:
        change(later, 1, SysModifiedDateTime=FIRST - timedelta(minutes=11), InvoiceAmount=Decimal(1))
        change(later, 2, SysModifiedDateTime=FIRST - timedelta(minutes=9), InvoiceAmount=Decimal(2))
        change(later, 3, SysModifiedDateTime=FIRST + timedelta(hours=1), InvoiceAmount=Decimal(3))
        run = read(later)
        assert (run.purpose, run.state, run.read, run.changed) == ("changes", "done", 6, 2)
        assert "SysModifiedDateTime ge 2026-03-01T11:50:00Z" in later.dynamics.walked[0][1]

    def test_the_watermark_moves_to_the_greatest_stamp_seen(self, later: Portal) -> None:
        change(later, 3, SysModifiedDateTime=FIRST + timedelta(hours=1))
        read(later)
        assert BoardMapping.objects.get().watermark == FIRST + timedelta(hours=1)

    def test_the_watermark_never_goes_back(self, later: Portal) -> None:
        BoardMapping.objects.update(watermark=FIRST + timedelta(minutes=5))
        read(later)
        assert BoardMapping.objects.get().watermark == FIRST + timedelta(minutes=5)

    def test_it_goes_no_further_than_the_beginning_of_the_round(self, later: Portal) -> None:
        """What one source was read for may have changed again while the other one was."""
        change(later, 3, SysModifiedDateTime=timezone.now() + timedelta(hours=1))
        run = read(later)
        assert BoardMapping.objects.get().watermark == run.started_at

    def test_nothing_new_leaves_it(self, later: Portal) -> None:
        BoardMapping.objects.update(watermark=FIRST + timedelta(days=1))
        run = read(later)
        assert (run.state, run.read) == ("done", 0)
        assert BoardMapping.objects.get().watermark == FIRST + timedelta(days=1)

    def test_a_payment_brings_the_invoice_it_settles(self, later: Portal) -> None:
        BoardMapping.objects.update(watermark=FIRST + timedelta(days=1))
        later.mapping.columns.filter(field="DueDate").update(field="payment.Closed")
        RecordLink.objects.exclude(record_key="usmf/4").update(fingerprint="")
        later.dynamics.rows[PAYMENTS] = [
            Row(
                {
                    "dataAreaId": "usmf",
                    "SourceKey": 99,
                    "AccountNum": "US-104",
                    "Invoice": "INV-4",
                    "SysModifiedDateTime": FIRST + timedelta(days=1),
                }
            )
        ]
        run = read(later)
        assert (run.state, run.read, run.changed) == ("done", 1, 1)
        assert InboundEvent.objects.latest("pk").hint == {"SourceKey": 4}


class TestSeveralSources:
    def test_a_source_that_only_a_sweep_covers_is_left_to_it(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kind = catalogue.kind("posted_invoice")
        mixed = replace(kind, changes=(Swept(), *kind.changes))
        rule = replace(store.as_rule(portal.mapping), kind=mixed)
        monkeypatch.setattr(store, "as_rule", lambda _mapping: rule)
        SyncRun.objects.create(mapping=portal.mapping, purpose="changes")
        assert turn().state == "done"
        assert [entity for entity, _, _ in portal.dynamics.walked] == [INVOICES, PAYMENTS]


class TestGoingOn:
    @pytest.fixture(autouse=True)
    def rows(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [stamped(number) for number in range(1, 11)]

    def break_after(self, portal: Portal, pages: int, error: Exception) -> None:
        read_pages = portal.dynamics.read_pages

        def broken(*args: Any, **more: Any):  # type: ignore[no-untyped-def]
            for number, page in enumerate(read_pages(*args, **more)):
                if number == pages:
                    raise error
                yield page

        portal.dynamics.read_pages = broken  # type: ignore[method-assign]

    def mend(self, portal: Portal) -> None:
        del portal.dynamics.__dict__["read_pages"]

    def test_a_limit_lets_it_wait_and_go_on_behind_its_last_page(self, portal: Portal) -> None:
        self.break_after(portal, 2, RateLimited("Slow.", system="dynamics", retry_after_s=40.0))
        run = read(portal)
        assert (run.state, run.read, run.attempts, run.lease_owner) == ("open", 6, 0, "")
        assert timedelta(seconds=35) < run.next_attempt_at - timezone.now() < timedelta(seconds=41)
        assert "Slow." in run.reason
        self.mend(portal)
        portal.dynamics.walked.clear()
        run = turn()
        assert (run.state, run.read, run.changed, run.reason) == ("done", 10, 10, "")
        assert portal.dynamics.walked[0][2] == ("usmf", 6)
        assert InboundEvent.objects.count() == 10

    def test_a_fault_is_tried_again_later(self, portal: Portal) -> None:
        self.break_after(portal, 1, ServerFault("Later.", system="dynamics"))
        run = read(portal)
        assert (run.state, run.read, run.attempts) == ("open", 3, 1)
        self.mend(portal)
        assert turn().read == 10

    def test_attempts_are_bounded(self, portal: Portal) -> None:
        self.break_after(portal, 0, ServerFault("Later.", system="dynamics"))
        run = read(portal)
        for _ in range(MAX_ATTEMPTS):
            run = turn()
        assert (run.state, run.lease_owner) == ("failed", "")
        assert "Later." in run.reason
        assert run.finished_at is not None

    def test_a_run_that_kills_its_workers_is_given_up(self, portal: Portal) -> None:
        schedules.open_run(portal.mapping)
        SyncRun.objects.update(attempts=MAX_ATTEMPTS)
        run = turn()
        assert (run.state, run.reason) == ("failed", runs.POISON)
        assert portal.dynamics.walked == []

    def test_a_crash_is_taken_up_by_another_worker(self, portal: Portal) -> None:
        self.break_after(portal, 2, KeyboardInterrupt())  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            read(portal)
        runs.work(SyncRun.objects.get().pk)
        assert SyncRun.objects.get().read == 6  # its lease holds
        SyncRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        self.mend(portal)
        run = turn()
        assert (run.state, run.read, run.changed) == ("done", 10, 10)

    def test_a_turn_that_is_over_lets_others_have_theirs(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "TURN_S", -1.0)
        run = read(portal)
        assert (run.state, run.read, run.attempts, run.lease_owner) == ("open", 3, 0, "")
        turns = 1
        while run.state == "open":
            run, turns = turn(), turns + 1
        assert (run.state, run.read, turns) == ("done", 10, 5)

    def test_a_worker_whose_lease_was_taken_writes_nothing_more(self, portal: Portal) -> None:
        read_pages = portal.dynamics.read_pages

        def slow(*args: Any, **more: Any):  # type: ignore[no-untyped-def]
            for page in read_pages(*args, **more):
                yield page
                SyncRun.objects.update(lease_owner="other")

        portal.dynamics.read_pages = slow  # type: ignore[method-assign]
        run = read(portal)
        assert (run.state, run.read, run.lease_owner) == ("open", 3, "other")
        assert InboundEvent.objects.count() == 3

    def test_rows_that_come_and_go_meanwhile_shift_nobody(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "TURN_S", -1.0)
        run = read(portal)
        rows = portal.dynamics.rows[INVOICES]
        del rows[0]  # behind us
        rows.append(stamped(11))  # before us
        while run.state == "open":
            run = turn()
        assert (run.state, run.read) == ("done", 11)
        assert InboundEvent.objects.count() == 11


class TestWhatAPersonMustMend:
    def test_an_entity_set_that_is_not_enabled_pauses_the_mapping(self, portal: Portal) -> None:
        portal.dynamics.errors = [NotUsable("Not enabled.", system="dynamics")]
        run = read(portal)
        assert (run.state, run.attempts, run.lease_owner) == ("open", 0, "")
        assert "Not enabled." in BoardMapping.objects.get().paused_reason
        assert DynamicsEnvironment.objects.get().paused_at is None
        [entry] = portal.trail()
        assert (entry.action, entry.mapping_id) == (trail.Action.MAPPING_PAUSED, portal.mapping.pk)
        assert list(schedules.due()) == []

    def test_refused_credentials_pause_the_environment(self, portal: Portal) -> None:
        portal.dynamics.errors = [AuthFailed("No.", system="entra")]
        read(portal)
        assert DynamicsEnvironment.objects.get().paused_at is not None
        assert BoardMapping.objects.get().paused_at is None
        assert [entry.action for entry in portal.trail()] == [trail.Action.CONNECTION_PAUSED]

    def test_it_goes_on_once_it_is_mended(self, portal: Portal) -> None:
        portal.dynamics.errors = [NotUsable("Not enabled.", system="dynamics")]
        read(portal)
        BoardMapping.objects.update(paused_at=None, paused_reason="")
        assert turn().state == "done"


def test_a_run_that_was_deleted_is_nobodys(portal: Portal) -> None:
    runs.work(12345)
    assert portal.dynamics.walked == []


def test_found_records_go_before_the_key_column_is_known(portal: Portal) -> None:
    """The board may carry items of an earlier portal: they are linked, not made again."""
    portal.monday.boards[BOARD.id] = replace(BOARD, name="Old")
    portal.monday.put(BOARD.id, "INV-88412 · US-104", **{KEY: "usmf/5637144577"})
    read(portal)
    work(portal)
    assert len(portal.texts()) == 1
    assert inbox.due_streams(limit=5) == []
