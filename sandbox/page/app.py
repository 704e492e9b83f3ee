"""The page's paths: the whole page, the three parts that are fetched again and again, and what a person does.

The page is rendered here; the little script on it fetches a part every two seconds and puts it in place when it
has changed (an ETag says so).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from sandbox.page.bar import calls_part, top_bar
from sandbox.page.board import board_part
from sandbox.page.records import TABS, records_part
from sandbox.serving import WsgiApp

if TYPE_CHECKING:
    from sandbox.core import Sandbox

HERE = Path(__file__).parent
STATIC = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


class Page:
    """The WSGI app behind every path the control API does not know."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._parts: dict[str, Callable[[Request], Markup]] = {
            "/page/bar": lambda _: top_bar(sandbox),
            "/page/board": self._board,
            "/page/records": self._records,
            "/page/calls": lambda _: calls_part(sandbox),
            "/page/nav": self._nav,
        }
        self._actions: dict[str, Callable[..., Any]] = {
            "/page/edit": lambda **body: self._sandbox.monday.edit_as_person(**body),
            "/page/move": lambda **body: self._sandbox.monday.move_as_person(**body),
            "/page/rename": lambda **body: self._sandbox.monday.rename_as_person(**body),
            "/page/add": lambda **body: self._sandbox.monday.create_item_as_person(**body),
            "/page/archive": lambda **body: self._sandbox.monday.archive_as_person(**body),
            "/page/delete": lambda **body: self._sandbox.monday.delete_as_person(**body),
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method == "POST" and request.path in self._actions:
            return self._act(request)
        if request.method not in ("GET", "HEAD"):
            return _text(404, f"There is no {request.method} {request.path} here.")
        if request.path == "/":
            return _html(request, self._whole(request))
        if request.path in self._parts:
            return _html(request, self._parts[request.path](request))
        name = request.path.removeprefix("/static/")
        if request.path.startswith("/static/") and name in STATIC:
            content = (HERE / "static" / name).read_bytes()
            return Response(content, content_type=STATIC[name], headers={"Cache-Control": "no-cache"})
        if request.path == "/favicon.ico":
            return Response(status=204)
        return _text(404, f"There is nothing at {request.path}.")

    def _act(self, request: Request) -> Response:
        # Only JSON: a form on some other site can't send it without asking first.
        if request.mimetype != "application/json":
            return _text(415, "The page's actions are sent as JSON.")
        try:
            body = json.loads(request.get_data())
            self._actions[request.path](**body)
        except (TypeError, KeyError) as error:
            return _json(400, {"error": f"This can't be read: {error}."})
        except ValueError as error:
            return _json(400, {"error": str(error)})
        return _json(200, {"ok": True})

    # The parts

    def _board(self, request: Request) -> Markup:
        board = self._chosen_board(request.args)
        if board is None:
            return Markup(
                '<div class="nothing"><b>No board yet</b><p>A board appears here once one is made: by the demo, by the '
                "control API (<code>POST /monday/boards</code>) or by the API (<code>create_board</code>).</p></div>"
            )
        return board_part(self._sandbox.monday.store, board, request.args.get("q", ""))

    def _records(self, request: Request) -> Markup:
        return records_part(self._sandbox, self._chosen_tab(request.args), request.args.get("rq", ""))

    def _nav(self, request: Request) -> Markup:
        chosen = self._chosen_board(request.args)
        entries = [
            Markup(
                '<a class="entry{}" href="?board={}" data-board="{}"><i style="--c:{}"></i><span>{}</span><b>{}</b></a>'
            ).format(
                " on" if board is chosen else "",
                board.id,
                board.id,
                board.top_group().color,
                board.name,
                f"{len(board.items):,}",
            )
            for board in self._boards()
        ]
        return Markup("").join(entries) or Markup('<p class="muted">No boards yet</p>')

    def _boards(self) -> list[Any]:
        store = self._sandbox.monday.store
        with store.lock:
            return [board for board in store.boards.values() if board.state == "active"]

    def _chosen_board(self, args: Mapping[str, str]) -> Any:
        boards = self._boards()
        wanted = args.get("board", "")
        return next((board for board in boards if str(board.id) == wanted), boards[0] if boards else None)

    def _chosen_tab(self, args: Mapping[str, str]) -> str:
        wanted = args.get("tab", "")
        return wanted if wanted in TABS else next(iter(TABS))

    def _whole(self, request: Request) -> str:
        page = Template((HERE / "page.html").read_text(encoding="utf-8"))
        board = self._chosen_board(request.args)
        return page.substitute(
            board_id=board.id if board else "",
            tab=self._chosen_tab(request.args),
            q=Markup.escape(request.args.get("q", "")),
            rq=Markup.escape(request.args.get("rq", "")),
            bar=top_bar(self._sandbox),
            nav=self._nav(request),
            board=self._board(request),
            records=self._records(request),
            calls=calls_part(self._sandbox),
        )


def _html(request: Request, content: str) -> Response:
    etag = hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
    response = Response(
        content, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )
    response.set_etag(etag)
    return response.make_conditional(request)


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")


def _text(status: int, text: str) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


def create_app(sandbox: Sandbox) -> WsgiApp:
    """Return the page's WSGI app."""
    return Page(sandbox)
