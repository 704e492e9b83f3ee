"""Text, long text and the item's name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.monday.columns import codec
from connectors.monday.columns.name import shorten
from connectors.monday.columns.text import TextCodec
from connectors.monday.model import Cell, Column
from tests.unit.connectors.monday.columns.contract import CodecContract

visible = st.text(min_size=1, max_size=300).filter(str.strip)


class TestText(CodecContract):
    column = Column("text_1", "Invoice", "text")
    values = st.one_of(visible, st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=2))
    refused = (("x" * 65_537, "65,537 bytes"), ("ü" * 40_000, "80,000 bytes"), (3.5, "takes text"))

    def stored(self, encoded: Any) -> Cell:
        return Cell("text_1", "text", text=encoded or "", value=encoded)

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("INV-1042 ", "INV-1042 "),
            (Decimal("1E+3"), "1000"),
            (42, "42"),
            (True, "Yes"),
            (False, "No"),
            (date(2026, 3, 1), "2026-03-01"),
            (datetime(2026, 3, 1, 13, 5, tzinfo=UTC), "2026-03-01 13:05"),
            ("a\r\nb", "a\nb"),
            ("x" * 65_536, "x" * 65_536),
        ],
    )
    def test_plain_values_are_written_for_people(self, value: Any, text: str) -> None:
        assert TextCodec().encode(value, self.column) == text

    def test_outer_blanks_are_no_difference(self) -> None:
        assert TextCodec().canonical(" INV-1 ", self.column) == TextCodec().canonical("INV-1", self.column)

    def test_a_date_of_1900_is_nothing(self) -> None:
        assert TextCodec().encode(date(1900, 1, 1), self.column) is None

    def test_without_display_text_the_json_is_read(self) -> None:
        assert TextCodec().decode(Cell("text_1", "text", text=None, value="A"), self.column) == "A"
        assert TextCodec().decode(Cell("text_1", "text"), self.column) is None


class TestLongText(CodecContract):
    column = Column("long_1", "Note", "long_text")
    values = visible
    refused = (("x" * 2_001, "2,001 characters"), (b"x", "takes text"))

    def stored(self, encoded: Any) -> Cell:
        value = encoded and {**encoded, "changed_at": "2026-03-01T13:25:00.000Z"}
        return Cell("long_1", "long_text", text=encoded["text"] if encoded else "", value=value)

    def test_two_thousand_characters_fit(self) -> None:
        assert self.codec.encode("é" * 2_000, self.column) == {"text": "é" * 2_000}

    def test_without_display_text_the_json_is_read(self) -> None:
        assert self.codec.decode(Cell("long_1", "long_text", value={"text": "A"}), self.column) == "A"


class TestName(CodecContract):
    column = Column("name", "Name", "name")
    values = visible
    empty_values = ()
    refused = ((None, "no name"), ("  ", "no name"))

    def stored(self, encoded: Any) -> Cell:
        return Cell("name", "name", text=encoded)

    @settings(deadline=None)
    @given(st.text(max_size=600))
    def test_a_long_name_is_cut_with_an_ellipsis(self, name: str) -> None:
        short = shorten(name)
        assert len(short) <= 255
        assert shorten(short) == short
        assert short == name.strip() or (short.endswith("…") and name.strip().startswith(short[:-1]))

    def test_255_characters_stay_whole(self) -> None:
        assert shorten("é" * 255) == "é" * 255
        assert shorten("é" * 256) == "é" * 254 + "…"


def test_a_type_we_neither_write_nor_read_has_no_codec() -> None:
    assert codec("formula") is None
