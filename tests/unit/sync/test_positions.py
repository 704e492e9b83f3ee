"""Where a walk stands survives being kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Plain
from integration_portal.positions import from_json, to_json

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8")),
    st.dates(),
    st.datetimes(timezones=ZONES),
)


@given(st.lists(VALUES).map(tuple))
def test_every_value_comes_back_as_it_was_and_of_its_type(position: tuple[Plain, ...]) -> None:
    stored = json.loads(json.dumps(to_json(position)))
    back = from_json(stored)
    assert back == position
    assert [type(value) for value in back] == [type(value) for value in position]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 3, 1, 12, tzinfo=UTC), ["moment", "2026-03-01T12:00:00+00:00"]),
        (date(2026, 3, 1), ["date", "2026-03-01"]),
        (Decimal("1.50"), ["decimal", "1.50"]),
        (7, ["plain", 7]),
        (None, ["plain", None]),
    ],
)
def test_a_value_says_what_it_is(value: Plain, written: list[object]) -> None:
    assert to_json((value,)) == [written]
