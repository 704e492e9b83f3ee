"""The commands that are neither the worker nor Django's own."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from connectors import registry
from connectors.models import LegalEntity, Tenant
from mappings import store

DESCRIPTION: dict[str, Any] = {
    "tenant": {"name": "Contoso", "slug": "contoso"},
    "environment": {
        "name": "Sandbox",
        "host": "https://Contoso.operations.dynamics.com/",
        "directory_tenant": "contoso.onmicrosoft.com",
        "client_id": "app",
        "client_secret": "secret",
    },
    "legal_entities": ["usmf", "demf"],
    "account": {"name": "Sandbox", "api_token": "token", "mutations_per_window": None},
    "mappings": [
        {
            "name": "Invoices",
            "record_kind": "posted_invoice",
            "board_id": "9001",
            "key_column_id": "text_key",
            "columns": [
                {"column_id": "amount", "field": "InvoiceAmount", "labels": {}},
                {"column_id": "currency", "field": "CurrencyCode", "labels": {"USD": "US dollar"}},
            ],
            "groups": {"Paid": "group_paid"},
        }
    ],
    "users": [{"name": "demo", "password": "demo"}],
}


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


@pytest.mark.django_db
class TestSeeding:
    def seed(self, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, Any]:
        out = io.StringIO()
        description = json.dumps(DESCRIPTION | changes)
        monkeypatch.setattr(sys, "stdin", io.StringIO(description))
        call_command("seed_demo", stdout=out)
        return dict(json.loads(out.getvalue()))

    def test_a_tenant_is_made_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = self.seed(monkeypatch)
        token = made["webhook_path"].split("/")[-2]
        environment = registry.environment_of_webhook(token)
        assert environment is not None
        environment = registry.load_environment(environment.pk)
        assert (environment.host, environment.client_secret) == (
            "https://contoso.operations.dynamics.com",
            "secret",
        )
        assert LegalEntity.objects.count() == 2
        [rule] = store.rules_for(environment.pk, "posted_invoice")
        assert [(column.column_id, dict(column.labels)) for column in rule.columns] == [
            ("amount", {}),
            ("currency", {"USD": "US dollar"}),
        ]
        assert dict(rule.groups) == {"Paid": "group_paid"}
        assert registry.load_account(rule.account_id).api_token == "token"
        assert authenticate(username="demo", password="demo") is not None

    def test_a_mapping_with_problems_makes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bad = [
            DESCRIPTION["mappings"][0] | {"columns": [{"column_id": "a", "field": "Nonsense", "labels": {}}]}
        ]
        with pytest.raises(
            CommandError, match="Mapping Invoices: Posted vendor invoice has no field Nonsense"
        ):
            self.seed(monkeypatch, mappings=bad)
        assert not Tenant.objects.exists()

    def test_neither_does_a_bad_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ValidationError):
            self.seed(monkeypatch, environment=DESCRIPTION["environment"] | {"host": "http://example.com"})
        assert not Tenant.objects.exists()
