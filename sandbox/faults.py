"""Faults on demand: which call fails, how, how often. Seeded, so a run can be repeated."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sandbox.serving import DropConnection

SYSTEMS = ("entra", "dynamics", "monday")


@dataclass
class FaultRule:
    """One fault.

    Common kinds: "429", "429_no_header", "500", "502_html", "503", "lost_response" (apply, then drop the
    connection without an answer), "slow" (sleep ``ms`` first), "timeout" (drop before applying). Every system
    may know further kinds of its own.
    """

    kind: str
    rate: float = 1.0  # 0..1: the share of the matching calls that fail
    operation: str = ""  # only calls whose operation contains this text
    times: int | None = None  # how often it still strikes; None = for ever
    retry_after: int = 2  # seconds, for "429" and "503"
    ms: int = 0  # milliseconds, for "slow"

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> FaultRule:
        """Read a rule as the control API takes it; raises ValueError with a sentence when it is not one."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(raw) - known)
        if unknown or "kind" not in raw:
            raise ValueError(f"A fault rule has a kind and any of {sorted(known)}; unknown here: {unknown}.")
        rule = cls(**{**raw, "kind": str(raw["kind"])})
        if not 0 <= rule.rate <= 1:
            raise ValueError(f"A fault's rate lies between 0 and 1, not {rule.rate}.")
        return rule


class Faults:
    """The fault rules and the latency of each system."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self.clear()
        self.latency_ms: dict[str, float] = dict.fromkeys(SYSTEMS, 0)

    def clear(self) -> None:
        """Drop all rules (the latency stays) and start the seeded dice anew."""
        with self._lock:
            self._rules: dict[str, list[FaultRule]] = {}
            self._dice = {system: random.Random(f"{self._seed}/{system}") for system in SYSTEMS}

    def set(self, system: str, rules: Iterable[Mapping[str, Any]]) -> None:
        """Replace the rules of one system; an empty list heals it. Raises ValueError with a sentence."""
        if system not in SYSTEMS:
            raise ValueError(f"There is no system {system!r}; the systems are {', '.join(SYSTEMS)}.")
        read = [FaultRule.read(raw) for raw in rules]
        with self._lock:
            self._rules[system] = read

    def set_latency(self, latency_ms: Mapping[str, float]) -> None:
        """Set the milliseconds added to every call, per system. Raises ValueError with a sentence."""
        for system, value in latency_ms.items():
            if system not in SYSTEMS or value < 0:
                raise ValueError(f"Latency is given as milliseconds per system, not {system!r}: {value!r}.")
        self.latency_ms.update(latency_ms)

    def rules(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rules as they stand (``times`` counted down)."""
        with self._lock:
            return {system: [dict(vars(rule)) for rule in rules] for system, rules in self._rules.items()}

    def pick(self, system: str, operation: str) -> FaultRule | None:
        """Throw the dice for one call: the first rule that strikes, or None."""
        with self._lock:
            for rule in self._rules.get(system, ()):
                if rule.operation not in operation or rule.times == 0:
                    continue
                if rule.rate < 1 and self._dice[system].random() >= rule.rate:
                    continue
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    def begin(self, system: str, operation: str) -> FaultRule | None:
        """Open one call: wait the latency, throw the dice, do what is alike everywhere.

        "slow" sleeps here and is then over (None); "timeout" drops the connection here. Every other rule is
        returned: the caller answers it in its system's own form, and for "lost_response" it applies the call
        and then raises DropConnection.
        """
        delay_ms = self.latency_ms.get(system, 0)
        rule = self.pick(system, operation)
        if rule is not None and rule.kind == "slow":
            delay_ms += rule.ms
            rule = None
        if delay_ms:
            time.sleep(delay_ms / 1000)
        if rule is not None and rule.kind == "timeout":
            raise DropConnection
        return rule
