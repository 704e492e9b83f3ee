"""What the acceptance tests ask of the board and of Dynamics, always over HTTP."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

from sandbox.demo import boards, compare
from sandbox.demo.expected import events_for, expected_items
from tests.stack import Stack


def send(stack: Stack, events: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    """Have Dynamics deliver events."""
    return dict(stack.control("POST", "/dynamics/send", {"events": events, **options}))


def items(stack: Stack, kind: str = "posted_invoice") -> list[dict[str, Any]]:
    """List the active items of a board."""
    state = stack.control("GET", "/state/monday")
    board = next(board for board in state["boards"] if board["id"] == stack.boards[kind])
    return [item for item in board["items"] if item["state"] == "active"]


def keys(stack: Stack, kind: str = "posted_invoice") -> Counter[str]:
    """Count the items of each record key."""
    return Counter(item["cells"]["record_key"]["text"] for item in items(stack, kind))


def report(stack: Stack, events: list[dict[str, Any]], sent: dict[str, Any]) -> dict[str, Any]:
    """Compare both sides for these events."""
    read = functools.cache(stack.rows)
    keys = {f"{event['company']}/{event.get('source_key') or event.get('key')}" for event in events}
    expected = [
        one
        for board in stack.shown
        for mapping in board["mappings"]
        for one in expected_items(board, mapping, stack.boards[mapping["record_kind"]], read, keys)
    ]
    return compare.compare(expected, stack.control("GET", "/state/monday"), sent)


def invoice_events(stack: Stack, count: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Ask for the events of some posted invoices."""
    return events_for(boards.INVOICE_MAPPING, stack.rows("VendInvoiceJourBiEntities")[start : start + count])
