"""The GraphQL engine: monday's schema with our resolvers, and queries parsed and checked once per text."""

# ruff: noqa: ARG001, ARG005 - a resolver takes what the engine hands it

from __future__ import annotations

import functools
import json
import sys
import threading
import traceback
from collections import Counter, OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from sandbox.monday.call import Call
from sandbox.monday.columns import CODECS, Reading
from sandbox.monday.cost import Cost
from sandbox.monday.errors import MondayError
from sandbox.monday.mutations import MUTATIONS, WRITES_ITEMS
from sandbox.monday.objects import OBJECTS, Resolver
from sandbox.monday.queries import QUERIES
from sandbox.monday.scalars import bad_variable, install

SCHEMA_FILE = Path(__file__).with_name("schema.graphql")
KEPT_DOCUMENTS = 500
_CODES = (  # how monday names what its validation finds
    ("Cannot query field", "undefinedField"),
    ("Unknown argument", "argumentNotAccepted"),
    ("is required, but it was not provided", "missingRequiredArguments"),
    ("Unknown type", "undefinedType"),
    ("Variable", "variableMismatch"),
)


@dataclass(frozen=True)
class Prepared:
    """A query text, read: either the errors it has, or what it will do."""

    document: DocumentNode | None
    operation: OperationDefinitionNode | None
    fragments: dict[str, FragmentDefinitionNode]
    errors: tuple[dict[str, Any], ...]
    summary: str  # the root fields with alias counts: "create_item×12"; complexity only when alone
    mutations: int = 0  # aliases of a mutation
    item_writes: int = 0  # those of them that a cap on mutations counts
    board_creations: int = 0

    @property
    def is_mutation(self) -> bool:
        """Tell whether the operation writes."""
        return self.operation is not None and self.operation.operation.value == "mutation"


@functools.cache
def make_schema() -> GraphQLSchema:
    """Return the sandbox's schema with every resolver in its place; it is made once and never changes."""
    schema = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
    install(schema)
    for type_name, resolvers in {"Query": QUERIES, "Mutation": MUTATIONS, **OBJECTS}.items():
        _attach(schema, type_name, resolvers)
    interface = schema.type_map["ColumnValue"]
    assert isinstance(interface, GraphQLInterfaceType)
    names = {codec.type: codec.typename for codec in CODECS.values()}
    interface.resolve_type = lambda reading, info, kind: names[reading.column.type]
    for concrete in schema.get_possible_types(interface):
        typed = {name: _typed(name) for name in concrete.fields if name not in interface.fields}
        _attach(schema, concrete.name, {**_VALUE, **typed})
    return schema


def _attach(schema: GraphQLSchema, type_name: str, resolvers: dict[str, Resolver]) -> None:
    kind = schema.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    for name, resolve in resolvers.items():
        kind.fields[name].resolve = resolve


def _typed(name: str) -> Resolver:
    def resolve(reading: Reading, info: Any) -> Any:
        if reading.memo is None:
            reading.memo = CODECS[reading.column.type].typed(reading)
        return reading.memo.get(name)

    return resolve


def _value(reading: Reading, info: Any) -> str | None:
    value = CODECS[reading.column.type].json(reading)
    return None if value is None else json.dumps(value, ensure_ascii=False)


_VALUE: dict[str, Resolver] = {
    "id": lambda reading, info: reading.column.id,
    "column": lambda reading, info: reading.column,
    "type": lambda reading, info: reading.column.type,
    "text": lambda reading, info: CODECS[reading.column.type].shown(reading),
    "value": _value,
    "is_leaf": lambda reading, info: True,
}


class Engine:
    """Prepares and runs queries. Nothing here holds a lock while a query runs."""

    def __init__(self) -> None:
        self.schema = make_schema()
        self._lock = threading.Lock()
        self._prepared: OrderedDict[tuple[str, str | None], Prepared] = OrderedDict()

    def prepare(self, query: str, operation_name: str | None = None) -> Prepared:
        """Return the query, parsed and validated; the same text is read once."""
        key = (query, operation_name)
        with self._lock:
            found = self._prepared.get(key)
            if found is not None:
                self._prepared.move_to_end(key)
                return found
        made = self._read(query, operation_name)
        with self._lock:
            self._prepared[key] = made
            while len(self._prepared) > KEPT_DOCUMENTS:
                self._prepared.popitem(last=False)
        return made

    def _read(self, query: str, operation_name: str | None) -> Prepared:
        try:
            document = parse(query)
        except GraphQLSyntaxError as error:
            place = (
                {"line": error.locations[0].line, "column": error.locations[0].column}
                if error.locations
                else {}
            )
            wrong = {"message": f"Parse error on {error.message}", "locations": [place]}
            return Prepared(None, None, {}, (wrong,), "parse error")
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        chosen = [one for one in operations if operation_name in (None, one.name and one.name.value)]
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        problems = tuple(self._validation_error(error) for error in validate(self.schema, document))
        if not problems and len(chosen) != 1:
            problems = (
                {"message": "The document needs exactly one operation, or an operationName that it has"},
            )
        if problems:
            return Prepared(None, None, fragments, problems, "invalid query")
        operation = chosen[0]
        names = Counter(_root_fields(operation, fragments))
        if len(names) > 1:
            del names["complexity"]  # asked for beside the real work; it would only blur the call log
        is_mutation = operation.operation.value == "mutation"
        writes = {name: count for name, count in names.items() if is_mutation and name != "complexity"}
        return Prepared(
            document,
            operation,
            fragments,
            (),
            ", ".join(f"{name}×{count}" if count > 1 else name for name, count in names.items()),
            sum(writes.values()),
            sum(count for name, count in writes.items() if name in WRITES_ITEMS),
            writes.get("create_board", 0),
        )

    def _validation_error(self, error: GraphQLError) -> dict[str, Any]:
        code = next((code for text, code in _CODES if text in error.message), "argumentLiteralsIncompatible")
        return {**error.formatted, "extensions": {"code": code}}

    def cost(self, prepared: Prepared, variables: dict[str, Any]) -> int:
        """Return the complexity points of a prepared query."""
        assert prepared.operation is not None
        return Cost(prepared.fragments, variables).of(prepared.operation)

    def execute(
        self, prepared: Prepared, variables: dict[str, Any], call: Call
    ) -> tuple[dict[str, Any], int]:
        """Run a prepared query.

        Returns: the body without its ``extensions``, and the HTTP status: 200 unless nothing but one refusal with a
        status of its own came out.
        """
        assert prepared.document is not None and prepared.operation is not None
        wrong = bad_variable(prepared.operation, variables)
        if wrong is not None:
            return {"errors": [wrong]}, 200
        name = prepared.operation.name
        result = execute_sync(
            self.schema,
            prepared.document,
            context_value=call,
            variable_values=variables,
            operation_name=name.value if name else None,
        )
        return _body(result)


def _root_fields(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> list[str]:
    names: list[str] = []
    waiting: list[Any] = list(operation.selection_set.selections)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, FieldNode):
            names.append(node.name.value)
        elif getattr(node, "selection_set", None) is not None:
            waiting = [*node.selection_set.selections, *waiting]
        elif node.name.value in fragments:
            waiting = [*fragments[node.name.value].selection_set.selections, *waiting]
    return names


def _body(result: ExecutionResult) -> tuple[dict[str, Any], int]:
    body: dict[str, Any] = {"data": result.data}
    status = 200
    if result.errors:
        body["errors"] = [_error(error) for error in result.errors]
        first = result.errors[0].original_error
        if isinstance(first, MondayError) and not any((result.data or {}).values()):
            status = first.http_status
    return body, status


def _error(error: GraphQLError) -> dict[str, Any]:
    cause = error.original_error
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(cause, MondayError):
        formatted["extensions"] = cause.extensions
    elif cause is not None and not isinstance(cause, GraphQLError):
        sys.stderr.write("".join(traceback.format_exception(cause)))
        formatted["message"] = "Internal server error"
        formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR", "status_code": 500}
    return formatted
