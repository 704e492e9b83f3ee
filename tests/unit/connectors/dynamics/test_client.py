"""Reading an environment: pages, many records at once, refusals, and the gate before every call."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from connectors.dynamics.client import DynamicsClient
from connectors.dynamics.model import Entity, Field, Ping
from connectors.errors import AuthFailed, Misconfigured, ProtocolFault, RateLimited, Rejected, Unreachable
from connectors.limits import Grant, Observed, Unlimited
from tests.unit.connectors.scripted import Answer, ScriptedTransport, json_response, page_response, query

HOST = "https://contoso.operations.dynamics.com"
ORDERS = Entity(
    "PurchaseOrderHeadersV2",
    ("dataAreaId", "PurchaseOrderNumber"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("PurchaseOrderNumber", "Edm.String"),
        Field("AccountingDate", "Edm.DateTimeOffset", date_only=True),
    ),
)


class Tokens:
    def __init__(self) -> None:
        self.dropped = 0

    def token(self) -> str:
        return f"token-{self.dropped}"

    def drop(self) -> None:
        self.dropped += 1


class Gate:
    """A budget that counts, and can be closed."""

    def __init__(self) -> None:
        self.reserved: list[float] = []
        self.settled: list[Observed] = []
        self.closed = False

    def reserve(self, *, mutations: int = 0, hold_s: float = 60.0) -> Grant:
        if self.closed:
            raise RateLimited("closed", retry_after_s=5)
        self.reserved.append(hold_s)
        return Grant(token=str(len(self.reserved)), mutations=mutations)

    def settle(self, grant: Grant, observed: Observed) -> None:
        self.settled.append(observed)


def _order(number: str, company: str = "usmf", day: str = "2026-03-02T12:00:00Z") -> dict[str, str]:
    return {
        "@odata.etag": f'W/"{number}"',
        "dataAreaId": company,
        "PurchaseOrderNumber": number,
        "AccountingDate": day,
    }


def _orders(*numbers: str, next_link: str = "") -> Answer:
    return json_response({"value": [_order(number) for number in numbers], "@odata.nextLink": next_link})


def _client(*answers: Answer, budget: Gate | Unlimited | None = None, tokens: Tokens | None = None):
    transport = ScriptedTransport(*answers)
    client = DynamicsClient(HOST, tokens or Tokens(), transport, budget or Unlimited())  # type: ignore[arg-type]
    return client, transport


def _numbers(pages) -> list[list[object]]:
    return [[row.values["PurchaseOrderNumber"] for row in page] for page in pages]


class TestARequest:
    def test_carries_token_and_an_id_of_its_own(self):
        client, transport = _client(_orders("PO1"))
        list(client.read(ORDERS))
        (request,) = transport.requests
        assert request.headers["Authorization"] == "Bearer token-0"
        assert request.headers["Accept"] == "application/json"
        assert UUID(request.headers["x-ms-client-request-id"])
        assert (request.method, request.operation, request.timeout_s) == (
            "GET",
            "GET PurchaseOrderHeadersV2",
            120.0,
        )

    def test_passes_the_gate_before_and_tells_it_after(self):
        gate = Gate()
        client, _ = _client(_orders("PO1"), budget=gate)
        list(client.read(ORDERS))
        assert gate.reserved == [125.0]
        assert gate.settled == [Observed()]

    def test_is_not_made_while_the_gate_is_closed(self):
        gate = Gate()
        gate.closed = True
        client, transport = _client(_orders("PO1"), budget=gate)
        with pytest.raises(RateLimited, match="closed"):
            list(client.read(ORDERS))
        assert transport.requests == []

    def test_tells_the_gate_also_when_no_answer_comes(self):
        gate = Gate()
        client, _ = _client(Unreachable("gone"), budget=gate)
        with pytest.raises(Unreachable):
            list(client.read(ORDERS))
        assert gate.settled == [Observed()]


class TestReading:
    def test_gives_pages_of_plain_rows(self):
        client, transport = _client(
            _orders("PO1", "PO2", next_link=f"{HOST}/data/PurchaseOrderHeadersV2?$skip=2"), _orders("PO3")
        )
        pages = list(client.read(ORDERS, filter="AccountingDate ge 2026-01-01T00:00:00Z"))
        assert _numbers(pages) == [["PO1", "PO2"], ["PO3"]]
        assert pages[0][0].values["AccountingDate"] == date(2026, 3, 2)
        assert pages[0][0].etag == 'W/"PO1"'
        assert transport.queries[0]["$filter"] == "AccountingDate ge 2026-01-01T00:00:00Z"
        assert transport.queries[0]["$orderby"] == "dataAreaId,PurchaseOrderNumber"
        assert transport.requests[1].url == f"{HOST}/data/PurchaseOrderHeadersV2?$skip=2"

    def test_asks_for_the_next_page_only_when_it_is_wanted(self):
        client, transport = _client(_orders("PO1", next_link=f"{HOST}/data/x?$skip=1"))
        next(client.read(ORDERS))
        assert len(transport.requests) == 1

    def test_gives_no_record_twice_when_pages_shift(self):
        client, _ = _client(
            _orders("PO1", "PO2", next_link=f"{HOST}/data/x?$skip=2"),
            _orders("PO2", next_link=f"{HOST}/data/x?$skip=3"),
            _orders("PO2", "PO3"),
        )
        assert _numbers(client.read(ORDERS)) == [["PO1", "PO2"], ["PO3"]]

    def test_takes_the_same_number_in_another_company_for_another_record(self):
        client, _ = _client(json_response({"value": [_order("PO1"), _order("PO1", "demf")]}))
        assert len(next(client.read(ORDERS))) == 2

    def test_ends_when_a_link_leads_in_a_circle(self):
        link = f"{HOST}/data/x?$skip=1"
        client, _ = _client(_orders("PO1", next_link=link))
        with pytest.raises(ProtocolFault, match="leads back"):
            list(client.read(ORDERS))

    def test_in_pages_of_our_own_size_asks_block_after_block(self):
        client, transport = _client(_orders("PO1", "PO2"), _orders("PO3", "PO4"), _orders())
        assert _numbers(client.read(ORDERS, page_size=2)) == [["PO1", "PO2"], ["PO3", "PO4"]]
        assert [(each["$top"], each.get("$skip")) for each in transport.queries] == [
            ("2", None),
            ("2", "2"),
            ("2", "4"),
        ]

    def test_in_pages_of_our_own_size_ends_at_a_short_one(self):
        client, transport = _client(_orders("PO1", "PO2"), _orders("PO3"))
        assert _numbers(client.read(ORDERS, page_size=2)) == [["PO1", "PO2"], ["PO3"]]
        assert len(transport.requests) == 2

    def test_in_pages_of_our_own_size_follows_the_server_within_a_block_and_not_beyond(self):
        link = f"{HOST}/data/x?$skip="
        client, transport = _client(
            _orders("PO1", "PO2", next_link=link + "2"),
            _orders("PO3", "PO4", next_link=link + "4"),
            _orders("PO5"),
        )
        assert _numbers(client.read(ORDERS, page_size=4)) == [["PO1", "PO2"], ["PO3", "PO4"], ["PO5"]]
        assert [query(request).get("$skip") for request in transport.requests] == [None, "2", "4"]


class TestFinding:
    def test_asks_once_for_many_records(self):
        client, transport = _client(_orders("PO1", "PO2"))
        criteria = [{"dataAreaId": "USMF", "PurchaseOrderNumber": number} for number in ("PO1", "PO2")]
        rows = client.find(ORDERS, criteria, select=["AccountingDate"])
        assert [row.values["PurchaseOrderNumber"] for row in rows] == ["PO1", "PO2"]
        (asked,) = transport.queries
        assert asked["cross-company"] == "true"
        assert asked["$filter"] == (
            "dataAreaId eq 'usmf' and (PurchaseOrderNumber eq 'PO1' or PurchaseOrderNumber eq 'PO2')"
        )
        assert asked["$select"] == "dataAreaId,PurchaseOrderNumber,AccountingDate"

    def test_keeps_every_address_under_two_thousand_characters(self):
        client, transport = _client(_orders())
        client.find(
            ORDERS,
            [{"dataAreaId": "usmf", "PurchaseOrderNumber": f"PO-{number:05}"} for number in range(200)],
        )
        assert 2 < len(transport.requests) < 8
        assert all(len(request.url) <= 2000 for request in transport.requests)
        assert sum(each["$filter"].count("PO-") for each in transport.queries) == 200

    def test_gives_no_record_twice(self):
        client, _ = _client(_orders("PO1", "PO1"))
        assert len(client.find(ORDERS, [{"PurchaseOrderNumber": "PO1"}])) == 1

    def test_asks_nothing_when_nothing_is_wanted(self):
        client, transport = _client(_orders())
        assert client.find(ORDERS, []) == []
        assert transport.requests == []

    def test_a_star_in_a_value_brings_only_the_record_that_has_it(self):
        client, transport = _client(_orders("PO*1", "PO-other-1"))
        rows = client.find(ORDERS, [{"PurchaseOrderNumber": "PO*1"}], select=["AccountingDate"])
        assert [row.values["PurchaseOrderNumber"] for row in rows] == ["PO*1"]
        assert "PurchaseOrderNumber" in transport.queries[0]["$select"]


class TestARefusal:
    def test_of_the_token_is_answered_with_a_fresh_one(self):
        tokens, gate = Tokens(), Gate()
        client, transport = _client(page_response("", 401), _orders("PO1"), tokens=tokens, budget=gate)
        assert _numbers(client.read(ORDERS)) == [["PO1"]]
        assert [request.headers["Authorization"] for request in transport.requests] == [
            "Bearer token-0",
            "Bearer token-1",
        ]
        assert len({request.headers["x-ms-client-request-id"] for request in transport.requests}) == 2
        assert len(gate.settled) == 2

    def test_of_the_fresh_token_as_well_is_the_operators_matter(self):
        tokens = Tokens()
        client, transport = _client(page_response("", 401), tokens=tokens)
        with pytest.raises(AuthFailed) as caught:
            list(client.read(ORDERS))
        assert (len(transport.requests), tokens.dropped) == (2, 1)
        assert caught.value.request_id == transport.requests[1].headers["x-ms-client-request-id"]

    @pytest.mark.parametrize(
        ("header", "seconds"), [({"retry_after": "17"}, 17), ({}, 30), ({"retry_after": "4000"}, 600)]
    )
    def test_for_too_much_load_closes_the_gate_for_all(self, header, seconds):
        gate = Gate()
        client, _ = _client(page_response("", 429, **header), budget=gate)
        with pytest.raises(RateLimited) as caught:
            client.find(ORDERS, [{"PurchaseOrderNumber": "PO1"}])
        assert caught.value.retry_after_s == seconds
        assert gate.settled[0].closed_for_s == seconds
        assert "429" in gate.settled[0].reason

    @pytest.mark.parametrize(("header", "closed_for_s"), [({"retry_after": "60"}, 60), ({}, None)])
    def test_for_maintenance_closes_the_gate_only_when_a_time_is_told(self, header, closed_for_s):
        gate = Gate()
        client, _ = _client(page_response("", 503, **header), budget=gate)
        with pytest.raises(Unreachable):
            list(client.read(ORDERS))
        assert gate.settled[0].closed_for_s == closed_for_s

    def test_names_the_entity_set_that_is_not_known(self):
        client, _ = _client(json_response({}, 404))
        with pytest.raises(Misconfigured, match="does not know PurchaseOrderHeadersV2"):
            list(client.read(ORDERS))

    def test_in_the_middle_of_the_pages_keeps_what_came_before(self):
        client, _ = _client(_orders("PO1", next_link=f"{HOST}/data/x?$skip=1"), page_response("", 429))
        pages = client.read(ORDERS)
        assert _numbers([next(pages)]) == [["PO1"]]
        with pytest.raises(RateLimited):
            next(pages)


class TestAPing:
    COMPANIES = json_response(
        {"value": [{"DataArea": "USMF", "Name": "Contoso"}, {"DataArea": "demf", "Name": ""}]}
    )
    VERSION = json_response({"@odata.context": "x", "value": "10.0.43"})
    OWN = json_response({"value": [{"dataAreaId": "USMF", "VendorAccountNumber": "US-101"}]})

    def test_shows_version_and_companies(self):
        client, transport = _client(self.COMPANIES, self.VERSION, self.OWN)
        assert client.ping() == Ping("10.0.43", "usmf", ("usmf", "demf"))
        companies, version, own = transport.requests
        assert query(companies)["$select"] == "DataArea,Name"
        assert (version.method, version.body) == ("POST", b"{}")
        assert version.url.endswith(
            "/data/DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion"
        )
        assert version.headers["Content-Type"] == "application/json"
        assert "cross-company" not in query(own)

    def test_succeeds_when_the_user_may_not_ask_for_more_than_companies(self):
        client, _ = _client(self.COMPANIES, page_response("", 403), page_response("", 403))
        assert client.ping() == Ping("", "", ("usmf", "demf"))

    def test_leaves_open_what_is_not_answered(self):
        client, _ = _client(self.COMPANIES, json_response({}), json_response({"value": []}))
        assert client.ping() == Ping("", "", ("usmf", "demf"))

    def test_fails_when_the_companies_cannot_be_read(self):
        client, _ = _client(json_response({}, 400))
        with pytest.raises(Rejected):
            client.ping()
