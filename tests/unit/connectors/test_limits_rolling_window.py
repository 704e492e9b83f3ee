"""The promise behind the budgets: the vendor never sees more than its limit, and nearly all of it is used."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import RateLimited
from connectors.limits import Limits, Observed, Usage, Window, reserve, settle
from connectors.windows import SLOTS_PER_WINDOW, add, live, used, wait_s

START = 1_790_000_000.0
LONGEST_TRAVEL_S = 0.2


def most_in_any_span(arrivals: list[tuple[float, int]], seconds: float) -> int:
    """The most units that arrive within any span of so many seconds, both ends included."""
    ordered = sorted(arrivals)
    return max(
        (sum(units for at, units in ordered if end - seconds <= at <= end) for end, _ in ordered), default=0
    )


def saturate(window: Window, *, for_s: float, batch: int, travel: random.Random) -> list[tuple[float, int]]:
    """A caller that always wants more and waits as told; when its writes arrive at the vendor."""
    limits, usage, now = Limits(mutations=window), Usage.empty(), START
    arrivals: list[tuple[float, int]] = []
    number = 0
    while now < START + for_s:
        number += 1
        try:
            usage, grant = reserve(usage, limits, now=now, token=str(number), mutations=batch)
        except RateLimited as refusal:
            now += refusal.retry_after_s or 0.0
            continue
        usage = settle(usage, limits, now=now, grant=grant, observed=Observed())
        arrivals.append((now + travel.uniform(0, LONGEST_TRAVEL_S), grant.mutations))
        now += travel.uniform(0, 0.02)
    return arrivals


class TestTheVendorsView:
    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.tuples(st.floats(0, 8), st.integers(1, 30), st.floats(0, LONGEST_TRAVEL_S)),
            min_size=1,
            max_size=120,
        ),
        st.sampled_from(
            [Window(40, 60.0), Window(40, 6.0), Window(5, 6.0), Window(1, 1.0), Window(7, 300.0)]
        ),
    )
    def test_never_shows_more_than_the_limit(
        self, calls: list[tuple[float, int, float]], window: Window
    ) -> None:
        limits, usage, now = (
            Limits(mutations=window, requests=Window(3, window.seconds)),
            Usage.empty(),
            START,
        )
        writes: list[tuple[float, int]] = []
        for pause, wanted, travel in calls:
            now += pause
            try:
                usage, grant = reserve(usage, limits, now=now, token=str(now), mutations=wanted, hold_s=0.0)
            except RateLimited:
                continue
            writes.append((now + travel, grant.mutations))
        assert most_in_any_span(writes, window.seconds) <= window.limit
        assert most_in_any_span([(at, 1) for at, _ in writes], window.seconds) <= 3

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 2**32), st.sampled_from([1, 3, 20, 40]))
    def test_never_shows_more_under_full_load_and_uses_95_percent(self, seed: int, batch: int) -> None:
        window, windows = Window(40, 60.0), 20
        arrivals = saturate(window, for_s=60.0 * windows, batch=batch, travel=random.Random(seed))
        assert most_in_any_span(arrivals, 60.0) <= 40
        assert sum(units for _, units in arrivals) >= 0.95 * 40 * windows

    @settings(max_examples=10, deadline=None)
    @given(st.integers(0, 2**32))
    def test_never_shows_more_in_a_short_window_either(self, seed: int) -> None:
        arrivals = saturate(Window(40, 6.0), for_s=60.0, batch=7, travel=random.Random(seed))
        assert most_in_any_span(arrivals, 6.0) <= 40
        assert sum(units for _, units in arrivals) >= 0.9 * 400

    def test_a_burst_of_120_single_writes_keeps_to_40_and_all_arrive(self) -> None:
        limits, usage, now = Limits(mutations=Window(40, 60.0)), Usage.empty(), START
        arrivals = []
        while len(arrivals) < 120:
            try:
                usage, grant = reserve(usage, limits, now=now, token=str(now), mutations=1, hold_s=0.0)
            except RateLimited as refusal:
                now += refusal.retry_after_s or 0.0
                continue
            arrivals.append((now, grant.mutations))
        assert most_in_any_span(arrivals, 60.0) == 40
        assert now - START == pytest.approx(121.8, abs=0.1)


class TestSlots:
    WINDOW = Window(1_000_000, 60.0)

    @settings(deadline=None)
    @given(st.lists(st.floats(0, 0.5), max_size=300))
    def test_stay_few_however_many_calls_there_are(self, pauses: list[float]) -> None:
        slots, now, times = (), START, []
        for pause in pauses:
            now += pause
            times.append(now)
            slots = add(slots, self.WINDOW, now, 1)
        assert used(slots, self.WINDOW, now) >= sum(1 for at in times if at >= now - 60)
        assert len(slots) <= SLOTS_PER_WINDOW * 1.1 + 2

    def test_forget_what_has_left_the_window(self) -> None:
        slots = add((), self.WINDOW, START, 5)
        assert used(slots, self.WINDOW, START + 60.5) == 5
        assert used(slots, self.WINDOW, START + 61) == 0
        assert len(add(slots, self.WINDOW, START + 61, 1)) == 1

    def test_of_a_clock_slightly_ahead_count(self) -> None:
        slots = add((), self.WINDOW, START + 2, 5)
        assert used(slots, self.WINDOW, START) == 5
        assert add(slots, self.WINDOW, START, 1) == ((START, 1), (START + 2, 5))

    def test_within_one_slot_keep_the_later_time(self) -> None:
        slots = add((), self.WINDOW, START + 0.9, 5)
        assert add(slots, self.WINDOW, START + 0.1, 1) == ((START + 0.9, 6),)

    def test_of_a_clock_that_was_hours_ahead_are_dropped(self) -> None:
        assert live(((START + 3600, 40.0),), self.WINDOW, START) == ()

    def test_tell_to_wait_until_enough_units_have_left(self) -> None:
        window = Window(10, 60.0)
        slots = ((START, 4.0), (START + 5, 4.0), (START + 9, 2.0))
        assert wait_s(slots, window, START + 10, 0) == 0.0
        assert wait_s(slots, window, START + 10, 3) == pytest.approx(50.9, abs=0.01)
        assert wait_s(slots, window, START + 10, 5) == pytest.approx(55.9, abs=0.01)
        assert wait_s(slots, window, START + 10, 99) == pytest.approx(59.9, abs=0.01)
        assert wait_s((), window, START, 99) == 0.0
