"""Wake-up calls, what they call, and who is called."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django_q.models import Failure

from integration_portal import heartbeat, identity, processor, queueing, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_queue() -> Iterator[None]:
    queueing.get_broker().purge_queue()
    yield
    queueing.get_broker().purge_queue()


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = []
    monkeypatch.setattr(queueing, "async_task", lambda function, argument: made.append((function, argument)))
    return made


def away(*_: Any, **__: Any) -> None:
    raise OSError("no route to the broker")


class TestCalls:
    def test_a_call_carries_one_name_and_nothing_else(self, enqueued: list[tuple[str, str]]) -> None:
        assert queueing.call("7:posted_invoice")
        assert queueing.canary("a")
        assert enqueued == [
            ("integration_portal.tasks.work", "7:posted_invoice"),
            ("integration_portal.tasks.sing", "a"),
        ]

    def test_both_names_are_there_to_be_called(self) -> None:
        assert callable(tasks.work)
        assert callable(tasks.sing)

    def test_a_burst_is_one_call(self, enqueued: list[tuple[str, str]]) -> None:
        for _ in range(100):
            queueing.wake("7:posted_invoice")
            queueing.wake("8:posted_invoice")
        assert len(enqueued) < 20
        assert {argument for _, argument in enqueued} == {"7:posted_invoice", "8:posted_invoice"}

    def test_after_a_quiet_moment_it_is_called_again(
        self, enqueued: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = [100.0]
        monkeypatch.setattr(queueing.time, "monotonic", lambda: clock[0])
        for pause in (0.0, queueing.QUIET_S / 2, queueing.QUIET_S):
            clock[0] += pause
            queueing.wake("7:posted_invoice")
        assert len(enqueued) == 2

    def test_the_queue_says_how_much_waits(self) -> None:
        assert queueing.waiting() == 0
        queueing.call("7:posted_invoice")
        queueing.call("8:posted_invoice")
        assert queueing.waiting() == 2

    def test_a_broker_that_is_away_is_only_logged(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(queueing, "async_task", away)
        monkeypatch.setattr(
            queueing, "get_broker", lambda: type("Broker", (), {"queue_size": away, "purge_queue": int})()
        )
        assert not queueing.call("7:posted_invoice")
        assert queueing.waiting() == -1
        assert "The queue is away (OSError)" in caplog.text

    def test_the_queues_own_records_of_failures_can_be_dropped(self) -> None:
        Failure.objects.create(
            id="x", name="x", func="f", started="2026-01-01T00:00Z", stopped="2026-01-01T00:00Z"
        )
        queueing.forget_failures()
        assert not Failure.objects.exists()

    def test_what_is_loaded_before_the_fork_is_shared(self) -> None:
        try:
            queueing.prepare()
            assert gc.get_freeze_count() > 0
        finally:
            gc.unfreeze()

    def test_the_cluster_is_started(self, monkeypatch: pytest.MonkeyPatch) -> None:
        started = []

        class Cluster:
            def start(self) -> None:
                started.append(self)

        monkeypatch.setattr(queueing, "Cluster", Cluster)
        assert queueing.run_cluster() is started[0]


class TestTasks:
    def test_a_song_is_a_sign_of_life_of_the_whole_cluster(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(identity.SUPERVISOR_VARIABLE, "abc")
        assert tasks.sing("abc") is None
        assert heartbeat.living(heartbeat.CLUSTER, within_s=5) == {"abc"}

    def test_it_gives_back_what_an_outage_left_behind(self) -> None:
        processor._unsettled.append("solo:1:run")
        tasks.sing("abc")
        assert processor._unsettled == []

    def test_no_database_no_song_and_no_exception(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def no_database(*_: Any) -> None:
            raise OperationalError("away")

        monkeypatch.setattr(heartbeat, "beat", no_database)
        assert tasks.sing("abc") is None
        assert "No sign of life: the database is away (OperationalError)" in caplog.text


class TestIdentity:
    def test_a_process_is_named_within_its_supervisor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(identity.SUPERVISOR_VARIABLE, raising=False)
        assert identity.me() == f"solo:{os.getpid()}"
        monkeypatch.setenv(identity.SUPERVISOR_VARIABLE, "abc")
        assert identity.me() == f"abc:{os.getpid()}"
        assert identity.supervisor_of(f"{identity.me()}:run") == "abc"

    def test_the_living_are_not_dead(self) -> None:
        mine = f"abc:{os.getpid()}:run"
        assert identity.dead([mine], supervisor="abc") == []

    def test_a_process_of_somebody_else_lives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(*_: int) -> None:
            raise PermissionError

        monkeypatch.setattr(identity.os, "kill", refused)
        assert identity.dead(["abc:1:run"], supervisor="abc") == []

    def test_a_child_nobody_has_waited_for_is_dead(self) -> None:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # ended, not reaped: a zombie
        try:
            assert identity.dead([f"abc:{pid}:run"], supervisor="abc") == [f"abc:{pid}:run"]
        finally:
            os.waitpid(pid, 0)
        assert identity.dead([f"abc:{pid}:run"], supervisor="abc") == [f"abc:{pid}:run"]

    def test_without_a_process_table_signal_0_decides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(*_: Any, **__: Any) -> None:
            raise FileNotFoundError

        monkeypatch.setattr("builtins.open", missing)
        assert not identity._is_zombie(os.getpid())

    def test_processes_of_other_machines_cannot_be_judged_from_here(self) -> None:
        assert identity.dead(["far:1:run", "solo:1:run"], supervisor="abc") == []
