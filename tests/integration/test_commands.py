"""The commands that are neither the worker nor Django's own."""

from __future__ import annotations

import io
import json

from django.core.management import call_command


class TestCatalogue:
    def test_tools_get_json(self) -> None:
        out = io.StringIO()
        call_command("catalogue", "--json", stdout=out)
        assert {entry["kind"] for entry in json.loads(out.getvalue())} >= {"purchase_order", "posted_invoice"}

    def test_people_get_a_list(self) -> None:
        out = io.StringIO()
        call_command("catalogue", stdout=out)
        assert "posted_invoice  (VendInvoiceJourBiEntities, key dataAreaId, SourceKey)" in out.getvalue()
        assert "writable" in out.getvalue()
