"""Event rules: how the business events of one environment name their records."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integration_portal.admin.base import PortalAdmin, display
from integration_portal.admin.filters import EnvironmentFilter, TenantOfEnvironment
from integration_portal.forms.event_rule import PREFIX, form_for, key_names
from mappings import catalogue
from mappings.models import EventRule


@admin.register(EventRule)
class EventRuleAdmin(PortalAdmin):
    """Event rules."""

    tenant_path = "environment__tenant"
    joins = ("environment__tenant",)
    continue_after_add = True
    list_display = ("event_type", "environment_name", "tenant_name", "record_kind", "named_by")
    list_filter = (TenantOfEnvironment, EnvironmentFilter, "record_kind")
    list_defer = ("sample",)
    search_fields = ("event_type",)
    autocomplete_fields = ("environment",)
    fixed = ("environment", "record_kind")
    readonly_fields = ("named_by",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **({"form": form_for(obj)} | kwargs))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = catalogue.KINDS.get(obj.record_kind) if obj else None
        keys = [f"{PREFIX}{name}" for name in key_names(kind)] if kind else []
        if keys and not self.has_change_permission(request, obj):
            keys = ["named_by"]
        chosen = {
            "fields": keys,
            "description": "Which field of the event holds the record's value. The legal entity comes with every event.",
        }
        return [
            (None, {"fields": ("environment", "event_type", "record_kind", "sample")}),
            *([("Fields that name the record", chosen)] if keys else []),
        ]

    @display(description="Environment", ordering="environment__name")
    def environment_name(self, rule: EventRule) -> str:
        return rule.environment.name

    @display(description="Tenant", ordering="environment__tenant__name")
    def tenant_name(self, rule: EventRule) -> str:
        return rule.environment.tenant.name

    @display(description="Named by")
    def named_by(self, rule: EventRule) -> str:
        return ", ".join(f"{field} = {source}" for field, source in rule.keys.items()) or "nothing yet"
