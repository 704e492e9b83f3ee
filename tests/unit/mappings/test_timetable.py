"""Times as cron writes them."""

from __future__ import annotations

import pytest

from mappings.timetable import problem


@pytest.mark.parametrize("cron", ["15 6 * * 1-5", "*/10 * * * *", "0 0 29 2 *", "0 8,12 1 jan mon"])
def test_a_time_table_of_five_parts_is_good(cron: str) -> None:
    assert problem(cron) == ""


@pytest.mark.parametrize("cron", ["", "61 * * * *", "* * * * * *", "@hourly", "15 6", "every day at six ok"])
def test_anything_else_is_none(cron: str) -> None:
    assert problem(cron).startswith("Write five parts")


def test_a_day_that_never_comes_is_refused() -> None:
    assert problem("0 0 31 2 *").startswith("0 0 31 2 * never comes")
