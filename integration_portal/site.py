"""The admin's navigation, which is also its first page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def navigation(_request: HttpRequest) -> list[dict[str, Any]]:
    """Group the pages by what people come for; each is shown to those who may see it."""
    return [_activity(), _mappings(), _connections(), _settings()]


def may_see(model: str, request: HttpRequest) -> bool:
    """Say whether a page is worth showing.

    Args:
        model: "<app>.<model>"; accounts are a superuser's business, as in `admin/people.py`.
    """
    app, _, name = model.partition(".")
    if app == "auth":
        return request.user.is_superuser
    return request.user.has_perm(f"{app}.view_{name}") or request.user.has_perm(f"{app}.change_{name}")


def _activity() -> dict[str, Any]:
    return _section(
        "Activity",
        _page("Events", "inbox", "integration_portal.inboundevent", "What came in, where it stands and why."),
        _page(
            "Runs",
            "cloud_sync",
            "integration_portal.syncrun",
            "What schedules read, and what they found.",
        ),
        _page("Audit trail", "history", "audit.auditentry", "What was done, with the calls it took."),
        _page("Record links", "link", "mappings.recordlink", "Which record is which item."),
    )


def _mappings() -> dict[str, Any]:
    return _section(
        "Mappings",
        _page(
            "Board mappings",
            "sync_alt",
            "mappings.boardmapping",
            "Which board shows which records, and how.",
        ),
        _page("Event rules", "rule", "mappings.eventrule", "How a business event names its record."),
        _page(
            "Boards as read",
            "table_chart",
            "mappings.boardsnapshot",
            "Column, group and label names to map to.",
        ),
        _page(
            "Reference values",
            "menu_book",
            "mappings.referencevalue",
            "Vendor accounts, terms and the like, as Dynamics knows them.",
        ),
    )


def _connections() -> dict[str, Any]:
    return _section(
        "Connections",
        _page("Tenants", "apartment", "connectors.tenant", "Customers, and who may see them."),
        _page(
            "Dynamics environments",
            "dns",
            "connectors.dynamicsenvironment",
            "Hosts, credentials and webhook URLs.",
        ),
        _page("monday accounts", "view_kanban", "connectors.mondayaccount", "API tokens and limits."),
    )


def _settings() -> dict[str, Any]:
    return _section(
        "Settings",
        _page("Users", "person", "auth.user", "Who may sign in."),
        _page("Groups", "group", "auth.group", "Sets of permissions."),
    )


def _section(title: str, *pages: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(pages)}


def _page(title: str, icon: str, model: str, about: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist"),
        "permission": partial(may_see, model),
        "about": about,
    }
