"""Looking for work that nobody is at."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from connectors import registry
from integration_portal import dispatcher as module
from integration_portal import heartbeat, inbox, queueing
from integration_portal.dispatcher import Dispatcher
from integration_portal.inbox import Settlement
from integration_portal.models import Heartbeat, InboundEvent, State
from mappings import store
from mappings.models import RecordLink
from tests.integration.conftest import Portal, invoice_event, order_event


class Clock:
    """Monotonic time that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Queue:
    """A queue that keeps what it was called for."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.length = 0

    def call(self, stream: str) -> bool:
        self.calls.append(stream)
        return True

    def waiting(self) -> int:
        return self.length


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue()
    monkeypatch.setattr(queueing, "call", made.call)
    monkeypatch.setattr(queueing, "waiting", made.waiting)
    return made


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def look(one: Dispatcher, clock: Clock, *, after: float = 1.0) -> None:
    clock.now += after
    one.look()


def claim(portal: Portal, owner: str, *, seconds: float = 60.0) -> None:
    assert inbox.claim(portal.stream, limit=1, owner=owner, seconds=seconds)


class TestCalling:
    def test_a_worker_is_called_for_what_is_due(self, portal: Portal, clock: Clock, queue: Queue) -> None:
        portal.receive(invoice_event(), order_event())
        look(Dispatcher("a"), clock)
        assert sorted(queue.calls) == sorted([portal.stream, f"{portal.environment.pk}:purchase_order"])

    def test_nothing_due_needs_nobody(self, portal: Portal, clock: Clock, queue: Queue) -> None:
        portal.receive(invoice_event())
        InboundEvent.objects.update(next_attempt_at=timezone.now() + timedelta(seconds=60))
        look(Dispatcher("a"), clock)
        assert queue.calls == []

    def test_as_many_workers_as_the_stream_can_use_and_there_are(
        self, portal: Portal, clock: Clock, queue: Queue, settings: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.WORKERS = 3  # type: ignore[attr-defined]
        monkeypatch.setattr(inbox, "BATCH", 2)
        portal.receive(invoice_event(), invoice_event(), invoice_event())
        look(Dispatcher("a"), clock)
        assert queue.calls == [portal.stream] * 2
        portal.receive(*(invoice_event() for _ in range(20)))
        look(Dispatcher("a"), clock)
        assert queue.calls == [portal.stream] * 5

    def test_a_stream_is_called_for_four_times_a_second_at_most(
        self, portal: Portal, clock: Clock, queue: Queue
    ) -> None:
        portal.receive(invoice_event())
        one = Dispatcher("a")
        look(one, clock)
        for _ in range(9):
            look(one, clock, after=0.1)
        assert len(queue.calls) == 4

    @pytest.mark.parametrize("length", [4, 100, -1])
    def test_a_long_queue_or_one_that_is_away_is_not_flooded(
        self, portal: Portal, clock: Clock, queue: Queue, settings: object, length: int
    ) -> None:
        settings.WORKERS = 2  # type: ignore[attr-defined]
        portal.receive(invoice_event())
        queue.length = length
        one = Dispatcher("a")
        look(one, clock)
        assert queue.calls == []
        queue.length = 3
        look(one, clock, after=0.1)
        assert queue.calls == [portal.stream]

    def test_a_paused_environment_is_left_alone(self, portal: Portal, clock: Clock, queue: Queue) -> None:
        portal.receive(invoice_event())
        registry.pause(f"environment:{portal.environment.pk}", "Refused.")
        look(Dispatcher("a"), clock)
        assert queue.calls == []


class TestOneAtATime:
    def test_only_the_holder_of_the_lease_calls(self, portal: Portal, clock: Clock, queue: Queue) -> None:
        portal.receive(invoice_event())
        first, second = Dispatcher("a"), Dispatcher("b")
        look(first, clock)
        look(second, clock, after=0.0)
        assert queue.calls == [portal.stream]
        assert heartbeat.living(heartbeat.SUPERVISOR, within_s=60) == {"a", "b"}

    def test_when_it_falls_silent_another_takes_over(
        self, portal: Portal, clock: Clock, queue: Queue
    ) -> None:
        look(Dispatcher("a"), clock)
        Heartbeat.objects.filter(name=module.LEASE).update(seen_at=timezone.now() - timedelta(seconds=11))
        portal.receive(invoice_event())
        look(Dispatcher("b"), clock)
        assert queue.calls == [portal.stream]

    def test_when_it_stops_another_takes_over_at_once(
        self, portal: Portal, clock: Clock, queue: Queue
    ) -> None:
        first = Dispatcher("a")
        look(first, clock)
        heartbeat.beat("cluster:a")
        first.stop()
        assert set(Heartbeat.objects.values_list("name", "owner")) == {(module.LEASE, "")}
        portal.receive(invoice_event())
        look(Dispatcher("b"), clock)
        assert queue.calls == [portal.stream]

    def test_house_is_kept_once_a_second(self, portal: Portal, clock: Clock, queue: Queue) -> None:
        one = Dispatcher("a")
        look(one, clock)
        Heartbeat.objects.filter(name="supervisor:a").delete()
        look(one, clock, after=0.5)
        assert heartbeat.age_s("supervisor:a") is None
        look(one, clock, after=0.5)
        assert heartbeat.age_s("supervisor:a") is not None


class TestTheDead:
    def test_what_a_dead_process_held_is_given_back_at_once(
        self, portal: Portal, clock: Clock, queue: Queue, dead_pid: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        portal.receive(invoice_event())
        claim(portal, f"a:{dead_pid}:run")
        store.lease(portal.mapping.pk, ["usmf/1"], owner=f"a:{dead_pid}:run", seconds=60)
        look(Dispatcher("a"), clock)
        event = InboundEvent.objects.get()
        assert (event.state, event.reason) == (State.RETRYING, inbox.DIED)
        link = RecordLink.objects.get()
        assert (link.lease_owner, link.uncertain) == ("", True)
        assert queue.calls == [portal.stream]
        assert "1 events were given back" in caplog.text

    def test_what_a_living_one_holds_stays_its_own(self, portal: Portal, clock: Clock, queue: Queue) -> None:
        portal.receive(invoice_event())
        claim(portal, f"a:{os.getpid()}:run")
        look(Dispatcher("a"), clock)
        assert InboundEvent.objects.get().state == State.RUNNING
        assert queue.calls == []

    def test_processes_of_another_machine_are_judged_by_their_supervisor(
        self, portal: Portal, clock: Clock, queue: Queue, dead_pid: int
    ) -> None:
        portal.receive(invoice_event())
        claim(portal, f"far:{dead_pid}:run")
        heartbeat.beat("supervisor:far")
        one = Dispatcher("a")
        look(one, clock)
        assert InboundEvent.objects.get().state == State.RUNNING
        Heartbeat.objects.filter(name="supervisor:far").update(
            seen_at=timezone.now() - timedelta(seconds=heartbeat.SUPERVISOR_DEAD_S + 1)
        )
        look(one, clock)
        assert InboundEvent.objects.get().state == State.RETRYING

    def test_a_worker_without_a_supervisor_is_judged_by_its_lease_alone(
        self, portal: Portal, clock: Clock, queue: Queue, dead_pid: int
    ) -> None:
        portal.receive(invoice_event(), invoice_event())
        claim(portal, f"solo:{dead_pid}:run")
        claim(portal, f"solo:{dead_pid}:other", seconds=-1)
        look(Dispatcher("a"), clock)
        states = list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))
        assert states == [State.RUNNING, State.RETRYING]

    def test_a_lane_alone_is_given_back_too(
        self, portal: Portal, clock: Clock, queue: Queue, dead_pid: int
    ) -> None:
        store.lease(portal.mapping.pk, ["usmf/1"], owner=f"a:{dead_pid}:run", seconds=60)
        Dispatcher("a").free_the_dead()
        assert store.lane_owners() == set()


def test_events_that_were_put_to_wait_while_their_connection_was_resumed_are_called_for(
    portal: Portal, clock: Clock, queue: Queue
) -> None:
    [event] = portal.receive(invoice_event())
    claim(portal, "me")
    inbox.settle([Settlement(event.pk, State.PENDING, waits_for=f"account:{portal.account.pk}")], owner="me")
    look(Dispatcher("a"), clock)
    assert queue.calls == [portal.stream]


def test_the_queues_records_of_failures_are_dropped_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[bool] = []
    monkeypatch.setattr(queueing, "forget_failures", lambda: dropped.append(True))
    one = Dispatcher("me")
    for at in (0.0, 10.0, 3599.0, 3600.0):
        one._tidy(at)
    assert len(dropped) == 2
