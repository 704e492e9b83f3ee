"""``$filter`` against rows: what the service supports, and what it refuses."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core import Sandbox
from sandbox.dynamics.errors import ODataError
from sandbox.dynamics.filters import compile_filter
from sandbox.dynamics.model import entity_sets
from sandbox.dynamics.store import Table

VENDORS = entity_sets()["VendorsV2"]
DOTTED = "Microsoft.Dynamics.DataEntities"


def table(*names: str, **more: Any) -> Table:
    made = Table(VENDORS)
    for number, name in enumerate(names):
        values = {key: column[number] for key, column in more.items()}
        made.add(
            {
                "dataAreaId": "usmf",
                "VendorAccountNumber": f"V{number}",
                "VendorOrganizationName": name,
                **values,
            },
            number + 1,
        )
    return made


def matching(rows: Table, text: str) -> list[str]:
    names = VENDORS.by_name["VendorOrganizationName"].index
    return [row.values[names] for row in compile_filter(VENDORS, text).candidates(rows)]


def test_equality_ignores_case_and_trailing_blanks_as_the_database_does() -> None:
    rows = table("Acme", "ACME ", " Acme", "Acme2")
    assert matching(rows, "VendorOrganizationName eq 'acme'") == ["Acme", "ACME "]
    assert matching(rows, "VendorOrganizationName ne 'acme'") == [" Acme", "Acme2"]


def test_a_doubled_quote_is_one_quote() -> None:
    assert matching(table("O'Brien", "O''Brien"), "VendorOrganizationName eq 'O''Brien'") == ["O'Brien"]


def test_a_star_inside_an_eq_literal_is_a_wildcard() -> None:
    rows = table("Contoso Retail", "Retail", "100% (retail)\nline two", "Wholesale")
    assert matching(rows, "VendorOrganizationName eq '*retail*'") == list(rows_names(rows))[:3]
    assert matching(rows, "VendorOrganizationName eq 'w*sale'") == ["Wholesale"]
    assert matching(rows, "VendorOrganizationName ne '*retail*'") == ["Wholesale"]


def rows_names(rows: Table) -> list[str]:
    return [row.values[VENDORS.by_name["VendorOrganizationName"].index] for row in rows.all()]


def test_enums_are_compared_in_their_typed_form() -> None:
    rows = table("a", "b", "c", OnHoldStatus=["No", "All", "Payment"])
    assert matching(rows, f"OnHoldStatus eq {DOTTED}.CustVendorBlocked'All'") == ["b"]
    assert matching(rows, f"OnHoldStatus ne {DOTTED}.CustVendorBlocked'No'") == ["b", "c"]


def test_dates_and_moments_are_compared_as_times() -> None:
    rows = table("a", "b", VendorHoldReleaseDate=["2026-03-01T12:00:00Z", "1900-01-01T12:00:00Z"])
    assert matching(rows, "VendorHoldReleaseDate ge 2026-03-01T00:00:00Z") == ["a"]
    assert matching(rows, "VendorHoldReleaseDate eq 2026-03-01T13:00:00%2B01:00".replace("%2B", "+")) == ["a"]
    assert matching(rows, "VendorHoldReleaseDate gt 2026-03-01T11:59:59.5Z") == ["a"]
    assert matching(rows, "VendorHoldReleaseDate gt 2026-03-01T12:00:00.5Z") == []
    assert matching(rows, "VendorHoldReleaseDate le 1900-01-01T12:00:00Z") == ["b"]


def test_numbers_can_be_reckoned_with() -> None:
    rows = table("a", "b", CreditLimit=[100, 250.5], OrganizationEmployeeAmount=[7, 8])
    assert matching(rows, "CreditLimit gt 100") == ["b"]
    assert matching(rows, "100 lt CreditLimit") == ["b"]
    assert matching(rows, "CreditLimit sub 0.5 eq 250") == ["b"]
    assert matching(rows, "CreditLimit mul 2 le OrganizationEmployeeAmount add 193.0") == ["a"]
    assert matching(rows, "OrganizationEmployeeAmount mod 2 eq 0") == ["b"]


def test_and_or_not_and_brackets_bind_as_in_odata() -> None:
    rows = table("a", "b", "c", CreditLimit=[1, 2, 3])
    text = "VendorOrganizationName eq 'a' or VendorOrganizationName eq 'b' and CreditLimit gt 2"
    assert matching(rows, text) == ["a"]
    assert matching(rows, f"not ({text})") == ["b", "c"]
    assert matching(
        rows, "(CreditLimit eq 1 or CreditLimit eq 3) and not (VendorOrganizationName eq 'c')"
    ) == ["a"]


def test_nothing_is_null_here() -> None:
    rows = table("", "b")
    assert matching(rows, "VendorOrganizationName eq null") == []
    assert matching(rows, "VendorOrganizationName ne null") == ["", "b"]
    assert matching(rows, "VendorOrganizationName eq ''") == [""]


def test_a_property_that_begins_like_a_literal_is_still_a_property() -> None:
    lines = entity_sets()["GeneralJournalAccountEntryBiEntities"]
    assert compile_filter(lines, "AllocationLevel eq 0").matches([0] * len(lines.fields))


@pytest.mark.parametrize(
    "text",
    [
        "VendorGroupId in ('10','20')",
        "VendorGroupId has 'x'",
        "contains(VendorOrganizationName,'x')",
        "startswith(VendorOrganizationName,'x')",
        "endswith(VendorOrganizationName,'x') eq true",
        "tolower(VendorOrganizationName) eq 'x'",
        "VendorGroupId eq '10' AND CurrencyCode eq 'USD'",
        "VendorGroupId eq '10' Or CurrencyCode eq 'USD'",
        "VendorGroupId EQ '10'",
        "NOT (VendorGroupId eq '10')",
        "OnHoldStatus eq 'No'",
        "OnHoldStatus eq 0",
        f"OnHoldStatus eq {DOTTED}.NoYes'No'",
        f"OnHoldStatus eq {DOTTED}.CustVendorBlocked'Perhaps'",
        f"OnHoldStatus gt {DOTTED}.CustVendorBlocked'No'",
        "OnHoldStatus eq CustVendorBlocked'No'",
        f"VendorGroupId eq {DOTTED}.NoYes'No'",
        "vendorGroupId eq '10'",
        "Nonsense eq '10'",
        "VendorGroupId eq 10",
        "CreditLimit eq '10'",
        "VendorHoldReleaseDate eq '2026-01-01'",
        "VendorHoldReleaseDate eq 2026-01-01",
        "VendorHoldReleaseDate eq 2026-02-31T00:00:00Z",
        "VendorHoldReleaseDate eq 2026-02-01T00:00:00",
        "VendorGroupId eq '10",
        "VendorGroupId eq '1\x01x'",
        "VendorGroupId eq",
        "VendorGroupId",
        "(VendorGroupId eq '10'",
        "VendorGroupId eq '10' and",
        "Addresses/any(a: a/City eq 'x')",
        "VendorGroupId add 1 eq 2",
        "'a' eq 'b'",
        "",
    ],
)
def test_what_the_service_does_not_support_is_a_400(text: str) -> None:
    with pytest.raises(ODataError) as caught:
        compile_filter(VENDORS, text)
    assert caught.value.status == 400


words = st.text(st.sampled_from("aB' *ä,1"), max_size=4)


@settings(max_examples=150, deadline=None)
@given(names=st.lists(words, min_size=1, max_size=8), wanted=words)
def test_the_indexes_find_what_a_scan_finds(names: list[str], wanted: str) -> None:
    rows = table(*names)
    literal = wanted.replace("'", "''")
    for text in (
        f"VendorOrganizationName eq '{literal}'",
        f"VendorOrganizationName eq '{literal}' and VendorAccountNumber eq 'V0'",
        f"VendorOrganizationName eq '{literal}' or VendorAccountNumber eq 'V1' or VendorAccountNumber eq 'V2'",
        f"(VendorOrganizationName eq '{literal}' or CreditLimit eq 0) and VendorAccountNumber ne 'V1'",
    ):
        compiled = compile_filter(VENDORS, text)
        scanned = [row for row in rows.all() if compiled.matches(row.values)]
        assert compiled.candidates(rows) == scanned


def test_an_or_chain_over_keys_stays_quick_on_a_big_set() -> None:
    sandbox = Sandbox(scale=34)  # 10,200 posted invoices
    rows = sandbox.dynamics.table("VendInvoiceJourBiEntities")
    keys = random.Random(1).sample(list(rows.rows), 20)
    text = " or ".join(f"(dataAreaId eq 'usmf' and SourceKey eq {key})" for key in keys)
    compiled = compile_filter(rows.entity_set, text)
    compiled.candidates(rows)  # builds the index
    begun = time.perf_counter()
    found = compiled.candidates(rows)
    assert time.perf_counter() - begun < 0.02
    place = rows.entity_set.by_name["dataAreaId"].index
    assert [row.rec_id for row in found] == sorted(
        key for key in keys if rows.rows[key].values[place] == "usmf"
    )
