"""Cursors of items_page: a walk over a list of ids that dies 60 minutes after its first request.

The age counts from the first page, however often the walk is continued (developer.monday.com, "Next items page").
"""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.monday.errors import CursorExpired, InvalidArgument

LIFETIME_S = 3600
PAGE_MAX = 500


@dataclass(frozen=True)
class Walk:
    """The items a walk goes over, as they were at its first request."""

    item_ids: list[int]
    account_id: int
    started: float


class Cursors:
    """The walks under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._walks: dict[int, Walk] = {}
        self._next = 1

    def first(self, item_ids: list[int], account_id: int, limit: int) -> tuple[list[int], str | None]:
        """Begin a walk. Returns the first page's ids and the cursor, None when that was all."""
        checked_limit(limit)
        if len(item_ids) <= limit:
            return item_ids, None
        now = self._clock.now()
        with self._lock:
            for number in [n for n, walk in self._walks.items() if now - walk.started >= LIFETIME_S]:
                del self._walks[number]
            number = self._next
            self._next += 1
            self._walks[number] = Walk(item_ids, account_id, now)
        return item_ids[:limit], _encode(number, limit)

    def next(self, cursor: str, account_id: int, limit: int) -> tuple[list[int], str | None]:
        """Continue a walk. Raises CursorExpired for one that is too old or was never given out."""
        checked_limit(limit)
        number, offset = _decode(cursor)
        walk = self._walks.get(number)
        if walk is None or walk.account_id != account_id or self._clock.now() - walk.started >= LIFETIME_S:
            raise CursorExpired
        end = offset + limit
        return walk.item_ids[offset:end], _encode(number, end) if end < len(walk.item_ids) else None


def checked_limit(limit: int) -> int:
    """Return a page size of 1 to 500. Raises InvalidArgument."""
    if not 1 <= limit <= PAGE_MAX:
        raise InvalidArgument(f"limit lies between 1 and {PAGE_MAX}, not {limit}")
    return limit


def _encode(number: int, offset: int) -> str:
    return "MSw" + base64.urlsafe_b64encode(f"walk:{number}:{offset}".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        _, number, offset = base64.urlsafe_b64decode(cursor.removeprefix("MSw")).decode().split(":")
        return int(number), int(offset)
    except ValueError:
        raise CursorExpired from None
