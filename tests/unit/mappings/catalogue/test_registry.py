"""The catalogue as a whole: which kinds there are, and who listens to what."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command

from mappings import catalogue
from mappings.catalogue import declared, registry
from mappings.catalogue.kind import EventDefault, EventKeys
from mappings.catalogue.listing import entries

ROOT = Path(__file__).parents[4]
VENDOR, ORDER = catalogue.kind("vendor"), catalogue.kind("purchase_order")


class TestKinds:
    def test_what_the_portal_promises_is_there(self) -> None:
        promised = {
            "vendor",
            "purchase_order",
            "pending_invoice",
            "posted_invoice",
            "ledger_entry",
            "ledger_journal",
        }
        referred_to = {
            "vendor",
            "dimension_value",
            "main_account",
            "legal_entity",
            "payment_terms",
            "currency",
        }
        assert promised | referred_to <= set(catalogue.KINDS)
        assert all(catalogue.kind(name).reference for name in referred_to)

    def test_they_are_offered_in_the_plural(self) -> None:
        assert ("purchase_order", "Purchase orders") in catalogue.choices()

    def test_an_unknown_kind_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            catalogue.kind("nonsense")

    @pytest.mark.parametrize("name", catalogue.KINDS)
    def test_every_kind_has_a_module_and_a_test_file_of_its_name(self, name: str) -> None:
        assert (ROOT / f"mappings/catalogue/kinds/{name}.py").exists()
        assert "class Test" in Path(__file__).with_name(f"test_{name}.py").read_text(encoding="utf-8")

    def test_what_is_described_is_as_described(self) -> None:
        page = (ROOT / "docs/reference/catalogue.md").read_text(encoding="utf-8")
        rows = [
            [cell.strip() for cell in line.split("|")[1:-1]]
            for line in page.splitlines()
            if "| `" in line[:3]
        ]
        assert rows
        for name, entity_set, details, _changes, written in rows:
            kind = catalogue.kind(name.strip("`"))
            assert kind.entity.entity_set == entity_set
            assert all(f"`{detail.name}" in details for detail in kind.details)
            assert (written == "never") == (not any(field.writable for field in kind.entity.fields))


class TestRegistration:
    def test_a_name_that_is_taken_is_refused(self) -> None:
        with pytest.raises(ValueError, match="Two record kinds are called vendor"):
            registry([VENDOR, ORDER, replace(VENDOR)])

    def test_an_event_two_kinds_listen_to_is_refused(self) -> None:
        listener = replace(VENDOR, events=(EventDefault(ORDER.events[0].event_type, {}, verified=False),))
        with pytest.raises(ValueError, match="purchase_order and vendor both listen to PurchaseOrderConf"):
            registry([listener, ORDER])

    def test_a_module_without_a_kind_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = ModuleType("odd_kinds")
        package.__path__ = [str(tmp_path)]
        (tmp_path / "odd_one.py").write_text("", encoding="utf-8")
        monkeypatch.setitem(sys.modules, "odd_kinds", package)
        with pytest.raises(AttributeError, match="KIND"):
            declared(package)


class TestEvents:
    def test_each_kind_listens_to_its_event(self) -> None:
        assert catalogue.event_keys("VendorInvoicePostedBusinessEvent") == EventKeys(
            "posted_invoice", {"InvoiceId": "InvoiceId", "InvoiceAccount": "InvoiceAccount"}
        )
        order = catalogue.event_keys("PurchaseOrderConfirmedBusinessEvent")
        assert order is not None
        assert order.kind == "purchase_order"
        assert order.needs_company

    def test_nobody_listens_to_others(self) -> None:
        assert catalogue.event_keys("CustomerPaymentPostedBusinessEvent") is None


class TestListing:
    def test_every_kind_and_detail_is_listed(self) -> None:
        listed = [entry["kind"] for entry in entries()]
        assert set(catalogue.KINDS) <= set(listed)
        assert {"purchase_order.confirmation", "purchase_order.lines", "posted_invoice.payment"} <= set(
            listed
        )
        assert len(listed) == len(set(listed))

    def test_tools_get_json(self) -> None:
        out = io.StringIO()
        call_command("catalogue", "--json", stdout=out)
        listed = json.loads(out.getvalue())
        assert listed == list(entries())
        assert all(set(entry) == {"kind", "entity_set", "keys", "fields"} for entry in listed)
        assert all(
            set(field) == {"name", "type", "writable"} for entry in listed for field in entry["fields"]
        )

    def test_people_see_what_a_mapping_may_use(self) -> None:
        out = io.StringIO()
        call_command("catalogue", stdout=out)
        lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
        assert "posted_invoice (VendInvoiceJourBiEntities, key dataAreaId, SourceKey)" in lines
        assert "payment.State Edm.String Paid" in lines
        assert "Notes Edm.String writable Notes" in lines
        assert not any(line.startswith("lines.IsDeleted") for line in lines)
