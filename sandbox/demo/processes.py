"""Start programs, each in a session of its own, and leave none behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_S = 50.0


class Processes:
    """The programs of one demo.

    Args:
        logs: folder for their output.
        env: environment they get on top of ours.
    """

    def __init__(self, logs: Path, env: dict[str, str]) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self.env = os.environ | env
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._files: list[IO[bytes]] = []

    def start(self, name: str, *arguments: str, capture: bool = False) -> subprocess.Popen[bytes]:
        """Start `python <arguments>` in the project's folder; with `capture` its output can be read."""
        log = (self.logs / f"{name}.log").open("ab")
        self._files.append(log)
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE if capture else log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._running[name] = process
        return process

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        """Run `python <arguments>` to its end and give what it printed.

        Args:
            env: environment only this run gets.

        Raises:
            RuntimeError: it failed; with what it said.
        """
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def dead(self) -> list[str]:
        """Name the programs that ended by themselves."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def tree(self, *names: str) -> list[int]:
        """List the process ids of these programs and all their children."""
        roots = {self._running[name].pid for name in names if name in self._running}
        return [pid for pid in _all_pids() if _session_or_ancestor(pid) & roots]

    def stop(self, *names: str) -> None:
        """Ask programs to stop (all, when none is named), wait, then kill what is left of their sessions."""
        chosen = [name for name in reversed(self._running) if not names or name in names]
        trees = {name: self.tree(name) for name in chosen}
        for name in chosen:
            with suppress(ProcessLookupError):
                self._running[name].terminate()
        until = time.monotonic() + STOP_S
        for name in chosen:
            with suppress(subprocess.TimeoutExpired):
                self._running[name].wait(max(0.1, until - time.monotonic()))
            for pid in trees[name]:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._running.pop(name).wait()
        if not self._running:
            for file in self._files:
                file.close()


def memory_mb(pids: list[int]) -> tuple[float, str]:
    """Measure what processes occupy: pages they share counted once (PSS), where the system tells.

    Returns:
        (megabytes, how they were measured).
    """
    shares = [share for pid in pids if (share := _pss_kb(pid)) is not None]
    if shares:
        return sum(shares) / 1024, "resident, shared pages counted once (PSS)"
    out = subprocess.run(
        ["ps", "-o", "rss=", "-p", ",".join(map(str, pids))], capture_output=True, text=True, check=False
    ).stdout
    return sum(int(line) for line in out.split()) / 1024, "resident, shared pages counted each time (RSS)"


def call(method: str, url: str, body: Any = None, *, timeout: float = 120.0) -> Any:
    """Make one JSON request.

    Raises:
        RuntimeError: it was not answered with 2xx.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise RuntimeError(
            f"{method} {url}: {error.code} {error.read().decode(errors='replace')[:500]}"
        ) from error


def wait_for(url: str, *, seconds: float) -> float:
    """Wait until an address answers 200.

    Returns:
        Seconds it took.

    Raises:
        RuntimeError: it did not in time.
    """
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            if answer.status == 200:
                return time.monotonic() - began
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer in {seconds:.0f} s")


def _all_pids() -> list[int]:
    proc = Path("/proc")
    if proc.is_dir():
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    listed = subprocess.run(["ps", "-axo", "pid="], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in listed.split()]


def _session_or_ancestor(pid: int) -> set[int]:
    """Name the session of a process and the processes it descends from."""
    found: set[int] = set()
    with suppress(ProcessLookupError, PermissionError):
        found.add(os.getsid(pid))
    while pid > 1:
        found.add(pid)
        pid = _parent(pid)
    return found


def _parent(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(stat.rpartition(")")[2].split()[1])
    out = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return int(out.strip() or 0)


def _pss_kb(pid: int) -> int | None:
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return None
