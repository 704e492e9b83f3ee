"""Named changes of a value on its way to the board, and the texts values are written as."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Plain
from mappings import transforms
from mappings.texts import as_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("Acme", "Acme"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00"), "0.00"),
        (7, "7"),
        (True, "True"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 9, 41, 7, tzinfo=UTC), "2026-03-01 09:41"),
    ],
)
def test_values_are_written_for_people(value: Plain, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("name", "argument", "value", "changed"),
    [
        ("round", "", Decimal("1.005"), Decimal("1.01")),
        ("round", "0", Decimal("2.5"), Decimal("3")),
        ("round", "3", 7, Decimal("7.000")),
        ("round", "", Decimal("-1.005"), Decimal("-1.01")),
        ("round", "9", Decimal("99999999999999999999.123456789"), Decimal("99999999999999999999.123456789")),
        ("round", "", "12.345", "12.345"),
        ("round", "", True, True),
        ("round", "", None, None),
        ("prefix", "PO ", "00000154", "PO 00000154"),
        ("prefix", "PO ", 7, "PO 7"),
        ("prefix", "PO ", "  ", None),
        ("prefix", "PO ", None, None),
        ("upper", "", "usmf", "USMF"),
        ("upper", "", None, None),
        ("currency", "CurrencyCode", Decimal("1234567.885"), "1,234,567.89 EUR"),
        ("currency", "CurrencyCode", -7, "-7.00 EUR"),
        ("currency", "Unknown", Decimal("0"), "0.00"),
        ("currency", "CurrencyCode", "12.345", "12.345"),
        ("currency", "CurrencyCode", True, True),
        ("currency", "CurrencyCode", None, None),
        ("person", "", "maya@contoso.example", "maya@contoso.example"),
        ("", "", "as it is", "as it is"),
        ("unknown", "", "as it is", "as it is"),
    ],
)
def test_a_transform_changes_the_values_it_is_for(
    name: str, argument: str, value: Plain, changed: Plain
) -> None:
    found = transforms.apply(name, value, argument, {"CurrencyCode": "EUR"})
    assert (found, str(found)) == (changed, str(changed))


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=12),
    st.integers(0, 9),
)
def test_a_rounded_number_is_never_further_away_than_half_a_step(value: Decimal, places: int) -> None:
    found = transforms.apply("round", value, str(places))
    assert isinstance(found, Decimal)
    assert found.as_tuple().exponent == -places
    assert abs(found - value) <= Decimal(5).scaleb(-places - 1)


@given(st.sampled_from(["round", "upper"]), st.decimals(-1000, 1000, places=4) | st.text())
def test_a_transform_made_twice_changes_nothing_more(name: str, value: Plain) -> None:
    once = transforms.apply(name, value, "")
    assert transforms.apply(name, once, "") == once


@pytest.mark.parametrize(
    ("name", "argument", "words"),
    [
        ("spin", "", "There is no transform spin; there are round, prefix, upper, currency, person."),
        ("round", "ten", "give a number from 0 to 9"),
        ("round", "10", "give a number from 0 to 9"),
        ("round", "-1", "give a number from 0 to 9"),
        ("prefix", "", "The prefix is missing."),
        ("currency", "", "The field that holds the currency is missing"),
    ],
)
def test_an_argument_that_does_not_fit_is_a_problem(name: str, argument: str, words: str) -> None:
    assert words in transforms.problem(name, argument)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("", ""),
        ("", "x"),
        ("round", ""),
        ("round", "9"),
        ("prefix", "PO "),
        ("upper", ""),
        ("currency", "CurrencyCode"),
        ("person", ""),
    ],
)
def test_an_argument_that_fits_is_none(name: str, argument: str) -> None:
    assert transforms.problem(name, argument) == ""


def test_every_transform_can_be_chosen() -> None:
    assert [name for name, _ in transforms.choices()] == [
        "round",
        "prefix",
        "upper",
        transforms.CURRENCY,
        transforms.PERSON,
    ]


def test_only_the_currency_needs_a_further_field() -> None:
    assert transforms.field_of("currency", "CurrencyCode") == "CurrencyCode"
    assert transforms.field_of("prefix", "PO ") == ""
