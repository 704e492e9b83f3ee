"""What monday answers when it refuses: codes, HTTP statuses and bodies.

Codes and statuses are those of developer.monday.com, "Error handling" and "Rate limits". An application error
travels in an HTTP 200; only transport-level ones have a status of their own.
"""

from __future__ import annotations

from typing import Any


class MondayError(ValueError):
    """A refusal with monday's code. A ValueError, so the control API shows its sentence to people."""

    code = "InvalidArgumentException"
    status = 200  # ``extensions.status_code``
    http_status = 200

    def __init__(self, message: str, *, code: str = "", **error_data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.error_data = error_data

    @property
    def extensions(self) -> dict[str, Any]:
        """Return what the GraphQL engine puts beside the message."""
        return {"code": self.code, "error_data": self.error_data, "status_code": self.status}


class InvalidArgument(MondayError):
    """An argument that makes no sense."""


class InvalidBoard(MondayError):
    """No such board, or none this token may see."""

    code = "InvalidBoardIdException"


class InvalidColumn(MondayError):
    """No such column on the board."""

    code = "InvalidColumnIdException"


class NotFound(MondayError):
    """No such item, group, webhook or user."""

    code = "ResourceNotFoundException"


class ColumnValueError(MondayError):
    """A value in a shape its column does not take, or a label it does not have."""

    code = "ColumnValueException"


class NameTooLong(MondayError):
    """An item name that is empty or longer than 255 characters."""

    code = "ItemNameTooLongException"


class ItemsLimit(MondayError):
    """The board is full."""

    code = "ItemsLimitationException"


class CursorExpired(MondayError):
    """A cursor older than an hour. Still answered in the error form of before 2024-10."""

    code = "CursorException"

    def __init__(self) -> None:
        super().__init__(
            "CursorExpiredError: The cursor provided for pagination has expired. Please refresh your query and "
            "obtain a new cursor to continue fetching items"
        )


class ColumnsRateLimited(MondayError):
    """The columns service refuses: HTTP 200 with ``columns: null`` beside the rest of the data."""

    def __init__(self) -> None:
        super().__init__("Rate limit exceeded for board-columns")

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the extensions this service sends: no error_data, its own name."""
        return {"code": "tooManyRequests", "status_code": 400, "service": "data-structure"}


class Refusal(Exception):
    """An answer given before (or instead of) running the query.

    Args:
        http_status: the status of the answer.
        message: the error's message.
        code: ``extensions.code``, left out when empty.
        retry_in_seconds: ``extensions.retry_in_seconds``, left out when None.
        retry_after: the Retry-After header in seconds, left out when None.
        extra: more ``extensions``.
    """

    def __init__(
        self,
        http_status: int,
        message: str,
        code: str = "",
        *,
        retry_in_seconds: int | None = None,
        retry_after: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.message = message
        self.code = code
        self.retry_in_seconds = retry_in_seconds
        self.retry_after = retry_after
        self.extra = extra or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON body: one error in the form of 2024-10 and later."""
        extensions: dict[str, Any] = {"code": self.code} if self.code else {}
        if self.retry_in_seconds is not None:
            extensions["retry_in_seconds"] = self.retry_in_seconds
        extensions.update(self.extra)
        return {
            "errors": [{"message": self.message, "extensions": extensions}],
            "extensions": {"request_id": request_id},
        }
