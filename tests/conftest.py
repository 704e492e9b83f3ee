"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# Two busy cores: how long one example takes says nothing.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
