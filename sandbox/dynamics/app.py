"""The HTTP face of the imitated Finance & Operations environment: /data and /metadata."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from sandbox.dynamics import errors, metadata, query, writes
from sandbox.dynamics.errors import NotFound, ODataError
from sandbox.dynamics.keys import Target, read_key, read_path, write_key
from sandbox.dynamics.model import NAMESPACE, EntitySet, Field, entity_sets
from sandbox.dynamics.query import Query
from sandbox.dynamics.store import Row
from sandbox.serving import DropConnection, WsgiApp

if TYPE_CHECKING:
    from sandbox.core import Sandbox

MAX_URL = 2_048
_JSON = "application/json; odata.metadata=minimal; odata.streaming=true"
_ACTIONS = {"GetApplicationVersion", "GetPlatformBuildVersion", "GetApplicationBuildVersion"}


def create_app(sandbox: Sandbox) -> WsgiApp:
    """Return the WSGI app of the Dynamics listener."""
    service = _Service(sandbox)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ, populate_request=False)
        return service.answer(request)(environ, start_response)

    return app


class _Service:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def _world(self) -> Any:
        return self._sandbox.dynamics

    def answer(self, request: Request) -> Response:
        """Answer one call: faults first, then the call itself, then the call log."""
        operation, detail = _operation(request), request.query_string.decode()[:400]
        begun = time.perf_counter()
        try:
            rule = self._sandbox.faults.begin("dynamics", operation)
            response = None
            if rule is not None and rule.kind != "lost_response":
                response = errors.fault(rule.kind, rule.retry_after)
            if response is None:
                response = self._respond(request)
            if rule is not None and rule.kind == "lost_response":
                detail = f"answered {response.status_code} to nobody; {detail}"
                raise DropConnection
        except DropConnection:
            self._log(operation, "dropped", begun, detail)
            raise
        self._log(operation, response.status_code, begun, detail)
        return response

    def _log(self, operation: str, status: int | str, begun: float, detail: str) -> None:
        ms = (time.perf_counter() - begun) * 1000
        self._sandbox.calls.add("dynamics", operation, status, ms=ms, detail=detail)

    def _respond(self, request: Request) -> Response:
        try:
            response = self._route(request)
        except ODataError as error:
            response = error.response()
        response.headers["OData-Version"] = "4.0"
        response.headers["ms-dyn-aid"] = str(uuid.uuid4())
        # The real one pins clients to a server this way; well-behaved clients throw the cookie away.
        response.headers["Set-Cookie"] = "ARRAffinity=0123456789abcdef; path=/; secure; HttpOnly"
        return response

    def _route(self, request: Request) -> Response:
        if len(request.host_url.rstrip("/") + request.environ["REQUEST_URI"]) > MAX_URL:
            return errors.html(414, "Request URL Too Long")
        if not self._authenticated(request):
            return errors.unauthorized()
        root = request.host_url.rstrip("/")
        if request.path.startswith("/metadata/"):
            return _json(metadata.answer(request.path.removeprefix("/metadata/"), f"{root}/metadata"))
        if request.path in ("/data", "/data/"):
            rows = [{"name": name, "kind": "EntitySet", "url": name} for name in entity_sets()]
            return _json({"@odata.context": f"{root}/data/$metadata", "value": rows})
        if not request.path.startswith("/data/"):
            raise NotFound(f"No HTTP resource was found that matches the request URI '{request.path}'.")
        target = read_path(request.path.removeprefix("/data/"))
        if target.rest.startswith(f"/{NAMESPACE}."):
            return self._action(request, target, root)
        entity_set = entity_sets().get(target.entity_set)
        if entity_set is None:
            raise NotFound(f"No HTTP resource was found that matches the request URI '{request.path}'.")
        if entity_set.name in self._world.settings.denied_sets:
            raise ODataError(403, f"Access denied: the user has no privilege for '{entity_set.label}'.")
        with self._world.lock:
            return self._entity_set(request, entity_set, target, root)

    def _authenticated(self, request: Request) -> bool:
        """Check the bearer token as the service does: issued for this host, not expired, app registered."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        client_id = self._sandbox.entra.client_of(token.strip(), request.host)
        if client_id is None:
            return False
        with self._world.lock:
            return bool(self._world.table("SysAADClients").find(AADClientId=client_id))

    def _entity_set(self, request: Request, entity_set: EntitySet, target: Target, root: str) -> Response:
        asked = query.read_query(entity_set, request.query_string.decode())
        if target.key is not None:
            if target.rest:
                raise NotFound(f"No HTTP resource was found that matches '{target.rest}'.")
            return self._one(request, entity_set, target.key, asked, root)
        if request.method == "GET":
            if target.rest == "/$count":
                return Response(str(self._run(entity_set, asked).count), content_type="text/plain")
            if target.rest:
                raise NotFound(f"No HTTP resource was found that matches '{target.rest}'.")
            return self._list(entity_set, asked, root)
        if request.method == "POST" and not target.rest:
            row = writes.create(self._world, entity_set, _body(request))
            answer = self._row(entity_set, row, asked, root)
            answer.status_code = 201
            key = write_key(entity_set, self._world.table(entity_set.name).key_of(row))
            answer.headers["Location"] = f"{root}/data/{entity_set.name}({quote(key, safe=chr(39) + '=,:')})"
            return answer
        raise ODataError(405, f"The requested resource does not support http method '{request.method}'.")

    def _one(
        self, request: Request, entity_set: EntitySet, key_text: str, asked: Query, root: str
    ) -> Response:
        key = read_key(entity_set, key_text)
        row = self._world.table(entity_set.name).get(key)
        companies = self._world.visible_companies(asked.cross_company)
        if row is None or (entity_set.by_company and key["dataAreaId"].casefold() not in companies):
            raise NotFound(f"No resource was found for the key ({key_text}) of '{entity_set.name}'.")
        if_match = request.headers.get("If-Match", "")
        if request.method == "GET":
            return self._row(entity_set, row, asked, root)
        if request.method == "PATCH":
            writes.update(self._world, entity_set, row, _body(request), if_match)
            return _nothing()
        if request.method == "DELETE":
            writes.delete(self._world, entity_set, row, if_match)
            return _nothing()
        raise ODataError(405, f"The requested resource does not support http method '{request.method}'.")

    def _run(self, entity_set: EntitySet, asked: Query) -> query.Page:
        world = self._world
        companies = world.visible_companies(asked.cross_company)
        return query.run(
            world.table(entity_set.name), asked, companies, world.settings.page_size, world.cache
        )

    def _list(self, entity_set: EntitySet, asked: Query, root: str) -> Response:
        page = self._run(entity_set, asked)
        names = ",".join(asked.select)
        context = f"{root}/data/$metadata#{entity_set.name}" + (f"({names})" if names else "")
        body: dict[str, Any] = {"@odata.context": context}
        if asked.count:
            body["@odata.count"] = page.count
        fields = _fields(entity_set, asked)
        body["value"] = [_shape(row, fields) for row in page.rows]
        if page.more:
            base = f"{root}/data/{entity_set.name}"
            body["@odata.nextLink"] = query.next_link(base, asked, self._world.settings.page_size)
        return _json(body)

    def _row(self, entity_set: EntitySet, row: Row, asked: Query, root: str) -> Response:
        context = f"{root}/data/$metadata#{entity_set.name}/$entity"
        answer = _json({"@odata.context": context, **_shape(row, _fields(entity_set, asked))})
        answer.headers["ETag"] = row.etag
        return answer

    def _action(self, request: Request, target: Target, root: str) -> Response:
        name = target.rest.removeprefix(f"/{NAMESPACE}.")
        if target.entity_set != "DataManagementEntities" or name not in _ACTIONS:
            raise NotFound(f"No HTTP resource was found that matches the request URI '{request.path}'.")
        if request.method != "POST":
            raise ODataError(405, "Actions are called with POST.")
        version = self._world.settings.version
        return _json({"@odata.context": f"{root}/data/$metadata#Edm.String", "value": version})


def _operation(request: Request) -> str:
    """Name a call for fault rules and the call log: "GET VendorsV2", "PATCH VendorsV2(key)", "… $skip"."""
    path = request.path.removeprefix("/data/") if request.path.startswith("/data/") else request.path
    name, bracket, rest = path.partition("(")
    if bracket and not path.startswith("/"):
        name += "(key)" + (rest[rest.rfind(")") + 1 :] if not rest.endswith(")") else "")
    later = "%24skip=" in request.query_string.decode() or "$skip=" in request.query_string.decode()
    return f"{request.method} {name.replace(f'/{NAMESPACE}.', '/')}{' $skip' if later else ''}"


def _fields(entity_set: EntitySet, asked: Query) -> tuple[Field, ...]:
    return tuple(entity_set.by_name[name] for name in asked.select) or entity_set.fields


def _shape(row: Row, fields: tuple[Field, ...]) -> dict[str, Any]:
    values = row.values
    shaped = {"@odata.etag": row.etag}
    for field in fields:
        shaped[field.name] = values[field.index]
    return shaped


def _body(request: Request) -> Any:
    if request.mimetype != "application/json":
        raise ODataError(
            415, f"The content type '{request.mimetype}' is not supported; send application/json."
        )
    try:
        return json.loads(request.get_data())
    except ValueError as error:
        raise ODataError(400, f"The request body is not valid JSON: {error}") from error


def _nothing() -> Response:
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


def _json(body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), content_type=_JSON)
