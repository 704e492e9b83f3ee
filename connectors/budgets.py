"""The store of `connectors.limits`: one row a scope, shared by every worker on every machine."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from connectors.errors import RateLimited
from connectors.limits import Grant, Limits, Observed, Usage, headroom, reserve, settle
from connectors.models import Budget as BudgetRow

Result = TypeVar("Result")

TRIES = 50


class SharedBudget:
    """A `limits.Budget` kept in the database by compare-and-set on the row's version.

    Args:
        scope: "environment:<id>" or "account:<id>".
        limits: what is allowed.
        clock: epoch seconds; handed in by tests.
    """

    def __init__(self, scope: str, limits: Limits, clock: Callable[[], float] = time.time) -> None:
        self.scope = scope
        self.limits = limits
        self.clock = clock
        self._last: BudgetRow | None = None  # as this run last wrote it: most likely still the newest

    def reserve(self, *, mutations: int = 0, hold_s: float = 60.0) -> Grant:
        """Take a place for one request.

        Raises:
            RateLimited: there is none now; `retry_after_s` says when.
        """
        token = secrets.token_hex(4)
        return self._change(
            lambda usage: reserve(
                usage, self.limits, now=self.clock(), token=token, mutations=mutations, hold_s=hold_s
            )
        )

    def settle(self, grant: Grant, observed: Observed) -> None:
        """Give the place back and keep what the answer told about the limits.

        The call is over and must not be lost for this: when the row is contended, the place ends by itself.
        """
        with suppress(RateLimited):
            self._change(
                lambda usage: (
                    settle(usage, self.limits, now=self.clock(), grant=grant, observed=observed),
                    None,
                )
            )

    def headroom(self) -> dict[str, int | float | str]:
        """Say what is left, for people."""
        row = BudgetRow.objects.filter(scope=self.scope).first()
        return headroom(Usage.from_json(row.usage if row else {}), self.limits, now=self.clock())

    def _change(self, step: Callable[[Usage], tuple[Usage, Result]]) -> Result:
        for _ in range(TRIES):
            remembered, self._last = self._last, None
            row = remembered or BudgetRow.objects.filter(scope=self.scope).first()
            if row is None:
                BudgetRow.objects.bulk_create([BudgetRow(scope=self.scope)], ignore_conflicts=True)
                continue
            try:
                usage, result = step(Usage.from_json(row.usage))
            except RateLimited:
                if remembered is None:
                    raise
                continue  # a place may have become free since then: look before refusing
            version, row.usage, row.version = row.version, usage.to_json(), row.version + 1
            if BudgetRow.objects.filter(pk=row.pk, version=version).update(
                usage=row.usage, version=row.version
            ):
                self._last = row
                return result
        raise RateLimited(f"The budget of {self.scope} is contended; trying again.", retry_after_s=1.0)
