"""The budget of one account: what fits, what is refused, and what an answer teaches."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import RateLimited
from connectors.limits import (
    DAY_S,
    Budget,
    Grant,
    Limits,
    Observed,
    Unlimited,
    Usage,
    Window,
    headroom,
    reserve,
    settle,
)

NOON = 20_000 * DAY_S + DAY_S / 2
MIDNIGHT = 20_001 * DAY_S


def take(usage: Usage, limits: Limits, now: float = NOON, **asked: object) -> tuple[Usage, Grant]:
    """Reserve under a token that no other call has."""
    return reserve(usage, limits, now=now, token=f"t{len(usage.places)}-{now}", **asked)  # type: ignore[arg-type]


def refused(usage: Usage, limits: Limits, now: float = NOON, **asked: object) -> RateLimited:
    with pytest.raises(RateLimited) as caught:
        take(usage, limits, now, **asked)
    return caught.value


class TestReserving:
    def test_without_limits_is_always_granted(self) -> None:
        usage, grant = take(Usage.empty(), Limits(), mutations=7)
        assert grant.mutations == 7
        assert usage.places[0].token == grant.token

    def test_more_requests_than_the_window_allows_is_refused_with_the_time_to_wait(self) -> None:
        limits, usage = Limits(requests=Window(2, 60.0)), Usage.empty()
        for second in (0, 10):
            usage, _ = take(usage, limits, NOON + second)
        error = refused(usage, limits, NOON + 20)
        assert "2 calls in 60 s" in error.detail
        assert error.retry_after_s == pytest.approx(40.9, abs=0.01)
        take(usage, limits, NOON + 20 + (error.retry_after_s or 0))

    def test_writes_that_only_partly_fit_are_granted_in_part(self) -> None:
        limits = Limits(mutations=Window(5, 60.0))
        usage, first = take(Usage.empty(), limits, mutations=3)
        usage, second = take(usage, limits, mutations=3)
        assert (first.mutations, second.mutations) == (3, 2)
        assert "5 writes in 60 s" in refused(usage, limits, mutations=1).detail

    def test_a_read_needs_no_room_for_writes(self) -> None:
        limits = Limits(mutations=Window(1, 60.0))
        usage, _ = take(Usage.empty(), limits, mutations=1)
        assert take(usage, limits)[1].mutations == 0

    def test_a_refusal_leaves_the_usage_as_it_was(self) -> None:
        limits = Limits(requests=Window(1, 6.0))
        usage, _ = take(Usage.empty(), limits)
        before = usage.to_json()
        refused(usage, limits)
        assert usage.to_json() == before

    def test_of_several_limits_in_the_way_the_longest_wait_is_told(self) -> None:
        limits = Limits(concurrency=1, requests=Window(1, 60.0))
        usage, _ = take(Usage.empty(), limits)
        assert "calls in 60 s" in refused(usage, limits).detail

    @pytest.mark.parametrize(("limit", "seconds"), [(0, 60.0), (-1, 60.0), (40, 0.0)])
    def test_a_window_that_lets_nothing_through_cannot_be_made(self, limit: int, seconds: float) -> None:
        with pytest.raises(ValueError, match="lets nothing through"):
            Window(limit, seconds)


class TestConcurrency:
    LIMITS = Limits(concurrency=2)

    def test_no_more_calls_are_under_way_than_allowed(self) -> None:
        usage, first = take(Usage.empty(), self.LIMITS)
        usage, _ = take(usage, self.LIMITS)
        error = refused(usage, self.LIMITS)
        assert "2 calls are already under way" in error.detail
        assert error.retry_after_s == 1.0
        usage = settle(usage, self.LIMITS, now=NOON, grant=first, observed=Observed())
        take(usage, self.LIMITS)

    def test_the_place_of_a_dead_process_frees_itself(self) -> None:
        usage, _ = take(Usage.empty(), self.LIMITS, hold_s=60.0)
        usage, _ = take(usage, self.LIMITS, hold_s=60.0)
        assert refused(usage, self.LIMITS, NOON + 59.5).retry_after_s == pytest.approx(0.5)
        usage, _ = take(usage, self.LIMITS, NOON + 60.1)
        assert len(usage.places) == 1

    def test_settling_an_expired_place_harms_nobody(self) -> None:
        usage, late = take(Usage.empty(), self.LIMITS, hold_s=1.0)
        usage, _ = take(usage, self.LIMITS, NOON + 2)
        usage = settle(usage, self.LIMITS, now=NOON + 3, grant=late, observed=Observed())
        assert len(usage.places) == 1

    def test_no_place_at_all_is_refused_too(self) -> None:
        assert refused(Usage.empty(), Limits(concurrency=0)).retry_after_s == 0


class TestTheDay:
    LIMITS = Limits(calls_per_day=2)

    def used_up(self) -> Usage:
        usage = Usage.empty()
        for _ in range(2):
            usage, grant = take(usage, self.LIMITS, MIDNIGHT - 100)
            usage = settle(usage, self.LIMITS, now=MIDNIGHT - 99, grant=grant, observed=Observed())
        return usage

    def test_calls_of_the_day_used_up_wait_for_midnight_utc(self) -> None:
        error = refused(self.used_up(), self.LIMITS, MIDNIGHT - 50)
        assert "2 calls of this day" in error.detail
        assert error.retry_after_s == pytest.approx(51)

    def test_a_new_day_begins_at_midnight_utc(self) -> None:
        usage, _ = take(self.used_up(), self.LIMITS, MIDNIGHT + 0.1)
        assert usage.day_calls == 1

    def test_a_clock_a_little_behind_does_not_bring_yesterday_back(self) -> None:
        usage, _ = take(self.used_up(), self.LIMITS, MIDNIGHT + 0.1)
        usage, _ = take(usage, self.LIMITS, MIDNIGHT - 0.1)
        refused(usage, self.LIMITS, MIDNIGHT + 1)

    def test_a_day_from_a_clock_that_was_far_ahead_is_forgotten(self) -> None:
        usage = Usage(day=30_000, day_calls=2)
        assert take(usage, self.LIMITS)[0].day == 20_000

    def test_a_call_refused_by_the_vendor_costs_a_part_only(self) -> None:
        usage, grant = take(Usage.empty(), self.LIMITS)
        usage = settle(usage, self.LIMITS, now=NOON, grant=grant, observed=Observed(call_cost=0.1))
        assert usage.day_calls == pytest.approx(0.1)

    def test_the_cost_of_a_call_across_midnight_belongs_to_the_day_before(self) -> None:
        usage, grant = take(Usage.empty(), self.LIMITS, MIDNIGHT - 1)
        usage, _ = take(usage, self.LIMITS, MIDNIGHT + 1)
        usage = settle(usage, self.LIMITS, now=MIDNIGHT + 2, grant=grant, observed=Observed(call_cost=0.1))
        assert usage.day_calls == 1

    def test_the_vendor_saying_the_day_is_over_closes_until_midnight(self) -> None:
        usage, grant = take(Usage.empty(), Limits(), NOON)
        observed = Observed(closed_for_s=3599, daily_exhausted=True, reason="Daily limit exceeded")
        usage = settle(usage, Limits(), now=NOON, grant=grant, observed=observed)
        error = refused(usage, Limits(), NOON + 3600)
        assert "Daily limit exceeded" in error.detail
        take(usage, Limits(), MIDNIGHT + 1.5)

    def test_a_day_that_is_over_needs_no_words_of_the_vendor(self) -> None:
        usage = settle(
            Usage.empty(), Limits(), now=NOON, grant=Grant("t", 0), observed=Observed(daily_exhausted=True)
        )
        assert "this day (UTC)" in usage.closed_reason


class TestClosing:
    def closed(self, limits: Limits, observed: Observed) -> Usage:
        usage, grant = take(Usage.empty(), limits)
        return settle(usage, limits, now=NOON, grant=grant, observed=observed)

    def test_retry_after_closes_for_every_caller(self) -> None:
        usage = self.closed(Limits(), Observed(closed_for_s=58.0, reason="Minute rate limit exceeded"))
        error = refused(usage, Limits(), NOON + 8)
        assert error.retry_after_s == pytest.approx(50)
        assert "Minute rate limit exceeded" in error.detail
        take(usage, Limits(), NOON + 58)

    def test_a_shorter_closing_does_not_open_a_longer_one(self) -> None:
        usage = self.closed(Limits(), Observed(closed_for_s=58.0))
        usage = settle(
            usage,
            Limits(),
            now=NOON,
            grant=Grant("x", 0),
            observed=Observed(closed_for_s=5.0, reason="short"),
        )
        assert usage.closed_until == NOON + 58
        assert "asked to wait" in usage.closed_reason

    def test_no_requests_left_at_the_vendor_closes_a_while(self) -> None:
        limits = Limits(requests=Window(1000, 60.0))
        usage = self.closed(limits, Observed(remaining_requests=0))
        assert refused(usage, limits).retry_after_s == pytest.approx(15)
        usage = self.closed(limits, Observed(remaining_requests=0, window_resets_in_s=40))
        assert refused(usage, limits).retry_after_s == pytest.approx(40)
        take(self.closed(limits, Observed(remaining_requests=1)), limits)

    def test_no_points_left_for_a_typical_call_closes_until_the_window_resets(self) -> None:
        limits = Limits(complexity=Window(5_000_000, 60.0))
        usage = self.closed(
            limits, Observed(complexity=30_000, remaining_complexity=20_000, window_resets_in_s=45)
        )
        error = refused(usage, limits)
        assert error.retry_after_s == pytest.approx(45)
        assert "complexity points" in error.detail
        usage = self.closed(limits, Observed(remaining_complexity=0))
        assert refused(usage, limits).retry_after_s == pytest.approx(15)
        take(self.closed(limits, Observed(complexity=30_000, remaining_complexity=40_000)), limits)


class TestComplexity:
    LIMITS = Limits(complexity=Window(1_000, 60.0))

    def spend(self, usage: Usage, points: int, now: float) -> Usage:
        usage, grant = take(usage, self.LIMITS, now)
        return settle(usage, self.LIMITS, now=now, grant=grant, observed=Observed(complexity=points))

    def test_points_spent_in_the_window_count(self) -> None:
        usage = self.spend(Usage.empty(), 400, NOON)
        usage = self.spend(usage, 400, NOON + 10)
        error = refused(usage, self.LIMITS, NOON + 20)
        assert "1000 complexity points" in error.detail
        take(usage, self.LIMITS, NOON + 20 + (error.retry_after_s or 0))

    def test_calls_under_way_count_as_typical_ones(self) -> None:
        usage = self.spend(Usage.empty(), 300, NOON)
        usage, _ = take(usage, self.LIMITS, NOON)
        usage, _ = take(usage, self.LIMITS, NOON)
        refused(usage, self.LIMITS, NOON)

    def test_a_call_dearer_than_the_whole_window_goes_out_when_it_is_empty(self) -> None:
        usage = self.spend(Usage.empty(), 5_000, NOON)
        refused(usage, self.LIMITS, NOON + 30)
        take(usage, self.LIMITS, NOON + 61)

    def test_the_typical_cost_follows_the_newest_calls(self) -> None:
        usage = settle(
            Usage(typical_complexity=100.0),
            Limits(),
            now=NOON,
            grant=Grant("t", 0),
            observed=Observed(complexity=200),
        )
        assert usage.typical_complexity == 130.0
        assert usage.complexity == ()


class TestHeadroom:
    def test_says_what_is_left_of_every_limit_that_is_set(self) -> None:
        limits = Limits(
            concurrency=40,
            requests=Window(1000, 60.0),
            mutations=Window(40, 60.0),
            complexity=Window(10_000_000, 60.0),
            calls_per_day=1000,
        )
        usage, grant = take(Usage.empty(), limits, mutations=5)
        usage, _ = take(usage, limits)
        usage = settle(usage, limits, now=NOON, grant=grant, observed=Observed(complexity=30_001))
        assert headroom(usage, limits, now=NOON + 1) == {
            "in_flight": 1,
            "places_left": 39,
            "requests_left": 998,
            "mutations_left": 35,
            "complexity_left": 9_969_999,
            "calls_left_today": 998,
        }

    def test_says_for_how_long_and_why_nothing_goes_out(self) -> None:
        usage = Usage(closed_until=NOON + 30, closed_reason="Daily limit exceeded")
        assert headroom(usage, Limits(), now=NOON) == {
            "in_flight": 0,
            "closed_for_s": 30.0,
            "closed_reason": "Daily limit exceeded",
        }
        assert headroom(usage, Limits(), now=NOON + 31) == {"in_flight": 0}


class TestStoring:
    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(st.floats(0, 30), st.integers(0, 3), st.booleans(), st.integers(0, 500)), max_size=30
        )
    )
    def test_a_usage_survives_the_store(self, calls: list[tuple[float, int, bool, int]]) -> None:
        limits = Limits(
            requests=Window(9, 6.0), mutations=Window(9, 6.0), complexity=Window(900, 6.0), calls_per_day=20
        )
        usage, now = Usage.empty(), NOON
        for pause, mutations, ends, points in calls:
            now += pause
            try:
                usage, grant = take(usage, limits, now, mutations=mutations)
            except RateLimited:
                continue
            if ends:
                observed = Observed(complexity=points, closed_for_s=points / 100, reason="wait")
                usage = settle(usage, limits, now=now, grant=grant, observed=observed)
            assert Usage.from_json(json.loads(json.dumps(usage.to_json()))) == usage

    def test_an_empty_row_and_unknown_keys_are_read(self) -> None:
        assert Usage.from_json({}) == Usage.empty()
        assert Usage.from_json({"of_a_later_release": 1, "day": 3}) == Usage(day=3)


class TestUnlimited:
    def test_grants_everything(self) -> None:
        budget: Budget = Unlimited()
        grant = budget.reserve(mutations=9)
        budget.settle(grant, Observed(closed_for_s=1000))
        assert budget.reserve(mutations=9).mutations == 9
