"""When a mapping's next round is due, and who is at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import trail
from integration_portal import queueing, schedules, tasks
from integration_portal.models import SyncRun
from mappings.models import BoardMapping
from tests.integration.conftest import Portal, make_mapping
from tests.integration.steps import in_threads


def schedule(portal: Portal, **values: object) -> BoardMapping:
    BoardMapping.objects.filter(pk=portal.mapping.pk).update(**({"every_minutes": 15} | values))
    portal.mapping.refresh_from_db()
    return portal.mapping


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(queueing, "call_run", lambda pk: calls.append(pk) or True)
    monkeypatch.setattr(queueing, "waiting", lambda: len(calls))
    return calls


class TestOpening:
    def test_a_new_schedule_is_due_at_once_and_begins_with_everything(self, portal: Portal) -> None:
        schedule(portal)
        assert schedules.open_due() == 1
        assert SyncRun.objects.get().purpose == SyncRun.Purpose.SWEEP

    def test_it_is_opened_once_until_it_is_due_again(self, portal: Portal) -> None:
        schedule(portal)
        assert [schedules.open_due(), schedules.open_due()] == [1, 0]
        due = BoardMapping.objects.get().next_run_at
        assert timedelta(minutes=14) < due - timezone.now() <= timedelta(minutes=15)

    def test_a_round_under_way_is_not_opened_twice(self, portal: Portal) -> None:
        schedule(portal)
        schedules.open_due()
        schedule(portal, next_run_at=timezone.now())
        assert schedules.open_due() == 0
        assert SyncRun.objects.count() == 1

    def test_rounds_missed_in_a_downtime_are_one(self, portal: Portal) -> None:
        schedule(portal, next_run_at=timezone.now() - timedelta(days=3))
        assert [schedules.open_due() for _ in range(3)] == [1, 0, 0]
        assert BoardMapping.objects.get().next_run_at > timezone.now()

    def test_after_a_sweep_what_changed_is_enough(self, portal: Portal) -> None:
        schedule(portal, swept_at=timezone.now() - timedelta(hours=23))
        schedules.open_due()
        assert SyncRun.objects.get().purpose == SyncRun.Purpose.CHANGES

    def test_a_sweep_is_due_again_after_its_hours(self, portal: Portal) -> None:
        schedule(portal, swept_at=timezone.now() - timedelta(hours=25))
        schedules.open_due()
        assert SyncRun.objects.get().purpose == SyncRun.Purpose.SWEEP

    def test_records_without_a_stamp_are_swept_every_time(self, portal: Portal) -> None:
        schedule(portal, record_kind="purchase_order", swept_at=timezone.now())
        schedules.open_due()
        assert SyncRun.objects.get().purpose == SyncRun.Purpose.SWEEP

    def test_everything_can_be_asked_for(self, portal: Portal) -> None:
        mapping = schedule(portal, swept_at=timezone.now())
        assert schedules.open_run(mapping, everything=True)
        assert SyncRun.objects.get().purpose == SyncRun.Purpose.SWEEP
        assert not schedules.open_run(mapping)

    @pytest.mark.parametrize(
        "values", [{"every_minutes": None}, {"active": False}, {"paused_at": timezone.now()}]
    )
    def test_a_mapping_without_a_schedule_or_at_rest_is_left_alone(
        self, portal: Portal, values: dict[str, object]
    ) -> None:
        schedule(portal, **values)
        assert schedules.open_due() == 0

    def test_a_paused_environment_is_left_alone(self, portal: Portal) -> None:
        schedule(portal)
        portal.environment.paused_at = timezone.now()
        portal.environment.save()
        assert schedules.open_due() == 0

    def test_an_inactive_tenant_is_left_alone(self, portal: Portal) -> None:
        schedule(portal)
        portal.tenant.active = False
        portal.tenant.save()
        assert schedules.open_due() == 0

    def test_a_time_that_never_comes_pauses_its_mapping_and_nobody_elses(self, portal: Portal) -> None:
        schedule(portal, every_minutes=None, cron="0 0 31 2 *")
        make_mapping(portal.environment, portal.account, name="Other", board_id="9003", every_minutes=5)
        assert schedules.open_due() == 1
        assert "never comes" in BoardMapping.objects.get(pk=portal.mapping.pk).paused_reason
        assert [entry.action for entry in portal.trail()] == [trail.Action.MAPPING_PAUSED]
        assert schedules.open_due() == 0


class TestNextTime:
    NOW = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)  # a Friday

    def test_cron_is_read_in_utc(self) -> None:
        berlin = self.NOW.astimezone(timezone.get_fixed_timezone(60))
        mapping = BoardMapping(cron="15 6 * * 1-5", every_minutes=5)
        assert schedules.next_time(mapping, berlin) == datetime(2026, 3, 30, 6, 15, tzinfo=UTC)

    def test_minutes_are_counted_from_now(self) -> None:
        assert schedules.next_time(BoardMapping(every_minutes=45), self.NOW) == self.NOW + timedelta(
            minutes=45
        )

    def test_without_a_schedule_there_is_none(self) -> None:
        assert schedules.next_time(BoardMapping(), self.NOW) is None


class TestCalling:
    def runs(self, portal: Portal, count: int) -> list[SyncRun]:
        made = []
        for number in range(count):
            mapping = make_mapping(
                portal.environment, portal.account, name=f"M{number}", board_id=f"{number}"
            )
            made.append(SyncRun.objects.create(mapping=mapping, purpose="changes"))
        return made

    def test_half_of_the_workers_stay_free(
        self, portal: Portal, called: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "WORKERS", 4)
        first, second, *_ = self.runs(portal, 5)
        schedules.call_for_due()
        assert called == [first.pk, second.pk]

    def test_a_run_that_is_taken_counts(
        self, portal: Portal, called: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "WORKERS", 4)
        first, second, _ = self.runs(portal, 3)
        schedules.take(first.pk, owner="me", seconds=60)
        schedules.call_for_due()
        assert called == [second.pk]

    def test_with_one_worker_one_run_has_its_turn(
        self, portal: Portal, called: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "WORKERS", 1)
        self.runs(portal, 3)
        schedules.call_for_due()
        assert len(called) == 1

    def test_a_full_queue_is_not_filled_further(
        self, portal: Portal, called: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.runs(portal, 1)
        monkeypatch.setattr(queueing, "waiting", lambda: 2 * settings.WORKERS)
        schedules.call_for_due()
        assert called == []

    def test_a_turn_calls_for_the_next(
        self, portal: Portal, called: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = self.runs(portal, 2)
        monkeypatch.setattr(tasks.runs, "work", lambda pk: SyncRun.objects.filter(pk=pk).update(state="done"))
        tasks.run(first.pk)
        assert called == [second.pk]

    @pytest.mark.parametrize(
        "rest", ["mapping paused", "mapping off", "environment", "tenant", "later", "done"]
    )
    def test_a_run_that_must_rest_is_not_due(self, portal: Portal, rest: str) -> None:
        run = SyncRun.objects.create(mapping=portal.mapping, purpose="changes")
        assert list(schedules.due()) == [run]
        now = timezone.now()
        match rest:
            case "mapping paused":
                schedule(portal, paused_at=now)
            case "mapping off":
                schedule(portal, active=False)
            case "environment":
                type(portal.environment).objects.update(paused_at=now)
            case "tenant":
                type(portal.tenant).objects.update(active=False)
            case "later":
                SyncRun.objects.update(next_attempt_at=now + timedelta(minutes=1))
            case "done":
                SyncRun.objects.update(state="done")
        assert list(schedules.due()) == []
        assert schedules.take(run.pk, owner="me", seconds=60) is None


class TestTaking:
    def test_the_second_worker_finds_it_taken(self, portal: Portal) -> None:
        run = SyncRun.objects.create(mapping=portal.mapping, purpose="changes")
        taken = schedules.take(run.pk, owner="me", seconds=60)
        assert (taken.attempts, taken.lease_owner) == (1, "me")
        assert schedules.take(run.pk, owner="you", seconds=60) is None
        assert schedules.owners() == {"me"}

    def test_a_passed_lease_is_taken_over_and_its_holder_can_write_no_more(self, portal: Portal) -> None:
        run = SyncRun.objects.create(mapping=portal.mapping, purpose="changes")
        mine = schedules.take(run.pk, owner="me", seconds=-1)
        yours = schedules.take(run.pk, owner="you", seconds=60)
        assert yours is not None
        assert not schedules.note(mine, read=7)
        assert not schedules.keep(mine, state="done")
        assert schedules.note(yours, read=3)
        assert SyncRun.objects.get().read == 3
        assert SyncRun.objects.get().state == "open"

    def test_the_runs_of_the_dead_are_given_back(self, portal: Portal) -> None:
        run = SyncRun.objects.create(mapping=portal.mapping, purpose="changes")
        schedules.take(run.pk, owner="me", seconds=60)
        schedules.free_runs(["me"])
        assert schedules.owners() == set()
        assert list(schedules.due()) == [run]


def test_a_run_that_somebody_else_opened_just_now_is_not_opened_twice(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules.open_run(portal.mapping)
    monkeypatch.setattr(QuerySet, "exists", lambda _self: False)
    assert not schedules.open_run(portal.mapping)


def test_a_database_that_is_away_leaves_the_run_to_the_next_worker(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_run_id: int) -> None:
        raise OperationalError("the database system is shutting down")

    monkeypatch.setattr(tasks.runs, "work", away)
    tasks.run(7)
    assert "Run 7: the database is away (OperationalError)" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_open_one_run(portal: Portal) -> None:
    mapping = schedule(portal)
    errors = in_threads(*[lambda: schedules.open_run(mapping) for _ in range(4)])
    assert errors == []
    with transaction.atomic():
        assert SyncRun.objects.count() == 1
