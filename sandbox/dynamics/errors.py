"""The error answers of the imitated service, in the shapes integrators have captured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response

ODATA = "Microsoft.OData.ODataException"
WRITE = "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException"
INVALID = "System.InvalidOperationException"
_STACK = (
    "   at Microsoft.Dynamics.Platform.Integration.Services.OData.Update.UpdateProcessor.Update()\r\n   at …"
)
CONFLICT = (
    "An update conflict occurred due to another user process deleting the record or changing one or more "
    "fields in the record."
)


class ODataError(Exception):
    """A refusal with its HTTP status."""

    def __init__(self, status: int, message: str, kind: str = ODATA) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind

    def response(self) -> Response:
        """The JSON answer: the outer message says nothing, the inner one does."""
        return _json(
            self.status,
            {
                "error": {
                    "code": "",
                    "message": "An error has occurred.",
                    "innererror": {"message": self.message, "type": self.kind, "stacktrace": _STACK},
                }
            },
        )


class NotFound(ODataError):
    """No such route or no such row."""

    def __init__(self, message: str) -> None:
        super().__init__(404, message)

    def response(self) -> Response:
        """The web framework's own shape, which differs from every other error."""
        return _json(
            404, {"Message": self.message, "MessageDetail": "No route data was found for this request."}
        )


class PathRefused(ODataError):
    """The web server in front refuses characters such as / % & in the path, with an HTML page."""

    def __init__(self) -> None:
        super().__init__(400, "A potentially dangerous Request.Path value was detected from the client.")

    def response(self) -> Response:
        """An HTML page."""
        return html(400, "Bad Request", self.message)


def write_failed(entity: str, lines: Sequence[str]) -> ODataError:
    """The 400 a business rule causes: the sentences stand behind "Infolog:"."""
    text = "; ".join(lines)
    row_type = entity if entity.endswith("Entity") else f"{entity}Entity"
    return ODataError(400, f"Write failed for table row of type '{row_type}'. Infolog: {text}", WRITE)


def html(status: int, title: str, text: str = "", headers: dict[str, str] | None = None) -> Response:
    """An answer of a gateway or web server: HTML, never JSON."""
    head = f"<!DOCTYPE html><html><head><title>{title}</title></head>"
    body = f"{head}<body><h1>{title}</h1><p>{text}</p></body></html>"
    return Response(body, status=status, content_type="text/html; charset=utf-8", headers=headers)


def fault(kind: str, retry_after: int) -> Response | None:
    """The answer of a fault rule, or None when this system does not know the kind."""
    busy = (
        "This request could not be processed at this time due to system experiencing high resource "
        f"utilization. Retry the request after {retry_after} seconds"
    )
    after = {"Retry-After": str(retry_after)}
    if kind == "429":
        return Response(busy, status=429, content_type="text/plain; charset=utf-8", headers=after)
    if kind == "429_no_header":
        return Response(busy, status=429, content_type="text/plain; charset=utf-8")
    if kind == "500":
        return ODataError(
            500, "Exception has been thrown by the target of an invocation.", INVALID
        ).response()
    if kind == "502_html":
        return html(502, "502 - Web server received an invalid response while acting as a gateway.")
    if kind == "503":
        return html(503, "The service is unavailable.", headers=after)
    if kind == "401":
        return unauthorized()
    if kind == "403":
        return html(403, "403 - Forbidden: Access is denied.")
    if kind == "412":
        return ODataError(412, "The etag does not match.").response()
    if kind == "update_conflict":
        return ODataError(400, f"Write failed. Infolog: Error: {CONFLICT}", WRITE).response()
    if kind == "302_login":
        return Response(status=302, headers={"Location": "https://login.microsoftonline.com/common/oauth2"})
    return None


def unauthorized() -> Response:
    """401 with an HTML body."""
    return html(401, "401 - Unauthorized: Access is denied due to invalid credentials.")


def _json(status: int, body: Any) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/json; odata.metadata=minimal",
    )
