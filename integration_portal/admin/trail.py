"""The audit trail."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from audit.models import Action, AuditEntry
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, display
from integration_portal.admin.filters import TenantById
from integration_portal.admin.links import link_to

COLOURS = {
    Action.ITEM_CREATED: "success",
    Action.ITEM_CHANGED: "info",
    Action.ITEM_ADOPTED: "info",
    Action.EVENT_DEAD: "danger",
    Action.CONNECTION_PAUSED: "danger",
    Action.CONNECTION_RESUMED: "success",
    Action.EVENT_RETRIED: "primary",
    Action.EVENT_REPLAYED: "primary",
    Action.TOKEN_ROTATED: "warning",
}


@admin.register(AuditEntry)
class AuditEntryAdmin(PortalAdmin):
    """What was done; a person may add a note and mark an entry resolved, nothing else."""

    tenant_path = "tenant_id"
    list_display = ("when", "what", "subject", "item_id", "actor", "mark")
    list_filter = (TenantById, "action", "resolved")
    list_defer = ("before", "after", "calls", "detail", "note")
    search_fields = ("subject", "item_id__exact")
    search_help_text = "Part of the subject, or a whole item id"
    fieldsets = (
        (None, {"fields": ("when", "what", "subject", "actor", "detail", "event", "item_id")}),
        ("For people", {"fields": ("note", "resolved")}),
        ("What changed", {"fields": ("changed",)}),
        ("Calls", {"fields": ("calls_made",)}),
    )
    readonly_fields = (
        "when",
        "what",
        "subject",
        "actor",
        "detail",
        "event",
        "item_id",
        "changed",
        "calls_made",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Action", ordering="action")
    def what(self, entry: AuditEntry) -> SafeString:
        return tables.badge(entry.get_action_display(), COLOURS.get(Action(entry.action), ""))

    @display(description="Mark", ordering="resolved")
    def mark(self, entry: AuditEntry) -> SafeString | str:
        return tables.badge("Resolved", "success") if entry.resolved else ""

    @display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> SafeString | str:
        return tables.moment(entry.at)

    @display(description="Event")
    def event(self, entry: AuditEntry) -> SafeString | str:
        return link_to("integration_portal_inboundevent", entry.event_id, f"Event {entry.event_id}")

    @display(description="Changes")
    def changed(self, entry: AuditEntry) -> SafeString:
        return tables.table(tables.CHANGE_HEADERS, tables.changes(entry.before, entry.after))

    @display(description="Calls made")
    def calls_made(self, entry: AuditEntry) -> SafeString:
        return tables.table(tables.CALL_HEADERS, tables.call_rows(entry.calls))
