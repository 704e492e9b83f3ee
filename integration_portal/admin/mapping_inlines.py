"""The rows of a board mapping's page: its columns and its groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from integration_portal.admin import tables
from integration_portal.admin.base import PortalInline, display
from integration_portal.forms.mapping import GROUP_LIST, ColumnForm, ColumnFormSet
from mappings.models import ColumnMapping, GroupMapping


class ColumnInline(PortalInline):
    """Which column shows which field."""

    model = ColumnMapping
    fk_name = "mapping"
    form = ColumnForm
    formset = ColumnFormSet
    readonly_fields = ("shown_labels",)
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "column"
    verbose_name_plural = "columns"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        labels = "labels" if self.has_change_permission(request, obj) else "shown_labels"
        return (
            "column_id",
            "field",
            "direction",
            "owner",
            labels,
            "transform",
            "argument",
            "linked_mapping",
            "position",
        )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Offer the mappings a column may point at: others of the same tenant and account."""
        formset = super().get_formset(request, obj, **kwargs)
        linked = formset.form.base_fields.get("linked_mapping")
        if linked and obj:
            offered = linked.queryset.filter(tenant_id=obj.tenant_id, account_id=obj.account_id)
            linked.queryset = offered.exclude(pk=obj.pk)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("values")  # type: ignore[no-any-return]

    @display(description="Labels")
    def shown_labels(self, column: ColumnMapping) -> SafeString | str:
        return tables.lines([f"{pair.value} = {pair.label}" for pair in column.values.all()])


class GroupInline(PortalInline):
    """Which value puts an item into which group."""

    model = GroupMapping
    fields = ("value", "group_id")
    verbose_name = "group"
    verbose_name_plural = "groups"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the groups of the board as last read."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "group_id":
            field.widget.attrs["list"] = GROUP_LIST
        return field
