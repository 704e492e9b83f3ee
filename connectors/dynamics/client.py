"""Reads from one Dynamics 365 F&O environment: a page at a time, or many records at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn
from uuid import uuid4

from connectors.dynamics.auth import TokenSource
from connectors.dynamics.model import Entity, Field, Ping, Plain, Row
from connectors.dynamics.odata import MAX_URL, Page, json_answer, read_page, read_url
from connectors.dynamics.odata_errors import error_of, retry_after_s
from connectors.dynamics.odata_filter import COMPANY_FIELD, any_of, has_wildcard, matches_any
from connectors.dynamics.seek import Position, behind, position_of, walk_order
from connectors.errors import NeedsOperator, Permanent, ProtocolFault
from connectors.limits import Budget, Observed
from connectors.transport import Request, Response, Transport

COMPANIES = Entity("Companies", ("DataArea",), (Field("DataArea", "Edm.String"), Field("Name", "Edm.String")))
# Any entity that lives inside a company would do; this one every connected service user must see anyway.
_OF_A_COMPANY = Entity(
    "VendorsV2",
    (COMPANY_FIELD, "VendorAccountNumber"),
    (Field(COMPANY_FIELD, "Edm.String"), Field("VendorAccountNumber", "Edm.String")),
)
_VERSION_ACTION = "DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion"
REQUEST_ID = "x-ms-client-request-id"

_SETTLING_S = 5.0  # a place in the budget is kept a little longer than the call may take
_BUSY = (429, 503)


class DynamicsClient:
    """Speaks to `/data` of one environment.

    Args:
        host: "https://host", as connectors.hosts gives it.
        tokens: of the same host.
        transport: moves the calls.
        budget: the gate of this environment, shared by all workers; asked before every call, told after it.
        read_timeout_s: for one call. The first one after a restart of F&O may take minutes.
    """

    def __init__(
        self,
        host: str,
        tokens: TokenSource,
        transport: Transport,
        budget: Budget,
        *,
        read_timeout_s: float = 120.0,
    ) -> None:
        self._host = host
        self._tokens = tokens
        self._transport = transport
        self._budget = budget
        self._read_timeout_s = read_timeout_s

    def read(
        self,
        entity: Entity,
        *,
        filter: str = "",
        select: Sequence[str] = (),
        order_by: Sequence[str] = (),
        page_size: int | None = None,
    ) -> Iterator[list[Row]]:
        """Walk over the records of all companies, a page at a time; no record comes twice.

        Not a snapshot: records that appear or vanish meanwhile may shift others over a page's edge.

        Args:
            filter: an OData expression with the operators F&O knows, not percent-encoded.
            select: field names; the keys always come too. None means all fields of the entity.
            order_by: "Name" or "Name desc"; the full key follows by itself.
            page_size: at most so many records a page; None leaves it to the server (10,000).

        Raises:
            RateLimited: this environment's gate is closed, or Dynamics asks to wait.
            AuthFailed, Misconfigured: an operator must act.
            Rejected: Dynamics refuses the query.
            ServerFault, Unreachable, Conflict: try again later.
            ProtocolFault: the answer is no OData.
        """
        seen: set[tuple[Plain, ...]] = set()
        for page in self._pages(entity, filter, select, order_by, page_size):
            fresh = [row for row in page.rows if not _met(entity, row, seen)]
            if fresh:
                yield fresh

    def read_pages(
        self,
        entity: Entity,
        *,
        filter: str = "",
        select: Sequence[str] = (),
        order_by: Sequence[str] = (),
        page_size: int = 1000,
        after: Position | None = None,
    ) -> Iterator[list[Row]]:
        """Walk over the records of all companies by position: every page asks for what is ordered behind the last.

        Records that appear or vanish meanwhile shift nobody over a page's edge. A record that changes in a walk
        ordered by a stamp comes again, with its new stamp. An error ends the walk; take it up again with `after`.

        Args:
            filter: an OData expression with the operators F&O knows, not percent-encoded.
            select: field names; the keys and the order's fields always come too. None means all fields.
            order_by: field names, upwards, e.g. a stamp; the full key follows by itself.
            page_size: at most so many records a page, below the 10,000 of the server. A walk makes as many calls as
                it has pages.
            after: begin behind this position: the last row's values in the order of `seek.walk_order`, as
                `seek.position_of` gives them.

        Raises:
            ValueError: the entity cannot be ordered so, or the position does not fit.
            ConnectorError: as `read`.
        """
        order = walk_order(entity, order_by)
        wanted = tuple(dict.fromkeys((*(select or entity.names), *order)))
        passed: set[Position] = set()
        more = True
        while more:
            place = behind(entity, order, after) if after is not None else ""
            expression = f"({filter}) and ({place})" if filter and place else filter or place
            rows, more = self._slice(entity, expression, wanted, order, page_size)
            if rows:
                after = position_of(rows[-1], order)
                if after in passed:
                    _break_walk(entity, order)
                passed.add(after)
                yield rows

    def _slice(
        self, entity: Entity, expression: str, select: Sequence[str], order: Sequence[str], size: int
    ) -> tuple[list[Row], bool]:
        """Read the first rows, and whether there are more: one row is asked for beyond, which spares a call."""
        url = read_url(self._host, entity, filter=expression, select=select, order_by=order, top=size + 1)
        for page in self._linked(entity, url, select, None):
            if page.rows:
                return list(page.rows[:size]), bool(page.next_link) or len(page.rows) > size
        return [], False

    def find(
        self, entity: Entity, criteria: Sequence[Mapping[str, Plain]], *, select: Sequence[str] = ()
    ) -> list[Row]:
        """Read many records with as few calls as addresses of 2,000 characters allow.

        Args:
            criteria: field name -> value, all of which must match; a record comes when one criterion matches.
                None for a criterion means that no such record can be seen.
            select: field names; the keys and the fields of the criteria always come too.

        Raises:
            ValueError: a criterion is empty, or a value cannot be compared with its field.
            ConnectorError: as `read`.
        """
        wanted = tuple(
            dict.fromkeys((*(select or entity.names), *(name for each in criteria for name in each)))
        )
        room = MAX_URL - len(read_url(self._host, entity, select=wanted)) - len("&$filter=")
        rows: list[Row] = []
        seen: set[tuple[Plain, ...]] = set()
        for expression in any_of(entity, criteria, room):
            for page in self._pages(entity, expression, wanted, (), None):
                rows += [row for row in page.rows if not _met(entity, row, seen)]
        return [row for row in rows if matches_any(row, criteria)] if has_wildcard(criteria) else rows

    def ping(self) -> Ping:
        """Show that the connection works: which companies can be seen, which version answers.

        Raises:
            ConnectorError: as `read`; only what goes beyond reading the companies may fail silently.
        """
        companies = [row.values["DataArea"] for page in self.read(COMPANIES) for row in page]
        return Ping(
            version=self._version(),
            default_company=self._default_company(),
            companies=tuple(str(company).lower() for company in companies),
        )

    def _version(self) -> str:
        url = f"{self._host}/data/{_VERSION_ACTION}"
        operation = "POST GetApplicationVersion"
        try:
            response = self._call("POST", url, operation, "GetApplicationVersion", body=b"{}")
            return str(json_answer(response, operation).get("value") or "")
        except (NeedsOperator, Permanent):  # a user without this privilege can still synchronise
            return ""

    def _default_company(self) -> str:
        url = read_url(self._host, _OF_A_COMPANY, top=1, cross_company=False)
        try:
            rows = self._page(_OF_A_COMPANY, url, ()).rows
        except (NeedsOperator, Permanent):
            return ""
        return str(rows[0].values[COMPANY_FIELD] or "").lower() if rows else ""

    def _pages(
        self,
        entity: Entity,
        expression: str,
        select: Sequence[str],
        order_by: Sequence[str],
        page_size: int | None,
    ) -> Iterator[Page]:
        """Follow the server's links; with a page size of our own, ask for block after block.

        F&O is not known to honour Prefer: odata.maxpagesize, hence $top and $skip.
        """
        skip = 0
        while True:
            url = read_url(
                self._host,
                entity,
                filter=expression,
                select=select,
                order_by=order_by,
                top=page_size,
                skip=skip,
            )
            count = 0
            for page in self._linked(entity, url, select, page_size):
                count += len(page.rows)
                yield page
            if page_size is None or count < page_size:
                return
            skip += count

    def _linked(self, entity: Entity, url: str, select: Sequence[str], limit: int | None) -> Iterator[Page]:
        visited: set[str] = set()
        count = 0
        while url and (limit is None or count < limit):
            if url in visited:
                raise ProtocolFault(
                    "The link to the next page leads back to a page already read.",
                    system="dynamics",
                    operation=f"GET {entity.entity_set}",
                )
            visited.add(url)
            page = self._page(entity, url, select)
            count += len(page.rows)
            yield page
            url = page.next_link

    def _page(self, entity: Entity, url: str, select: Sequence[str]) -> Page:
        response = self._call("GET", url, f"GET {entity.entity_set}", entity.entity_set)
        return read_page(response, entity, select, self._host)

    def _call(
        self, method: str, url: str, operation: str, entity_set: str, body: bytes | None = None
    ) -> Response:
        request = self._request(method, url, operation, body)
        response = self._send(request)
        if response.status == 401:
            self._tokens.drop()
            request = self._request(method, url, operation, body)
            response = self._send(request)
        if not 200 <= response.status < 300:
            request_id = request.headers[REQUEST_ID]
            raise error_of(response, operation=operation, entity_set=entity_set, request_id=request_id)
        return response

    def _request(self, method: str, url: str, operation: str, body: bytes | None) -> Request:
        headers = {
            "Authorization": f"Bearer {self._tokens.token()}",
            "Accept": "application/json",
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            REQUEST_ID: str(uuid4()),
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        return Request(method, url, headers, body, self._read_timeout_s, operation)

    def _send(self, request: Request) -> Response:
        grant = self._budget.reserve(hold_s=self._read_timeout_s + _SETTLING_S)
        observed = Observed()
        try:
            response = self._transport.send(request)
            if response.status == 429 or (response.status in _BUSY and "retry-after" in response.headers):
                observed = Observed(
                    closed_for_s=retry_after_s(response.headers),
                    reason=f"Dynamics answered {response.status} and asked to wait",
                )
            return response
        finally:
            self._budget.settle(grant, observed)


def _met(entity: Entity, row: Row, seen: set[tuple[Plain, ...]]) -> bool:
    key = tuple(row.values[name] for name in entity.keys)
    if key in seen:
        return True
    seen.add(key)
    return False


def _break_walk(entity: Entity, order: Sequence[str]) -> NoReturn:
    raise ProtocolFault(
        "The walk came back to a record it had passed: Dynamics orders this entity differently from how it compares"
        f" {', '.join(order)}.",
        system="dynamics",
        operation=f"GET {entity.entity_set}",
    )
