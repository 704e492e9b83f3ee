"""People, connected items and the checkbox."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from connectors.errors import ProtocolFault
from connectors.monday.columns.board_relation import BoardRelationCodec
from connectors.monday.columns.checkbox import CheckboxCodec
from connectors.monday.columns.people import PeopleCodec
from connectors.monday.model import Cell, Column
from tests.unit.connectors.monday.columns.contract import CodecContract

ids = st.integers(1, 10**18)


class TestPeople(CodecContract):
    column = Column("people", "Approver", "people")
    values = st.lists(
        st.tuples(st.sampled_from(["person", "team", "agent"]), ids.map(str)), min_size=1, max_size=5
    ).map(tuple)
    empty_values = (None, "", (), [])
    refused = (
        ("Maya", "persons and teams by id"),
        (("67",), "persons and teams by id"),
        ((("robot", "1"),), "persons and teams by id"),
        ((("person", "Maya"),), "is no id of a person"),
        ((("person", "-1"),), "is no id of a person"),
    )

    def stored(self, encoded: Any) -> Cell:
        value = encoded and {**encoded, "changed_at": "..."}
        return Cell("people", "people", text="", value=value)

    def test_persons_and_teams_are_sent_by_number(self) -> None:
        assert PeopleCodec().encode((("team", 9), ("person", "67")), self.column) == {
            "personsAndTeams": [{"id": 67, "kind": "person"}, {"id": 9, "kind": "team"}]
        }

    def test_an_entry_without_a_kind_is_a_person(self) -> None:
        cell = Cell("people", "people", value={"personsAndTeams": [{"id": 67}]})
        assert PeopleCodec().decode(cell, self.column) == (("person", "67"),)


class TestBoardRelation(CodecContract):
    column = Column("connect", "Vendor", "board_relation", settings={"allowMultipleItems": True})
    values = st.one_of(ids, ids.map(str), st.lists(ids.map(str), min_size=1, max_size=5).map(tuple))
    empty_values = (None, "", (), [])
    refused = ((("11", "x"), "is no id"), ("Contoso", "is no id"), ({"a": 1}, "ids of monday items"))

    def stored(self, encoded: Any) -> Cell:
        linked = encoded["item_ids"] if encoded else []
        extra = {"linked_item_ids": list(reversed(linked))}
        return Cell("connect", "board_relation", text=None, value=None, extra=extra)

    def test_ids_are_sent_as_texts(self) -> None:
        assert BoardRelationCodec().encode(("22", "11"), self.column) == {"item_ids": ["11", "22"]}

    def test_a_column_for_one_item_takes_one(self) -> None:
        column = Column("connect", "Vendor", "board_relation", settings={"allowMultipleItems": False})
        assert BoardRelationCodec().encode(("11",), column) == {"item_ids": ["11"]}
        with pytest.raises(ValueError, match="takes one connected item, not 2"):
            BoardRelationCodec().encode(("11", "22"), column)

    def test_an_answer_that_does_not_tell_the_items_is_not_read_as_none(self) -> None:
        with pytest.raises(ProtocolFault, match="column Vendor"):
            BoardRelationCodec().decode(Cell("connect", "board_relation"), self.column)


class TestCheckbox(CodecContract):
    column = Column("check", "On hold", "checkbox")
    values = st.sampled_from([True, "Yes", "yes", " TRUE "])
    empty_values = (None, "", False, "No", "false")
    refused = (("maybe", "yes or no"), (1, "yes or no"))

    def stored(self, encoded: Any) -> Cell:
        checked = encoded is not None
        value = {"checked": True, "changed_at": "..."} if checked else None
        return Cell("check", "checkbox", text="v" if checked else "", value=value, extra={"checked": checked})

    def test_checking_sends_the_text_true(self) -> None:
        assert CheckboxCodec().encode(True, self.column) == {"checked": "true"}

    @pytest.mark.parametrize(
        ("checked", "read"), [(True, True), ("true", True), ("false", False), (None, False)]
    )
    def test_without_the_typed_field_the_json_is_read(self, checked: Any, read: bool) -> None:
        cell = Cell("check", "checkbox", value={"checked": checked}, extra={"checked": None})
        assert CheckboxCodec().decode(cell, self.column) is read
