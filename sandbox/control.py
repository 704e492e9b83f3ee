"""The control API: look into the sandbox and steer it. JSON in, JSON out; a refusal is {"error": sentence}."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from sandbox import page
from sandbox.dynamics import hand, posting
from sandbox.dynamics.errors import ODataError
from sandbox.dynamics.outbox import EndpointRefused
from sandbox.serving import WsgiApp

if TYPE_CHECKING:
    from sandbox.core import Sandbox

Handler = Callable[["Sandbox", Request], Any]


def create_app(sandbox: Sandbox) -> WsgiApp:
    """Return the control listener's WSGI app; paths it does not know go to the page."""
    shown = page.create_app(sandbox)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ, populate_request=False)
        handler = _ROUTES.get((request.method, request.path))
        if handler is None and request.method == "POST" and request.path.startswith("/monday/"):
            handler = _monday
        if handler is None:
            return shown(environ, start_response)
        return _answer(sandbox, request, handler)(environ, start_response)

    return app


def _answer(sandbox: Sandbox, request: Request, handler: Handler) -> Response:
    try:
        return _json(200, handler(sandbox, request))
    except EndpointRefused as refused:
        return _json(502, {"error": str(refused), "answer": refused.answer})
    except ODataError as error:
        return _json(error.status, {"error": error.message})
    except (KeyError, TypeError) as error:
        return _json(400, {"error": f"The request to {request.path} cannot be read: {error!r}."})
    except ValueError as error:
        return _json(400, {"error": str(error)})


def _body(request: Request) -> Mapping[str, Any]:
    text = request.get_data()
    if not text:
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ValueError(f"The body is not JSON: {error}.") from error
    if not isinstance(body, Mapping):
        raise ValueError("The body must be a JSON object.")
    return body


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")


# Looking


def _state_dynamics(sandbox: Sandbox, request: Request) -> Any:
    name = request.args.get("entity_set")
    if name is not None and name not in sandbox.dynamics.tables:
        raise ValueError(f"There is no entity set {name!r}; names are case-sensitive.")
    return sandbox.dynamics.state(name)


def _state_monday(sandbox: Sandbox, _request: Request) -> Any:
    return sandbox.monday.state()


def _calls(sandbox: Sandbox, request: Request) -> Any:
    since = request.args.get("since", "0")
    if not since.isdigit():
        raise ValueError(f"`since` is the number of a call, not {since!r}.")
    return sandbox.calls.list(int(since), request.args.get("system"))


def _summary(sandbox: Sandbox, _request: Request) -> Any:
    return sandbox.calls.counts()


def _overview(sandbox: Sandbox, _request: Request) -> Any:
    return {
        "urls": sandbox.urls,
        "time": sandbox.clock.now(),
        "faults": sandbox.faults.rules(),
        "latency_ms": sandbox.faults.latency_ms,
        "endpoints": [vars(endpoint) for endpoint in sandbox.dynamics.outbox.endpoints],
    }


# Steering the whole


def _clear_calls(sandbox: Sandbox, _request: Request) -> Any:
    sandbox.calls.clear()
    return {"ok": True}


def _set_faults(sandbox: Sandbox, request: Request) -> Any:
    body = _body(request)
    sandbox.faults.set(str(body["system"]), body["rules"])
    return sandbox.faults.rules()


def _clear_faults(sandbox: Sandbox, _request: Request) -> Any:
    sandbox.faults.clear()
    return {"ok": True}


def _latency(sandbox: Sandbox, request: Request) -> Any:
    sandbox.faults.set_latency(_body(request))
    return sandbox.faults.latency_ms


def _advance(sandbox: Sandbox, request: Request) -> Any:
    return {"now": sandbox.clock.advance(float(_body(request)["seconds"]))}


def _reset(sandbox: Sandbox, _request: Request) -> Any:
    sandbox.reset()
    return {"ok": True}


def _entra(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.entra.configure(_body(request))


def _revoke(sandbox: Sandbox, _request: Request) -> Any:
    return {"revoked": sandbox.entra.revoke_all()}


# Steering Dynamics


def _settings(sandbox: Sandbox, request: Request) -> Any:
    sandbox.dynamics.settings.update(_body(request))
    return vars(sandbox.dynamics.settings)


def _register(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.dynamics.outbox.register(_body(request))


def _unregister(sandbox: Sandbox, _request: Request) -> Any:
    return {"removed": sandbox.dynamics.outbox.clear_endpoints()}


def _send(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.dynamics.outbox.send(_body(request))


def _errors_tab(sandbox: Sandbox, _request: Request) -> Any:
    return sandbox.dynamics.outbox.failures()


def _resend(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.dynamics.outbox.resend_failures(_body(request))


def _post_invoice(sandbox: Sandbox, request: Request) -> Any:
    body = _body(request)
    return posting.post_invoice(sandbox.dynamics, str(body["company"]), str(body["header_reference"]))


def _confirm_order(sandbox: Sandbox, request: Request) -> Any:
    body = _body(request)
    return posting.confirm_order(sandbox.dynamics, str(body["company"]), str(body["purchase_order"]))


def _change(sandbox: Sandbox, request: Request) -> Any:
    body = _body(request)
    return hand.change(sandbox.dynamics, str(body["entity_set"]), body["key"], body["values"])


def _insert(sandbox: Sandbox, request: Request) -> Any:
    body = _body(request)
    return hand.insert(sandbox.dynamics, str(body["entity_set"]), body["values"])


def _delete(sandbox: Sandbox, request: Request) -> Any:
    body = _body(request)
    return hand.delete(sandbox.dynamics, str(body["entity_set"]), body["key"])


# Steering monday


def _monday(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.monday.control(request.path.removeprefix("/monday/"), _body(request))


_ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/state"): _overview,
    ("GET", "/state/dynamics"): _state_dynamics,
    ("GET", "/state/monday"): _state_monday,
    ("GET", "/calls"): _calls,
    ("DELETE", "/calls"): _clear_calls,
    ("GET", "/calls/summary"): _summary,
    ("POST", "/faults"): _set_faults,
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/latency"): _latency,
    ("POST", "/clock/advance"): _advance,
    ("POST", "/reset"): _reset,
    ("POST", "/entra"): _entra,
    ("POST", "/entra/revoke"): _revoke,
    ("POST", "/dynamics/settings"): _settings,
    ("POST", "/dynamics/endpoints"): _register,
    ("DELETE", "/dynamics/endpoints"): _unregister,
    ("POST", "/dynamics/send"): _send,
    ("GET", "/dynamics/errors"): _errors_tab,
    ("POST", "/dynamics/resend"): _resend,
    ("POST", "/dynamics/post-invoice"): _post_invoice,
    ("POST", "/dynamics/confirm-order"): _confirm_order,
    ("POST", "/dynamics/change"): _change,
    ("POST", "/dynamics/insert"): _insert,
    ("POST", "/dynamics/delete"): _delete,
}
