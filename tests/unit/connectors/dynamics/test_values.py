"""JSON values of OData and literals of its filters."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Field
from connectors.dynamics.values import decode, literal
from connectors.errors import ProtocolFault

TEXT = Field("Name", "Edm.String")
LONG = Field("RecId", "Edm.Int64")
AMOUNT = Field("Amount", "Edm.Decimal")
DAY = Field("DueDate", "Edm.DateTimeOffset", date_only=True)
TIME = Field("ModifiedAt", "Edm.DateTimeOffset")
GUID = Field("Id", "Edm.Guid")
FLAG = Field("Flag", "Edm.Boolean")
STATUS = Field("PurchaseOrderStatus", "PurchStatus")
PICTURE = Field("Picture", "Edm.Binary")
ALL = (TEXT, LONG, AMOUNT, DAY, TIME, GUID, FLAG, STATUS, PICTURE)


def _from_wire(field: Field, text: str):
    return decode(field, json.loads(text, parse_float=Decimal))


@pytest.mark.parametrize(
    ("field", "wire", "value"),
    [
        (TEXT, '"O\'Brien "', "O'Brien "),
        (TEXT, '""', None),
        (TEXT, "null", None),
        (LONG, "9007199254740993", 9007199254740993),
        (LONG, '"5637144672"', 5637144672),
        (LONG, "0", 0),
        (AMOUNT, "18250.5", Decimal("18250.5")),
        (AMOUNT, "1200", Decimal(1200)),
        (AMOUNT, '"0.10"', Decimal("0.10")),
        (AMOUNT, "1.5E+3", Decimal(1500)),
        (DAY, '"2016-11-21T12:00:00Z"', date(2016, 11, 21)),
        (DAY, '"2016-11-21T00:00:00Z"', date(2016, 11, 21)),
        (DAY, '"1900-01-01T12:00:00Z"', None),
        (DAY, '"1900-01-01T00:00:00Z"', None),
        (TIME, '"1900-01-01T00:00:00Z"', None),
        (TIME, '"0001-01-01T00:00:00Z"', None),
        (TIME, '"2026-03-02T23:41:07Z"', datetime(2026, 3, 2, 23, 41, 7, tzinfo=UTC)),
        (TIME, '"2154-12-31T23:59:59Z"', datetime(2154, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (GUID, '"{6F9619FF-8B86-D011-B42D-00C04FC964FF}"', "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        (GUID, '"00000000-0000-0000-0000-000000000000"', None),
        (FLAG, "false", False),
        (STATUS, '"Backorder"', "Backorder"),
        (PICTURE, '"AAEC"', "AAEC"),
    ],
)
def test_a_value_is_read_exactly_and_an_empty_one_is_none(field, wire, value):
    found = _from_wire(field, wire)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "wire"),
    [
        (TEXT, "5"),
        (TEXT, '{"a": 1}'),
        (LONG, "true"),
        (LONG, "1.5"),
        (LONG, '"many"'),
        (AMOUNT, "true"),
        (AMOUNT, "NaN"),
        (AMOUNT, '"Infinity"'),
        (AMOUNT, '"twelve"'),
        (AMOUNT, "[1]"),
        (DAY, '"21.11.2016"'),
        (DAY, "20161121"),
        (TIME, '"2016-13-21T12:00:00Z"'),
        (GUID, '"not-a-guid"'),
        (FLAG, '"Yes"'),
        (STATUS, "1"),
    ],
)
def test_a_value_of_another_type_breaks_the_contract_and_says_where(field, wire):
    with pytest.raises(ProtocolFault, match=field.name):
        _from_wire(field, wire)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(ALL), ANY_JSON)
def test_any_json_is_either_read_or_refused_as_a_broken_contract(field, value):
    try:
        found = decode(field, value)
    except ProtocolFault as fault:
        assert len(fault.detail) < 300
    else:
        assert found is None or isinstance(found, str | int | Decimal | date)


@given(st.dates(date(1901, 1, 1)), st.integers(0, 23))
def test_a_day_is_the_day_that_is_written_whatever_the_hour(day, hour):
    assert decode(DAY, f"{day.isoformat()}T{hour:02}:59:59Z") == day


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (TEXT, "US-101", "'US-101'"),
        (TEXT, "O'Brien", "'O''Brien'"),
        (TEXT, "", "''"),
        (TEXT, None, "''"),
        (LONG, 5637144576, "5637144576"),
        (AMOUNT, Decimal("1E+3"), "1000"),
        (AMOUNT, Decimal("-0.10"), "-0.10"),
        (AMOUNT, 7, "7"),
        (DAY, date(2026, 1, 2), "2026-01-02T12:00:00Z"),
        (TIME, date(2026, 1, 2), "2026-01-02T00:00:00Z"),
        (TIME, datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:04:05Z"),
        (TIME, datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC), "2026-01-02T03:04:05.600000Z"),
        (GUID, "6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        (FLAG, True, "true"),
        (STATUS, "Backorder", "Microsoft.Dynamics.DataEntities.PurchStatus'Backorder'"),
    ],
)
def test_a_literal_is_written_as_fo_wants_it(field, value, text):
    assert literal(field, value) == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (TEXT, 5),
        (LONG, True),
        (LONG, "5"),
        (LONG, None),
        (AMOUNT, True),
        (AMOUNT, "5"),
        (AMOUNT, Decimal("NaN")),
        (DAY, datetime(2026, 1, 2, tzinfo=UTC)),
        (DAY, None),
        (TIME, datetime(2026, 1, 2)),  # noqa: DTZ001
        (TIME, "2026-01-02"),
        (GUID, "no guid"),
        (GUID, 5),
        (FLAG, 1),
        (STATUS, "Back' or 1 eq 1"),
        (STATUS, 1),
        (PICTURE, "AAEC"),
    ],
)
def test_a_value_that_cannot_be_compared_with_the_field_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field.name):
        literal(field, value)


@given(st.text())
def test_a_text_literal_can_be_read_back_and_never_ends_early(text):
    written = literal(TEXT, text)
    assert written[0] == written[-1] == "'"
    inner = written[1:-1]
    assert inner.replace("''", "'") == text
    assert "'" not in inner.replace("''", "")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_an_amount_survives_literal_and_decode(amount):
    assert decode(AMOUNT, literal(AMOUNT, amount)) == amount


@given(st.datetimes(datetime(1901, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_survives_literal_and_decode(when):
    assert decode(TIME, literal(TIME, when)) == when
