"""Filters for many records."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Entity, Field, Row
from connectors.dynamics.odata_filter import SAFE, any_of, has_wildcard, matches_any

ORDERS = Entity(
    "PurchaseOrderHeadersV2",
    ("dataAreaId", "PurchaseOrderNumber"),
    (
        Field("dataAreaId", "Edm.String"),
        Field("PurchaseOrderNumber", "Edm.String"),
        Field("PurchaseOrderStatus", "PurchStatus"),
    ),
)


def _filters(criteria, room: int = 2000) -> list[str]:
    return list(any_of(ORDERS, criteria, room))


def _orders(*numbers: str, company: str = "usmf") -> list[dict[str, str]]:
    return [{"dataAreaId": company, "PurchaseOrderNumber": number} for number in numbers]


def test_one_record_is_asked_for_plainly():
    assert _filters(_orders("PO1")) == ["dataAreaId eq 'usmf' and PurchaseOrderNumber eq 'PO1'"]


def test_the_company_all_have_in_common_is_written_once():
    assert _filters(_orders("PO1", "PO2")) == [
        "dataAreaId eq 'usmf' and (PurchaseOrderNumber eq 'PO1' or PurchaseOrderNumber eq 'PO2')"
    ]


def test_records_of_several_companies_are_grouped_by_company():
    criteria = _orders("PO1") + _orders("PO2", company="DEMF") + _orders("PO3")
    assert _filters(criteria) == [
        "(dataAreaId eq 'usmf' and (PurchaseOrderNumber eq 'PO1' or PurchaseOrderNumber eq 'PO3'))"
        " or (dataAreaId eq 'demf' and PurchaseOrderNumber eq 'PO2')"
    ]


def test_records_without_a_company_are_asked_for_in_all():
    assert _filters([{"PurchaseOrderNumber": "PO1"}, {"PurchaseOrderNumber": "PO2"}, *_orders("PO3")]) == [
        "(PurchaseOrderNumber eq 'PO1' or PurchaseOrderNumber eq 'PO2')"
        " or (dataAreaId eq 'usmf' and PurchaseOrderNumber eq 'PO3')"
    ]


def test_several_fields_of_a_record_must_match_together():
    status = {"PurchaseOrderStatus": "Backorder", "PurchaseOrderNumber": "PO1", "dataAreaId": "usmf"}
    assert _filters([status, *_orders("PO2")]) == [
        "dataAreaId eq 'usmf' and ((PurchaseOrderStatus eq Microsoft.Dynamics.DataEntities.PurchStatus'Backorder'"
        " and PurchaseOrderNumber eq 'PO1') or PurchaseOrderNumber eq 'PO2')"
    ]


def test_an_enum_is_compared_in_its_typed_form():
    assert _filters([{"PurchaseOrderStatus": "Backorder"}]) == [
        "PurchaseOrderStatus eq Microsoft.Dynamics.DataEntities.PurchStatus'Backorder'"
    ]


def test_the_same_record_is_asked_for_once():
    assert _filters(_orders("PO1", "PO1")) == _filters(_orders("PO1"))


def test_a_wider_criterion_covers_the_narrower_ones():
    assert _filters([{"dataAreaId": "usmf"}, *_orders("PO1", "PO2")]) == ["dataAreaId eq 'usmf'"]


def test_nothing_is_asked_for_no_record():
    assert _filters([]) == []


def test_braces_in_a_value_stay_what_they_are():
    assert _filters(_orders("{0}", "{}", company="{x}")) == [
        "dataAreaId eq '{x}' and (PurchaseOrderNumber eq '{0}' or PurchaseOrderNumber eq '{}')"
    ]


def test_an_empty_criterion_is_refused_because_it_would_match_everything():
    with pytest.raises(ValueError, match="match every record of PurchaseOrderHeadersV2"):
        _filters([{}])


def test_an_unknown_field_is_refused():
    with pytest.raises(KeyError, match="no field 'PurchId'"):
        _filters([{"PurchId": "1"}])


@given(
    st.lists(st.text("AZ09-' &é*", min_size=1, max_size=12), min_size=1, max_size=80),
    st.sampled_from([200, 500, 1500]),
    st.booleans(),
)
def test_every_record_is_asked_for_once_and_no_filter_is_longer_than_there_is_room(
    numbers, room, one_company
):
    criteria = [
        {"dataAreaId": "usmf" if one_company or index % 2 else "demf", "PurchaseOrderNumber": number}
        for index, number in enumerate(numbers)
    ]
    filters = _filters(criteria, room)
    assert all(len(quote(each, safe=SAFE)) <= room for each in filters)
    asked = [
        text.replace("''", "'")
        for each in filters
        for text in re.findall(r"Number eq '((?:[^']|'')*)'", each)
    ]
    assert set(asked) == set(numbers)
    distinct = {tuple(criterion.values()) for criterion in criteria}
    assert len(asked) <= len(distinct)


def test_what_is_too_long_by_itself_is_asked_for_alone():
    long = "x" * 300
    assert len(_filters(_orders(long, "PO1", long + "y"), room=200)) == 3


@pytest.mark.parametrize(
    ("found", "matches"),
    [("PO*1", True), ("po*1  ", True), ("PO-anything-1", False), (None, False)],
)
def test_a_star_in_a_value_matches_only_itself(found, matches):
    criteria = _orders("PO*1")
    row = Row({"dataAreaId": "usmf", "PurchaseOrderNumber": found}, "")
    assert has_wildcard(criteria)
    assert matches_any(row, criteria) is matches


def test_an_empty_text_matches_an_empty_field():
    assert matches_any(Row({"PurchaseOrderNumber": None}), [{"PurchaseOrderNumber": ""}])


def test_values_of_other_types_are_no_patterns():
    assert not has_wildcard([{"LineNumber": 1}, {"Name": None}])
