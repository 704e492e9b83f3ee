"""A transport that answers from a script and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.transport import Request, Response

Answer = Response | Exception | Callable[[Request], Response]


class ScriptedTransport:
    """Gives one answer after the other; the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)

    @property
    def queries(self) -> list[dict[str, str]]:
        return [query(request) for request in self.requests]


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def json_response(content: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status,
        {"content-type": "application/json; odata.metadata=minimal", **named},
        json.dumps(content).encode(),
    )


def page_response(text: str = "<html>Bad Gateway</html>", status: int = 502, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "text/html", **named}, text.encode())
