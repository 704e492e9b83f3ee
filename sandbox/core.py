"""The sandbox as a whole: one clock, one call log, one set of faults, three worlds.

A *world* is the memory of one imitated system. Each is made with the sandbox as its only argument and offers
``reset()`` (back to the seeded start); its HTTP face is ``create_app(sandbox)``:

* ``sandbox.entra``: ``Entra``, ``create_app``
* ``sandbox.dynamics.world``: ``DynamicsWorld``; ``sandbox.dynamics.app``: ``create_app``
* ``sandbox.monday.world``: ``MondayWorld``; ``sandbox.monday.app``: ``create_app``. The world also answers
  the control API: ``state() -> dict`` for GET /state/monday and ``control(action, body) -> dict`` for
  POST /monday/<action> (ValueError with a sentence becomes a 400)
* ``sandbox.page``: ``create_app``, a WSGI app that gets every path the control API does not know
"""

from __future__ import annotations

import random
import threading

from sandbox.calls import CallLog
from sandbox.clock import Clock
from sandbox.dynamics.world import DynamicsWorld
from sandbox.entra import Entra
from sandbox.faults import Faults
from sandbox.monday.world import MondayWorld


class Sandbox:
    """What the listeners share. Attributes are plain; ``lock`` guards what spans several worlds."""

    def __init__(self, *, seed: int = 1, scale: int = 1, latency_ms: float = 0) -> None:
        self.seed = seed
        self.scale = scale
        self.lock = threading.RLock()
        self.rng = random.Random(seed)
        self.clock = Clock()
        self.calls = CallLog(self.clock)
        self.faults = Faults(seed)
        self.faults.set_latency(dict.fromkeys(("entra", "dynamics", "monday"), latency_ms))
        self.urls: dict[str, str] = {}  # control, entra, dynamics, monday (with /v2); filled when they listen
        self.entra = Entra(self)
        self.dynamics = DynamicsWorld(self)
        self.monday = MondayWorld(self)

    def reset(self) -> None:
        """Put everything back to the start: data, faults, clock, calls. Latency and URLs stay."""
        with self.lock:
            self.rng = random.Random(self.seed)
            self.clock.reset()
            self.faults.clear()
            self.calls.clear()
            for world in (self.entra, self.dynamics, self.monday):
                world.reset()
