"""Board mappings."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from connectors.models import LegalEntity
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, PortalInline, display
from integration_portal.admin.filters import EnvironmentFilter, TenantFilter
from integration_portal.forms.mapping import (
    COLUMN_LIST,
    GROUP_LIST,
    ColumnForm,
    ColumnFormSet,
    MappingForm,
    field_label,
    mapping_problems,
)
from mappings import catalogue, store
from mappings.models import BoardMapping, ColumnMapping, GroupMapping
from mappings.rules import ColumnRule

SECRETS = (
    "environment__client_secret",
    "environment__webhook_token",
    "account__api_token",
    "account__signing_secret",
)


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
        return ("column_id", "field", labels, "position")

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


@admin.register(BoardMapping)
class BoardMappingAdmin(PortalAdmin):
    """Board mappings: created with the basics, then given columns, then switched on."""

    tenant_path = "tenant"
    form = MappingForm
    list_display = (
        "name",
        "tenant",
        "record_kind",
        "environment_name",
        "account_name",
        "board_id",
        "standing",
    )
    list_filter = (TenantFilter, "record_kind", "active", EnvironmentFilter)
    joins = ("tenant", "environment__tenant", "account__tenant")
    search_fields = ("name", "board_id")
    autocomplete_fields = ("environment", "account")
    inlines = (ColumnInline, GroupInline)
    change_form_outer_after_template = "portal/board_lists.html"
    continue_after_add = True

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[Any]:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Its kind never changes; its place does not while records are linked to items there."""
        shown = ("tenant", "troubles", "keys_read", "linked")
        if obj is None:
            return shown
        place = ("environment", "account", "board_id") if obj.links.exists() else ()
        return (*shown, "record_kind", *place)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        what = ("name", "environment", "record_kind", *(("legal_entities",) if obj else ()))
        where = ("account", "board_id", "key_column_id")
        if obj is None:
            return [(None, {"fields": what}), ("Board", {"fields": where})]
        return [
            (None, {"fields": ("tenant", *what)}),
            ("State", {"fields": ("active", "troubles", "linked", "keys_read")}),
            (
                "Board",
                {
                    "fields": (
                        *where,
                        "name_template",
                        ("group_field", "default_group_id"),
                        "trust_keys_minutes",
                    )
                },
            ),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer what this mapping's environment, record kind and board have."""
        form = super().get_form(request, obj, change=change, **kwargs)
        fields = form.base_fields
        if obj and "legal_entities" in fields:
            fields["legal_entities"].queryset = LegalEntity.objects.filter(environment=obj.environment_id)
        kind = catalogue.KINDS.get(obj.record_kind) if obj else None
        if kind and "group_field" in fields:
            names = [(name, field_label(kind, name)) for name in kind.field_names()]
            fields["group_field"].widget = UnfoldAdminSelectWidget(choices=[("", "No grouping"), *names])
        for name, list_id in (("key_column_id", COLUMN_LIST), ("default_group_id", GROUP_LIST)):
            if name in fields:
                fields[name].widget.attrs["list"] = list_id
        return form

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A list one can search, where an environment may have a hundred companies."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.widget = UnfoldAdminSelect2MultipleWidget(choices=field.choices)
        return field

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Add the board as last read, which the fields for column and group ids take their proposals from."""
        mapping = self.get_object(request, unquote(object_id))
        kept = store.snapshot(mapping.account_id, mapping.board_id) if mapping else None
        board = {"board": kept[0] if kept else None, "column_list": COLUMN_LIST, "group_list": GROUP_LIST}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **board})

    @display(description="Environment", ordering="environment__name")
    def environment_name(self, mapping: BoardMapping) -> str:
        return mapping.environment.name

    @display(description="monday account", ordering="account__name")
    def account_name(self, mapping: BoardMapping) -> str:
        return mapping.account.name

    @display(description="State", ordering="active")
    def standing(self, mapping: BoardMapping) -> SafeString:
        return tables.badge("Active", "success") if mapping.active else tables.badge("Not active", "warning")

    @display(description="Problems")
    def troubles(self, mapping: BoardMapping) -> SafeString | str:
        found = stored_problems(mapping)
        return tables.lines(found) or "None found."

    @display(description="Keys of the board read")
    def keys_read(self, mapping: BoardMapping) -> SafeString | str:
        return tables.moment(mapping.keys_read_at) or "Not yet."

    @display(description="Linked items")
    def linked(self, mapping: BoardMapping) -> int:
        return mapping.links.exclude(item_id="").count()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save, and say what still keeps the mapping from being switched on."""
        super().save_related(request, form, formsets, change)
        if not form.instance.active and change:
            for problem in stored_problems(form.instance):
                self.message_user(request, problem, messages.WARNING)


def stored_problems(mapping: BoardMapping) -> list[str]:
    """Judge a mapping as it is stored."""
    return mapping_problems(mapping, [ColumnRule(one.column_id, one.field) for one in mapping.columns.all()])
