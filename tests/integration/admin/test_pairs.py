"""Lines of `value = label`."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from integration_portal.forms.pairs import PairsField

LABELS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=120)
VALUES = LABELS.filter(lambda text: "=" not in text)


@given(st.dictionaries(VALUES, LABELS, max_size=8))
def test_what_is_written_out_reads_back_the_same(pairs: dict[str, str]) -> None:
    field = PairsField()
    assert field.clean(field.prepare_value(pairs)) == pairs
    assert not field.has_changed(pairs, field.prepare_value(pairs))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense", "Line 1: write it as value = label"),
        ("a = b\n= c", "Line 2: write it as value = label"),
        ("a = ", "Line 1: write it as value = label"),
        ("a = b\na = c", "Line 2: a stands there twice."),
        (f"a = {'x' * 121}", "at most 120 characters"),
        (f"{'x' * 121} = a", "at most 120 characters"),
    ],
)
def test_a_bad_line_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        PairsField().clean(text)
    assert PairsField().has_changed({}, text)


def test_what_was_typed_wrongly_stays_as_it_was_typed() -> None:
    assert PairsField().prepare_value("nonsense") == "nonsense"


@pytest.mark.parametrize("text", ["", None, "\r\n  \n"])
def test_nothing_typed_is_an_empty_table(text: str | None) -> None:
    assert PairsField().clean(text) == {}
    assert not PairsField().has_changed(None, text)
