"""What every column codec must keep; each codec's test class inherits it and says what its values are."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.monday.columns import TYPES, CannotEncode, Codec, codec
from connectors.monday.model import Cell, Column

# The same test runs for several classes on purpose.
inherited = settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None, max_examples=50)


class CodecContract:
    """Inherit, and fill in.

    Attributes:
        column: with the labels and settings that the values need.
        values: strategy of values that fit and are not empty.
        empty_values: what clears the cell.
        clear: what clearing sends.
        refused: (value, words of the sentence) for values that do not fit.
    """

    column: ClassVar[Column]
    values: ClassVar[st.SearchStrategy[Any]]
    empty_values: ClassVar[tuple[Any, ...]] = (None, "", "   ")
    clear: ClassVar[Any] = None
    refused: ClassVar[tuple[tuple[Any, str], ...]] = ()

    @property
    def codec(self) -> Codec:
        found = codec(self.column.type)
        assert found is not None
        return found

    def stored(self, encoded: Any) -> Cell:
        """The cell as monday gives it back after this was written; None was a clearing."""
        raise NotImplementedError

    @inherited
    @given(st.data())
    def test_a_value_reads_back_with_the_same_meaning(self, data: st.DataObject) -> None:
        value = data.draw(self.values)
        encoded = self.codec.encode(value, self.column)
        read = self.codec.decode(self.stored(encoded), self.column)
        assert self.codec.canonical(read, self.column) == self.codec.canonical(value, self.column)

    @inherited
    @given(st.data())
    def test_what_was_read_can_be_written_again_and_is_no_difference(self, data: st.DataObject) -> None:
        encoded = self.codec.encode(data.draw(self.values), self.column)
        read = self.codec.decode(self.stored(encoded), self.column)
        again = self.codec.decode(self.stored(self.codec.encode(read, self.column)), self.column)
        assert again == read

    @inherited
    @given(st.data())
    def test_a_value_is_sent_as_json_and_never_as_the_clear_value(self, data: st.DataObject) -> None:
        encoded = self.codec.encode(data.draw(self.values), self.column)
        assert json.loads(json.dumps(encoded)) == encoded
        assert encoded != self.clear

    def test_an_empty_value_clears_the_cell(self) -> None:
        for value in self.empty_values:
            assert self.codec.encode(value, self.column) == self.clear
            assert self.codec.canonical(value, self.column) == ""

    def test_a_cleared_cell_reads_as_empty(self) -> None:
        read = self.codec.decode(self.stored(self.clear), self.column)
        assert self.codec.canonical(read, self.column) == ""

    def test_what_does_not_fit_is_refused_in_a_sentence(self) -> None:
        for value, words in self.refused:
            with pytest.raises(CannotEncode) as caught:
                self.codec.encode(value, self.column)
            sentence = str(caught.value)
            assert words in sentence
            assert sentence.endswith(".")
            assert self.column.title in sentence or self.column.type == "name"

    def test_is_found_by_its_type_and_can_be_written(self) -> None:
        assert self.codec.type == self.column.type
        assert self.codec.type in TYPES
        assert self.codec.writable
