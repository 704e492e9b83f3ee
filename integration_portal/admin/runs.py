"""Runs: the rounds of schedules, and what they found."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from integration_portal.admin import tables
from integration_portal.admin.base import ReadOnlyAdmin, display
from integration_portal.admin.filters import TenantOfMapping
from integration_portal.admin.links import link_to
from integration_portal.admin.scope import within
from integration_portal.models import SyncRun
from mappings.models import BoardMapping

COLOURS = {
    SyncRun.RunState.OPEN: "info",
    SyncRun.RunState.DONE: "success",
    SyncRun.RunState.FAILED: "danger",
}


class MappingFilter(admin.SimpleListFilter):
    """By board mapping."""

    title = "mapping"
    parameter_name = "mapping"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = within(BoardMapping.objects.order_by("tenant__name", "name"), request.user, "tenant")
        return [
            (str(pk), f"{tenant} · {name}")
            for pk, tenant, name in rows.values_list("pk", "tenant__name", "name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(mapping=self.value()) if (self.value() or "").isdigit() else queryset


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Each round of a mapping's schedule: how much it read, and what of it had changed or gone."""

    tenant_path = "mapping__tenant"
    joins = ("mapping__tenant",)
    list_display = (
        "started",
        "mapping_name",
        "what",
        "standing",
        "read",
        "changed",
        "gone",
        "finished",
        "why",
    )
    list_filter = (TenantOfMapping, MappingFilter, "purpose", "state")
    list_defer = ("position",)
    search_fields = ("mapping__name",)
    search_help_text = "Part of the mapping's name"
    fieldsets = (
        (None, {"fields": ("mapping_page", "what", "standing", "reason")}),
        ("Found", {"fields": ("read", "changed", "gone", "newest_stamp")}),
        ("Course", {"fields": ("started", "finished", "attempts", "again")}),
    )
    readonly_fields = ("mapping_page", "what", "standing", "newest_stamp", "started", "finished", "again")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It tells of the past, and must not keep its mapping from being deleted."""
        user = request.user
        return user.has_perm("integration_portal.delete_syncrun") or user.has_perm(
            "mappings.delete_boardmapping"
        )

    @display(description="Mapping", ordering="mapping__name")
    def mapping_name(self, run: SyncRun) -> str:
        return run.mapping.name

    @display(description="Mapping")
    def mapping_page(self, run: SyncRun) -> SafeString | str:
        return link_to("mappings_boardmapping", run.mapping_id, run.mapping.name)

    @display(description="Purpose", ordering="purpose")
    def what(self, run: SyncRun) -> str:
        return run.get_purpose_display()

    @display(description="State", ordering="state")
    def standing(self, run: SyncRun) -> SafeString:
        return tables.badge(run.get_state_display(), COLOURS[SyncRun.RunState(run.state)])

    @display(description="Started", ordering="started_at")
    def started(self, run: SyncRun) -> SafeString | str:
        return tables.moment(run.started_at)

    @display(description="Finished", ordering="finished_at")
    def finished(self, run: SyncRun) -> SafeString | str:
        return tables.moment(run.finished_at)

    @display(description="Reason")
    def why(self, run: SyncRun) -> SafeString:
        return tables.shortened(run.reason)

    @display(description="Newest change seen")
    def newest_stamp(self, run: SyncRun) -> SafeString | str:
        return tables.moment(run.newest)

    @display(description="Goes on")
    def again(self, run: SyncRun) -> SafeString | str:
        """Where it stands in time, for a run without an end."""
        if run.state != SyncRun.RunState.OPEN:
            return "It has ended."
        if run.mapping.paused_at:
            return "Once its mapping is resumed."
        if run.lease_owner:
            return "A worker is at it."
        waits = run.next_attempt_at > timezone.now()
        return tables.moment(run.next_attempt_at) if waits else "With the next free worker."
