"""A mapping's filter: how it is stored, which records it lets through."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.dynamics.model import Plain
from mappings.rules import Condition, conditions_of
from tests.fakes.samples import invoice, rule


@pytest.mark.parametrize(
    ("value", "test", "values", "holds"),
    [
        ("USD", "is", ("EUR", "USD"), True),
        ("CHF", "is", ("EUR", "USD"), False),
        ("USD ", "is", ("USD",), True),
        (None, "is", ("",), True),
        (None, "is", ("USD",), False),
        ("CHF", "is_not", ("EUR", "USD"), True),
        ("USD", "is_not", ("EUR", "USD"), False),
        (None, "is_not", ("USD",), True),
        (Decimal("1000.00"), "is", ("1000",), True),
        (Decimal("1000.00"), "is", ("many",), False),
        (7, "is_not", ("7.0",), False),
        ("00000154", "is", ("154",), False),
        (True, "is", ("1",), False),
        (True, "is", ("True",), True),
        (Decimal("1000"), "at_least", ("1000.00",), True),
        (Decimal("999.99"), "at_least", ("1000",), False),
        (Decimal("-5"), "at_most", ("0",), True),
        (Decimal("5"), "at_most", ("0",), False),
        (None, "at_least", ("0",), False),
        (None, "at_most", ("0",), False),
        (date(2026, 3, 1), "at_least", ("2026-03-01",), True),
        (date(2026, 2, 28), "at_least", ("2026-03-01",), False),
        (datetime(2026, 3, 1, 9, 41, tzinfo=UTC), "at_least", ("2026-03-01",), True),
        (datetime(2026, 3, 1, 9, 41, tzinfo=UTC), "at_most", ("2026-03-01",), True),
        (datetime(2026, 3, 2, tzinfo=UTC), "at_most", ("2026-03-01",), False),
        ("B", "at_least", ("A",), True),
    ],
)
def test_a_condition_holds_for_what_it_names(
    value: Plain, test: str, values: tuple[str, ...], holds: bool
) -> None:
    assert Condition("Field", test, values).holds({"Field": value}) is holds


def test_a_field_that_was_not_read_is_empty() -> None:
    assert Condition("Field", "is", ("",)).holds({})


def test_conditions_are_read_as_they_are_stored() -> None:
    stored = [
        {"field": "CurrencyCode", "is": ["USD", "EUR"]},
        {"field": "InvoiceAmount", "at_least": 1000},
        {"field": "Payment", "is_not": "Net30"},
    ]
    assert conditions_of(stored) == (
        Condition("CurrencyCode", "is", ("USD", "EUR")),
        Condition("InvoiceAmount", "at_least", ("1000",)),
        Condition("Payment", "is_not", ("Net30",)),
    )


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"field": "A", "is": "1"}, "The conditions are a list."),
        (["A is 1"], "has a field and one of is, is_not, at_least, at_most"),
        ([{"field": "A"}], "this one does not: {'field': 'A'}"),
        ([{"is": "1"}], "has a field and one of"),
        ([{"field": 1, "is": "1"}], "has a field and one of"),
        ([{"field": "A", "is": "1", "is_not": "2"}], "has a field and one of"),
        ([{"field": "A", "is": "1", "more": "2"}], "has a field and one of"),
        ([{"field": "A", "is": []}], "The condition on A needs a value."),
        ([{"field": "A", "at_least": ["1", "2"]}], "The condition on A needs one value."),
    ],
)
def test_another_form_is_refused_with_a_sentence(stored: Any, words: str) -> None:
    with pytest.raises(ValueError) as refusal:
        conditions_of(stored)
    assert words in str(refusal.value)


def test_a_record_is_wanted_when_every_condition_holds() -> None:
    made = rule(
        companies=frozenset({"usmf"}),
        conditions=conditions_of(
            [{"field": "CurrencyCode", "is": ["EUR"]}, {"field": "InvoiceAmount", "at_least": "1000"}]
        ),
    )
    assert made.wants(invoice())
    assert not made.wants(invoice(CurrencyCode="USD"))
    assert not made.wants(invoice(InvoiceAmount=Decimal("999.99")))
    assert not made.wants(invoice(dataAreaId="demf"))
    assert made.fields() >= {"CurrencyCode", "InvoiceAmount"}
