"""Schedules, vendor links and the life of an invoice, over real HTTP."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo import boards, compare
from sandbox.demo.expected import events_for, expected_items
from tests.stack import Stack

INVOICES = "VendInvoiceJourBiEntities"

# The complexity of a personal token on a paid plan; with less the first load waits for the next minute.
ACCOUNT = {"calls_per_day": None, "complexity_per_minute": 10_000_000}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """The whole demo tenant, with a schedule on every mapping."""
    with Stack(tmp_path, shown=boards.BOARDS, account=ACCOUNT, every_minutes=600) as stack:
        stack.start_web()
        stack.start_worker()
        yield stack


def report(stack: Stack) -> dict[str, Any]:
    """Compare everything on both sides."""
    read = functools.cache(stack.rows)
    wanted = [
        one
        for board in boards.BOARDS
        for mapping in board["mappings"]
        for one in expected_items(board, mapping, stack.boards[mapping["record_kind"]], read)
    ]
    return compare.compare(wanted, stack.control("GET", "/state/monday"))


def agrees(stack: Stack) -> bool:
    found = report(stack)
    return compare.is_clean(found) and not found["extra"]


def rounds_done(stack: Stack) -> int:
    return int(stack.sql("select count(*) from integration_portal_syncrun where state = 'done'")[0][0])


def another_round(stack: Stack) -> None:
    """Let every schedule be due now and wait until its round is over."""
    mappings = sum(len(board["mappings"]) for board in boards.BOARDS)
    before = rounds_done(stack)
    stack.execute("update mappings_boardmapping set next_run_at = null")
    stack.wait_until(
        lambda: rounds_done(stack) >= before + mappings, seconds=90, what="a round of every schedule"
    )
    settled = "select count(*) from integration_portal_inboundevent where state in ('pending', 'running', 'retrying')"
    stack.wait_until(lambda: stack.sql(settled) == [(0,)], seconds=90, what="every event settled")


def by_key(stack: Stack, kind: str) -> dict[str, dict[str, Any]]:
    state = stack.control("GET", "/state/monday")
    board = next(board for board in state["boards"] if board["id"] == stack.boards[kind])
    return {item["cells"]["record_key"]["text"]: item for item in board["items"] if item["state"] == "active"}


def test_the_schedules_bring_everything_and_then_cost_nothing(stack: Stack) -> None:
    stack.wait_until(lambda: agrees(stack), seconds=150, what="both sides agree")

    another_round(stack)
    stack.control("DELETE", "/calls")
    another_round(stack)
    calls = stack.control("GET", "/calls/summary")
    assert calls.get("monday", {}).get("calls", 0) == 0

    changed = stack.rows("VendorsV2")[:10]
    for row in changed:
        ask = {"dataAreaId": row["dataAreaId"], "VendorAccountNumber": row["VendorAccountNumber"]}
        values = {"PrimaryEmailAddress": f"new-{row['VendorAccountNumber'].lower()}@example.com"}
        stack.control("POST", "/dynamics/change", {"entity_set": "VendorsV2", "key": ask, "values": values})
    stack.control("DELETE", "/calls")
    another_round(stack)
    assert agrees(stack)
    assert stack.control("GET", "/calls/summary")["monday"]["mutations"] == 10


def test_a_pending_invoice_that_is_posted_keeps_its_item(stack: Stack) -> None:
    stack.wait_until(lambda: agrees(stack), seconds=150, what="both sides agree")
    before = by_key(stack, "pending_invoice")
    chosen = [row for row in stack.rows("VendorInvoiceHeaders") if row["InvoiceNumber"]][:5]
    posted, deleted = chosen[:4], chosen[4]
    for row in posted:
        ask = {"company": row["dataAreaId"], "header_reference": row["HeaderReference"]}
        stack.control("POST", "/dynamics/post-invoice", ask)
    key = {"dataAreaId": deleted["dataAreaId"], "HeaderReference": deleted["HeaderReference"]}
    stack.control("POST", "/dynamics/delete", {"entity_set": "VendorInvoiceHeaders", "key": key})
    gone = before[f"{deleted['dataAreaId']}/{deleted['HeaderReference']}"]["id"]
    kept = {before[f"{row['dataAreaId']}/{row['HeaderReference']}"]["id"] for row in posted}

    def posted_items() -> set[str]:
        return {
            item["id"] for item in by_key(stack, "posted_invoice").values() if item["group_id"] == "posted"
        }

    stack.wait_until(lambda: kept <= posted_items(), seconds=60, what="the posted ones on their old items")
    another_round(stack)
    another_round(stack)
    items = {item["id"]: item for item in by_key(stack, "posted_invoice").values()}
    assert {items[item_id]["group_id"] for item_id in kept} == {"posted"}
    assert all(len(items[item_id]["updates"]) == 1 for item_id in kept)
    assert items[gone]["group_id"] == "gone"
    assert "no longer in Dynamics" in items[gone]["updates"][0]
    found = report(stack)
    assert (found["lost"], found["duplicated"], found["broken_links"], found["extra"]) == (0, 0, 0, 1), found[
        "examples"
    ]
    assert found["mismatched_cells"] == 0, found["examples"]


def test_fifty_invoices_of_a_new_vendor_bring_it_once(tmp_path: Path) -> None:
    with Stack(tmp_path, shown=boards.BOARDS, account=ACCOUNT) as stack:
        stack.start_web()
        stack.start_worker()
        rows = stack.rows(INVOICES)[:50]
        vendor = rows[0]["InvoiceAccount"]
        company = rows[0]["dataAreaId"]
        mine = [row for row in rows if row["dataAreaId"] == company]
        for row in mine:
            key = {"dataAreaId": company, "SourceKey": row["SourceKey"]}
            values = {"InvoiceAccount": vendor}
            stack.control("POST", "/dynamics/change", {"entity_set": INVOICES, "key": key, "values": values})
        events = events_for(boards.INVOICE_MAPPING, mine)
        stack.control("POST", "/dynamics/send", {"events": events, "concurrency": 16})
        stack.wait_settled(len(mine), seconds=60)
        assert list(by_key(stack, "vendor")) == [f"{company}/{vendor}"]
        [item] = by_key(stack, "vendor").values()
        linked = [
            one["cells"]["vendor_item"]["linked_item_ids"] for one in by_key(stack, "posted_invoice").values()
        ]
        assert linked == [[item["id"]]] * len(mine)
