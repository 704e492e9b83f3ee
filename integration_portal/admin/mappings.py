"""Board mappings."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget

from connectors.models import LegalEntity
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, PortalInline, display
from integration_portal.admin.filters import EnvironmentFilter, TenantFilter
from integration_portal.forms.mapping import ColumnForm, ColumnFormSet, MappingForm, field_label
from mappings import catalogue, rules, store
from mappings.models import BoardMapping, ColumnMapping, GroupMapping


class ColumnInline(PortalInline):
    """Which column shows which field."""

    model = ColumnMapping
    form = ColumnForm
    formset = ColumnFormSet
    fields = ("column_id", "field", "labels", "position")
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name_plural = "columns"


class GroupInline(PortalInline):
    """Which value puts an item into which group."""

    model = GroupMapping
    fields = ("value", "group_id")
    verbose_name_plural = "groups"


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
    list_select_related = ("tenant", "environment", "account")
    search_fields = ("name", "board_id")
    autocomplete_fields = ("environment", "account")
    inlines = (ColumnInline, GroupInline)
    continue_after_add = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        secrets = (
            "environment__client_secret",
            "environment__webhook_token",
            "account__api_token",
            "account__signing_secret",
        )
        return super().get_queryset(request).select_related(*self.list_select_related).defer(*secrets)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[Any]:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Its kind never changes; its place does not while records are linked to items there."""
        shown = ("tenant", "troubles", "keys_read_at", "linked")
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
            ("State", {"fields": ("active", "troubles", "linked", "keys_read_at")}),
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
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj and "legal_entities" in form.base_fields:
            entities = LegalEntity.objects.filter(environment=obj.environment_id)
            form.base_fields["legal_entities"].queryset = entities
        kind = catalogue.KINDS.get(obj.record_kind) if obj else None
        if kind and "group_field" in form.base_fields:
            names = [(name, field_label(kind, name)) for name in kind.field_names()]
            choices = [("", "No grouping"), *names]
            form.base_fields["group_field"].widget = UnfoldAdminSelectWidget(choices=choices)
        return form

    @display(description="Environment", ordering="environment__name")
    def environment_name(self, mapping: BoardMapping) -> str:
        return mapping.environment.name

    @display(description="monday account", ordering="account__name")
    def account_name(self, mapping: BoardMapping) -> str:
        return mapping.account.name

    @display(description="State", ordering="active", label={"on": "success", "off": "warning"})
    def standing(self, mapping: BoardMapping) -> tuple[str, str]:
        return ("on", "Active") if mapping.active else ("off", "Not active")

    @display(description="Problems")
    def troubles(self, mapping: BoardMapping) -> SafeString | str:
        found = rules.problems(store.as_rule(mapping))
        return tables.lines(found) or "None found."

    @display(description="Linked items")
    def linked(self, mapping: BoardMapping) -> int:
        return mapping.links.exclude(item_id="").count()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save, and say what still keeps the mapping from being switched on."""
        super().save_related(request, form, formsets, change)
        if not form.instance.active and change:
            for problem in rules.problems(store.as_rule(form.instance)):
                self.message_user(request, problem, messages.WARNING)
