"""The whole product as processes: sandbox, web server, worker, on SQLite or on the services of the environment."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from sandbox.demo import boards, tenant
from sandbox.demo.__main__ import free_port
from sandbox.demo.processes import Processes, call, wait_for

KEYS = {
    "SECRET_KEY": "tests-only-" + "x" * 50,
    "FIELD_ENCRYPTION_KEY": "dGVzdHMtb25seS1rZXktMzItYnl0ZXMtbG9uZy4uLi4=",
}

# Where the services stand when the environment does not say.
POSTGRES = "postgres://postgres@127.0.0.1:5432/test"
REDIS = "redis://127.0.0.1:6379/1"


def on_postgres() -> bool:
    """Say whether the environment asks for the services."""
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


class Stack:
    """One installation of the portal beside one sandbox.

    Args:
        folder: for the database file and the logs.
        services: use the PostgreSQL and Redis of DATABASE_URL and REDIS_URL; None: when the first is set.
        env: settings on top.
        account: fields of the monday account on top.
        shown: the boards; the plain ones show posted invoices and orders without anything that takes further calls.
        scale: how many times 300 posted invoices the sandbox has.
        schedule: further keys of every mapping in the tenant file.
    """

    def __init__(
        self,
        folder: Path,
        *,
        services: bool | None = None,
        env: dict[str, str] | None = None,
        account: dict[str, Any] | None = None,
        latency_ms: int = 0,
        web_threads: int = 8,
        shown: Sequence[boards.Board] = boards.PLAIN_BOARDS,
        scale: int = 1,
        **schedule: Any,
    ) -> None:
        self.folder = folder
        self.services = on_postgres() if services is None else services
        self.server = os.environ["DATABASE_URL"] if on_postgres() else POSTGRES
        self.name = f"stack_{secrets.token_hex(4)}"
        self.port = free_port()
        self.portal = f"http://127.0.0.1:{self.port}"
        self.account = {"mutations_per_window": None} | (account or {})
        self.latency_ms = latency_ms
        self.web_threads = web_threads
        self.shown = shown
        self.scale = scale
        self.schedule = schedule
        self.boards: dict[str, str] = {}
        self.webhook = ""
        self.sandbox: dict[str, Any] = {}
        self.processes = Processes(folder, KEYS | self._database() | (env or {}))

    def _database(self) -> dict[str, str]:
        common = {
            "DEBUG": "false",
            "PORTAL_URL": self.portal,
            "ALLOW_LOOPBACK_HTTP": "true",
            "RETRY_BASE_S": "0.5",
            "DJANGO_SETTINGS_MODULE": "tests.process_settings",
            "INSTALLATION": self.name,
        }
        if not self.services:
            self.database = f"sqlite:///{self.folder / 'portal.sqlite3'}"
            return common | {"DATABASE_URL": self.database, "REDIS_URL": ""}
        server, _, _ = self.server.rpartition("/")
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"create database {self.name}")
        self.database = f"{server}/{self.name}"
        return common | {"DATABASE_URL": self.database, "REDIS_URL": os.environ.get("REDIS_URL", REDIS)}

    # --- Up and down ----------------------------------------------------------------------------------------

    def __enter__(self) -> Stack:
        try:
            self.start_sandbox()
            self.processes.run("manage.py", "migrate", "--verbosity", "0")
            self.seed()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.stop()
        if self.services:
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(f"drop database if exists {self.name} with (force)")

    def start_sandbox(self) -> None:
        """Start it and point the portal's settings at it."""
        started = self.processes.start(
            "sandbox",
            "-m",
            "sandbox",
            "--port",
            "0",
            "--latency-ms",
            str(self.latency_ms),
            "--scale",
            str(self.scale),
            capture=True,
        )
        assert started.stdout is not None
        self.sandbox = json.loads(started.stdout.readline())
        self.processes.env |= {"MONDAY_API_URL": self.sandbox["monday"], "ENTRA_URL": self.sandbox["entra"]}

    def seed(self) -> None:
        """Make the two boards and a tenant that maps them."""
        currencies = sorted({row["CurrencyCode"] for row in self.rows("Currencies")})

        def create(request: dict[str, Any]) -> str:
            return str(self.control("POST", "/monday/boards", request)["board_id"])

        ids, mappings = boards.make_all(self.shown, create, currencies, **self.schedule)
        self.boards = {one["record_kind"]: ids[one["name"]] for one in mappings}
        file = self.folder / "contoso.yaml"
        tenant.write(
            file,
            dynamics=self.sandbox["dynamics"],
            mappings=mappings,
            account=self.account,
            reference_hours=24 if self.shown is boards.BOARDS else 0,  # the plain ones count calls
        )
        self.webhook = tenant.load(self.processes, file)

    def start_web(self) -> None:
        """Start the web server and register its webhook with Dynamics."""
        self.processes.start(
            "web",
            *("-m", "gunicorn", "integration_portal.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *(
                "--workers",
                "1",
                "--threads",
                str(self.web_threads),
                "--no-control-socket",
                "--log-level",
                "warning",
            ),
        )
        wait_for(f"{self.portal}/healthz", seconds=60)
        self.control("POST", "/dynamics/endpoints", {"url": self.portal + self.webhook, "envelope": "flat"})

    def start_worker(self, name: str = "worker") -> None:
        """Start a worker and wait for its first sign of life."""
        self.processes.start(name, "manage.py", "worker")
        wait_for(f"{self.portal}/readyz", seconds=60)

    # --- What tests ask -------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the sandbox's control API."""
        return call(method, self.sandbox["control"].rstrip("/") + path, body)

    def rows(self, entity_set: str) -> list[dict[str, Any]]:
        """Read an entity set as Dynamics has it."""
        return list(self.control("GET", f"/state/dynamics?entity_set={entity_set}"))

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Read the portal's database from outside."""
        if self.services:
            with psycopg.connect(self.database) as connection:
                return connection.execute(query).fetchall()  # type: ignore[call-overload]
        with sqlite3.connect(self.folder / "portal.sqlite3", timeout=20) as connection_:
            return connection_.execute(query).fetchall()

    def execute(self, statement: str) -> None:
        """Change the portal's database from outside."""
        if self.services:
            with psycopg.connect(self.database) as connection:
                connection.execute(statement)  # type: ignore[call-overload]
            return
        with sqlite3.connect(self.folder / "portal.sqlite3", timeout=20) as connection_:
            connection_.execute(statement)

    def states(self) -> dict[str, int]:
        """Count the events by state."""
        return dict(self.sql("select state, count(*) from integration_portal_inboundevent group by state"))

    def wait_until(self, holds: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Wait until something holds.

        Returns:
            Seconds it took.

        Raises:
            AssertionError: it did not in time.
        """
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < seconds, f"{what}: not in {seconds} s; events {self.states()}"
            time.sleep(0.1)
        return time.monotonic() - began

    def wait_settled(self, count: int, *, seconds: float = 90.0) -> float:
        """Wait until so many events came in and all have an end."""

        def settled() -> bool:
            states = self.states()
            return sum(states.values()) >= count and not {"pending", "running", "retrying"} & set(states)

        return self.wait_until(settled, seconds=seconds, what=f"{count} events settled")
