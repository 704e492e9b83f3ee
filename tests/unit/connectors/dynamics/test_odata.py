"""Addresses of reads, and answers to them."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Entity, Field
from connectors.dynamics.odata import columns, read_page, read_url
from connectors.errors import ConnectorError, Misconfigured, ProtocolFault, Unreachable
from connectors.transport import Response
from tests.unit.connectors.scripted import json_response, page_response

HOST = "https://contoso.operations.dynamics.com"
VENDORS = Entity(
    "VendorsV2",
    ("dataAreaId", "VendorAccountNumber"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("VendorAccountNumber", "Edm.String"),
        Field("VendorOrganizationName", "Edm.String"),
        Field("CreditLimit", "Edm.Decimal"),
    ),
)
ROW = {
    "@odata.etag": 'W/"JzAsMjI1NjU0ODg4NzAn"',
    "dataAreaId": "usmf",
    "VendorAccountNumber": "US-101",
    "VendorOrganizationName": "Fabrikam",
    "CreditLimit": 10.25,
}


def _options(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def _page(content: object, select: tuple[str, ...] = ()):
    return read_page(json_response(content), VENDORS, select, HOST)


class TestAnAddress:
    def test_asks_all_companies_for_named_fields_in_a_full_order(self):
        url = read_url(HOST, VENDORS, select=["CreditLimit"])
        assert url.startswith(f"{HOST}/data/VendorsV2?cross-company=true&")
        assert _options(url) == {
            "cross-company": "true",
            "$select": "dataAreaId,VendorAccountNumber,CreditLimit",
            "$orderby": "dataAreaId,VendorAccountNumber",
        }

    def test_asks_for_all_fields_when_none_is_named(self):
        assert _options(read_url(HOST, VENDORS))["$select"] == ",".join(VENDORS.names)

    def test_carries_filter_order_and_window(self):
        url = read_url(
            HOST,
            VENDORS,
            filter="A eq 'x & y+z'",
            order_by=["CreditLimit desc", "dataAreaId"],
            top=5,
            skip=10,
        )
        assert _options(url) | {"$select": ""} == {
            "cross-company": "true",
            "$select": "",
            "$filter": "A eq 'x & y+z'",
            "$orderby": "CreditLimit desc,dataAreaId,VendorAccountNumber",
            "$top": "5",
            "$skip": "10",
        }

    def test_can_ask_the_own_company_only(self):
        assert "cross-company" not in read_url(HOST, VENDORS, cross_company=False, skip=0)

    @pytest.mark.parametrize("options", [{"select": ["Nme"]}, {"order_by": ["Nme desc"]}])
    def test_is_refused_for_a_field_that_does_not_exist(self, options):
        with pytest.raises(KeyError, match="VendorsV2 has no field 'Nme'"):
            read_url(HOST, VENDORS, **options)

    @given(st.text())
    def test_carries_any_filter_unharmed(self, expression):
        try:
            expression.encode()
        except UnicodeEncodeError:
            return
        url = read_url(HOST, VENDORS, filter=expression)
        assert url.isascii()
        assert _options(url).get("$filter", "") == expression


class TestColumns:
    def test_are_the_keys_and_then_the_fields_each_once(self):
        assert columns(VENDORS, ["CreditLimit", "dataAreaId", "CreditLimit"]) == (
            "dataAreaId",
            "VendorAccountNumber",
            "CreditLimit",
        )


class TestAPage:
    def test_holds_plain_values_and_the_etag(self):
        (row,) = _page({"value": [ROW]}).rows
        assert row.values == {
            "dataAreaId": "usmf",
            "VendorAccountNumber": "US-101",
            "VendorOrganizationName": "Fabrikam",
            "CreditLimit": Decimal("10.25"),
        }
        assert row.etag == 'W/"JzAsMjI1NjU0ODg4NzAn"'

    def test_holds_only_what_was_asked_for(self):
        (row,) = _page({"value": [ROW | {"@odata.etag": 5}]}, ("CreditLimit",)).rows
        assert set(row.values) == {"dataAreaId", "VendorAccountNumber", "CreditLimit"}
        assert row.etag == ""

    def test_names_the_next_one_on_the_same_host(self):
        link = f"{HOST}/data/VendorsV2?cross-company=true&$skip=10000"
        assert _page({"value": [], "@odata.nextLink": link}).next_link == link
        assert (
            _page({"value": [], "@odata.nextLink": "VendorsV2?$skip=1"}).next_link
            == f"{HOST}/data/VendorsV2?$skip=1"
        )
        assert _page({"value": [], "@odata.nextLink": link.replace("contoso", "Contoso")}).next_link
        assert _page({"value": []}).next_link == ""

    @pytest.mark.parametrize(
        "link",
        [
            "https://evil.example/data/VendorsV2",
            "http://contoso.operations.dynamics.com/data/VendorsV2",
            "https://contoso.operations.dynamics.com:444/data",
            "https://contoso.operations.dynamics.com@evil.example/data",
            "//evil.example/data",
            "https://[nonsense",
            "javascript:alert(1)",
            {"href": "x"},
        ],
    )
    def test_of_another_host_is_not_followed(self, link):
        with pytest.raises(ProtocolFault, match="another host"):
            _page({"value": [], "@odata.nextLink": link})

    def test_without_a_field_that_was_asked_for_is_not_taken_for_empty(self):
        incomplete = {name: value for name, value in ROW.items() if name != "CreditLimit"}
        with pytest.raises(ProtocolFault, match="without 'CreditLimit'"):
            _page({"value": [incomplete]})

    @pytest.mark.parametrize("content", [{}, {"value": {}}, {"value": [1]}, [], "text", None])
    def test_of_another_shape_breaks_the_contract(self, content):
        with pytest.raises(ProtocolFault):
            _page(content)

    def test_that_is_a_web_page_points_at_the_address(self):
        with pytest.raises(Misconfigured, match="web page came instead of data"):
            read_page(page_response("<html>Sign in</html>", 200), VENDORS, (), HOST)

    @pytest.mark.parametrize("body", [b'{"value": [', b"", b"\xff\xfe", b"[" * 100_000])
    def test_that_is_cut_off_counts_as_no_answer(self, body):
        with pytest.raises(Unreachable, match="broken JSON"):
            read_page(Response(200, {"content-type": "application/json"}, body), VENDORS, (), HOST)

    @given(st.binary(max_size=60))
    def test_of_any_bytes_is_read_or_refused_by_the_error_tree(self, body):
        try:
            read_page(Response(200, {"content-type": "application/json"}, body), VENDORS, (), HOST)
        except ConnectorError as error:
            assert error.system == "dynamics"
