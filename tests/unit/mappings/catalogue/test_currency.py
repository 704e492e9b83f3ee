"""Currencies."""

from __future__ import annotations

from mappings.catalogue.kinds.currency import KIND
from tests.unit.mappings.catalogue.contract import KindContract


class TestCurrency(KindContract):
    kind = KIND

    def test_there_is_one_list_for_all_legal_entities(self) -> None:
        assert self.record(CurrencyCode="EUR").company == ""
        assert self.record(CurrencyCode="EUR").key == "eur"
