"""How long to wait before the next attempt. Arithmetic only: nothing here sleeps."""

from __future__ import annotations

import random

_MAX_DOUBLINGS = 60  # beyond that any real cap is long reached, and floats stay finite


def delay_s(attempt: int, *, base_s: float, cap_s: float, rng: random.Random) -> float:
    """Seconds to wait after the `attempt`-th failure: doubling, capped, half of it by chance (equal jitter).

    The random half keeps events that failed together from coming back together; the fixed half keeps a floor.

    Args:
        attempt: how many attempts failed so far, 1 or more.
        base_s: the whole delay after the first failure, seconds.
        cap_s: the longest delay, seconds.
        rng: the source of chance, handed in so that tests repeat.

    Raises:
        ValueError: attempt is less than 1.
    """
    if attempt < 1:
        raise ValueError(f"A delay follows a failed attempt; attempt {attempt} does not exist. Count from 1.")
    whole = min(cap_s, base_s * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS))
    return whole / 2 + rng.uniform(0, whole / 2)
