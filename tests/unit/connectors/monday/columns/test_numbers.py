"""Numbers: money must come back to the last digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from connectors.errors import ProtocolFault
from connectors.monday.columns.numbers import NumbersCodec
from connectors.monday.model import Cell, Column
from tests.unit.connectors.monday.columns.contract import CodecContract

amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)


class TestNumbers(CodecContract):
    column = Column("numbers_1", "Amount", "numbers")
    values = st.one_of(amounts, st.integers(-(10**30), 10**30), amounts.map(lambda amount: f"{amount:f}"))
    refused = (
        ("1,234.50", '"1,234.50"'),
        ("12 EUR", "a number such as"),
        ("1e5", "a number such as"),
        ("٣", "a number such as"),
        (True, "takes a number"),
        (1.5, "a number such as"),
        (date(2026, 3, 1), "a number such as"),
        (Decimal("NaN"), "too long"),
        (Decimal("Infinity"), "too long"),
        (Decimal("1E+40"), "too long"),
    )

    def stored(self, encoded: Any) -> Cell:
        return Cell("numbers_1", "numbers", text=encoded or "", value=encoded)

    @pytest.mark.parametrize(
        ("value", "sent"),
        [
            ("12.50", "12.5"),
            ("-3", "-3"),
            (Decimal("0.00"), "0"),
            (Decimal("-0.0"), "0"),
            (Decimal("1E+3"), "1000"),
        ],
    )
    def test_numbers_are_sent_without_what_changes_nothing(self, value: Any, sent: str) -> None:
        assert NumbersCodec().encode(value, self.column) == sent

    def test_a_number_is_read_exactly_from_json_text_or_display_text(self) -> None:
        exact = Decimal("12345678901234567890.12")
        for cell in (
            Cell("n", "numbers", text="0.1", value="12345678901234567890.12", extra={"number": 1.2e19}),
            Cell("n", "numbers", text="0.1", value=exact),
            Cell("n", "numbers", text="12345678901234567890.12", value=None),
        ):
            assert NumbersCodec().decode(cell, self.column) == exact

    def test_a_text_that_is_no_number_breaks_the_contract(self) -> None:
        with pytest.raises(ProtocolFault, match="column Amount"):
            NumbersCodec().decode(Cell("n", "numbers", value="n/a"), self.column)
