"""Entities and their fields."""

from __future__ import annotations

import pytest

from connectors.dynamics.model import Entity, Field

COMPANY, NUMBER, NAME = (
    Field("dataAreaId", "Edm.String"),
    Field("No", "Edm.String"),
    Field("Name", "Edm.String"),
)


def test_an_entity_knows_its_fields_by_name():
    entity = Entity("VendorsV2", ("dataAreaId", "No"), (COMPANY, NUMBER, NAME))
    assert entity.names == ("dataAreaId", "No", "Name")
    assert entity.field("Name") is NAME


def test_an_unknown_field_is_named_together_with_the_entity():
    with pytest.raises(KeyError, match="VendorsV2 has no field 'name'"):
        Entity("VendorsV2", ("No",), (NUMBER,)).field("name")


@pytest.mark.parametrize("keys", [(), ("dataAreaId",)])
def test_an_entity_without_proper_keys_does_not_exist(keys):
    with pytest.raises(ValueError, match="VendorsV2 needs key fields"):
        Entity("VendorsV2", keys, (NUMBER,))


def test_a_field_is_listed_once():
    with pytest.raises(ValueError, match="twice"):
        Entity("VendorsV2", ("No",), (NUMBER, NUMBER))


def test_everything_that_is_not_edm_is_an_enum():
    assert Field("OnHoldStatus", "CustVendorBlocked").is_enum
    assert not COMPANY.is_enum


def test_equal_declarations_are_equal():
    assert Entity("V", ("No",), (NUMBER,)) == Entity("V", ("No",), (NUMBER,))
