"""A mapping's filter typed as lines, and read back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from integration_portal.forms.conditions import ConditionsField
from mappings import catalogue

FIELD = ConditionsField()


def cleaned(text: str, kind: str = "") -> Any:
    field = ConditionsField()
    field.kind = catalogue.kind(kind) if kind else None
    return field.clean(text)


def wrong(text: str, kind: str = "") -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        cleaned(text, kind)
    return refusal.value.messages


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ("A is x", {"field": "A", "is": ["x"]}),
        ("A  is   x ,  y", {"field": "A", "is": ["x", "y"]}),
        ("A is_not x", {"field": "A", "is_not": ["x"]}),
        ("A is not x", {"field": "A", "is_not": ["x"]}),
        ('A is "not x"', {"field": "A", "is": ["not x"]}),
        ('A is ""', {"field": "A", "is": [""]}),
        ('A is "Acme, Inc.", Other', {"field": "A", "is": ["Acme, Inc.", "Other"]}),
        ('A is "27"" screen"', {"field": "A", "is": ['27" screen']}),
        ("A at_least 1000", {"field": "A", "at_least": "1000"}),
        ("A at most 5", {"field": "A", "at_most": "5"}),
        ("confirmation.Total at_most 5", {"field": "confirmation.Total", "at_most": "5"}),
    ],
)
def test_a_line_is_a_condition(line: str, stored: dict[str, Any]) -> None:
    assert cleaned(f"\n{line}\r\n \n") == [stored]


@pytest.mark.parametrize("line", ["A", "A is", "A = x", "is x", "A equals x"])
def test_a_line_of_another_form_is_refused(line: str) -> None:
    (message,) = wrong(line)
    assert message.startswith("Line 1: write a field, one of is, is_not, at_least, at_most, and a value")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A at_least 1, 2", "at_least takes one value"),
        ('A at_least ""', "the value is missing"),
        ('A is "x', "a quotation mark is not closed"),
        ('A is "x" y', "a quotation mark is not closed, or stands in the middle"),
        ("InvoiceAmount at_least much", "InvoiceAmount holds numbers, and much is none"),
        ("InvoiceAmount at_least NaN", "InvoiceAmount holds numbers"),
        ("InvoiceDate at_least soon", "InvoiceDate holds dates, and soon is none; write it like 2026-03-31."),
        ("Nonsense is x", "Posted vendor invoice has no field Nonsense"),
        ("@link is x", "Posted vendor invoice has no field @link"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_line(line: str, words: str) -> None:
    (message,) = wrong(f"CurrencyCode is EUR\n{line}".replace("A ", "InvoiceId "), "posted_invoice")
    assert message.startswith("Line 2: ")
    assert words in message


def test_every_wrong_line_is_named() -> None:
    assert [message[:7] for message in wrong("A\nA is x\nB")] == ["Line 1:", "Line 3:"]


def test_bounds_that_fit_their_field_are_taken() -> None:
    lines = "InvoiceAmount at_least 1000.50\nInvoiceDate at_most 2026-03-31\nInvoiceId at_least A"
    assert len(cleaned(lines, "posted_invoice")) == 3


def test_what_cannot_be_read_is_shown_as_it_is() -> None:
    assert FIELD.prepare_value([{"field": "A"}]) == "[{'field': 'A'}]"
    assert FIELD.prepare_value("as typed") == "as typed"


def test_blanks_are_no_change() -> None:
    stored = [{"field": "A", "is": ["x", "y"]}]
    assert not FIELD.has_changed(stored, " A  is x,y \r\n")
    assert not FIELD.has_changed(None, "")
    assert FIELD.has_changed(stored, "A is x")
    assert FIELD.has_changed(stored, "A")


values = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ,"'), max_size=12).map(
    str.strip
)


@given(st.lists(values, min_size=1, max_size=4), values.filter(bool))
def test_what_is_shown_reads_back_the_same(several: list[str], one: str) -> None:
    stored = [{"field": "A", "is": several}, {"field": "B", "at_least": one}]
    assert cleaned(FIELD.prepare_value(stored)) == stored
