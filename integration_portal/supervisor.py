"""`manage.py worker`: django-q's cluster in a session of its own, the dispatcher, a canary, a restart when it is silent.

Why a cluster needs watching: when an idle worker process is killed it dies holding the queue's lock; django-q starts another, and
nothing runs ever again. A signal to the whole process group can hang it for minutes. So: signals go to the cluster's main process
only, life is shown by a task that really ran, and a silent cluster is killed as a whole and started anew.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import threading
import time
from contextlib import suppress

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections

from integration_portal import heartbeat, identity, inbox, queueing
from integration_portal.dispatcher import Dispatcher
from integration_portal.offspring import Offspring

log = logging.getLogger(__name__)

TICK_S = 0.1
CANARY_EVERY_S = 2.0
START_GRACE_S = 30.0
STOP_GRACE_S = 45.0
RESTART_PAUSE_S = 1.0


class Supervisor:
    """One machine's worker."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(5)
        self.dispatcher = Dispatcher(self.name)
        self._stopping = threading.Event()
        self._cluster: Offspring | None = None
        self._started_at = 0.0
        self._sang_at = 0.0
        self._seen_alive = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, then stop cleanly."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        log.info("Worker %s starts", self.name)
        queueing.prepare()
        while not self._stopping.wait(TICK_S):
            self._watch()
            try:
                self.dispatcher.look()
                self._listen()
            except (DatabaseError, OSError) as error:
                log.warning("The database is away (%s); trying again", type(error).__name__)
                close_old_connections()
                self._stopping.wait(RESTART_PAUSE_S)
        self._stop()

    # --- The cluster ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Start the cluster, also after it ended."""
        if self._cluster and self._cluster.poll() is None:
            return
        if self._cluster:
            log.warning("The cluster ended with status %s; starting another", self._cluster.returncode)
            self._kill()
            self._stopping.wait(RESTART_PAUSE_S)
        self._cluster = Offspring(self._be_the_cluster)
        self._started_at, self._seen_alive = time.monotonic(), False

    def _be_the_cluster(self, supervisor: int) -> None:
        os.environ[identity.SUPERVISOR_VARIABLE] = self.name
        run_cluster(supervisor)

    def _listen(self) -> None:
        """Ask for a sign of life, and replace a cluster that gives none."""
        now = time.monotonic()
        if now - self._sang_at < CANARY_EVERY_S:
            return
        self._sang_at = now
        queueing.canary(self.name)
        age = heartbeat.age_s(f"{heartbeat.CLUSTER}{self.name}")
        since_start = now - self._started_at
        if age is not None and age < since_start:
            self._seen_alive = True
        allowed = settings.WORKER_SILENCE_S if self._seen_alive else START_GRACE_S
        silent = since_start if age is None else min(age, since_start)
        if silent > allowed and not self._busy():
            log.error("The cluster has been silent for %.0f s; killing it and starting another", silent)
            self._kill()

    def _busy(self) -> bool:
        """Every worker is at an event it holds: silence is no sign of death, and the task's own timeout ends it."""
        held = {owner.rsplit(":", 1)[0] for owner in inbox.running_owners()}
        mine = {owner for owner in held if identity.supervisor_of(owner) == self.name}
        dead = identity.dead(mine, supervisor=self.name)
        return len(mine) - len(dead) >= int(settings.WORKERS)

    def _kill(self) -> None:
        """Kill the cluster's whole session."""
        if self._cluster:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._cluster.pid, signal.SIGKILL)
            self._cluster.wait()

    def _stop(self) -> None:
        """Let running tasks finish, then leave no process behind."""
        log.info("Worker %s stops", self.name)
        if self._cluster and self._cluster.poll() is None:
            self._cluster.terminate()
            try:
                self._cluster.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                log.warning(
                    "The cluster did not stop in %.0f s; killing it. Its events are taken up again.",
                    STOP_GRACE_S,
                )
        self._kill()
        with suppress(DatabaseError):
            self.dispatcher.free_the_dead()
            self.dispatcher.stop()


def run_cluster(supervisor: int) -> None:
    """Be the cluster: run until told to stop, and die with the supervisor.

    Args:
        supervisor: a pipe that the supervisor holds open.
    """
    cluster = queueing.run_cluster()
    threading.Thread(target=_die_with, args=(supervisor,), daemon=True).start()
    cluster.sentinel.join()


def _die_with(supervisor: int) -> None:
    """Wait for the end of the pipe: it comes when the supervisor has died, however it died."""
    while os.read(supervisor, 1):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)
