"""Tenants."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from connectors.models import Tenant
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, display


@admin.register(Tenant)
class TenantAdmin(PortalAdmin):
    """Tenants; who belongs to one is a superuser's decision."""

    tenant_path = "pk"
    list_display = ("name", "slug", "standing", "since")
    list_filter = ("active",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("members",)
    fields = ("name", "slug", "active", "members")

    @display(description="State", ordering="active")
    def standing(self, tenant: Tenant) -> SafeString:
        return tables.badge("Active", "success") if tenant.active else tables.badge("Switched off", "warning")

    @display(description="Since", ordering="created_at")
    def since(self, tenant: Tenant) -> SafeString | str:
        return tables.moment(tenant.created_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        return () if request.user.is_superuser else ("slug", "members")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)
