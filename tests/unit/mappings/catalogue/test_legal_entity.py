"""Legal entities."""

from __future__ import annotations

from mappings.catalogue.kinds.legal_entity import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestLegalEntity(KindContract):
    kind = KIND

    def test_its_id_in_capitals_is_the_company_in_small_letters(self) -> None:
        record = self.record(LegalEntityId="USMF")
        assert (record.key, record.company) == ("usmf", "usmf")
