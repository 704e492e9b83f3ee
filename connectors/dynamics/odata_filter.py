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
_BETWEEN = len("%20or%20")
Criterion = Mapping[str, Plain]
_Companies = Mapping[str, Sequence[str]]  # comparison with a company -> comparisons with its records


def any_of(entity: Entity, criteria: Sequence[Criterion], room: int) -> Iterator[str]:
    """Yield filters that together match every criterion, each at most `room` characters when percent-encoded.

    The company is written once for all its records, so that more of them fit. A criterion that is too long by
    itself still gets a filter of its own.

    Args:
        entity: where the fields belong.
        criteria: field name -> value; all fields of one criterion must match.
        room: characters left for the filter in the address.

    Raises:
        ValueError: a criterion is empty (it would match every record), or a value does not fit its field.
        KeyError: a criterion names a field the entity does not have.
    """
    companies: dict[str, list[str]] = {}
    for company, clause in dict.fromkeys(_parts(entity, criterion) for criterion in criteria):
        companies.setdefault(company, []).append(clause)
    for company, clauses in companies.items():
        if "" in clauses:  # the whole company is wanted, and with it every record named besides
            companies[company] = [""]
    for pack in _packed(companies, room):
        yield _rendered(pack)


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


def _parts(entity: Entity, criterion: Criterion) -> tuple[str, str]:
    """The comparison with the company, and the one with everything else; either may be "", not both."""
    if not criterion:
        raise ValueError(f"An empty criterion would match every record of {entity.entity_set}.")
    company: list[str] = []
    others: list[str] = []
    for name, value in criterion.items():
        text = f"{name} eq {literal(entity.field(name), _company(name, value))}"
        (company if name == COMPANY_FIELD else others).append(text)
    clause = " and ".join(others)
    return "".join(company), f"({clause})" if len(others) > 1 else clause


def _company(name: str, value: Plain) -> Plain:
    # Answers carry companies in lower case; whether a filter ignores case is not documented.
    return value.lower() if name == COMPANY_FIELD and isinstance(value, str) else value


def _packed(companies: _Companies, room: int) -> Iterator[_Companies]:
    pack: dict[str, list[str]] = {}
    used = 0
    for company, clauses in companies.items():
        for clause in clauses:
            frame = _BETWEEN if company in pack else encoded_length(f"{company} and (()){_OR}")
            length = frame + encoded_length(clause)
            if pack and used + length > room:
                yield pack
                pack, used = {}, 0
                length = encoded_length(f"{company} and (()){_OR}{clause}")
            pack.setdefault(company, []).append(clause)
            used += length
    if pack:
        yield pack


def _rendered(pack: _Companies) -> str:
    groups = [_group(company, clauses) for company, clauses in pack.items()]
    return groups[0] if len(groups) == 1 else _OR.join(f"({group})" for group in groups)


def _group(company: str, clauses: Sequence[str]) -> str:
    either = _OR.join(clauses)
    if not company or not either:
        return company or either
    return f"{company} and {either}" if len(clauses) == 1 else f"{company} and ({either})"


def _folded(value: Plain) -> Plain:
    return (value or "").casefold().rstrip() if value is None or isinstance(value, str) else value
