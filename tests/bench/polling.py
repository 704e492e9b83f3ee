"""What a schedule's round costs: calls when nothing changed, memory, and speed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sandbox.demo import boards
from tests.bench.result import Result
from tests.stack import Stack

UNCHANGED = 2_100
SMALL, LARGE = 3_000, 50_100


def _vendors_only() -> tuple[boards.Board, ...]:
    return (boards.plain(boards.INVOICES, boards.INVOICE_MAPPING, "vendor_item", "paid", "hold"),)


def poll_unchanged_monday_calls(folder: Path) -> list[Result]:
    """Calls of a second round over 2,100 unchanged invoices, and the items that a round with 10 changes writes."""
    stack = Stack(
        folder,
        services=False,
        shown=_vendors_only(),
        scale=UNCHANGED // 300,
        account={"calls_per_day": None, "complexity_per_minute": 1_000_000_000},
        every_minutes=600,
        sweep_hours=1,
    )
    with stack:
        stack.start_web()
        stack.start_worker()
        stack.wait_settled(UNCHANGED, seconds=300)
        _round(stack, sweep=True)
        calls = _counted(stack, sweep=True)
        key = ("dataAreaId", "SourceKey")
        for row in stack.rows("VendInvoiceJourBiEntities")[:10]:
            change = {"entity_set": "VendInvoiceJourBiEntities", "key": {name: row[name] for name in key}}
            stack.control("POST", "/dynamics/change", change | {"values": {"InvoiceAmount": 1}})
        after = _counted(stack, sweep=False)
    method = f"a full round over {UNCHANGED} posted invoices of which none changed, pages of 1,000"
    return [
        Result("poll_unchanged_monday_calls", calls.get("monday", {}).get("calls", 0), "calls", method),
        Result("poll_unchanged_dynamics_calls", calls["dynamics"]["calls"], "calls", "the same round"),
        Result(
            "poll_changed_items_written",
            after["monday"]["mutations"],
            "items",
            "a round in which 10 of them changed",
        ),
    ]


def poll_memory_growth_mb(folder: Path) -> list[Result]:
    """Growth of the worker's largest process over a full round, small and large, in which nothing is to be written."""
    found = []
    for count in (SMALL, LARGE):
        path = folder / str(count)
        path.mkdir()
        found.append(_walk(path, count))
    (small, _), (large, seconds) = found
    return [
        Result(
            "poll_memory_growth_mb",
            large,
            "MB",
            f"a round over {LARGE} records that the mapping's filter leaves out",
        ),
        Result("poll_memory_growth_small_mb", small, "MB", f"the same over {SMALL} records"),
        Result(
            "records_per_second_polled", LARGE / seconds, "1/s", f"the round over {LARGE}, sandbox included"
        ),
    ]


def _walk(folder: Path, count: int) -> tuple[float, float]:
    """Returns (growth in MB, seconds of the round)."""
    nothing = [{"field": "CurrencyCode", "is": ["XXX"]}]
    stack = Stack(
        folder,
        services=False,
        shown=_vendors_only(),
        scale=count // 300,
        every_minutes=600,
        conditions=nothing,
    )
    with stack:
        stack.execute("update mappings_boardmapping set next_run_at = '2099-01-01'")
        stack.start_web()
        stack.start_worker()
        time.sleep(2.0)
        pids = stack.processes.tree("worker")
        before = {pid: _peak_kb(pid) for pid in pids}
        began = time.monotonic()
        _round(stack, sweep=True)
        seconds = time.monotonic() - began
        growth = max(_peak_kb(pid) - before[pid] for pid in pids)
        read = stack.sql('select sum("read") from integration_portal_syncrun')[0][0]
        assert read == count, read
    return growth / 1024, seconds


def _counted(stack: Stack, *, sweep: bool) -> dict[str, Any]:
    stack.control("DELETE", "/calls")
    _round(stack, sweep=sweep)
    return dict(stack.control("GET", "/calls/summary"))


def _round(stack: Stack, *, sweep: bool) -> None:
    """Let the schedule be due now and wait until its round and what it found are over."""
    done = "select count(*) from integration_portal_syncrun where state = 'done'"
    before = stack.sql(done)[0][0]
    forget = ", swept_at = null" if sweep else ""
    stack.execute(f"update mappings_boardmapping set next_run_at = null{forget}")
    stack.wait_until(lambda: stack.sql(done)[0][0] > before, seconds=300, what="the round")
    stack.wait_settled(0, seconds=120)


def _peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
