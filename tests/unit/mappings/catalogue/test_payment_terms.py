"""Payment terms."""

from __future__ import annotations

from mappings.catalogue.kinds.payment_terms import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestPaymentTerms(KindContract):
    kind = KIND

    def test_each_legal_entity_has_its_own(self) -> None:
        assert self.record(dataAreaId="usmf", Name="Net30").key == "usmf/Net30"
