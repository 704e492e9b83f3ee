"""Who holds a lease: "<supervisor>:<process id>:<run>", so that the death of a process can be seen."""

from __future__ import annotations

import os
from collections.abc import Iterable

SUPERVISOR_VARIABLE = "PORTAL_SUPERVISOR"
SOLO = "solo"


def my_supervisor() -> str:
    """Name the supervisor of this process, "solo" without one."""
    return os.environ.get(SUPERVISOR_VARIABLE, SOLO)


def me() -> str:
    """Name this process within its supervisor."""
    return f"{my_supervisor()}:{os.getpid()}"


def supervisor_of(owner: str) -> str:
    """Take the supervisor out of an owner's name."""
    return owner.split(":", 1)[0]


def dead(owners: Iterable[str], *, supervisor: str) -> list[str]:
    """Name the owners whose process no longer lives.

    Args:
        owners: lease owners of any machine.
        supervisor: this machine's supervisor; others' processes cannot be seen from here and are left out.
    """
    return [
        owner
        for owner in owners
        if supervisor_of(owner) == supervisor and not _lives(int(owner.split(":")[1]))
    ]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """A killed child that nobody has waited for yet still answers signal 0 (Linux tells by /proc)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123  /proc is no path to keep
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
