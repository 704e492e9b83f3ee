"""``$filter``: parsed by odata-query, checked against what the service supports, turned into a predicate.

The service is narrower than OData: no ``in``, ``has``, ``contains`` and the like, operators in lower case
only, enums only as ``Microsoft.Dynamics.DataEntities.Enum'Symbol'`` with eq/ne, and ``*`` inside an eq
literal is a wildcard (Microsoft Learn, "Open Data Protocol (OData)"). What it does not support ends in a 400.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from sandbox.dynamics.errors import ODataError
from sandbox.dynamics.model import NAMESPACE, EntitySet, Field, entity_sets
from sandbox.dynamics.store import Row, Table, normal

Values = list[Any]
Predicate = Callable[[Values], bool]
# Which index buckets hold every row that can match: ("eq", place, value), ("or" or "and", plan, plan)
Plan = tuple[Any, ...] | None

_OPERATORS = {"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "add", "sub", "mul", "div", "mod"}
_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_FLIPPED: dict[type, type] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_MARK = (
    "\x01"  # a control character no client sends: carries an enum literal through the library's string token
)
_TOKENS = re.compile(
    rf"(?P<enum>{re.escape(NAMESPACE)}\.(?P<type>\w+)'(?P<symbol>\w*)')"
    r"|(?P<string>'(?:[^']|'')*')"
    r"|(?<![\w'.-])(?P<word>[A-Za-z_]\w*)"
)
_RESERVED = re.compile(r"(?:any|all|null|true|false)\w", re.IGNORECASE)


@dataclass(frozen=True)
class Filter:
    """A compiled filter."""

    matches: Predicate
    plan: Plan

    def candidates(self, table: Table) -> list[Row]:
        """Return the matching rows, oldest first, through the indexes where they help."""
        buckets = _buckets(self.plan, table)
        matches = self.matches
        if buckets is None or sum(map(len, buckets)) * 2 > len(table.rows):
            return [row for row in table.rows.values() if matches(row.values)]
        seen = {rec_id: row for bucket in buckets for rec_id, row in bucket.items()}
        return [seen[rec_id] for rec_id in sorted(seen) if matches(seen[rec_id].values)]


def compile_filter(entity_set: EntitySet, text: str) -> Filter:
    """Compile a ``$filter`` text; raises ODataError (400) when the service would refuse it."""
    return _compile(entity_set.name, text)


@lru_cache(maxsize=1024)
def _compile(name: str, text: str) -> Filter:
    entity_set = entity_sets()[name]
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(_TOKENS.sub(_prepare, text)))
    except ODataException as error:
        raise ODataError(400, f"Syntax error in the filter '{text}': {error}") from error
    if tree is None:
        raise ODataError(400, f"Syntax error in the filter '{text}'.")
    return _Compiler(entity_set).boolean(tree)


def _prepare(match: re.Match[str]) -> str:
    """Bring what the library reads differently into its form; refuse upper-case operators."""
    if match["enum"]:
        return f"'{_MARK}{match['type']}{_MARK}{match['symbol']}'"
    if match["string"]:
        if _MARK in match["string"]:
            raise ODataError(400, "A control character in a string literal.")
        return match["string"]
    word = match["word"]
    if word.lower() in _OPERATORS and word not in _OPERATORS:
        raise ODataError(400, f"Syntax error: '{word}' is not an operator; operators are lower-case.")
    # The library's lexer takes AllocationLevel for the operator "all"; a name with a dot it reads whole.
    return f"_.{word}" if _RESERVED.match(word) else word


def _buckets(plan: Plan, table: Table) -> list[dict[int, Row]] | None:
    if plan is None:
        return None
    if plan[0] == "eq":
        return [table.index(plan[1]).get(plan[2], {})]
    left, right = _buckets(plan[1], table), _buckets(plan[2], table)
    if plan[0] == "or":
        return None if left is None or right is None else left + right
    if left is None or right is None:
        return left or right
    return min(left, right, key=lambda buckets: sum(map(len, buckets)))


class _Compiler:
    def __init__(self, entity_set: EntitySet) -> None:
        self._set = entity_set

    def boolean(self, node: Any) -> Filter:
        if isinstance(node, ast.BoolOp):
            return self._bool_op(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.boolean(node.operand).matches
            return Filter(lambda values: not inner(values), None)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        raise ODataError(400, f"The expression '{type(node).__name__}' is not supported in $filter.")

    def _bool_op(self, node: ast.BoolOp) -> Filter:
        left, right = self.boolean(node.left), self.boolean(node.right)
        first, second = left.matches, right.matches
        if isinstance(node.op, ast.And):
            plan = ("and", left.plan, right.plan) if left.plan or right.plan else None
            return Filter(lambda values: first(values) and second(values), plan)
        plan = ("or", left.plan, right.plan) if left.plan and right.plan else None
        return Filter(lambda values: first(values) or second(values), plan)

    def _compare(self, node: ast.Compare) -> Filter:
        kind = type(node.comparator)
        if kind not in _COMPARE:
            raise ODataError(400, f"The operator '{kind.__name__.lower()}' is not supported.")
        left, right = node.left, node.right
        if isinstance(right, ast.Identifier) and not isinstance(left, ast.Identifier):
            left, right, kind = right, left, _FLIPPED.get(kind, kind)
        if isinstance(left, ast.Identifier) and _is_literal(right):
            return self._field_with_literal(self._field(left), kind, right)
        first, second, compare = self._number(left), self._number(right), _COMPARE[kind]
        return Filter(lambda values: compare(first(values), second(values)), None)

    def _field(self, node: ast.Identifier) -> Field:
        found = self._set.by_name.get(node.name)
        if found is None or node.namespace not in ((), ("_",)):
            raise ODataError(
                400,
                f"Could not find a property named '{node.name}' on type '{NAMESPACE}.{self._set.entity}'.",
            )
        return found

    def _field_with_literal(self, field: Field, kind: type, literal: Any) -> Filter:
        place, compare = field.index, _COMPARE[kind]
        if isinstance(literal, ast.Null):
            # This system holds no nulls: nothing equals null.
            return Filter(lambda _values: kind is ast.NotEq, None)
        wanted = _literal(field, kind, literal)
        if isinstance(wanted, re.Pattern):
            found = wanted.fullmatch
            negative = kind is ast.NotEq
            return Filter(lambda values: (found(normal(values[place])) is None) is negative, None)
        plan = ("eq", place, normal(wanted)) if kind is ast.Eq else None
        if field.kind == "String":
            return Filter(lambda values: compare(normal(values[place]), wanted), plan)
        if field.kind == "Enum":
            wanted = field_symbol(field, wanted)
            return Filter(lambda values: compare(values[place], wanted), plan)
        return Filter(lambda values: compare(values[place], wanted), plan)

    def _number(self, node: Any) -> Callable[[Values], Any]:
        if isinstance(node, ast.Identifier):
            field = self._field(node)
            if field.kind not in ("Int32", "Int64", "Decimal"):
                raise ODataError(400, f"'{field.name}' cannot be used in this expression.")
            place = field.index
            return lambda values: values[place]
        if isinstance(node, ast.Integer | ast.Float):
            constant = _to_number(node)
            return lambda _values: constant
        if isinstance(node, ast.BinOp):
            first, second, apply = (
                self._number(node.left),
                self._number(node.right),
                _ARITHMETIC[type(node.op)],
            )
            return lambda values: apply(first(values), second(values))
        raise ODataError(400, f"The expression '{type(node).__name__}' is not supported in $filter.")


def field_symbol(field: Field, folded: str) -> str:
    """Return the enum symbol as rows hold it, from its casefolded form."""
    return next(symbol for symbol in field.members if symbol.casefold() == folded)


def _is_literal(node: Any) -> bool:
    return isinstance(
        node,
        ast.String | ast.Integer | ast.Float | ast.Boolean | ast.DateTime | ast.Date | ast.GUID | ast.Null,
    )


def _literal(field: Field, kind: type, literal: Any) -> Any:
    """Return the literal as it is compared with a row, checked against the field's type."""
    if field.kind == "Enum":
        return _enum_literal(field, kind, literal)
    if field.kind == "String" and isinstance(literal, ast.String) and not literal.val.startswith(_MARK):
        text = normal(literal.val)
        if "*" in text and kind in (ast.Eq, ast.NotEq):
            return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
        return text
    if field.kind in ("Int32", "Int64", "Decimal") and isinstance(literal, ast.Integer | ast.Float):
        return _to_number(literal)
    if field.kind in ("Date", "DateTime") and isinstance(literal, ast.DateTime):
        return comparable_moment(literal.val)
    if field.kind == "Boolean" and isinstance(literal, ast.Boolean):
        return literal.val.lower() == "true"
    if field.kind == "Guid" and isinstance(literal, ast.GUID):
        return literal.val.lower()
    raise ODataError(
        400,
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{field.edm_type}' and '{type(literal).__name__}' for the property '{field.name}'.",
    )


def _enum_literal(field: Field, kind: type, literal: Any) -> str:
    if not isinstance(literal, ast.String) or not literal.val.startswith(_MARK):
        raise ODataError(
            400,
            "A binary operator with incompatible types was detected. Found operand types "
            f"'{field.edm_type}' and 'Edm.String' for the property '{field.name}'.",
        )
    _, enum, symbol = literal.val.split(_MARK)
    if enum != field.enum or symbol not in field.members:
        raise ODataError(
            400, f"The string '{NAMESPACE}.{enum}'{symbol}'' is not a valid enumeration type constant."
        )
    if kind not in (ast.Eq, ast.NotEq):
        raise ODataError(400, f"Enumerations such as '{field.name}' support only eq and ne.")
    return symbol.casefold()


def _to_number(literal: ast.Integer | ast.Float) -> int | float:
    return int(literal.val) if isinstance(literal, ast.Integer) else float(literal.val)


def comparable_moment(text: str) -> str:
    """Return a date-time literal so that it compares, as text, with the whole seconds rows hold.

    "…00.5Z" becomes "…00[5": a "[" sorts behind the "Z" of "…00Z" and before "…01Z".
    """
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError as error:
        raise ODataError(400, f"'{text}' is not a date and time.") from error
    if moment.tzinfo is None:
        raise ODataError(400, f"'{text}' has no time zone; write it with Z.")
    moment = moment.astimezone(UTC)
    whole = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}[{moment.microsecond:06d}" if moment.microsecond else f"{whole}Z"
