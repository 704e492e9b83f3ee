"""The admin's navigation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def navigation(_request: HttpRequest) -> list[dict[str, Any]]:
    """Group the pages by what people come for."""
    return [
        _section(
            "Activity",
            ("Events", "inbox", "integration_portal_inboundevent"),
            ("Audit trail", "history", "audit_auditentry"),
            ("Record links", "link", "mappings_recordlink"),
        ),
        _section(
            "Mappings",
            ("Board mappings", "sync_alt", "mappings_boardmapping"),
            ("Event rules", "rule", "mappings_eventrule"),
        ),
        _section(
            "Connections",
            ("Tenants", "apartment", "connectors_tenant"),
            ("Dynamics environments", "dns", "connectors_dynamicsenvironment"),
            ("monday accounts", "view_kanban", "connectors_mondayaccount"),
        ),
        _section("Settings", ("Users", "person", "auth_user"), ("Groups", "group", "auth_group")),
    ]


def _section(title: str, *entries: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "title": title,
        "separator": True,
        "items": [
            {"title": name, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}
            for name, icon, model in entries
        ],
    }
