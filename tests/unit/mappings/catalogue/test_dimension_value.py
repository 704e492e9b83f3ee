"""Financial dimension values."""

from __future__ import annotations

from mappings.catalogue.kinds.dimension_value import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestDimensionValue(KindContract):
    kind = KIND

    def test_the_same_value_in_two_dimensions_is_two_records(self) -> None:
        cost_center = self.record(FinancialDimension="CostCenter", LegalEntityId="usmf", DimensionValue="024")
        department = self.record(FinancialDimension="Department", LegalEntityId="usmf", DimensionValue="024")
        assert cost_center.key == "costcenter/usmf/024"
        assert cost_center.key != department.key
        assert self.kind.within == "FinancialDimension"

    def test_a_shared_value_belongs_to_no_legal_entity(self) -> None:
        assert self.record(LegalEntityId=None).company == ""

    def test_it_may_be_suspended_and_described_from_monday(self) -> None:
        assert [one.name for one in self.kind.entity.fields if one.writable] == ["Description", "IsSuspended"]
