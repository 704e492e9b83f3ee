"""The GraphQL documents, cut out of operations.graphql as text: there is no GraphQL library at run time.

Batches repeat the root field of a write under the aliases a0, a1, ... Limits are worded per call, so a batch is
one call, though each write in it costs its own complexity (developer.monday.com, "Rate limits").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

BATCH = "Batch"

_DEFINITION = re.compile(r"^(?:query|mutation|fragment) (\w+).*?^}$", re.MULTILINE | re.DOTALL)
_SPREAD = re.compile(r"\.\.\.(\w+)")
_VARIABLE = re.compile(r"\$(\w+)")
_VARIABLES = re.compile(r"\((.*)\) \{$", re.MULTILINE)
_ROOT_FIELD = re.compile(r"^  (\w+)\(.*?^  }$", re.MULTILINE | re.DOTALL)


def document(name: str) -> str:
    """One operation with the fragments it needs.

    Args:
        name: of the operation, as in operations.graphql.

    Raises:
        KeyError: there is no such operation.
    """
    needed = [name]
    for one in needed:  # grows on the way
        needed += [spread for spread in _SPREAD.findall(_definitions()[one]) if spread not in needed]
    return "\n\n".join(_definitions()[one] for one in needed)


@cache
def batch_document(names: tuple[str, ...]) -> str:
    """Many writes in one mutation called Batch: write number n has the alias an, and its variables end in n.

    Args:
        names: of the single mutations, in the order in which monday shall carry them out.
    """
    variables, fields = [], []
    for number, name in enumerate(names):
        text = _definitions()[name]
        variables.append(_numbered(_only(_VARIABLES, text, name), number))
        fields.append(f"  {alias(number)}: {_numbered(root_field(name), number)}")
    fields.append("  complexity {\n    query\n  }")
    return f"mutation {BATCH}({', '.join(variables)}) {{\n" + "\n".join(fields) + "\n}"


def alias(number: int) -> str:
    """The name under which the answer holds the result of write number n."""
    return f"a{number}"


def root_field(name: str) -> str:
    """The first root field of an operation, e.g. "create_item(...) {...}"."""
    found = _ROOT_FIELD.search(_definitions()[name])
    if found is None:
        raise ValueError(f"operations.graphql: {name} has no root field with arguments, two blanks deep.")
    return found.group().strip()


def field_name(name: str) -> str:
    """monday's own name of a write, e.g. "create_item"."""
    return root_field(name).partition("(")[0]


def summary(names: Sequence[str]) -> str:
    """A batch for people: "create_item x12, move_item_to_group"."""
    fields = [field_name(name) for name in names]
    counts = {field: fields.count(field) for field in fields}
    return ", ".join(field if count == 1 else f"{field} x{count}" for field, count in counts.items())


def _numbered(text: str, number: int) -> str:
    return _VARIABLE.sub(rf"$\g<1>{number}", text)


def _only(pattern: re.Pattern[str], text: str, name: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise ValueError(f"operations.graphql: {name} names no variables in its first line.")
    return found.group(1)


@cache
def _definitions() -> dict[str, str]:
    text = Path(__file__).with_name("operations.graphql").read_text(encoding="utf-8")
    return {found.group(1): found.group() for found in _DEFINITION.finditer(text)}
