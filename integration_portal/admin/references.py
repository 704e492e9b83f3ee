"""Reference values, as Dynamics knows them."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from integration_portal.admin import tables
from integration_portal.admin.base import ReadOnlyAdmin, display
from integration_portal.admin.filters import CompanyFilter, EnvironmentFilter, TenantOfEnvironment
from mappings import catalogue, reference_reading
from mappings.models import ReferenceValue


class ReferenceKindFilter(admin.SimpleListFilter):
    """By the kind of the value."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, kind.label_plural) for kind in reference_reading.kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ReferenceValue)
class ReferenceValueAdmin(ReadOnlyAdmin):
    """What records may refer to; values out of use are shown as such."""

    tenant_path = "environment__tenant"
    joins = ("environment",)
    list_display = (
        "value",
        "name",
        "kind_name",
        "company",
        "within",
        "environment_name",
        "standing",
        "changed",
    )
    list_filter = (
        TenantOfEnvironment,
        EnvironmentFilter,
        ReferenceKindFilter,
        CompanyFilter,
        "suspended",
        "gone",
    )
    search_fields = ("value", "name", "within__exact")
    search_help_text = "Part of a value or of its name, or a whole dimension"
    ordering = ("environment", "kind", "folded", "company")
    fields = ("value", "name", "kind_name", "company", "within", "environment_name", "standing", "changed")
    readonly_fields = ("kind_name", "environment_name", "standing", "changed")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is read again when it is needed, and must not keep its environment from being deleted."""
        user = request.user
        return user.has_perm("mappings.delete_referencevalue") or user.has_perm(
            "connectors.delete_dynamicsenvironment"
        )

    @display(description="Kind", ordering="kind")
    def kind_name(self, value: ReferenceValue) -> str:
        kind = catalogue.KINDS.get(value.kind)
        return kind.label if kind else value.kind

    @display(description="Dynamics environment", ordering="environment__name")
    def environment_name(self, value: ReferenceValue) -> str:
        return value.environment.name

    @display(description="State")
    def standing(self, value: ReferenceValue) -> SafeString:
        if value.gone:
            return tables.badge("Gone", "danger")
        return tables.badge("Suspended", "warning") if value.suspended else tables.badge("In use", "success")

    @display(description="Last change seen", ordering="changed_at")
    def changed(self, value: ReferenceValue) -> SafeString | str:
        return tables.moment(value.changed_at)
