"""Reading a list: the query options, companies, order and pages of one GET."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from sandbox.dynamics.errors import ODataError
from sandbox.dynamics.filters import Filter, compile_filter
from sandbox.dynamics.model import NAMESPACE, EntitySet
from sandbox.dynamics.store import Row, Table, normal

_KNOWN = {"$filter", "$select", "$orderby", "$top", "$skip", "$count"}


@dataclass
class Query:
    """The options of one request, checked against the entity set."""

    pairs: list[tuple[str, str]]  # as they came, for the nextLink
    cross_company: bool = False
    filter_text: str = ""
    select: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # (field, descending)
    top: int | None = None
    skip: int = 0
    count: bool = False


@dataclass
class Page:
    """What one GET answers."""

    rows: list[Row]
    count: int
    more: bool
    notes: list[str] = field(default_factory=list)


def read_query(entity_set: EntitySet, text: str) -> Query:
    """Read a query string; raises ODataError (400) for what the service does not know or support."""
    pairs = parse_qsl(text, keep_blank_values=True)
    query = Query(pairs)
    seen = set()
    for name, value in pairs:
        if name in seen and name.startswith("$"):
            raise ODataError(400, f"Query option '{name}' was specified more than once.")
        seen.add(name)
        if name == "cross-company":
            query.cross_company = value.lower() == "true"
        elif name.startswith("$") and name not in _KNOWN:
            raise ODataError(400, f"The query option '{name}' is not supported.")
        elif name == "$filter":
            compile_filter(entity_set, value)
            query.filter_text = value
        elif name == "$select":
            query.select = _select(entity_set, value)
        elif name == "$orderby":
            query.order = _order(entity_set, value)
        elif name == "$count":
            query.count = _boolean(name, value)
        elif name == "$top":
            query.top = _number(name, value)
        elif name == "$skip":
            query.skip = _number(name, value)
    return query


def run(table: Table, query: Query, companies: Sequence[str], page_size: int, cache: dict[Any, Any]) -> Page:
    """Answer a list query.

    Args:
        table: the rows; the caller holds the world's lock.
        query: the options.
        companies: whose rows are visible; ignored for sets without a company.
        page_size: the server's page limit.
        cache: the last results by question, so that page after page need not sort anew.
    """
    key = (table.entity_set.name, query.filter_text, query.order, tuple(companies))
    held = cache.get(key)
    if held is None or held[0] != table.generation:
        found = _sorted(table, query.order, _visible(table, query.filter_text, companies))
        if len(cache) >= 16:
            cache.pop(next(iter(cache)), None)
        cache[key] = held = (table.generation, found)
    found = held[1]
    end = len(found) if query.top is None else min(len(found), query.skip + query.top)
    page_end = min(end, query.skip + page_size)
    return Page(rows=found[query.skip : page_end], count=len(found), more=page_end < end)


def next_link(base: str, query: Query, page_size: int) -> str:
    """Return the address of the next page: the same query, moved on by $skip (and $top counted down)."""
    pairs = [pair for pair in query.pairs if pair[0] not in ("$skip", "$top")]
    pairs.append(("$skip", str(query.skip + page_size)))
    if query.top is not None:
        pairs.append(("$top", str(query.top - page_size)))
    text = "&".join(
        f"{quote(name, safe='$-')}={quote(value, safe=chr(39) + '(),*:')}" for name, value in pairs
    )
    return f"{base}?{text}"


def _visible(table: Table, filter_text: str, companies: Sequence[str]) -> list[Row]:
    compiled = compile_filter(table.entity_set, filter_text) if filter_text else Filter(lambda _v: True, None)
    found = compiled.candidates(table)
    if not table.entity_set.by_company:
        return found
    place = table.entity_set.by_name["dataAreaId"].index
    allowed = {company.casefold() for company in companies}
    return [row for row in found if row.values[place].casefold() in allowed]


def _sorted(table: Table, order: Sequence[tuple[str, bool]], rows: list[Row]) -> list[Row]:
    for name, descending in reversed(order):
        entry = table.entity_set.by_name[name]
        place, members = entry.index, entry.members
        if members:
            rows = sorted(rows, key=lambda row: members[row.values[place]], reverse=descending)
        else:
            rows = sorted(rows, key=lambda row: normal(row.values[place]), reverse=descending)
    return rows


def _names(entity_set: EntitySet, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if name not in entity_set.by_name:
            raise ODataError(
                400, f"Could not find a property named '{name}' on type '{NAMESPACE}.{entity_set.entity}'."
            )
    return names


def _select(entity_set: EntitySet, value: str) -> tuple[str, ...]:
    if value.strip() == "*":
        return ()
    chosen = set(_names(entity_set, value))
    return tuple(name for name in entity_set.names if name in chosen)


def _order(entity_set: EntitySet, value: str) -> tuple[tuple[str, bool], ...]:
    read = []
    for part in value.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
            raise ODataError(400, f"Syntax error in $orderby '{value}'.")
        _names(entity_set, words[0])
        read.append((words[0], words[-1] == "desc" and len(words) == 2))
    return tuple(read)


def _number(name: str, value: str) -> int:
    if not value.isdigit():
        raise ODataError(400, f"Invalid value '{value}' for the {name} query option.")
    return int(value)


def _boolean(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise ODataError(400, f"Invalid value '{value}' for the {name} query option.")
    return value == "true"
