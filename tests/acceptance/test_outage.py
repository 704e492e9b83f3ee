"""The database or Redis goes away under a burst, and comes back: everything heals by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.demo.__main__ import free_port
from tests.acceptance.board import invoice_events, report, send
from tests.stack import Stack

pytestmark = pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"),
    reason="needs PostgreSQL and Redis (make test-services)",
)

BURST = 100
AWAY_S = 4.0


def settle_and_compare(stack: Stack, events: list[dict], sent: dict) -> None:
    """Wait for every event's end and hold the board against Dynamics."""
    stack.wait_settled(BURST, seconds=120)
    assert set(stack.states()) <= {"done", "skipped"}
    found = report(stack, events, sent)
    assert (found["lost"], found["duplicated"], found["mismatched_cells"]) == (0, 0, 0), found["examples"]


def test_after_the_database_was_away_every_event_is_done(tmp_path: Path) -> None:
    account = {"batch_size": 5, "calls_per_day": None}
    with Stack(tmp_path, latency_ms=150, account=account) as stack:
        stack.start_web()
        stack.start_worker()
        events = invoice_events(stack, BURST)
        sent = send(stack, events, concurrency=8)
        assert sent["accepted"] == BURST
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"alter database {stack.name} with allow_connections false")
            connection.execute(
                f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{stack.name}'"
            )
            refused = send(stack, invoice_events(stack, 1, start=BURST), retries=1)
            assert [one["status"] for one in refused["failed"]] == [503]
            time.sleep(AWAY_S)
            connection.execute(f"alter database {stack.name} with allow_connections true")
        settle_and_compare(stack, events, sent)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """A Redis of our own that can be killed."""
    binary = shutil.which("redis-server")
    assert binary, "redis-server is not installed"
    port = free_port()
    command = [
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(tmp_path),
    ]
    yield f"redis://127.0.0.1:{port}/0", command


def test_after_redis_was_away_every_event_is_done(tmp_path: Path, redis_url: tuple[str, list[str]]) -> None:
    url, command = redis_url
    redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        account = {"batch_size": 5, "calls_per_day": None}
        with Stack(tmp_path, latency_ms=150, account=account, env={"REDIS_URL": url}) as stack:
            stack.start_web()
            stack.start_worker()
            events = invoice_events(stack, BURST)
            first = send(stack, events[: BURST // 2], concurrency=8)
            redis.kill()
            redis.wait()
            second = send(stack, events[BURST // 2 :], concurrency=8)
            assert first["accepted"] + second["accepted"] == BURST
            time.sleep(AWAY_S)
            redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            sent = first | {"sent": BURST, "distinct": BURST, "events": first["events"] + second["events"]}
            settle_and_compare(stack, events, sent)
    finally:
        redis.kill()
        redis.wait()
