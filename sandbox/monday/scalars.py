"""The JSON scalar. It is written as a string that holds JSON, and read as whatever it is."""

from __future__ import annotations

import json
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    value_from_ast_untyped,
)

from sandbox.monday.errors import ColumnValueError


class RawJson:
    """JSON written into the query as an object, not as a string. Fine for ``defaults``, a mistake for values."""

    def __init__(self, value: Any) -> None:
        self.value = value


def install(schema: GraphQLSchema) -> None:
    """Give the JSON scalar of a schema its two ways in."""
    scalar = schema.type_map["JSON"]
    assert isinstance(scalar, GraphQLScalarType)
    scalar.coerce_input_value = _from_variable
    scalar.coerce_input_literal = _from_literal


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise GraphQLError("Syntax error in JSON input") from None


def _from_variable(value: Any) -> Any:
    if not isinstance(value, str):
        raise GraphQLError("JSON is given as a string that holds JSON")
    return _decoded(value)


def _from_literal(node: ValueNode, *_: Any) -> Any:
    if isinstance(node, StringValueNode):
        return _decoded(node.value)
    if isinstance(node, ObjectValueNode | ListValueNode):
        return RawJson(value_from_ast_untyped(node))
    raise GraphQLError("JSON is given as a string that holds JSON")


def plain(value: Any) -> Any:
    """Return decoded JSON where an object in the query is tolerated."""
    return value.value if isinstance(value, RawJson) else value


def encoded_only(value: Any) -> Any:
    """Return decoded JSON that came as a string. Raises ColumnValueError for an object in the query."""
    if isinstance(value, RawJson):
        raise ColumnValueError(
            "Column values are given as a JSON-encoded string, not as an object in the query"
        )
    return value


def bad_variable(operation: OperationDefinitionNode, variables: dict[str, Any]) -> dict[str, Any] | None:
    """Return monday's error for a JSON variable that is no JSON string, None when all are good."""
    for definition in operation.variable_definitions or ():
        name, written = definition.variable.name.value, _type_name(definition.type)
        value = variables.get(name)
        if written.rstrip("!") != "JSON" or (value is None and name not in variables) or value is None:
            continue
        try:
            _from_variable(value)
        except GraphQLError as error:
            place = definition.loc
            return {
                "message": f"Variable ${name} of type {written} was provided invalid value",
                "locations": [{"line": place.start_token.line, "column": place.start_token.column}]
                if place
                else [],
                "extensions": {"value": value, "problems": [{"path": [], "explanation": error.message}]},
            }
    return None


def _type_name(node: Any) -> str:
    if node.kind == "non_null_type":
        return f"{_type_name(node.type)}!"
    return f"[{_type_name(node.type)}]" if node.kind == "list_type" else str(node.name.value)
