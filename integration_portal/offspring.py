"""A child made by fork, so that it shares what is loaded: half the memory of a program started anew.

Its face is that of `subprocess.Popen`, as far as it is needed. The child has a session of its own, and can tell when we die,
however we die: by the end of a pipe that only we hold open.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable

from django.db import connections

POLL_S = 0.05


class Offspring:
    """One child.

    Args:
        run: what it does; it is given the reading end of the pipe, and the child ends when it returns.

    Attributes:
        returncode: None while it lives; negative for the signal that ended it.
    """

    def __init__(self, run: Callable[[int], None]) -> None:
        self.returncode: int | None = None
        reading, self._holding = os.pipe()
        connections.close_all()  # an open connection must not be used by two processes
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._holding)
            _live(run, reading)
        os.close(reading)

    def poll(self) -> int | None:
        """Look whether it ended."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
                os.close(self._holding)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still lives after so many seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("cluster", timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def terminate(self) -> None:
        """Ask it to stop."""
        os.kill(self.pid, signal.SIGTERM)


def _live(
    run: Callable[[int], None], reading: int
) -> None:  # pragma: no cover  in the child, where nobody counts
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        run(reading)
        code = 0
    finally:
        os._exit(code)
