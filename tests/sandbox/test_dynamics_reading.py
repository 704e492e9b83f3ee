"""Reading over /data and /metadata as an integrator does."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.core import Sandbox
from sandbox.dynamics.model import entity_sets
from tests.sandbox.dynamics_client import Client, running

ACTION = "Microsoft.Dynamics.DataEntities.GetApplicationVersion"


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    shared.sandbox.reset()
    shared.token = shared.new_token()
    return shared


def test_without_a_good_token_there_is_only_an_html_page(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {client.token}"}):
        answer = client.session.get(f"{client.sandbox.urls['dynamics']}/data/Companies", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"].startswith("text/html")


def test_an_app_that_is_not_registered_in_the_environment_is_refused(client: Client) -> None:
    key = {"AADClientId": "portal-client"}
    assert client.control("/dynamics/delete", {"entity_set": "SysAADClients", "key": key}).status_code == 200
    assert client.get("Companies").status_code == 401


def test_the_default_company_is_what_one_gets_without_cross_company(client: Client) -> None:
    own = client.rows("VendorsV2", cross_company=False, select="dataAreaId")
    every = client.rows("VendorsV2", select="dataAreaId")
    assert (len(own), len(every)) == (40, 60)
    assert {row["dataAreaId"] for row in own} == {"usmf"}
    only = client.rows("VendorsV2", filter="dataAreaId eq 'DEMF'", select="dataAreaId")
    assert len(only) == 20
    assert client.get("VendorsV2/$count").text == "60"
    assert client.get("VendorsV2/$count", cross_company=False).text == "40"


def test_a_key_outside_the_default_company_needs_cross_company(client: Client) -> None:
    path = "VendorsV2(dataAreaId='demf',VendorAccountNumber='DE-002')"
    assert client.get(path, cross_company=False).status_code == 404
    assert client.get(path).json()["VendorOrganizationName"] == "Müller & Söhne Maschinenbau GmbH"
    assert client.get("VendorsV2(dataAreaId='USMF',VendorAccountNumber='us-104')").status_code == 200


def test_companies_the_user_may_not_see_stay_hidden(client: Client) -> None:
    client.control("/dynamics/settings", {"companies": ["usmf"]})
    assert len(client.rows("VendorsV2")) == 40
    assert client.get("VendorsV2(dataAreaId='demf',VendorAccountNumber='DE-002')").status_code == 404


def test_entity_sets_the_user_has_no_privilege_for_are_a_403(client: Client) -> None:
    client.control("/dynamics/settings", {"denied_sets": ["VendTransBiEntities"]})
    assert client.get("VendTransBiEntities").status_code == 403
    assert client.get("VendorsV2").status_code == 200


@pytest.mark.parametrize(
    "path", ["vendorsV2", "VendorInvoiceJournalHeaders", "/nothing", "VendorsV2/Addresses", "(x)"]
)
def test_unknown_routes_are_a_404_in_another_shape(client: Client, path: str) -> None:
    answer = client.call("GET", path)
    assert answer.status_code == 404
    assert "No HTTP resource" in answer.json()["Message"]


def test_one_row_carries_its_context_and_its_weak_etag(client: Client) -> None:
    answer = client.get(
        "VendorsV2(dataAreaId='usmf',VendorAccountNumber='US-105')", select="VendorOrganizationName"
    )
    row = answer.json()
    assert row["@odata.context"].endswith("/data/$metadata#VendorsV2/$entity")
    assert row["VendorOrganizationName"] == "O'Brien & Sons, Inc."
    assert "VendorAccountNumber" not in row
    match = re.fullmatch(r'W/"([A-Za-z0-9+/=]+)"', row["@odata.etag"])
    assert match and re.fullmatch(r"'\d+,\d+'", base64.b64decode(match[1]).decode())
    assert answer.headers["ETag"] == row["@odata.etag"]
    assert answer.headers["OData-Version"] == "4.0"


def test_values_have_the_services_shapes(client: Client) -> None:
    shapes = {
        "String": str, "Int32": int, "Int64": int, "Decimal": (int, float), "Enum": str, "Guid": str, "Boolean": bool,
    }  # fmt: skip
    for name, entity_set in entity_sets().items():
        for row in client.rows(name, top=20):
            for field in entity_set.fields:
                value = row[field.name]
                if field.kind == "Date":
                    assert re.fullmatch(r"\d{4}-\d\d-\d\dT12:00:00Z|2154-12-31T23:59:59Z", value), field
                elif field.kind == "DateTime":
                    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), field
                else:
                    assert isinstance(value, shapes[field.kind]), field
                if field.kind == "Enum":
                    assert value in field.members, field


def test_a_record_id_above_2_to_the_53_arrives_exactly(client: Client) -> None:
    row = client.rows(
        "VendInvoiceJourBiEntities", filter="SourceKey eq 22565421350000001", select="SourceKey"
    )
    assert row[0]["SourceKey"] == 22565421350000001 > 2**53
    assert (
        client.get("VendInvoiceJourBiEntities(dataAreaId='usmf',SourceKey=22565421350000001)").status_code
        == 200
    )


def test_select_orderby_top_skip_and_count_work_together(client: Client) -> None:
    answer = client.get(
        "VendorsV2",
        select="VendorAccountNumber, dataAreaId",
        orderby="OnHoldStatus desc,dataAreaId, VendorAccountNumber desc",
        top=3,
        skip=1,
        count="true",
    ).json()
    assert answer["@odata.count"] == 60
    assert answer["@odata.context"].endswith("#VendorsV2(dataAreaId,VendorAccountNumber)")
    assert "@odata.nextLink" not in answer
    every = client.rows("VendorsV2", orderby="OnHoldStatus desc,dataAreaId,VendorAccountNumber desc")
    assert [row["VendorAccountNumber"] for row in answer["value"]] == [
        r["VendorAccountNumber"] for r in every[1:4]
    ]
    assert client.rows("VendorsV2", select="*", top=1)[0].keys() == every[0].keys()
    assert client.get("VendorsV2", top=0).json()["value"] == []


@pytest.mark.parametrize(
    "query",
    [
        "$select=Nonsense",
        "$select=vendoraccountnumber",
        "$orderby=Nonsense",
        "$orderby=CreditLimit DESC",
        "$orderby=",
        "$top=-1",
        "$top=ten",
        "$skip=x",
        "$count=yes",
        "$expand=Lines",
        "$search=x",
        "$apply=groupby",
        "$top=1&$top=2",
        "$filter=x",
    ],
)
def test_query_options_the_service_does_not_know_are_a_400(client: Client, query: str) -> None:
    assert client.call("GET", f"VendorsV2?{query}").status_code == 400


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("dataAreaId='usmf'", 400),
        ("dataAreaId='usmf',VendorAccountNumber='x',Name='y'", 400),
        ("dataAreaId='usmf',dataAreaId='usmf'", 400),
        ("dataAreaId='usmf',VendorAccountNumber=5", 400),
        ("'usmf','x'", 400),
        ("dataAreaId='usmf',VendorAccountNumber='none'", 404),
        ("dataAreaId='usmf',VendorAccountNumber='a%2Fb'", 400),
        ("dataAreaId='usmf',VendorAccountNumber='50%25'", 400),
        ("dataAreaId='usmf',VendorAccountNumber='a%26b'", 400),
        ("dataAreaId='usmf',VendorAccountNumber='D''Angelo'", 404),
    ],
)
def test_a_key_has_to_be_complete_and_plain(client: Client, key: str, status: int) -> None:
    assert client.call("GET", f"VendorsV2({key})").status_code == status


def test_keys_of_every_type_find_their_row(client: Client) -> None:
    confirmation = client.rows("PurchaseOrderConfirmationHeaders", top=1)[0]
    key = (
        "dataAreaId='{dataAreaId}',PurchaseOrderNumber='{PurchaseOrderNumber}',"
        "ConfirmationNumber='{ConfirmationNumber}',ConfirmationDate={ConfirmationDate}"
    )
    assert client.get(f"PurchaseOrderConfirmationHeaders({key.format(**confirmation)})").status_code == 200
    line = client.rows("VendorInvoiceLines", top=1)[0]
    key = (
        "dataAreaId='{dataAreaId}',HeaderReference='{HeaderReference}',InvoiceLineNumber={InvoiceLineNumber}"
    )
    assert client.get(f"VendorInvoiceLines({key.format(**line)})").status_code == 200
    assert (
        client.get(f"VendorInvoiceLines({key.format(**{**line, 'InvoiceLineNumber': 'x'})})").status_code
        == 400
    )


def walk(client: Client, first: requests.Response) -> list[list[dict[str, Any]]]:
    pages = [first.json()["value"]]
    link = first.json().get("@odata.nextLink")
    while link:
        assert link.startswith(client.sandbox.urls["dynamics"])
        answer = client.call("GET", link.removeprefix(client.sandbox.urls["dynamics"])).json()
        pages.append(answer["value"])
        link = answer.get("@odata.nextLink")
    return pages


def test_pages_follow_a_link_that_keeps_the_query(client: Client) -> None:
    client.control("/dynamics/settings", {"page_size": 70})
    query = {
        "orderby": "dataAreaId,SourceKey",
        "filter": "InvoiceId ne 'O''Brien & co'",
        "select": "SourceKey",
    }
    pages = walk(client, client.get("VendInvoiceJourBiEntities", **query))
    assert [len(page) for page in pages] == [70, 70, 70, 70, 20]
    assert len({row["SourceKey"] for page in pages for row in page}) == 300
    assert [
        len(page) for page in walk(client, client.get("VendInvoiceJourBiEntities", top=150, **query))
    ] == [70, 70, 10]
    assert [len(page) for page in walk(client, client.get("VendInvoiceJourBiEntities", top=60, **query))] == [
        60
    ]


def test_pages_are_no_snapshot(client: Client) -> None:
    client.control("/dynamics/settings", {"page_size": 50})
    first = client.get(
        "VendorsV2", orderby="dataAreaId desc,VendorAccountNumber", select="VendorAccountNumber"
    )
    seen = {row["VendorAccountNumber"] for row in first.json()["value"]}
    values = {
        "dataAreaId": "zzzz",
        "VendorAccountNumber": "NEW",
        "VendorOrganizationName": "n",
        "VendorGroupId": "10",
    }
    client.control("/dynamics/settings", {"companies": ["usmf", "demf", "zzzz"]})
    client.control("/dynamics/insert", {"entity_set": "VendorsV2", "values": values})
    pages = walk(client, first)
    again = [row["VendorAccountNumber"] for row in pages[1]]
    assert again[0] in seen and "NEW" not in seen | set(again)


def test_a_fault_can_strike_in_the_middle_of_paging(client: Client) -> None:
    client.control("/dynamics/settings", {"page_size": 20})
    rule = {"kind": "429", "operation": "GET VendorsV2 $skip", "times": 1, "retry_after": 7}
    client.control("/faults", {"system": "dynamics", "rules": [rule]})
    first = client.get("VendorsV2").json()
    link = first["@odata.nextLink"].removeprefix(client.sandbox.urls["dynamics"])
    struck = client.call("GET", link)
    assert (struck.status_code, struck.headers["Retry-After"]) == (429, "7")
    assert len(client.call("GET", link).json()["value"]) == 20


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("429_no_header", 429, "high resource utilization"),
        ("500", 500, "System.InvalidOperationException"),
        ("502_html", 502, "<html"),
        ("503", 503, "unavailable"),
        ("401", 401, "<html"),
        ("403", 403, "<html"),
        ("412", 412, "etag"),
        ("update_conflict", 400, "An update conflict occurred"),
        ("302_login", 302, ""),
    ],
)
def test_faults_look_like_the_services_own(client: Client, kind: str, status: int, text: str) -> None:
    client.control("/faults", {"system": "dynamics", "rules": [{"kind": kind, "times": 1}]})
    answer = client.get("Companies")
    assert answer.status_code == status and text in answer.text
    assert ("Retry-After" in answer.headers) == (kind == "503")
    assert client.get("Companies").status_code == 200


def test_an_address_over_2048_characters_is_refused(client: Client) -> None:
    text = " or ".join(f"VendorAccountNumber eq 'US-{number}'" for number in range(60))
    assert client.get("VendorsV2", filter=text).status_code == 414


def test_the_version_is_an_action(client: Client) -> None:
    answer = client.call("POST", f"DataManagementEntities/{ACTION}", {})
    assert answer.json()["value"] == "10.0.43"
    assert client.call("GET", f"DataManagementEntities/{ACTION}").status_code == 405
    assert client.call("POST", f"DataManagementEntities/{ACTION}X", {}).status_code == 404


def test_the_service_document_lists_the_sets(client: Client) -> None:
    names = {row["name"] for row in client.call("GET", "/data").json()["value"]}
    assert names == set(entity_sets()) and len(names) == 27


def test_metadata_tells_what_may_be_edited(client: Client) -> None:
    sets = {
        row["PublicCollectionName"]: row
        for row in client.call("GET", "/metadata/DataEntities").json()["value"]
    }
    assert sets["VendInvoiceJourBiEntities"]["IsReadOnly"] is True
    assert sets["VendorsV2"]["PublicEntityName"] == "VendorV2"
    vendor = client.call("GET", "/metadata/PublicEntities('VendorV2')").json()
    assert vendor["EntitySetName"] == "VendorsV2"
    fields = {field["Name"]: field for field in vendor["Properties"]}
    assert fields["Notes"]["AllowEdit"] is True
    assert fields["AddressRecordId"]["AllowEdit"] is False
    assert fields["VendorAccountNumber"]["IsKey"] and not fields["VendorAccountNumber"]["AllowEdit"]
    assert fields["VendorHoldReleaseDate"]["DataType"] == "Date"
    assert len(client.call("GET", "/metadata/PublicEntities").json()["value"]) == 27
    enum = client.call("GET", "/metadata/PublicEnumerations('NoYes')").json()
    assert enum["Members"] == [{"Name": "No", "Value": 0}, {"Name": "Yes", "Value": 1}]
    assert client.call("GET", "/metadata/PublicEntities('VendorsV2')").status_code == 404


def test_the_data_is_as_awkward_as_real_data(client: Client) -> None:
    invoices = client.state("VendInvoiceJourBiEntities")
    numbers = [row["InvoiceId"] for row in invoices]
    assert len(invoices) == 300
    assert any(number.endswith(" ") for number in numbers) and any(
        number.startswith("000") for number in numbers
    )
    assert any(row["InvoiceAmount"] < 0 for row in invoices)
    assert len({row["CurrencyCode"] for row in invoices}) >= 4
    assert any(row["DueDate"].startswith("1900") for row in invoices)
    same = [(row["dataAreaId"], row["InvoiceAccount"]) for row in invoices if row["InvoiceId"] == "2026-0001"]
    assert len(same) == len(set(same)) == 2
    vendors = [row["VendorOrganizationName"] for row in client.state("VendorsV2")]
    assert len(vendors) == 60 and max(map(len, vendors)) > 255
    for sign in ("'", ",", "京", "λ", "ش", "é"):
        assert any(sign in name for name in vendors), sign
    orders = {
        (row["dataAreaId"], row["PurchaseOrderNumber"]) for row in client.state("PurchaseOrderHeadersV2")
    }
    assert len(orders) == 150 and len({number for _, number in orders}) == 100
    confirmed = [row["ConfirmationNumber"] for row in client.state("PurchaseOrderConfirmationHeaders")]
    assert any(number.endswith("-2") for number in confirmed)
    assert len(client.state("VendorInvoiceHeaders")) == 200
    transactions = client.state("VendTransBiEntities")
    assert sum(not row["Closed"].startswith("1900") for row in transactions) >= 60
    assert any(row["SettleAmountCur"] and row["Closed"].startswith("1900") for row in transactions)


def test_the_same_seed_makes_the_same_data() -> None:
    one, two, other = Sandbox(seed=5), Sandbox(seed=5), Sandbox(seed=6)
    assert one.dynamics.state() == two.dynamics.state() != other.dynamics.state()


def test_an_order_costs_what_its_confirmation_says(client: Client) -> None:
    lines: dict[tuple[str, str], float] = {}
    for line in client.state("PurchaseOrderLinesV2"):
        key = (line["dataAreaId"], line["PurchaseOrderNumber"])
        lines[key] = lines.get(key, 0) + line["LineAmount"]
    for confirmation in client.state("PurchaseOrderConfirmationHeaders"):
        key = (confirmation["dataAreaId"], confirmation["PurchaseOrderNumber"])
        assert confirmation["SubTotalAmount"] == pytest.approx(lines[key], abs=0.01)


def test_posted_invoices_fit_their_lines_and_transactions(client: Client) -> None:
    lines: dict[tuple[str, str, str], float] = {}
    for line in client.state("VendInvoiceTransBiEntities"):
        key = (line["dataAreaId"], line["InvoiceId"], line["InternalInvoiceId"])
        lines[key] = lines.get(key, 0) + line["LineAmount"]
    open_items = {(row["dataAreaId"], row["Voucher"]): row for row in client.state("VendTransBiEntities")}
    for invoice in client.state("VendInvoiceJourBiEntities"):
        key = (invoice["dataAreaId"], invoice["InvoiceId"], invoice["InternalInvoiceId"])
        assert invoice["InvoiceAmount"] == pytest.approx(lines[key] + invoice["SumTax"], abs=0.011)
        assert (
            open_items[invoice["dataAreaId"], invoice["LedgerVoucher"]]["AmountCur"]
            == -invoice["InvoiceAmount"]
        )


def test_ten_times_the_invoices_are_made_on_demand() -> None:
    sandbox = Sandbox(scale=10)
    assert len(sandbox.dynamics.table("VendInvoiceJourBiEntities").rows) == 3000
