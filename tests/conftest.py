"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Two busy cores: how long one example takes says nothing. CI tries the same examples every time, so that a change is judged by
# what it changed; everywhere else new ones are looked for.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("suite")
