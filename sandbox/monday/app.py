"""monday's HTTP face: POST /v2 (developer.monday.com, "Error handling", "Rate limits", "Idempotency")."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sandbox.faults import FaultRule
from sandbox.monday.accounts import Viewer
from sandbox.monday.call import Call
from sandbox.monday.disturbance import BAD_GATEWAY, HtmlFault, strike
from sandbox.monday.engine import Prepared
from sandbox.monday.errors import CursorExpired, MondayError, Refusal
from sandbox.monday.idempotency import Answer
from sandbox.monday.limits import Demand
from sandbox.monday.versions import CURRENT, served_version
from sandbox.monday.world import MondayWorld
from sandbox.serving import DropConnection

PATH = "/v2"


@dataclass
class Exchange:
    """One HTTP call on its way through the app."""

    environ: dict[str, Any]
    began: float = field(default_factory=time.monotonic)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    operation: str = "?"
    mutations: int = 0
    detail: str = ""
    version: str = CURRENT
    viewer: Viewer | None = None
    is_write: bool = False
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def idempotency_key(self) -> str:
        """Return the Idempotency-Key header, "" without one."""
        return str(self.environ.get("HTTP_IDEMPOTENCY_KEY", ""))


class MondayApp:
    """The WSGI app."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox

    @property
    def _world(self) -> MondayWorld:
        world: MondayWorld = self._sandbox.monday
        return world

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one call and write it into the call log."""
        exchange = Exchange(environ)
        try:
            status, body = self._answer(exchange)
        except DropConnection:
            self._log(exchange, "dropped")
            raise
        content = "text/html" if status == HtmlFault.http_status else "application/json"
        headers = [
            ("Content-Type", f"{content}; charset=utf-8"),
            ("API-Version", exchange.version),
            ("x-request-id", exchange.request_id),
            *self._world.limits.headers(exchange.viewer, is_write=exchange.is_write),
            *exchange.headers,
        ]
        self._log(exchange, status)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def _log(self, exchange: Exchange, status: int | str) -> None:
        self._sandbox.calls.add(
            "monday",
            exchange.operation,
            status,
            idempotency_key=exchange.idempotency_key,
            ms=(time.monotonic() - exchange.began) * 1000,
            detail=exchange.detail,
            mutations=exchange.mutations,
        )

    def _answer(self, exchange: Exchange) -> tuple[int, bytes]:
        try:
            prepared, variables = self._read(exchange)
            exchange.viewer = self._viewer(exchange)
            exchange.version = served_version(exchange.environ.get("HTTP_API_VERSION"))
            return self._run(exchange, exchange.viewer, prepared, variables)
        except Refusal as refusal:
            exchange.detail = exchange.detail or refusal.code or refusal.message
            if refusal.retry_after is not None:
                exchange.headers.append(("Retry-After", str(refusal.retry_after)))
            return refusal.http_status, _bytes(refusal.body(exchange.request_id))
        except HtmlFault:
            return HtmlFault.http_status, BAD_GATEWAY.encode()
        except CursorExpired as error:
            return 200, _bytes(_old_form(error))
        except MondayError as error:
            exchange.detail = exchange.detail or error.code
            wrong = {"message": error.message, "extensions": error.extensions}
            return error.http_status, _bytes(
                {"errors": [wrong], "extensions": {"request_id": exchange.request_id}}
            )

    # Before anything runs

    def _read(self, exchange: Exchange) -> tuple[Prepared, dict[str, Any]]:
        environ = exchange.environ
        exchange.operation = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        if environ["PATH_INFO"].rstrip("/") != PATH:
            raise Refusal(404, "Not found", "NotFound")
        if environ["REQUEST_METHOD"] != "POST":
            raise Refusal(405, "Only POST is answered here", "MethodNotAllowed")
        try:
            body = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        except ValueError:
            raise Refusal(400, "The body is not JSON", "JsonParseException") from None
        query = body.get("query") if isinstance(body, dict) else None
        variables = body.get("variables") if isinstance(body, dict) else None
        name = body.get("operationName") if isinstance(body, dict) else None
        if (
            not isinstance(query, str)
            or not isinstance(variables or {}, dict)
            or not isinstance(name or "", str)
        ):
            raise Refusal(400, "Bad request", "BadRequest")
        prepared = self._world.engine.prepare(query, name or None)
        exchange.operation, exchange.mutations = prepared.summary, prepared.mutations
        exchange.is_write = prepared.is_mutation
        return prepared, variables or {}

    def _viewer(self, exchange: Exchange) -> Viewer:
        viewer = self._world.store.accounts.viewer(exchange.environ.get("HTTP_AUTHORIZATION", ""))
        if viewer is None:
            raise Refusal(401, "Not Authenticated", "Unauthorized", extra={"status_code": 401})
        return viewer

    # Running

    def _run(
        self, exchange: Exchange, viewer: Viewer, prepared: Prepared, variables: dict[str, Any]
    ) -> tuple[int, bytes]:
        key = exchange.idempotency_key if prepared.is_mutation else ""
        if not key:
            answer = self._metered(exchange, viewer, prepared, variables)
        else:
            kept = self._world.idempotency.begin(viewer.token, key)
            if kept is not None:
                return self._replayed(exchange, viewer, kept)
            done: Answer | None = None
            try:
                answer = done = self._metered(exchange, viewer, prepared, variables)
            finally:
                self._world.idempotency.finish(viewer.token, key, done)
        if exchange.detail == "lost_response":
            raise DropConnection
        return answer.status, answer.body

    def _replayed(self, exchange: Exchange, viewer: Viewer, kept: Answer) -> tuple[int, bytes]:
        demand = Demand(complexity=0, is_write=True)
        self._world.limits.enter(viewer, demand)
        try:
            rule = self._sandbox.faults.begin("monday", exchange.operation)
            if rule is not None:
                exchange.detail = rule.kind
                strike(rule)
                if rule.kind == "lost_response":
                    raise DropConnection
        finally:
            self._world.limits.leave(viewer, demand, executed=False)
        exchange.mutations, exchange.detail = 0, "replayed"
        exchange.request_id, exchange.version = kept.request_id, kept.version
        exchange.headers.append(("Idempotency-Replayed", "true"))
        return kept.status, kept.body

    def _metered(
        self, exchange: Exchange, viewer: Viewer, prepared: Prepared, variables: dict[str, Any]
    ) -> Answer:
        limits = self._world.limits
        cost = 1 if prepared.errors else self._world.engine.cost(prepared, variables)
        demand = Demand(
            complexity=cost,
            mutations=prepared.item_writes,
            boards=prepared.board_creations,
            is_write=prepared.is_mutation,
            daily=0.1 if prepared.summary == "complexity" else 1.0,
        )
        limits.enter(viewer, demand)
        executed = False
        try:
            rule: FaultRule | None = self._sandbox.faults.begin("monday", exchange.operation)
            if rule is not None:
                exchange.detail = rule.kind
                strike(rule)
            left, reset = limits.complexity_left(viewer, is_write=prepared.is_mutation)
            blocked = rule is not None and rule.kind == "columns_null"
            call = Call(self._world, viewer, exchange.version, cost, left, reset, blocked)
            executed = not prepared.errors
            return self._executed(exchange, prepared, variables, call)
        finally:
            limits.leave(viewer, demand, executed=executed)

    def _executed(
        self, exchange: Exchange, prepared: Prepared, variables: dict[str, Any], call: Call
    ) -> Answer:
        if prepared.errors:
            body: dict[str, Any] = {"errors": list(prepared.errors)}
            status = 200
        else:
            body, status = self._world.engine.execute(prepared, variables, call)
        errors = body.get("errors") or ()
        codes = [error.get("extensions", {}).get("code", "") for error in errors]
        if errors and not exchange.detail:
            exchange.detail = next((code for code in codes if code), "") or str(errors[0]["message"])[:200]
        if CursorExpired.code in codes:
            return Answer(200, _bytes(_old_form(CursorExpired())), exchange.request_id, exchange.version)
        body["extensions"] = {"request_id": exchange.request_id}
        return Answer(status, _bytes(body), exchange.request_id, exchange.version)


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _old_form(error: MondayError) -> dict[str, Any]:
    # Before 2024-10 every error looked like this; an expired cursor is still reported in it.
    return {"error_code": error.code, "status_code": 200, "error_message": error.message}


def create_app(sandbox: Any) -> MondayApp:
    """Return the WSGI app of the sandbox's monday."""
    return MondayApp(sandbox)
