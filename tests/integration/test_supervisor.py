"""Watching over the cluster, with a process that only pretends."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from integration_portal import heartbeat, identity, inbox, queueing, supervisor
from integration_portal.models import Heartbeat, InboundEvent, State
from integration_portal.offspring import Offspring
from integration_portal.supervisor import Supervisor
from tests.integration.conftest import Portal, invoice_event


class FakeProcess:
    """A cluster that runs until it is told to stop or killed."""

    pid = 4_194_304  # beyond every real one

    def __init__(self, run: Callable[[int], None]) -> None:
        self.run = run
        self.returncode: int | None = None
        self.terminated = False
        self.obeys = True

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        self.terminated = True
        if self.obeys:
            self.returncode = 0

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            raise subprocess.TimeoutExpired("cluster", timeout or 0)
        return self.returncode


class World:
    """The processes, the clock and the signals of one supervisor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clusters: list[FakeProcess] = []
        self.killed: list[tuple[int, int]] = []
        self.now = 1000.0
        monkeypatch.setattr(supervisor, "Offspring", self.start)
        monkeypatch.setattr(supervisor.os, "killpg", self.kill)
        monkeypatch.setattr(supervisor, "RESTART_PAUSE_S", 0.0)
        monkeypatch.setattr(supervisor, "TICK_S", 0.0)
        monkeypatch.setattr(supervisor, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.canaries: list[str] = []
        monkeypatch.setattr(queueing, "canary", self.canaries.append)
        monkeypatch.setattr(queueing, "prepare", lambda: None)

    def start(self, run: Callable[[int], None]) -> FakeProcess:
        self.clusters.append(FakeProcess(run))
        return self.clusters[-1]

    def kill(self, pid: int, number: int) -> None:
        self.killed.append((pid, number))
        self.clusters[-1].returncode = -number


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.fixture
def running(world: World, db: None) -> Supervisor:
    made = Supervisor()
    made._watch()
    return made


def sang(one: Supervisor, *, seconds_ago: float = 0.0) -> None:
    heartbeat.beat(f"cluster:{one.name}")
    Heartbeat.objects.filter(name=f"cluster:{one.name}").update(
        seen_at=timezone.now() - timedelta(seconds=seconds_ago)
    )


class TestStarting:
    def test_the_cluster_knows_its_supervisor_and_its_pipe(
        self, running: Supervisor, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ran: list[tuple[int, str]] = []
        monkeypatch.setenv(identity.SUPERVISOR_VARIABLE, "")
        monkeypatch.setattr(
            supervisor,
            "run_cluster",
            lambda pipe: ran.append((pipe, os.environ[identity.SUPERVISOR_VARIABLE])),
        )
        [cluster] = world.clusters
        cluster.run(7)
        assert ran == [(7, running.name)]

    def test_one_that_runs_is_left_alone(self, running: Supervisor, world: World) -> None:
        running._watch()
        assert len(world.clusters) == 1

    def test_one_that_ended_is_followed_by_another(
        self, running: Supervisor, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.clusters[0].returncode = 1
        running._watch()
        assert len(world.clusters) == 2
        assert world.killed == [(FakeProcess.pid, signal.SIGKILL)]  # what was left of its session
        assert "The cluster ended with status 1" in caplog.text

    def test_two_supervisors_never_share_a_name(self, db: None) -> None:
        assert Supervisor().name != Supervisor().name


class TestListening:
    def listen(self, one: Supervisor, world: World, *, after: float) -> None:
        world.now += after
        one._listen()

    def test_a_sign_of_life_is_asked_for_every_two_seconds(self, running: Supervisor, world: World) -> None:
        for after in (2.0, 1.0, 1.0, 0.5):
            self.listen(running, world, after=after)
        assert world.canaries == [running.name] * 2

    def test_a_new_cluster_has_time_to_start(self, running: Supervisor, world: World) -> None:
        self.listen(running, world, after=29.0)
        assert world.killed == []
        self.listen(running, world, after=3.0)
        assert world.killed == [(FakeProcess.pid, signal.SIGKILL)]

    def test_one_that_sang_may_not_be_silent_for_long(
        self, running: Supervisor, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        sang(running)
        self.listen(running, world, after=20.0)
        assert world.killed == []
        sang(running, seconds_ago=13)
        self.listen(running, world, after=13.0)
        assert len(world.killed) == 1
        assert "silent for 13 s; killing it and starting another" in caplog.text
        running._watch()
        assert len(world.clusters) == 2

    def test_the_song_of_the_one_before_does_not_count(self, running: Supervisor, world: World) -> None:
        sang(running, seconds_ago=60)
        self.listen(running, world, after=20.0)  # still starting
        assert world.killed == []

    def test_workers_that_are_all_at_their_events_are_not_silent(
        self, running: Supervisor, world: World, portal: Portal, settings: Any
    ) -> None:
        settings.WORKERS = 1
        portal.receive(invoice_event())
        inbox.claim(portal.stream, limit=1, owner=f"{running.name}:{os.getpid()}:run", seconds=60)
        self.listen(running, world, after=100.0)
        assert world.killed == []

    @pytest.mark.parametrize("owner", ["{name}:4194304:run", "other:{pid}:run"])
    def test_the_dead_and_others_workers_do_not_count_as_busy(
        self, running: Supervisor, world: World, portal: Portal, settings: Any, owner: str
    ) -> None:
        settings.WORKERS = 1
        portal.receive(invoice_event())
        holder = owner.format(name=running.name, pid=os.getpid())
        inbox.claim(portal.stream, limit=1, owner=holder, seconds=60)
        self.listen(running, world, after=100.0)
        assert len(world.killed) == 1

    def test_two_runs_of_one_process_are_one_worker(
        self, running: Supervisor, world: World, portal: Portal, settings: Any
    ) -> None:
        settings.WORKERS = 2
        portal.receive(invoice_event(), invoice_event())
        for run in ("one", "two"):
            inbox.claim(portal.stream, limit=1, owner=f"{running.name}:{os.getpid()}:{run}", seconds=60)
        assert not running._busy()


class TestRunning:
    @pytest.fixture(autouse=True)
    def signals(self, monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
        handlers: dict[int, Any] = {}
        monkeypatch.setattr(supervisor.signal, "signal", handlers.__setitem__)
        return handlers

    def looks(self, monkeypatch: pytest.MonkeyPatch, one: Supervisor, *steps: Any) -> None:
        """Let each look of the dispatcher do one of these steps."""
        waiting = list(steps)
        monkeypatch.setattr(one.dispatcher, "look", lambda: waiting.pop(0)())

    def test_it_works_until_a_signal_and_leaves_no_process_behind(
        self, world: World, signals: dict[int, Any], monkeypatch: pytest.MonkeyPatch, db: None
    ) -> None:
        one = Supervisor()
        heartbeat.beat(f"cluster:{one.name}")
        self.looks(monkeypatch, one, lambda: None, lambda: signals[signal.SIGTERM](signal.SIGTERM, None))
        one.run()
        assert set(signals) == {signal.SIGTERM, signal.SIGINT}
        [cluster] = world.clusters
        assert cluster.terminated
        assert world.killed == [(FakeProcess.pid, signal.SIGKILL)]
        assert heartbeat.living("cluster:", within_s=60) == set()

    def test_a_cluster_that_does_not_stop_is_killed(
        self, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, db: None
    ) -> None:
        one = Supervisor()

        def stubborn() -> None:
            world.clusters[0].obeys = False
            one._stopping.set()

        self.looks(monkeypatch, one, stubborn)
        one.run()
        assert world.killed == [(FakeProcess.pid, signal.SIGKILL)]
        assert "The cluster did not stop in 45 s; killing it" in caplog.text

    def test_what_the_killed_held_is_given_back(
        self, world: World, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = Supervisor()
        portal.receive(invoice_event())
        inbox.claim(portal.stream, limit=1, owner=f"{one.name}:{FakeProcess.pid}:run", seconds=60)
        self.looks(monkeypatch, one, one._stopping.set)
        one.run()
        assert InboundEvent.objects.get().state == State.RETRYING

    @pytest.mark.parametrize("error", [OperationalError("away"), ConnectionResetError("away")])
    def test_an_outage_is_waited_for(
        self,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        db: None,
        error: Exception,
    ) -> None:
        one = Supervisor()
        monkeypatch.setattr(supervisor, "close_old_connections", lambda: None)

        def away() -> None:
            raise error

        self.looks(monkeypatch, one, away, away, one._stopping.set)
        one.run()
        assert caplog.text.count("The database is away") == 2
        assert len(world.clusters) == 1

    def test_a_cluster_without_a_pipe_can_be_killed_too(self, running: Supervisor, world: World) -> None:
        world.clusters[0].stdin = None  # type: ignore[assignment]
        running._kill()
        assert world.killed == [(FakeProcess.pid, signal.SIGKILL)]

    def test_a_signal_before_anything_started_ends_it(self, world: World, db: None) -> None:
        one = Supervisor()
        one._stopping.set()
        one.run()
        assert world.clusters == []
        assert world.killed == []


class TestBeingTheCluster:
    def test_it_runs_until_its_sentinel_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        joined, watched = [], threading.Event()
        cluster = SimpleNamespace(sentinel=SimpleNamespace(join=lambda: joined.append(True)))
        monkeypatch.setattr(queueing, "run_cluster", lambda: cluster)
        monkeypatch.setattr(supervisor, "_die_with", lambda pipe: watched.set())
        supervisor.run_cluster(7)
        assert joined == [True]
        assert watched.wait(1)

    def test_it_dies_when_its_supervisor_is_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read, write = os.pipe()
        killed: list[tuple[int, int]] = []
        monkeypatch.setattr(supervisor.os, "killpg", lambda *what: killed.append(what))
        os.write(write, b"x")
        os.close(write)
        supervisor._die_with(read)
        os.close(read)
        assert killed == [(os.getpgid(0), signal.SIGKILL)]


class TestTheCommand:
    def test_worker_is_the_supervisor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = []
        monkeypatch.setattr(supervisor.Supervisor, "run", lambda self: ran.append(self))
        call_command("worker")
        assert len(ran) == 1


class TestOffspring:
    def test_it_runs_in_a_session_of_its_own_and_ends_with_what_it_does(self) -> None:
        read, write = os.pipe()
        child = Offspring(lambda _pipe: os.write(write, str(os.getsid(0)).encode()) and None)
        assert child.wait(5) == 0
        assert int(os.read(read, 20)) == child.pid != os.getsid(0)
        os.close(read)
        os.close(write)

    def test_it_sees_the_end_of_the_pipe_only_when_we_let_go(self) -> None:
        child = Offspring(lambda pipe: os.read(pipe, 1) and None)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.2)
        os.close(child._holding)
        child._holding = os.open(os.devnull, os.O_RDONLY)
        assert child.wait(5) == 0
        assert child.poll() == 0

    def test_it_can_be_told_to_stop(self) -> None:
        child = Offspring(lambda pipe: os.read(pipe, 1) and None)
        child.terminate()
        assert child.wait(5) == -signal.SIGTERM
