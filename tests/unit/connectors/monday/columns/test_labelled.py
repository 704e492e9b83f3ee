"""Status and dropdown: labels are checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from connectors.monday.columns import CannotEncode, codec
from connectors.monday.columns.labels import find, known_text
from connectors.monday.model import Cell, Column, Label
from tests.unit.connectors.monday.columns.contract import CodecContract

LABELS = (
    Label("0", "Working on it"),
    Label("1", "Done"),
    Label("2", "Stuck, badly"),
    Label("5", ""),
    Label("7", "2023"),
    Label("8", "Open"),
    Label("9", "OPEN"),
    Label("10", "Old", deactivated=True),
    Label("11", "Done", deactivated=True),
)
TEXTS = [label.text for label in LABELS if label.text and not label.deactivated]


class TestStatus(CodecContract):
    column = Column("status", "State", "status", LABELS)
    values = st.sampled_from([*TEXTS, "done", " Done ", "WORKING ON IT", 2023])
    refused = (
        ("Dome", 'has no label "Dome". Its labels are: Working on it, Done, Stuck, badly, 2023, Open, OPEN'),
        ("open ", "several labels"),
        ("old", "deactivated"),
        (("Done",), "takes text"),
    )

    def stored(self, encoded: Any) -> Cell:
        if encoded is None:
            return Cell("status", "status", text=None, value=None, extra={"label": None})
        if "index" in encoded:
            label = next(one for one in LABELS if one.id == str(encoded["index"]))
        else:
            label = next(one for one in LABELS if one.text == encoded["label"])
        value = {"index": int(label.id), "post_id": None, "changed_at": "2026-03-01T13:25:00.000Z"}
        return Cell("status", "status", text=label.text, value=value, extra={"label": label.text})

    def test_a_label_that_is_a_number_is_sent_by_its_id(self) -> None:
        assert self.codec.encode("2023", self.column) == {"index": 7}

    def test_a_label_is_found_without_regard_to_case_when_only_one_fits(self) -> None:
        assert self.codec.encode("dOnE", self.column) == {"label": "Done"}
        assert self.codec.encode("Open", self.column) == {"label": "Open"}

    def test_the_blank_label_reads_as_empty(self) -> None:
        cell = Cell("status", "status", text="", value={"index": 5}, extra={"label": ""})
        assert self.codec.decode(cell, self.column) is None

    def test_a_long_value_is_cut_in_the_sentence(self) -> None:
        with pytest.raises(CannotEncode, match="x…"):
            self.codec.encode("x" * 500, self.column)

    def test_a_column_without_labels_says_so(self) -> None:
        with pytest.raises(CannotEncode, match="Its labels are: none"):
            self.codec.encode("Done", Column("status", "State", "status"))


class TestDropdown(CodecContract):
    column = Column(
        "dropdown", "Dimensions", "dropdown", LABELS, {"limit_select": True, "label_limit_count": 3}
    )
    values = st.one_of(
        st.sampled_from([*TEXTS, "done"]),
        st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map(tuple),
    )
    empty_values = (None, "", (), [], ("", None))
    refused = (
        (("Done", "Nowhere"), 'has no label "Nowhere"'),
        (tuple(TEXTS[:4]), "takes 3 labels at most, not 4"),
        ((3.5,), "takes text"),
    )

    def stored(self, encoded: Any) -> Cell:
        if encoded is None:
            return Cell("dropdown", "dropdown", text=None, value=None, extra={"values": []})
        chosen = [{"id": str(one), "label": self.text_of(one)} for one in encoded["ids"]]
        return Cell("dropdown", "dropdown", value=encoded, extra={"values": chosen})

    def text_of(self, label_id: int) -> str:
        return next(label.text for label in LABELS if label.id == str(label_id))

    def test_a_text_is_one_label_commas_and_all(self) -> None:
        assert self.codec.encode("Stuck, badly", self.column) == {"ids": [2]}

    def test_without_the_typed_field_the_ids_are_read(self) -> None:
        cell = Cell("dropdown", "dropdown", value={"ids": [7, 1, 99]})
        assert self.codec.decode(cell, self.column) == ("Done", "2023", "99")
        assert self.codec.decode(Cell("dropdown", "dropdown"), self.column) == ()

    def test_the_order_of_labels_is_no_difference(self) -> None:
        assert self.codec.canonical(("Done", "2023"), self.column) == self.codec.canonical(
            ["2023", "Done", "done"], self.column
        )

    def test_a_column_without_a_limit_takes_all_labels(self) -> None:
        column = Column("dropdown", "Dimensions", "dropdown", LABELS, {"label_limit_count": 1})
        assert len(self.codec.encode(tuple(TEXTS), column)["ids"]) == len(TEXTS)


class TestLabels:
    def test_an_unknown_text_is_compared_as_it_is(self) -> None:
        column = Column("status", "State", "status", LABELS)
        assert known_text(" Nowhere ", column) == "Nowhere"
        assert known_text("open", column) == "open"

    def test_of_two_equal_labels_the_first_is_taken(self) -> None:
        column = Column("status", "State", "status", (Label("3", "Paid"), Label("4", "Paid")))
        assert find("Paid", column).id == "3"


def test_labels_of_a_status_never_reach_other_columns() -> None:
    text = codec("text")
    assert text is not None
    assert text.canonical("done", Column("t", "T", "text", LABELS)) == "done"
