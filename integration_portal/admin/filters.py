"""Filters whose choices stay inside what the person may see."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from connectors.models import DynamicsEnvironment, LegalEntity
from integration_portal.admin.scope import tenants_of, within
from mappings import catalogue


class TenantFilter(admin.SimpleListFilter):
    """By tenant; not offered to those who have only one. For models whose tenant is `path`."""

    title = "tenant"
    parameter_name = "tenant"
    path = "tenant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tenants = tenants_of(request.user).values_list("pk", "name")
        return [(str(pk), name) for pk, name in tenants]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if (self.value() or "").isdigit() else queryset


class TenantOfEnvironment(TenantFilter):
    path = "environment__tenant"


class TenantOfMapping(TenantFilter):
    path = "mapping__tenant"


class TenantOfAccount(TenantFilter):
    path = "account__tenant"


class TenantById(TenantFilter):
    path = "tenant_id"


class EnvironmentFilter(admin.SimpleListFilter):
    """By Dynamics environment."""

    title = "Dynamics environment"
    parameter_name = "environment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = within(DynamicsEnvironment.objects.order_by("tenant__name", "name"), request.user, "tenant")
        return [
            (str(pk), f"{tenant} · {name}")
            for pk, tenant, name in rows.values_list("pk", "tenant__name", "name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(environment=self.value()) if (self.value() or "").isdigit() else queryset


class CompanyFilter(admin.SimpleListFilter):
    """By legal entity: those entered with the environments, not a search through all events."""

    title = "legal entity"
    parameter_name = "company"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = within(LegalEntity.objects.all(), request.user, "environment__tenant")
        names = rows.order_by("data_area_id").values_list("data_area_id", flat=True).distinct()
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(company=self.value()) if self.value() else queryset


class WhoActs(admin.SimpleListFilter):
    """By who must act next."""

    title = "who acts"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("operator", "A person"), ("portal", "The portal by itself")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(who_acts=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    """By record kind."""

    title = "record kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*catalogue.choices(), ("-", "None")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kind = self.value()
        return queryset.filter(record_kind="" if kind == "-" else kind) if kind else queryset


class PausedFilter(admin.SimpleListFilter):
    """By whether a connection is paused."""

    title = "pause"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Paused"), ("no", "Not paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(paused_at__isnull=self.value() == "no") if self.value() else queryset
