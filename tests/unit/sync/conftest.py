"""What the tests of the sync engine share."""

from __future__ import annotations

import pytest

from tests.unit.sync.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
