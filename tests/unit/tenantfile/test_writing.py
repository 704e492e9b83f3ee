"""What is written is read again as the same."""

# ruff: noqa: E501  tables of sentences
from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from integration_portal.tenantfile import checking, reading, writing
from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.form import Reference, Shape, TenantFile, keys_of
from tests.unit.tenantfile.samples import CONTOSO

# Everything that PostgreSQL can keep in a text.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["No", "null", "~", "on", "00123", "1_000", "2026-01-01", "12:30", "=", "<<", "a: b", "- a", "#", "a\nb\n", " a ", "@link", "'", "!x", "*y", "&z", "\t", "a\tb", "1.0"]
)  # fmt: skip
NAME = TEXT.filter(bool)
COMPANY = st.text("abcdefghij0123456789", min_size=1, max_size=4)


def _condition() -> st.SearchStrategy[Any]:
    several = st.builds(
        lambda field, test, values: {"field": field, test: values},
        TEXT,
        st.sampled_from(["is", "is_not"]),
        st.lists(TEXT, min_size=1, max_size=3),
    )
    one = st.builds(
        lambda field, test, value: {"field": field, test: value},
        TEXT,
        st.sampled_from(["at_least", "at_most"]),
        TEXT,
    )
    return several | one


SHAPES: dict[Shape, st.SearchStrategy[Any]] = {
    Shape.TEXT: TEXT,
    Shape.YES_NO: st.booleans(),
    Shape.WHOLE: st.integers(0, 10**9),
    Shape.NUMBER: st.integers(0, 10**6).map(lambda number: number / 8),
    Shape.TEXTS: st.lists(TEXT, max_size=3).map(tuple),
    Shape.PAIRS: st.dictionaries(TEXT, TEXT, max_size=3),
    Shape.COMPANIES: st.dictionaries(COMPANY, TEXT, max_size=3),
    Shape.SECRET: st.none()
    | st.builds(Reference, st.just("env"), st.from_regex(r"[A-Z_][A-Z0-9_]{0,9}", fullmatch=True))
    | st.builds(Reference, st.just("file"), TEXT.map(lambda text: f"/{text}")),
    Shape.CONDITIONS: st.lists(_condition(), max_size=2).map(tuple),
}


def entries(form: type[Any]) -> st.SearchStrategy[Any]:
    """Any entry of a kind."""
    values = {}
    for name, key in keys_of(form).items():
        if key.shape is Shape.ENTRY:
            assert key.entry
            values[name] = entries(key.entry)
        elif key.shape is Shape.ENTRIES:
            assert key.entry
            values[name] = st.lists(entries(key.entry), max_size=2).map(tuple)
        else:
            values[name] = st.sampled_from(key.one_of) if key.one_of else SHAPES[key.shape]
        if key.or_null:
            values[name] |= st.none()
    return st.builds(form, **values)


@given(entries(TenantFile))
def test_any_file_is_read_as_it_was_written(file: TenantFile) -> None:
    file = dataclasses.replace(file, version=1)
    text = writing.write(file)
    findings = Findings("any.yaml")
    read = reading.read(text.encode(), findings)
    assert findings.sentences() == []
    assert read == file
    assert writing.write(read) == text


def test_defaults_are_left_out_and_secrets_named() -> None:
    findings = Findings("c.yaml")
    file = checking.check(reading.read(CONTOSO.encode(), findings), findings, allow_loopback_http=False)
    text = writing.write(file)
    assert "client_secret: {env: CONTOSO_SECRET}\n" in text
    assert "mutations_per_window: null\n" in text
    assert "legal_entities: [demf, usmf]\n" in text
    assert "- {field: CurrencyCode, is: [USD, EUR]}\n" in text
    assert "window_seconds" not in text
    assert "direction" not in text
    assert len(text.splitlines()) == len(CONTOSO.splitlines())
