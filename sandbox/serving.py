"""A small threaded WSGI server on loopback.

Werkzeug's own development server closes every connection after one answer and waits ten milliseconds for
more input each time; the real vendors keep connections open, and a load test would measure that wait. So the
socket side is Python's http.server with keep-alive, no Nagle delay and one write per answer; the apps use
Werkzeug's Request and Response.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

HOST = "127.0.0.1"
MAX_BODY = 64 * 1024 * 1024
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class DropConnection(Exception):
    """Raised by an app: close the socket without an answer."""


class _Handler(BaseHTTPRequestHandler):
    """Answers requests of one connection from the server's WSGI app, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def handle_one_request(self) -> None:
        """Read one request, run the app, write the whole answer at once."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if len(self.raw_requestline) > 65536:
                self.requestline = self.request_version = self.command = ""
                self.send_error(414)
                return
            if self.parse_request():
                self._answer()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _answer(self) -> None:
        environ = self._environ()
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            head[:] = [status, headers]

        try:
            chunks = self.server.app(environ, start_response)
            body = b"".join(chunks)
            if hasattr(chunks, "close"):
                chunks.close()
        except DropConnection:
            environ["sandbox.drop"] = True
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself must be seen, and answered
            text = traceback.format_exc()
            sys.stderr.write(text)
            head[:] = ["500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")]]
            body = f"The sandbox itself failed:\n{text}".encode()
        if environ.get("sandbox.drop"):
            self.close_connection = True
            return
        self._write(head[0], head[1], body)

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code = int(status.split(None, 1)[0])
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
        if code not in (204, 304) and code >= 200:
            lines.append(f"Content-Length: {len(body)}")
        if self.close_connection:
            lines.append("Connection: close")
        payload = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if self.command != "HEAD" and code not in (204, 304):
            payload += body
        self.connection.sendall(payload)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while size := int(self.rfile.readline(100).split(b";")[0].strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline(10)
            while self.rfile.readline(65537).strip():
                pass
            return b"".join(parts)
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            raise ConnectionError("body too big")
        return self.rfile.read(length) if length else b""

    def _environ(self) -> dict[str, Any]:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        url = urlsplit(self.path if self.path.startswith("/") else f"/{self.path}")
        path = self.path.split("?", 1)[0] if self.path.startswith("//") else url.path
        body = self._body()
        environ = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": url.query,
            "REQUEST_URI": self.path,
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_LENGTH": str(len(body)),
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
                environ[f"HTTP_{key}"] = value
        return environ

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the call log is what one reads."""


class Server(ThreadingHTTPServer):
    """One listener on 127.0.0.1. ``stop()`` closes it and every open connection at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, app: WsgiApp | None, port: int) -> None:
        self.app: Any = app
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Handler)
        self.port: int = self.server_address[1]
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def server_bind(self) -> None:
        """Bind without the reverse DNS look-up that HTTPServer does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in its own thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget and close one connection."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about connections that broke."""

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, close the port and every open connection."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def make_server(app: WsgiApp, port: int) -> Server:
    """Start a threaded server for ``app`` on 127.0.0.1.

    Args:
        app: a WSGI app. It closes the connection without an answer by raising DropConnection or by setting
            ``environ["sandbox.drop"] = True``.
        port: the port; 0 takes a free one (see ``.port`` and ``.url``).

    Raises: OSError when the port is taken.
    """
    server = Server(app, port)
    server.start()
    return server
