"""The one clock of the sandbox: wall time plus what somebody added through the control API."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Epoch seconds that can be pushed forward, so cursors, tokens and days run out without waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shift_s = 0.0

    def now(self) -> float:
        """Return the sandbox's time in epoch seconds."""
        return time.time() + self._shift_s

    def utc(self) -> datetime:
        """Return the sandbox's time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), tz=UTC)

    def advance(self, seconds: float) -> float:
        """Push the clock forward by ``seconds`` (backwards when negative) and return the new time."""
        with self._lock:
            self._shift_s += seconds
        return self.now()

    def reset(self) -> None:
        """Go back to the wall clock."""
        with self._lock:
            self._shift_s = 0.0
