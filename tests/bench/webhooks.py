"""How quickly deliveries are acknowledged, beside a view that only commits one row."""

from __future__ import annotations

import json
import statistics
import uuid
from pathlib import Path

from tests.bench.load import percentile, post_all
from tests.bench.result import Result
from tests.stack import Stack

ROUNDS = 5
REQUESTS = 400
CONNECTIONS = 8


def webhook_ack_ratio(folder: Path) -> list[Result]:
    """Acknowledgements per second of the webhook over those of the bare view, in turns on the same server."""
    with Stack(folder, services=False, env={"DJANGO_SETTINGS_MODULE": "tests.bench.bare.settings"}) as stack:
        stack.processes.run("manage.py", "migrate", "--run-syncdb", "--verbosity", "0")
        stack.start_web()
        ours, bare = stack.portal + stack.webhook, f"{stack.portal}/bare/"
        post_all(ours, _bodies(100), connections=CONNECTIONS)
        post_all(bare, _bodies(100), connections=CONNECTIONS)
        ratios, our_times, bare_times, our_rates, bare_rates = [], [], [], [], []
        for _ in range(ROUNDS):
            bare_s, times = post_all(bare, _bodies(REQUESTS), connections=CONNECTIONS)
            bare_times += times
            our_s, times = post_all(ours, _bodies(REQUESTS), connections=CONNECTIONS)
            our_times += times
            ratios.append(bare_s / our_s)
            our_rates.append(REQUESTS / our_s)
            bare_rates.append(REQUESTS / bare_s)
        stored = stack.sql("select count(*) from integration_portal_inboundevent")[0][0]
        assert stored == 100 + ROUNDS * REQUESTS, stored
    return [
        Result(
            "webhook_ack_ratio",
            statistics.median(ratios),
            "ratio",
            "webhook acks/s over a bare one-row view's, in turns",
        ),
        Result(
            "webhook_ack_per_s",
            statistics.median(our_rates),
            "1/s",
            f"{CONNECTIONS} connections, SQLite, 1 web process",
        ),
        Result(
            "bare_ack_per_s", statistics.median(bare_rates), "1/s", "the bare view, same server, same run"
        ),
        Result("webhook_ack_p50_ms", percentile(our_times, 0.5) * 1000, "ms", "webhook"),
        Result("webhook_ack_p99_ms", percentile(our_times, 0.99) * 1000, "ms", "webhook"),
        Result("bare_ack_p50_ms", percentile(bare_times, 0.5) * 1000, "ms", "bare view"),
        Result("bare_ack_p99_ms", percentile(bare_times, 0.99) * 1000, "ms", "bare view"),
    ]


def _bodies(count: int) -> list[bytes]:
    return [
        json.dumps(
            {
                "BusinessEventId": "VendorInvoicePostedBusinessEvent",
                "BusinessEventLegalEntity": "usmf",
                "ControlNumber": 5637985412 + number,
                "EventId": str(uuid.uuid4()).upper(),
                "EventTime": "/Date(1772719371000)/",
                "InvoiceAccount": "US-104",
                "InvoiceId": f"INV-{number}",
                "InvoiceAmountInAccountingCurrency": 18250.0,
                "LegalEntity": "usmf",
                "MajorVersion": 0,
                "MinorVersion": 0,
            }
        ).encode()
        for number in range(count)
    ]
