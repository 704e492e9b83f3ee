"""From event to item, beside a bare script that makes the same two calls in the same run; and how many calls it takes."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from sandbox.demo import boards, tenant
from sandbox.demo.expected import events_for
from tests.bench.load import percentile
from tests.bench.result import Result
from tests.stack import Stack

LATENCY_MS = 100
WARM = 12
SINGLES = 100
CREATE = "mutation ($b: ID!, $n: String!, $v: JSON) { create_item(board_id: $b, item_name: $n, column_values: $v) { id } }"


def event_to_item_ratio_sqlite(folder: Path) -> list[Result]:
    """On SQLite with the ORM broker."""
    return _ratio(folder, "event_to_item_ratio_sqlite", services=False)


def event_to_item_ratio_services(folder: Path) -> list[Result]:
    """On PostgreSQL and Redis."""
    return _ratio(folder, "event_to_item_ratio_services", services=True)


def _ratio(folder: Path, name: str, *, services: bool) -> list[Result]:
    """Send events one at a time and compare with the bare script, taking turns.

    The time of an event runs from the webhook's delivery to the item's creation on the board, both by the sandbox's clock.
    """
    with Stack(folder, services=services, account={"calls_per_day": None}) as stack:
        stack.start_web()
        stack.start_worker()
        rows = stack.rows("VendInvoiceJourBiEntities")
        warm, rows = rows[:WARM], rows[WARM : WARM + SINGLES]
        for row in warm:  # one at a time, so that every worker process has its token and its connections
            _one_event(stack, row)
        stack.control("POST", "/latency", {"dynamics": LATENCY_MS, "monday": LATENCY_MS})
        script = _bare_script(stack)
        ours, bare = [], []
        chance = random.Random(1)
        for number, row in enumerate(rows):
            bare.append(script(row, number))
            ours.append(_one_event(stack, row))
            time.sleep(chance.uniform(0.0, 0.3))
    p50 = percentile(ours, 0.5) / percentile(bare, 0.5)
    p99 = percentile(ours, 0.99) / percentile(bare, 0.99)
    where = "PostgreSQL + Redis" if services else "SQLite + ORM broker"
    return [
        Result(
            name,
            p50,
            "ratio",
            f"p50 from delivery to item over a bare script's same two calls, {where}, {SINGLES} events",
        ),
        Result(f"{name}_p99", p99, "ratio", "the same at p99"),
        Result(f"{name}_ms", statistics.median(ours) * 1000, "ms", f"the portal, {LATENCY_MS} ms a call"),
        Result(f"{name}_bare_ms", statistics.median(bare) * 1000, "ms", "the bare script, same run"),
    ]


def _one_event(stack: Stack, row: dict[str, Any]) -> float:
    """Seconds from just before the delivery until its create was answered."""
    stack.control("DELETE", "/calls")
    began = time.time()
    stack.control("POST", "/dynamics/send", {"events": events_for(boards.INVOICE_MAPPING, [row])})
    time.sleep(2.2 * LATENCY_MS / 1000)  # asking earlier would only disturb
    stack.wait_until(lambda: bool(_creates(stack)), seconds=30, what="the create")
    return float(_creates(stack)[-1]["time"]) - began


def _creates(stack: Stack) -> list[dict[str, Any]]:
    calls = stack.control("GET", "/calls?system=monday")
    return [call for call in calls if call["operation"].startswith("create_item") and call["idempotency_key"]]


def _bare_script(stack: Stack) -> Callable[[dict[str, Any], int], float]:
    """The least a script must do: one read, one create, on open connections with a token in hand."""
    dynamics, monday = requests.Session(), requests.Session()
    token = requests.post(
        f"{stack.sandbox['entra']}/{tenant.APPLICATION['directory_tenant']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": tenant.APPLICATION["client_id"],
            "client_secret": tenant.SECRETS["CONTOSO_CLIENT_SECRET"],
            "scope": f"{stack.sandbox['dynamics']}/.default",
        },
        timeout=30,
    ).json()["access_token"]
    dynamics.headers["Authorization"] = f"Bearer {token}"
    monday.headers.update({"Authorization": "monday-token", "API-Version": "2026-10"})

    def script(row: dict[str, Any], number: int) -> float:
        began = time.time()
        found = dynamics.get(
            f"{stack.sandbox['dynamics']}/data/VendInvoiceJourBiEntities",
            params={
                "cross-company": "true",
                "$filter": f"dataAreaId eq '{row['dataAreaId']}' and SourceKey eq {row['SourceKey']}",
            },
            timeout=30,
        ).json()["value"][0]
        values = json.dumps({"record_key": f"bare/{number}", "amount": str(found["InvoiceAmount"])})
        variables = {"b": stack.boards["posted_invoice"], "n": str(found["InvoiceId"]), "v": values}
        answer = monday.post(
            stack.sandbox["monday"], json={"query": CREATE, "variables": variables}, timeout=30
        )
        assert answer.json()["data"]["create_item"]["id"]
        return time.time() - began

    return script


def calls_per_event(folder: Path) -> list[Result]:
    """API calls for each event, in a burst and one at a time."""
    with Stack(folder, services=False, account={"calls_per_day": None}) as stack:
        stack.start_web()
        stack.start_worker()
        rows = stack.rows("VendInvoiceJourBiEntities")
        found = []
        for label, count, pause in (("single", 10, 0.5), ("burst", 200, 0.0)):
            chosen, rows = rows[:count], rows[count:]
            stack.control("DELETE", "/calls")
            before = sum(stack.states().values())
            for row in chosen if pause else [None]:
                batch = [row] if row else chosen
                stack.control("POST", "/dynamics/send", {"events": events_for(boards.INVOICE_MAPPING, batch)})
                time.sleep(pause)
            stack.wait_settled(before + count)
            summary = stack.control("GET", "/calls/summary")
            calls = {
                system: summary.get(system, {}).get("calls", 0) / count for system in ("dynamics", "monday")
            }
            name = "calls_per_event" + ("_burst" if label == "burst" else "")
            found.append(
                Result(name, sum(calls.values()), "calls", f"both systems, {count} new invoices, {label}")
            )
            found += [
                Result(f"{name}_{system}", value, "calls", "the same") for system, value in calls.items()
            ]
    return found
