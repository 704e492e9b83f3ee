"""The whole sandbox on real sockets, a client with a token for its Dynamics, and a receiver for its events."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from sandbox.__main__ import start
from sandbox.core import Sandbox
from sandbox.entra import CLIENT_ID, CLIENT_SECRET, TENANT

Answer = requests.Response


class Client:
    """Talks to a running sandbox as the portal and as a tester do."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.token = self.new_token()

    def ask_token(self, tenant: str = TENANT, **changes: str) -> Answer:
        """Ask Entra for a token; ``changes`` replace or (as "") remove form fields."""
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scope": f"{self.sandbox.urls['dynamics']}/.default",
            **changes,
        }
        url = f"{self.sandbox.urls['entra']}/{tenant}/oauth2/v2.0/token"
        return self.session.post(url, data={name: value for name, value in form.items() if value})

    def new_token(self) -> str:
        """Return a fresh access token."""
        return str(self.ask_token().json()["access_token"])

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Call the Dynamics listener with the token; the path starts behind /data/ unless it begins with "/"."""
        url = self.sandbox.urls["dynamics"] + (path if path.startswith("/") else f"/data/{path}")
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.session.request(method, url, json=body, headers=headers, allow_redirects=False, **options)

    def get(self, path: str, **options: Any) -> Answer:
        """GET from Dynamics; ``options`` are the query without the dollar signs, cross_company a bool."""
        params = {("$" + name): str(value) for name, value in options.items() if name != "cross_company"}
        if options.get("cross_company", True):
            params["cross-company"] = "true"
        return self.call("GET", path, params=params)

    def rows(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """GET a list and return its rows."""
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["value"]
        return rows

    def control(self, path: str, body: Any = None, method: str = "POST") -> Answer:
        """Call the control API."""
        return self.session.request(method, self.sandbox.urls["control"] + path, json=body)

    def state(self, entity_set: str) -> list[dict[str, Any]]:
        """Return the raw rows of an entity set."""
        rows: list[dict[str, Any]] = self.control(
            f"/state/dynamics?entity_set={entity_set}", method="GET"
        ).json()
        return rows

    def message(self, answer: Answer) -> str:
        """Return what an OData error says."""
        return str(answer.json()["error"]["innererror"]["message"])


@contextmanager
def running(**options: Any) -> Iterator[Client]:
    """Start a sandbox on free ports."""
    sandbox = Sandbox(**options)
    servers = start(sandbox, 0)
    client = Client(sandbox)
    try:
        yield client
    finally:
        client.session.close()
        for server in servers:
            server.stop()


class Receiver:
    """An endpoint for business events: keeps what comes, answers as told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []  # answers of the next calls; 200 afterwards
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_OPTIONS(self) -> None:
                self._reply(200, b"", {"WebHook-Allowed-Origin": self.headers["WebHook-Request-Origin"]})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers), body))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                echo = b""
                if self.headers.get("aeg-event-type") == "SubscriptionValidation":
                    code = json.loads(body)[0]["data"]["validationCode"]
                    echo = json.dumps({"validationResponse": code}).encode()
                self._reply(status, echo, {})

            def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/dynamics/secret/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def bodies(self) -> list[Any]:
        """Return what came, parsed."""
        return [json.loads(body) for _, body in self.received]

    def stop(self) -> None:
        """Close the endpoint."""
        self._server.shutdown()
        self._server.server_close()
