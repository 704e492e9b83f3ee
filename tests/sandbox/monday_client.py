"""A sandbox monday on a real socket, without the other systems, and a receiver for its webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import requests

from sandbox.calls import CallLog
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.monday.app import create_app
from sandbox.monday.world import MondayWorld
from sandbox.serving import make_server

COLUMNS = [
    {"id": "key", "title": "Invoice", "type": "text"},
    {"id": "notes", "title": "Notes", "type": "long_text"},
    {"id": "amount", "title": "Amount", "type": "numbers", "unit": {"symbol": "€", "direction": "left"}},
    {"id": "status", "title": "Status", "type": "status", "labels": ["Draft", "Posted", "Cancelled"]},
    {"id": "tags", "title": "Tags", "type": "dropdown", "labels": ["Urgent", "Disputed"]},
    {"id": "due", "title": "Due", "type": "date"},
    {"id": "period", "title": "Period", "type": "timeline"},
    {"id": "record", "title": "Record", "type": "link"},
    {"id": "mail", "title": "Mail", "type": "email"},
    {"id": "phone", "title": "Phone", "type": "phone"},
    {"id": "owner", "title": "Owner", "type": "people"},
    {"id": "paid", "title": "Paid", "type": "checkbox"},
    {"id": "stars", "title": "Stars", "type": "rating"},
    {"id": "country", "title": "Country", "type": "country"},
    {"id": "number", "title": "Number", "type": "auto_number"},
    {"id": "formula", "title": "Formula", "type": "formula"},
    {"id": "item_id", "title": "Item id", "type": "item_id"},
    {"id": "made", "title": "Made", "type": "creation_log"},
    {"id": "changed", "title": "Changed", "type": "last_updated"},
]
GROUPS = [{"id": "open", "title": "Open"}, {"id": "closed", "title": "Closed"}]
CREATE = """mutation ($board: ID!, $name: String!, $values: JSON, $group: String, $labels: Boolean) {
  create_item(board_id: $board, item_name: $name, column_values: $values, group_id: $group,
              create_labels_if_missing: $labels) { id name }
}"""
CHANGE = """mutation ($board: ID!, $item: ID!, $values: JSON!, $labels: Boolean) {
  change_multiple_column_values(board_id: $board, item_id: $item, column_values: $values,
                                create_labels_if_missing: $labels) { id name }
}"""
CELLS = """query ($item: ID!, $columns: [String!]) { items(ids: [$item]) {
  id name state group { id } column_values(ids: $columns) { id type text value } } }"""


class Monday:
    """One sandbox monday with a board, and short ways to call it."""

    def __init__(self) -> None:
        clock = Clock()
        self.sandbox = SimpleNamespace(seed=1, clock=clock, calls=CallLog(clock), faults=Faults(1))
        self.world = self.sandbox.monday = MondayWorld(self.sandbox)
        self.server = make_server(create_app(self.sandbox), 0)
        self.url = f"{self.server.url}/v2"
        self.session = requests.Session()
        self.board = self.world.create_board("Invoices", COLUMNS, GROUPS)["board_id"]

    def post(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        token: str = "monday-token",
        **headers: str,
    ) -> requests.Response:
        """Send a query; keyword headers are written with underscores."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.post(
            self.url,
            json={"query": query, "variables": variables or {}},
            headers={"Authorization": token, **names},
            timeout=10,
        )

    def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Return the data of a query that has to succeed."""
        body = self.post(query, variables).json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    def error(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Return the one error of a query that has to fail with HTTP 200."""
        answer = self.post(query, variables)
        assert answer.status_code == 200
        (error,) = answer.json()["errors"]
        found: dict[str, Any] = error
        return found

    def create(self, name: str = "Invoice 1", values: Any = None, group: str | None = None) -> str:
        """Make an item on the board and return its id."""
        encoded = None if values is None else json.dumps(values)
        made = self.data(CREATE, board=self.board, name=name, values=encoded, group=group)
        return str(made["create_item"]["id"])

    def change(self, item: str, values: Any, labels: bool = False) -> None:
        """Write columns of an item."""
        self.data(CHANGE, board=self.board, item=item, values=json.dumps(values), labels=labels)

    def cell(self, item: str, column: str) -> dict[str, Any]:
        """Return one cell as id, type, text and value."""
        found = self.data(CELLS, item=item, columns=[column])["items"][0]["column_values"][0]
        cell: dict[str, Any] = found
        return cell

    def last_call(self) -> dict[str, Any]:
        """Return the newest entry of the call log."""
        found: dict[str, Any] = self.sandbox.calls.list(system="monday")[-1]
        return found


@contextmanager
def running() -> Iterator[Monday]:
    """A sandbox monday for the time of a test."""
    monday = Monday()
    try:
        yield monday
    finally:
        monday.session.close()
        monday.world.reset()
        monday.server.stop()


class Receiver:
    """Takes webhook deliveries: echoes challenges, keeps the rest, answers ``status``."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = "200 OK"
        self.echo = True
        self._arrived = threading.Condition()
        self.server = make_server(self._app, 0)
        self.url = f"{self.server.url}/hook"

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        message = json.loads(body)
        if "challenge" in message:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [body if self.echo else b"{}"]
        with self._arrived:
            self.events.append(message["event"])
            self.headers.append({"Authorization": environ.get("HTTP_AUTHORIZATION", "")})
            self._arrived.notify_all()
        start_response(self.status, [("Content-Type", "text/plain")])
        return [b""]

    def wait_for(self, count: int, seconds: float = 5) -> list[dict[str, Any]]:
        """Return the events once there are ``count`` of them."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.events) >= count, seconds), self.events
            return list(self.events)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A webhook receiver for the time of a test."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.server.stop()
