"""A transport without a network: answers from a script, or from a function, and remembers what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from connectors.transport import Request, Response

Answer = Response | Exception | Callable[[Request], Response]


class FakeTransport:
    """Gives its answers one after the other; an exception among them is raised.

    Asking for more answers than there are is a mistake of the test and fails loudly.
    """

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        if not self.answers:
            raise AssertionError(f"No answer was scripted for {request.operation or request.url}.")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)

    @property
    def last(self) -> Request:
        """The newest request."""
        return self.requests[-1]

    @property
    def bodies(self) -> list[Any]:
        """What was sent, read as JSON."""
        return [json.loads(request.body or b"null") for request in self.requests]


def answer(payload: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(
        status,
        {"content-type": "application/json; charset=utf-8", **(headers or {})},
        json.dumps(payload).encode(),
        5,
    )


def page(status: int, text: str = "<html><h1>Bad Gateway</h1></html>", **headers: str) -> Response:
    """A web page instead of an answer, as gateways send it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "text/html", **named}, text.encode(), 5)
