"""Sending webhook deliveries: threads of their own, once a minute again for half an hour when one fails."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.calls import CallLog
from sandbox.clock import Clock
from sandbox.monday.accounts import Viewer

RETRY_S = 60  # "once a minute for 30 minutes"
RETRIES = 30
TIMEOUT_S = 5
WORKERS = 4
LOOK_S = 0.05  # how often the queue looks at the sandbox's clock, which may jump


@dataclass
class Delivery:
    """One event on its way to one subscription."""

    url: str
    body: dict[str, Any]
    event: str  # the name subscribed to
    viewer: Viewer
    tries: int = 0


class Deliveries:
    """The queue of deliveries and the threads that send them. No thread runs before the first delivery."""

    def __init__(
        self, clock: Clock, calls: CallLog, sign: Callable[[Viewer, str, float], dict[str, str]]
    ) -> None:
        self._clock = clock
        self._calls = calls
        self._sign = sign
        self._ready = threading.Condition()
        self._queue: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._generation = 0
        self.retry_s: float = RETRY_S

    def add(self, delivery: Delivery, delay_s: float = 0) -> None:
        """Queue a delivery, due after ``delay_s`` seconds of the sandbox's clock."""
        with self._ready:
            if not self._threads:
                self._threads = [
                    threading.Thread(target=self._work, args=(self._generation,), daemon=True)
                    for _ in range(WORKERS)
                ]
                for thread in self._threads:
                    thread.start()
            heapq.heappush(self._queue, (self._clock.now() + delay_s, next(self._numbers), delivery))
            self._ready.notify()

    def waiting(self) -> int:
        """Return how many deliveries are queued, those waiting for their next try included."""
        with self._ready:
            return len(self._queue)

    def reset(self) -> None:
        """Drop the queue and let the threads end."""
        with self._ready:
            self._generation += 1
            self._queue.clear()
            self._threads = []
            self._ready.notify_all()

    def _work(self, generation: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Connection"] = (
                "close"  # an idle connection closed by the receiver would cost a minute
            )
            while (delivery := self._take(generation)) is not None:
                if not self._send(session, delivery) and delivery.tries <= RETRIES:
                    delivery.body["event"]["isRetry"] = True
                    with self._ready:
                        current = generation == self._generation
                    if current:
                        self.add(delivery, self.retry_s)

    def _take(self, generation: int) -> Delivery | None:
        with self._ready:
            while generation == self._generation:
                if not self._queue:
                    self._ready.wait()
                elif self._queue[0][0] <= self._clock.now():
                    return heapq.heappop(self._queue)[2]
                else:
                    self._ready.wait(LOOK_S)
            return None

    def _send(self, session: requests.Session, delivery: Delivery) -> bool:
        delivery.tries += 1
        began = time.monotonic()
        headers = self._sign(delivery.viewer, delivery.url, self._clock.now())
        status: int | str = "dropped"
        try:
            answer = session.post(
                delivery.url, json=delivery.body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False
            )
            status = answer.status_code
        except requests.RequestException as error:
            detail = type(error).__name__
        else:
            detail = f"try {delivery.tries}"
        self._calls.add(
            "webhooks", delivery.event, status, ms=(time.monotonic() - began) * 1000, detail=detail
        )
        return isinstance(status, int) and 200 <= status < 300
