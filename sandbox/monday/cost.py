"""How complex a query is. monday's formula is its own; here fields count one, lists multiply, writes cost 10,000.

developer.monday.com, "Rate limits" and the best-practices page give 10,000 for create_item.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

MUTATION_COST = 10_000
SINGLE_QUERY_MAX = 5_000_000
_ASSUMED = {"boards": 25, "columns": 10, "groups": 5, "updates": 25, "webhooks": 10, "users": 25}
_BY_LIMIT = {
    "boards",
    "items",
    "items_page",
    "next_items_page",
    "items_page_by_column_values",
    "updates",
    "users",
}


class Cost:
    """The cost of one operation with its variables."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]) -> None:
        self._fragments = fragments
        self._variables = variables

    def of(self, operation: OperationDefinitionNode) -> int:
        """Return the points of the whole operation."""
        points = self._selection(operation.selection_set)
        if operation.operation.value == "mutation":
            points += MUTATION_COST * sum(
                1
                for node in operation.selection_set.selections
                if isinstance(node, FieldNode) and node.name.value != "complexity"
            )
        return points

    def _selection(self, selections: SelectionSetNode | None, parent: str = "") -> int:
        if selections is None:
            return 0
        points = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                inner = 1 + self._selection(node.selection_set, node.name.value)
                points += inner * self._times(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments.get(node.name.value)
                points += self._selection(fragment.selection_set, parent) if fragment else 0
            elif isinstance(node, InlineFragmentNode):
                points += self._selection(node.selection_set, parent)
        return points

    def _times(self, node: FieldNode, parent: str) -> int:
        name = node.name.value
        if name == "column_values":
            return max(1, self._length(node, "ids") or 10)
        if name == "items" and parent:
            return 1  # the page around it has multiplied already
        if name in _BY_LIMIT:
            ids = self._length(node, "ids")
            limit = self._number(node, "limit") or 25
            return max(1, min(limit, ids) if ids else limit)
        return _ASSUMED.get(name, 1)

    def _value(self, node: FieldNode, argument: str) -> Any:
        found = next((one.value for one in node.arguments or () if one.name.value == argument), None)
        return self._variables.get(found.name.value) if isinstance(found, VariableNode) else found

    def _number(self, node: FieldNode, argument: str) -> int:
        value = self._value(node, argument)
        if isinstance(value, IntValueNode):
            return int(value.value)
        return value if isinstance(value, int) else 0

    def _length(self, node: FieldNode, argument: str) -> int:
        value = self._value(node, argument)
        if isinstance(value, ListValueNode):
            return len(value.values)
        return len(value) if isinstance(value, list) else 0
