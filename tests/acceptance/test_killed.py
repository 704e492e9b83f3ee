"""kill -9 in the middle of a burst: nothing is lost, nothing comes twice, nobody lends a hand."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.board import invoice_events, keys, report, send
from tests.stack import Stack

BURST = 200


@pytest.fixture
def stack(tmp_path: Path):
    """A running product, 150 ms a call, so that workers are busy for a while."""
    with Stack(tmp_path, latency_ms=150, account={"batch_size": 5, "calls_per_day": None}) as stack:
        stack.start_web()
        stack.start_worker()
        yield stack


def cluster_processes(stack: Stack) -> list[int]:
    """The worker's processes below its supervisor, the oldest first: main, sentinel, then workers, monitor, pusher."""
    supervisor = stack.processes._running["worker"].pid
    return sorted(pid for pid in stack.processes.tree("worker") if pid != supervisor)


def busy_pids(stack: Stack) -> list[int]:
    """The worker processes that hold events right now."""
    rows = stack.sql(
        "select distinct lease_owner from integration_portal_inboundevent where state = 'running'"
    )
    return [int(owner.split(":")[1]) for (owner,) in rows]


def kill_busy(stack: Stack) -> None:
    """Kill one worker process in the middle of its batch."""
    stack.wait_until(lambda: bool(busy_pids(stack)), seconds=20, what="a busy worker")
    os.kill(busy_pids(stack)[0], signal.SIGKILL)


def kill_idle(stack: Stack) -> None:
    """Kill every child of the cluster's sentinel that holds nothing, as the system's memory killer might."""
    busy = set(busy_pids(stack))
    main_and_sentinel = cluster_processes(stack)[:2]
    for pid in cluster_processes(stack):
        if pid not in busy and pid not in main_and_sentinel:
            os.kill(pid, signal.SIGKILL)


def kill_whole_worker(stack: Stack) -> None:
    """Kill the supervisor alone; its cluster must end by itself. Then start the worker anew, as an init system does."""
    before = stack.processes.tree("worker")
    os.kill(stack.processes._running["worker"].pid, signal.SIGKILL)
    stack.wait_until(lambda: not any(alive(pid) for pid in before), seconds=10, what="no process of it left")
    stack.processes._running.pop("worker").wait()
    stack.processes.start("worker", "manage.py", "worker")


def alive(pid: int) -> bool:
    """Whether a process runs (one that ended and was not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("kill", [kill_busy, kill_idle, kill_whole_worker])
def test_every_event_is_done_and_no_item_comes_twice_after(
    kill: Callable[[Stack], None], stack: Stack
) -> None:
    events = invoice_events(stack, BURST)
    if kill is kill_idle:
        time.sleep(
            1.0
        )  # until the workers wait at their queue: there a killed one takes the queue's lock along
        kill(stack)
    sent = send(stack, events, concurrency=8)
    assert sent["accepted"] == BURST
    if kill is not kill_idle:
        stack.wait_until(lambda: len(keys(stack)) >= 10, seconds=30, what="the burst under way")
        kill(stack)
    stack.wait_settled(BURST, seconds=120)
    assert set(stack.states()) <= {"done", "skipped"}
    found = report(stack, events, sent)
    assert (found["lost"], found["duplicated"], found["mismatched_cells"]) == (0, 0, 0), found["examples"]
