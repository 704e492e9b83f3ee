"""The path of a request: entity set, key, action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.dynamics.errors import NotFound, ODataError, PathRefused
from sandbox.dynamics.filters import comparable_moment
from sandbox.dynamics.model import NAMESPACE, EntitySet, Field

_PATH = re.compile(r"(?P<set>[A-Za-z_]\w*)(?:\((?P<key>.*)\))?(?P<rest>/.*)?", re.DOTALL)
_PART = re.compile(r"\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^,'()]+(?:'\w*')?)\s*(?:,|$)", re.DOTALL)
_REFUSED = set("/\\#?&%")


@dataclass(frozen=True)
class Target:
    """What a path under /data names."""

    entity_set: str
    key: str | None  # the text between the brackets
    rest: str  # "/$count", "/Microsoft.Dynamics.DataEntities.Action", or nothing


def read_path(path: str) -> Target:
    """Split a (decoded) path below /data/; raises NotFound or PathRefused."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise NotFound(f"No HTTP resource was found that matches the request URI '/data/{path}'.")
    if match["key"] is not None and _REFUSED & set(match["key"]):
        raise PathRefused
    return Target(match["set"], match["key"], match["rest"] or "")


def read_key(entity_set: EntitySet, text: str) -> dict[str, Any]:
    """Read ``a='x',b=1``: every key part, by name. Raises ODataError (400) for anything else."""
    read: dict[str, Any] = {}
    end = 0
    while end < len(text):
        match = _PART.match(text, end)
        if match is None:
            raise ODataError(400, f"Syntax error in the key '({text})'.")
        name, literal = match.groups()
        if name not in entity_set.keys or name in read:
            raise ODataError(400, f"'{name}' is not a key of '{NAMESPACE}.{entity_set.entity}'.")
        read[name] = _value(entity_set.by_name[name], literal.strip())
        end = match.end()
    missing = [name for name in entity_set.keys if name not in read]
    if missing:
        raise ODataError(
            400, f"The key of '{NAMESPACE}.{entity_set.entity}' lacks {', '.join(missing)}; name every part."
        )
    return read


def write_key(entity_set: EntitySet, values: Mapping[str, Any]) -> str:
    """Return a key as it stands in a path (not percent-encoded)."""
    parts = []
    for name in entity_set.keys:
        value = values[name]
        quoted = isinstance(value, str) and entity_set.by_name[name].kind == "String"
        parts.append(f"{name}='{value.replace(chr(39), chr(39) * 2)}'" if quoted else f"{name}={value}")
    return ",".join(parts)


def _value(field: Field, literal: str) -> Any:
    quoted = literal.startswith("'")
    try:
        if field.kind == "String" and quoted:
            return literal[1:-1].replace("''", "'")
        if field.kind in ("Int32", "Int64") and not quoted:
            return int(literal)
        if field.kind == "Decimal" and not quoted:
            return float(literal)
        if field.kind in ("Date", "DateTime") and not quoted:
            return comparable_moment(literal)
    except ValueError as error:
        raise ODataError(400, f"'{literal}' is not a value of the key part '{field.name}'.") from error
    raise ODataError(400, f"'{literal}' is not a value of the key part '{field.name}' ({field.edm_type}).")
