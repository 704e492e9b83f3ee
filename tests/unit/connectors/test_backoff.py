"""Delays between attempts."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.backoff import delay_s


@given(attempt=st.integers(1, 10_000), seed=st.integers())
def test_a_delay_lies_in_the_upper_half_of_the_doubled_and_capped_base(attempt, seed):
    whole = min(600.0, 2.0 * 2.0 ** min(attempt - 1, 50))
    assert whole / 2 <= delay_s(attempt, base_s=2.0, cap_s=600.0, rng=random.Random(seed)) <= whole


def test_delays_grow_with_the_attempts():
    delays = [delay_s(attempt, base_s=1.0, cap_s=1e9, rng=random.Random(1)) for attempt in range(1, 8)]
    assert all(later > earlier for earlier, later in pairwise(delays))


def test_delays_of_many_who_failed_together_are_spread():
    rng = random.Random(7)
    delays = sorted(delay_s(5, base_s=1.0, cap_s=600.0, rng=rng) for _ in range(200))
    assert delays[0] < 9
    assert delays[-1] > 15


def test_the_same_chance_gives_the_same_delay():
    assert delay_s(3, base_s=1.0, cap_s=9.0, rng=random.Random(4)) == delay_s(
        3, base_s=1.0, cap_s=9.0, rng=random.Random(4)
    )


def test_there_is_no_delay_before_the_first_failure():
    with pytest.raises(ValueError, match="Count from 1"):
        delay_s(0, base_s=1.0, cap_s=9.0, rng=random.Random(1))
