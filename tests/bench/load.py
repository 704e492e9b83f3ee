"""A load generator: several connections that stay open, each sending its share one after another."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit


def post_all(url: str, bodies: Sequence[bytes], *, connections: int) -> tuple[float, list[float]]:
    """Send every body once.

    Returns:
        (seconds it took in all, seconds of each request).

    Raises:
        AssertionError: one was not answered with 200.
    """
    parts = urlsplit(url)
    times: list[float] = []
    wrong: list[int] = []

    def send(share: Sequence[bytes]) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        mine = []
        for body in share:
            began = time.perf_counter()
            connection.request("POST", parts.path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            mine.append(time.perf_counter() - began)
            if answer.status != 200:
                wrong.append(answer.status)
        connection.close()
        times.extend(mine)

    threads = [
        threading.Thread(target=send, args=(bodies[number::connections],)) for number in range(connections)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, f"answers: {sorted(set(wrong))}"
    return time.perf_counter() - began, times


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0..1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
