"""OData without I/O: addresses to ask, and what an answer to a read holds.

Rules of F&O's `/data` service (learn.microsoft.com, "Open Data Protocol (OData)"): entity sets are
case-sensitive; without cross-company=true only the service user's own company is seen, silently; pages hold
at most 10,000 rows and are continued by $skip, so that only a full order keeps them from overlapping.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import quote, urljoin, urlsplit

from connectors.dynamics.model import Entity, Field, Row
from connectors.dynamics.odata_filter import SAFE
from connectors.dynamics.values import decode
from connectors.errors import Misconfigured, ProtocolFault, Unreachable
from connectors.transport import Response

# The real limit is not documented; integrators keep to about 2,000.
MAX_URL = 2000

ETAG = "@odata.etag"
NEXT_LINK = "@odata.nextLink"


@dataclass(frozen=True)
class Page:
    """One page of an answer; `next_link` is "" on the last one."""

    rows: tuple[Row, ...]
    next_link: str = ""


def read_url(
    host: str,
    entity: Entity,
    *,
    filter: str = "",
    select: Sequence[str] = (),
    order_by: Sequence[str] = (),
    top: int | None = None,
    skip: int | None = None,
    cross_company: bool = True,
) -> str:
    """Write the address of a read.

    Args:
        host: "https://host", as connectors.hosts gives it.
        filter: an OData expression, not percent-encoded.
        select: field names; the keys are always added. None means all fields of the entity.
        order_by: "Name" or "Name desc"; the full key is always added, so that pages do not overlap.
        top: at most so many rows.
        skip: leave out so many rows.
        cross_company: False shows only the service user's own company.

    Raises:
        KeyError: the entity has no such field.
    """
    options = {
        "cross-company": "true" if cross_company else "",
        "$select": ",".join(columns(entity, select)),
        "$filter": filter,
        "$orderby": ",".join(_order(entity, order_by)),
        "$top": "" if top is None else str(top),
        "$skip": str(skip) if skip else "",
    }
    query = "&".join(f"{name}={quote(value, safe=SAFE)}" for name, value in options.items() if value)
    return f"{host}/data/{entity.entity_set}?{query}"


def columns(entity: Entity, select: Sequence[str]) -> tuple[str, ...]:
    """Name what a read asks for: the keys, then the fields asked for, each once."""
    return tuple(dict.fromkeys((*entity.keys, *(entity.field(name).name for name in select or entity.names))))


def read_page(response: Response, entity: Entity, select: Sequence[str], host: str) -> Page:
    """Read a good answer.

    Args:
        response: status 200.
        entity: what was asked.
        select: the same as in `read_url`.
        host: where the next page must be; a link to anywhere else would carry the token there.

    Raises:
        Unreachable: the JSON is cut off.
        Misconfigured: a web page came instead of data.
        ProtocolFault: JSON, but no OData answer, or the next page is on another host.
    """
    operation = f"GET {entity.entity_set}"
    answer = json_answer(response, operation)
    rows = answer.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        _break(operation, "The answer has no list of records.")
    fields = tuple(entity.field(name) for name in columns(entity, select))
    return Page(
        tuple(_row(fields, row, operation) for row in rows),
        _next_link(answer.get(NEXT_LINK), host, operation),
    )


def json_answer(response: Response, operation: str) -> Mapping[str, Any]:
    """Read a JSON object with exact numbers; raises as `read_page` does."""
    if "json" not in response.headers.get("content-type", "").lower():
        raise Misconfigured(
            "A web page came instead of data. Check the environment's address; a login page means that the"
            " token was not seen.",
            system="dynamics",
            operation=operation,
            status=response.status,
        )
    try:
        answer = json.loads(response.body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Unreachable(
            "The answer is broken JSON, probably cut off on the way.",
            system="dynamics",
            operation=operation,
            status=response.status,
        ) from None
    if not isinstance(answer, dict):
        _break(operation, "The answer is not a JSON object.")
    return answer


def _row(fields: Sequence[Field], row: Mapping[str, Any], operation: str) -> Row:
    try:
        values = {field.name: decode(field, row[field.name]) for field in fields}
    except KeyError as missing:  # a field that is not there is not an empty field
        _break(operation, f"A record came without {missing}, which was asked for.")
    etag = row.get(ETAG)
    return Row(values, etag if isinstance(etag, str) else "")


def _next_link(link: Any, host: str, operation: str) -> str:
    if not link:
        return ""
    try:
        address = urljoin(f"{host}/data/", link) if isinstance(link, str) else ""
        there, here = urlsplit(address), urlsplit(host)
    except ValueError:
        there = here = urlsplit("")
    if not there.netloc or (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc):
        _break(operation, "The link to the next page leads to another host and was not followed.")
    return address


def _order(entity: Entity, order_by: Sequence[str]) -> list[str]:
    named = {entity.field(part.split(" ")[0]).name: part for part in order_by}
    return [*named.values(), *(key for key in entity.keys if key not in named)]


def _break(operation: str, sentence: str) -> NoReturn:
    raise ProtocolFault(sentence, system="dynamics", operation=operation, status=200)
