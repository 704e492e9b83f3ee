"""`python -m sandbox.demo [--check]`: set up, send events, show what happened, stay or compare and end."""

from __future__ import annotations

import argparse
import base64
import functools
import json
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.demo import boards, compare, tenant
from sandbox.demo.expected import Expected, events_for, expected_items
from sandbox.demo.processes import ROOT, Processes, call, memory_mb, wait_for

ORDERS_SENT, INVOICES_SENT = 100, 150
DUPLICATES = 0.25
FAULT_RATE = 0.05
FAULT_KINDS = ("429", "500", "502_html", "lost_response")
PATIENCE_S = 240.0
QUIET_S = 3.0


def main() -> int:
    """Run the demo; 0 when nothing was lost, doubled or wrong."""
    arguments = argparse.ArgumentParser(prog="make demo", description=__doc__)
    arguments.add_argument(
        "--check", action="store_true", help="compare both sides and end; the last line is JSON"
    )
    arguments.add_argument("--port", type=int, default=8000, help="the portal's port (0: any free one)")
    options = arguments.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    demo = Demo(port=options.port if not options.check else 0)
    try:
        demo.set_up()
        report = demo.send_and_compare(stop)
        if options.check:
            say("")
            print(json.dumps(report), flush=True)
        else:
            demo.stay(stop)
    except RuntimeError as problem:
        say(f"\n{problem}\nThe logs are in {demo.folder}.")
        return 1
    finally:
        demo.processes.stop()
    return 0 if compare.is_clean(report) and compare.is_clean(report["schedule"]) else 1


def say(text: str) -> None:
    """Tell the person at the terminal; standard output is kept for the report."""
    print(text, file=sys.stderr, flush=True)


class Demo:
    """One demo, in a folder of its own under var/.

    Args:
        port: of the portal; 0 for any free one.
    """

    def __init__(self, *, port: int) -> None:
        self.folder = ROOT / "var" / f"demo-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        self.folder.mkdir(parents=True)
        self.port = port or free_port()
        self.portal = f"http://127.0.0.1:{self.port}"
        self.processes = Processes(self.folder, {})
        self.sandbox: dict[str, Any] = {}
        self.figures: dict[str, Any] = {}
        self.boards: dict[str, str] = {}
        self.mappings: list[dict[str, Any]] = []

    # --- Set up ---------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Start the sandbox and the portal, and connect the two."""
        write_keys(ROOT / ".env")
        say("Starting the sandbox: Entra, Dynamics 365 F&O and monday on this machine ...")
        started = self.processes.start("sandbox", "-m", "sandbox", "--port", "0", capture=True)
        assert started.stdout is not None
        self.sandbox = json.loads(started.stdout.readline() or b"{}")
        if not self.sandbox:
            raise RuntimeError("The sandbox did not start.")
        self.processes.env |= {
            "DEBUG": "true",
            "DATABASE_URL": f"sqlite:///{self.folder / 'portal.sqlite3'}",
            "REDIS_URL": "",
            "PORTAL_URL": self.portal,
            "MONDAY_API_URL": self.sandbox["monday"],
            "ENTRA_URL": self.sandbox["entra"],
            "ALLOW_LOOPBACK_HTTP": "true",
            "RETRY_BASE_S": "1",
        }
        say("Preparing the portal's database and a demo tenant ...")
        self.processes.run("manage.py", "migrate", "--verbosity", "0")
        webhook = self._seed()
        tenant.make_login(self.processes)
        self._start_portal(webhook)

    def _seed(self) -> str:
        currencies = sorted({row["CurrencyCode"] for row in self._rows("Currencies")})

        def create(request: dict[str, Any]) -> str:
            return str(call("POST", self._control("/monday/boards"), request)["board_id"])

        self.boards, self.mappings = boards.make_all(boards.BOARDS, create, currencies)
        return self._load_tenant()

    def _load_tenant(self, **schedule: Any) -> str:
        """Write the tenant file, load it, and give the webhook's path."""
        # A higher cap than the default 40 a minute, so that the demo takes a minute or two and not half an hour; the complexity
        # is that of a personal token on a paid plan.
        account = {"mutations_per_window": 1200, "calls_per_day": 10_000, "complexity_per_minute": 10_000_000}
        file = self.folder / "contoso.yaml"
        mappings = [mapping | schedule for mapping in self.mappings]
        tenant.write(file, dynamics=self.sandbox["dynamics"], mappings=mappings, account=account)
        return tenant.load(self.processes, file)

    def _start_portal(self, webhook: str) -> None:
        say("Starting the portal's web server and worker ...")
        began = time.monotonic()
        self.processes.start(
            "web",
            *("-m", "gunicorn", "integration_portal.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", "1", "--threads", "8", "--no-control-socket", "--log-level", "warning"),
        )
        self.processes.start("worker", "manage.py", "worker")
        wait_for(f"{self.portal}/healthz", seconds=60)
        # Registering sends the endpoint's test event, so this returns after the first webhook was answered 200.
        call("POST", self._control("/dynamics/endpoints"), {"url": self.portal + webhook, "envelope": "flat"})
        self.figures["start_to_first_200_s"] = round(time.monotonic() - began, 2)
        wait_for(f"{self.portal}/readyz", seconds=60)
        time.sleep(1.0)
        idle, method = memory_mb(self.processes.tree("web", "worker"))
        self.figures |= {"idle_rss_mb": round(idle, 1), "idle_rss_method": method}

    def _control(self, path: str) -> str:
        return str(self.sandbox["control"]).rstrip("/") + path

    # --- Send and compare -----------------------------------------------------------------------------------

    def send_and_compare(self, stop: threading.Event) -> dict[str, Any]:
        """Send events with faults on, then let the schedules bring everything else; compare both sides over HTTP each time."""
        orders, invoices = boards.ORDER_MAPPING, boards.INVOICE_MAPPING
        events = [
            *events_for(orders, self._confirmed_orders()[:ORDERS_SENT]),
            *events_for(invoices, self._rows(invoices["entity_set"])[:INVOICES_SENT]),
        ]
        say(
            f"Dynamics sends {len(events)} business events, {DUPLICATES:.0%} of them twice, in random order, while "
            f"{FAULT_RATE:.0%} of all calls fail (429, 500, a gateway's HTML page, an answer lost after the work was done) ..."
        )
        call("DELETE", self._control("/calls"))
        for system in ("dynamics", "monday"):
            rules = [{"kind": kind, "rate": FAULT_RATE / len(FAULT_KINDS)} for kind in FAULT_KINDS]
            call("POST", self._control("/faults"), {"system": system, "rules": rules})
        ask = {"events": events, "duplicates": DUPLICATES, "shuffle": True, "seed": 1, "concurrency": 4}
        sent = call("POST", self._control("/dynamics/send"), ask)
        keys = {f"{event['company']}/{event.get('source_key') or event.get('key')}" for event in events}
        report = self._wait(
            lambda: self._expected({"Purchase orders": keys, "Posted invoices": keys}), sent, stop
        )
        report |= self._calls() | {
            key: value for key, value in self.figures.items() if key.startswith(("idle", "start"))
        }
        show(report)
        say(
            "\nNow every mapping gets a schedule. Its first round brings what no event spoke of: all vendors, orders, "
            "pending and posted invoices, the ledger and the reference data ..."
        )
        call("DELETE", self._control("/calls"))
        self._load_tenant(every_minutes=60)
        report["schedule"] = self._wait(self._expected, None, stop) | self._calls()
        call("DELETE", self._control("/faults"))
        show_schedule(report["schedule"])
        return report

    def _rows(self, entity_set: str) -> list[dict[str, Any]]:
        return list(call("GET", self._control(f"/state/dynamics?entity_set={entity_set}")))

    def _confirmed_orders(self) -> list[dict[str, Any]]:
        confirmed = {
            (row["dataAreaId"], row["PurchaseOrderNumber"])
            for row in self._rows("PurchaseOrderConfirmationHeaders")
        }
        return [
            row
            for row in self._rows(boards.ORDER_MAPPING["entity_set"])
            if (row["dataAreaId"], row["PurchaseOrderNumber"]) in confirmed
        ]

    def _expected(self, only: dict[str, set[str]] | None = None) -> list[Expected]:
        """Say what the boards should hold.

        Args:
            only: mapping name -> keys that count; None: everything.
        """
        read = functools.cache(self._rows)
        found: list[Expected] = []
        for board in boards.BOARDS:
            for mapping in board["mappings"]:
                if only is None or mapping["name"] in only:
                    keys = only[mapping["name"]] if only else None
                    found += expected_items(board, mapping, self.boards[mapping["name"]], read, keys)
        return found

    def _wait(
        self, expected: Callable[[], list[Expected]], sent: dict[str, Any] | None, stop: threading.Event
    ) -> dict[str, Any]:
        """Compare until both sides agree and stay so for a moment, or patience ends."""
        began, clean_since, wanted = time.monotonic(), None, expected()
        while True:
            report = compare.compare(wanted, call("GET", self._control("/state/monday")), sent)
            clean_since = (clean_since or time.monotonic()) if compare.is_clean(report) else None
            say(f"  {report['items_found']} of {report['items_expected']} items")
            quiet = clean_since is not None and time.monotonic() - clean_since >= QUIET_S
            if quiet or time.monotonic() - began > PATIENCE_S or stop.wait(1.0):
                return report
            if self.processes.dead():
                raise RuntimeError(f"{', '.join(self.processes.dead())} ended by itself.")

    def _calls(self) -> dict[str, int]:
        summary = call("GET", self._control("/calls/summary"))
        return {
            f"{name}_calls": int(summary.get(name, {}).get("calls", 0)) for name in ("dynamics", "monday")
        }

    # --- Stay -----------------------------------------------------------------------------------------------

    def stay(self, stop: threading.Event) -> None:
        """Print where to look, and stay until Ctrl-C."""
        say(
            f"\nThe portal's admin:   {self.portal}/admin/   (user {tenant.LOGIN['name']}, password {tenant.LOGIN['password']})\n"
            f"Boards and Dynamics:  {self.sandbox['control']}\n"
            f"Logs:                 {self.folder}\n\nCtrl-C ends it all."
        )
        while not stop.wait(1.0):
            if self.processes.dead():
                raise RuntimeError(f"{', '.join(self.processes.dead())} ended by itself.")
        say("Stopping ...")


def show(report: dict[str, Any]) -> None:
    """Tell a person what came of it."""
    say(
        f"\n{report['events_sent']} deliveries of {report['events_distinct']} events became {report['items_found']} items "
        f"({report['lost']} lost, {report['duplicated']} double, {report['mismatched_cells']} wrong cells), with "
        f"{report['dynamics_calls']} calls to Dynamics and {report['monday_calls']} to monday."
    )
    times = report["event_to_item_ms"]
    say(
        f"From event to item: {times['p50']:.0f} ms in the middle, {times['p99']:.0f} ms at the 99th percentile."
    )


def show_schedule(report: dict[str, Any]) -> None:
    """Tell a person what the schedules brought."""
    say(
        f"\n{report['items_found']} of {report['items_expected']} records stand on five boards: {report['lost']} missing, "
        f"{report['extra']} extra, {report['mismatched_cells']} wrong cells, {report['broken_links']} broken vendor links."
    )


def write_keys(path: Path) -> None:
    """Make the two keys, once, in a file that only its owner can read and that git ignores."""
    if path.exists():
        return
    path.touch(mode=0o600)
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    path.write_text(
        "# Made by `make demo`. In production these come from the environment.\n"
        f"SECRET_KEY={secrets.token_urlsafe(50)}\nFIELD_ENCRYPTION_KEY={key}\n",
        encoding="utf-8",
    )


def free_port() -> int:
    """Find a port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
