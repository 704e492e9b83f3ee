"""HTTP connections on which one whole call, not each read, has a time limit.

The usual timeout of an HTTP library counts from byte to byte: an answer that drips one byte a second may
go on for hours. Here every send and every read gets what is left of the call's own time, and the call
remembers whether any byte of the request was handed over: "was not done" differs from "may have been done".
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


@dataclass
class Call:
    """The call under way in this thread.

    Attributes:
        ends_at: monotonic time, seconds, at which the call is over.
        sent: True once a byte of the request was handed to an open connection.
    """

    ends_at: float
    sent: bool = False

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.ends_at

    def left_s(self) -> float:
        """Seconds that are left; TimeoutError when there are none."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole call is used up")
        return left


_current: ContextVar[Call] = ContextVar("connectors_call")


@contextmanager
def time_limit(seconds: float) -> Iterator[Call]:
    """Bound everything the connections of this module do inside the block to `seconds` in all."""
    call = Call(time.monotonic() + seconds)
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


class _ClockedReader(io.RawIOBase):
    """The reading end of a socket; each read may take what is left of the call."""

    def __init__(self, sock: socket.socket, call: Call) -> None:
        super().__init__()
        self._sock = sock
        self._call = call
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._call.left_s())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _ClockedSocket:
    """What http.client asks a socket for when it reads an answer."""

    def __init__(self, sock: socket.socket, call: Call) -> None:
        self._sock = sock
        self._call = call

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_ClockedReader(self._sock, self._call))


def _clocked_response(sock: socket.socket, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:
    clocked: Any = _ClockedSocket(sock, _current.get())
    return http.client.HTTPResponse(clocked, *args, **kwargs)


class _Connection(HTTPConnection):
    _established = False
    response_class: Any = staticmethod(_clocked_response)

    def connect(self) -> None:
        # A proxy's CONNECT also goes through send(); only what follows is the request itself.
        self._established = False
        super().connect()
        self._established = True

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        sock: Any = self.sock
        sock.settimeout(_current.get().left_s())
        if self._established:
            _current.get().sent = True
        super().send(data)


class _TLSConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOLS: Mapping[str, type[HTTPConnectionPool]] = {"http": _Pool, "https": _TLSPool}
