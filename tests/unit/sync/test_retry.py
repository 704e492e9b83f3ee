"""What to do after an error: one table."""

from __future__ import annotations

import random

import pytest

from connectors import errors
from integration_portal.sync.ports import LaneBusy
from integration_portal.sync.retry import (
    CAP_S,
    MAX_ATTEMPTS,
    MAX_SERVER_FAULTS,
    RATE_LIMIT_DEFAULT_S,
    decide,
)

TABLE = [
    # error, attempts, fate
    (errors.Unreachable("x"), 1, "retry"),
    (errors.Unreachable("x"), MAX_ATTEMPTS - 1, "retry"),
    (errors.Unreachable("x"), MAX_ATTEMPTS, "dead"),
    (errors.Conflict("x"), 1, "retry"),
    (errors.Transient("x"), 1, "retry"),
    (errors.ServerFault("x", system="monday"), MAX_SERVER_FAULTS, "retry"),
    (errors.ServerFault("x", system="monday"), MAX_ATTEMPTS, "dead"),
    (errors.ServerFault("x", system="dynamics"), MAX_SERVER_FAULTS - 1, "retry"),
    (errors.ServerFault("x", system="dynamics"), MAX_SERVER_FAULTS, "dead"),
    (errors.RateLimited("x", retry_after_s=7.0), 1, "wait"),
    (errors.RateLimited("x"), 500, "wait"),
    (LaneBusy("x"), 500, "wait"),
    (errors.AuthFailed("x"), 500, "pause"),
    (errors.Misconfigured("x"), 1, "pause"),
    (errors.Rejected("x"), 1, "dead"),
    (errors.NotFound("x"), 1, "dead"),
    (errors.ProtocolFault("x"), 1, "dead"),
    (errors.ConnectorError("x"), 1, "retry"),
    (ValueError("x"), 1, "dead"),
]


@pytest.mark.parametrize(
    ("error", "attempts", "fate"), TABLE, ids=lambda one: getattr(type(one), "__name__", "")
)
def test_the_error_and_the_attempts_decide(error: Exception, attempts: int, fate: str) -> None:
    assert decide(error, attempts, base_s=2.0, rng=random.Random(1)).fate == fate


class TestWaits:
    def wait(self, error: Exception, attempts: int = 1, seed: int = 1) -> float:
        return decide(error, attempts, base_s=2.0, rng=random.Random(seed)).wait_s

    def test_a_told_time_is_kept_to(self) -> None:
        assert self.wait(errors.RateLimited("x", retry_after_s=7.0)) == 7.0
        assert self.wait(errors.RateLimited("x", retry_after_s=0.0)) == 0.0

    def test_a_limit_without_a_time_waits_half_a_minute(self) -> None:
        assert self.wait(errors.RateLimited("x")) == RATE_LIMIT_DEFAULT_S

    def test_a_busy_lane_is_tried_again_within_a_second_but_not_by_all_at_once(self) -> None:
        waits = {self.wait(LaneBusy("x"), seed=seed) for seed in range(20)}
        assert len(waits) == 20
        assert all(0.3 <= wait <= 0.6 for wait in waits)

    def test_waits_double_up_to_a_quarter_of_an_hour(self) -> None:
        for attempt in range(1, MAX_ATTEMPTS):
            whole = min(CAP_S, 2.0 * 2 ** (attempt - 1))
            assert whole / 2 <= self.wait(errors.Unreachable("x"), attempt) <= whole

    def test_all_attempts_together_outlast_mondays_memory_of_half_an_hour(self) -> None:
        shortest = sum(min(CAP_S, 2.0 * 2 ** (attempt - 1)) / 2 for attempt in range(1, MAX_ATTEMPTS))
        assert shortest > 30 * 60
