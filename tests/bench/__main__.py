"""`python -m tests.bench [--json] [--only NAME]`: measure, and print a table for people or one object a line for tools."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.latency import calls_per_event, event_to_item_ratio_services, event_to_item_ratio_sqlite
from tests.bench.polling import poll_memory_growth_mb, poll_unchanged_monday_calls
from tests.bench.result import Result
from tests.bench.webhooks import webhook_ack_ratio

BENCHES: dict[str, Callable[[Path], list[Result]]] = {
    bench.__name__: bench
    for bench in (
        webhook_ack_ratio,
        event_to_item_ratio_sqlite,
        event_to_item_ratio_services,
        calls_per_event,
        poll_unchanged_monday_calls,
        poll_memory_growth_mb,
    )
}


def main() -> int:
    """Run all, or one."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments.add_argument("--only", choices=sorted(BENCHES), help="run this one")
    options = arguments.parse_args()
    for name, bench in BENCHES.items():
        if options.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                for result in bench(Path(folder)):
                    show(result, as_json=options.json)
    return 0


def show(result: Result, *, as_json: bool) -> None:
    """Print one figure."""
    value = round(result.value, 3)
    if as_json:
        print(json.dumps(dataclasses.asdict(result) | {"value": value}), flush=True)
    else:
        print(f"{result.name:<34} {value:>10g} {result.unit:<8} {result.method}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
