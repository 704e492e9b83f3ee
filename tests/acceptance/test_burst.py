"""Bursts, duplicates, disorder and limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.demo import boards
from sandbox.demo.expected import events_for
from tests.acceptance.board import invoice_events, items, keys, report, send
from tests.stack import Stack


def test_200_events_delivered_twice_at_once_become_200_items(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        stack.start_web()
        stack.start_worker()
        events = invoice_events(stack, 200)
        sent = send(stack, events, duplicates=1.0, shuffle=True, concurrency=16)
        assert (sent["sent"], sent["accepted"]) == (400, 400)
        stack.wait_settled(200)
        assert len(items(stack)) == 200
        assert max(keys(stack).values()) == 1
        assert stack.sql("select count(*) from integration_portal_inboundevent") == [(200,)]
        found = report(stack, events, sent)
        assert (found["lost"], found["duplicated"], found["mismatched_cells"]) == (0, 0, 0), found["examples"]


def test_100_events_for_10_records_out_of_order_end_at_the_last_state(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        stack.start_web()
        stack.start_worker()
        chosen = stack.rows("VendInvoiceJourBiEntities")[:10]
        events = events_for(boards.INVOICE_MAPPING, chosen)
        for amount in range(10):
            for row in chosen:
                stack.control(
                    "POST",
                    "/dynamics/change",
                    {
                        "entity_set": "VendInvoiceJourBiEntities",
                        "key": {"dataAreaId": row["dataAreaId"], "SourceKey": row["SourceKey"]},
                        "values": {"InvoiceAmount": 1000 + amount},
                    },
                )
            sent = send(stack, events, shuffle=True, seed=amount, concurrency=8)
        stack.wait_settled(100)
        assert stack.sql("select count(*) from integration_portal_inboundevent") == [(100,)]
        assert {item["cells"]["amount"]["text"] for item in items(stack)} == {"1009"}
        creates = sum(
            call["mutations"]
            for call in stack.control("GET", "/calls?system=monday")
            if call["operation"].startswith("create_item")
        )
        assert creates <= 10
        found = report(stack, events, sent)
        assert (found["lost"], found["duplicated"], found["mismatched_cells"]) == (0, 0, 0), found["examples"]


@pytest.mark.parametrize("window_s", [6.0])
def test_120_creates_never_exceed_40_mutations_in_any_window(tmp_path: Path, window_s: float) -> None:
    account = {"mutations_per_window": 40, "window_seconds": window_s}
    with Stack(tmp_path, account=account) as stack:
        stack.control("POST", "/monday/limits", {"mutations_per_window": 40, "window_seconds": window_s})
        stack.start_web()
        stack.start_worker()
        events = invoice_events(stack, 120)
        sent = send(stack, events, concurrency=8)
        stack.wait_settled(120, seconds=60)
        calls = [call for call in stack.control("GET", "/calls?system=monday") if call["mutations"]]
        assert sum(call["mutations"] for call in calls) == 120
        assert {call["status"] for call in stack.control("GET", "/calls?system=monday")} == {200}
        for first in calls:
            within = [one for one in calls if 0 <= one["time"] - first["time"] < window_s]
            assert sum(one["mutations"] for one in within) <= 40
        found = report(stack, events, sent)
        assert (found["lost"], found["duplicated"], found["mismatched_cells"]) == (0, 0, 0), found["examples"]
