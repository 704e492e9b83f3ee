"""Vendors."""

from __future__ import annotations

from mappings.catalogue.kinds.vendor import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestVendor(KindContract):
    kind = KIND

    def test_the_table_behind_it_tells_of_changes(self) -> None:
        [source] = self.sources
        assert source.entity.entity_set == "VendTableBiEntities"
        assert source.keys == {"dataAreaId": "dataAreaId", "VendorAccountNumber": "AccountNum"}

    def test_only_a_vendor_on_hold_for_everything_is_out_of_use(self) -> None:
        assert self.kind.suspended == {"OnHoldStatus": ("All",)}

    def test_people_call_it_by_account_and_its_item_by_name(self) -> None:
        record = self.record(dataAreaId="usmf", VendorAccountNumber="US-104")
        assert record.title == "Vendor US-104 in usmf"
        assert self.kind.name_template == "{VendorOrganizationName} · {VendorAccountNumber}"
