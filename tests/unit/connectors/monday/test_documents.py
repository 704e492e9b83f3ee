"""The documents we send are valid GraphQL against monday's own types, single and in batches."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.monday import documents
from connectors.monday.documents import batch_document, document, field_name, root_field, summary

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "connectors/monday/operations.graphql"
WRITES = ("CreateItem", "ChangeColumns", "MoveItem")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The sandbox's schema: a true subset of monday's own, API-Version 2026-10."""
    text = (ROOT / "sandbox/monday/schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


def operations() -> list[str]:
    nodes = parse(FILE.read_text(encoding="utf-8")).definitions
    return [node.name.value for node in nodes if isinstance(node, OperationDefinitionNode) and node.name]


class TestOperations:
    def test_of_the_file_are_all_valid(self, schema: GraphQLSchema) -> None:
        assert validate(schema, parse(FILE.read_text(encoding="utf-8"))) == []

    @pytest.mark.parametrize("name", operations())
    def test_stand_alone_with_just_the_fragments_they_need(self, schema: GraphQLSchema, name: str) -> None:
        # An unused fragment would be an error of validation.
        assert validate(schema, parse(document(name))) == []

    def test_that_do_not_exist_are_a_mistake(self) -> None:
        with pytest.raises(KeyError):
            document("DeleteEverything")

    def test_always_say_how_many_they_want(self) -> None:
        text = FILE.read_text(encoding="utf-8")
        for list_field in (
            "boards(",
            "items(",
            "items_page(",
            "next_items_page(",
            "items_page_by_column_values(",
        ):
            for part in text.split(f"  {list_field}")[1:]:
                assert "limit:" in part.partition(")")[0], list_field


class TestBatches:
    @pytest.mark.parametrize("names", [*product(WRITES), *product(WRITES, WRITES), WRITES * 7])
    def test_are_valid(self, schema: GraphQLSchema, names: tuple[str, ...]) -> None:
        assert validate(schema, parse(batch_document(names))) == []

    @settings(deadline=None, max_examples=30)
    @given(st.lists(st.sampled_from(WRITES), min_size=1, max_size=30).map(tuple))
    def test_name_every_write_once_and_in_order(self, names: tuple[str, ...]) -> None:
        (operation,) = parse(batch_document(names)).definitions
        assert isinstance(operation, OperationDefinitionNode)
        fields = [
            (node.alias.value if node.alias else None, node.name.value)  # type: ignore[union-attr]
            for node in operation.selection_set.selections
        ]
        assert fields == [
            *((f"a{number}", field_name(name)) for number, name in enumerate(names)),
            (None, "complexity"),
        ]

    def test_keep_the_variables_of_writes_apart(self) -> None:
        text = batch_document(("MoveItem", "MoveItem"))
        assert "a1: move_item_to_group(item_id: $itemId1, group_id: $groupId1)" in text
        assert "$itemId0: ID, $groupId0: String!, $itemId1: ID, $groupId1: String!" in text

    def test_are_summed_up_for_people(self) -> None:
        assert summary(["CreateItem", "MoveItem", "CreateItem"]) == "create_item x2, move_item_to_group"

    def test_cannot_be_made_of_an_operation_in_another_form(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ValueError, match="no root field"):
            root_field("Me")
        monkeypatch.setattr(documents, "_definitions", lambda: {"Me": "query Me {\n  me { id }\n}"})
        with pytest.raises(ValueError, match="no variables"):
            batch_document(("Me",))
