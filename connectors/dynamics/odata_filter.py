"""Filters that ask for many records at once.

Only what F&O supports: eq, and, or, parentheses. There is no `in`, and `and`/`or` must be in lower case
(learn.microsoft.com, "Open Data Protocol (OData)").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from connectors.dynamics.model import Entity, Plain, Row
from connectors.dynamics.values import literal

COMPANY_FIELD = "dataAreaId"
# What stays as it is in the query part of an address; everything else is percent-encoded.
SAFE = "(),:'*/$;@"

_OR = " or "
Criterion = Mapping[str, Plain]
_Pairs = tuple[tuple[str, str], ...]


def any_of(entity: Entity, criteria: Sequence[Criterion], room: int) -> Iterator[str]:
    """Yield filters that together match every criterion, each at most `room` characters when percent-encoded.

    What all criteria have in common (the company, mostly) is written once per filter, so that more fit. A
    criterion that is too long by itself still gets a filter of its own.

    Args:
        entity: where the fields belong.
        criteria: field name -> value; all fields of one criterion must match.
        room: characters left for the filter in the address.

    Raises:
        ValueError: a criterion is empty (it would match every record), or a value does not fit its field.
        KeyError: a criterion names a field the entity does not have.
    """
    wanted = list(dict.fromkeys(_pairs(entity, criterion) for criterion in criteria))
    if not wanted:
        return
    common = tuple(pair for pair in wanted[0] if all(pair in pairs for pairs in wanted))
    rests = [tuple(pair for pair in pairs if pair not in common) for pairs in wanted]
    head = _conjunction(common)
    if not all(rests):  # one criterion is just what all have in common: it matches what the others match
        yield head
        return
    before, after = (f"{head} and (", ")") if head else ("", "")
    left = room - encoded_length(before + after)
    for clauses in _packed([_clause(rest) for rest in rests], left):
        yield before + _OR.join(clauses) + after


def matches_any(row: Row, criteria: Sequence[Criterion]) -> bool:
    """Tell whether a row really is one of those asked for.

    Inside eq, F&O reads `*` as a wildcard, and there is no way to write a literal one. Compared as the
    database does: upper and lower case alike, blanks at the end ignored.
    """
    return any(
        all(_folded(row.values.get(name)) == _folded(value) for name, value in criterion.items())
        for criterion in criteria
    )


def has_wildcard(criteria: Sequence[Criterion]) -> bool:
    """Tell whether a value would be read as a pattern."""
    return any(
        "*" in value for criterion in criteria for value in criterion.values() if isinstance(value, str)
    )


def encoded_length(text: str) -> int:
    """Characters the text takes in an address."""
    return len(quote(text, safe=SAFE))


def _pairs(entity: Entity, criterion: Criterion) -> _Pairs:
    if not criterion:
        raise ValueError(f"An empty criterion would match every record of {entity.entity_set}.")
    return tuple(
        (name, literal(entity.field(name), _company(name, value))) for name, value in criterion.items()
    )


def _company(name: str, value: Plain) -> Plain:
    # Answers carry companies in lower case; whether a filter ignores case is not documented.
    return value.lower() if name == COMPANY_FIELD and isinstance(value, str) else value


def _conjunction(pairs: _Pairs) -> str:
    return " and ".join(f"{name} eq {text}" for name, text in pairs)


def _clause(pairs: _Pairs) -> str:
    return f"({_conjunction(pairs)})" if len(pairs) > 1 else _conjunction(pairs)


def _packed(clauses: Sequence[str], room: int) -> Iterator[list[str]]:
    pack: list[str] = []
    used = 0
    between = encoded_length(_OR)
    for clause in clauses:
        length = encoded_length(clause) + (between if pack else 0)
        if pack and used + length > room:
            yield pack
            pack, used, length = [], 0, length - between
        pack.append(clause)
        used += length
    yield pack


def _folded(value: Plain) -> Plain:
    return (value or "").casefold().rstrip() if value is None or isinstance(value, str) else value
