"""Board mappings."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from connectors.models import LegalEntity
from integration_portal import resuming
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, dialog, display
from integration_portal.admin.filters import EnvironmentFilter, PausedFilter, TenantFilter
from integration_portal.admin.mapping_inlines import ColumnInline, GroupInline
from integration_portal.admin.reading import ReadingActions
from integration_portal.forms.mapping import (
    COLUMN_LIST,
    GROUP_LIST,
    MappingForm,
    column_rule,
    field_label,
    mapping_problems,
)
from mappings import catalogue, reference_store, store
from mappings.models import BoardMapping

SECRETS = (
    "environment__client_secret",
    "environment__webhook_token",
    "account__api_token",
    "account__signing_secret",
)


@admin.register(BoardMapping)
class BoardMappingAdmin(ReadingActions, PortalAdmin):
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
    list_filter = (TenantFilter, "record_kind", "active", PausedFilter, EnvironmentFilter)
    joins = ("tenant", "environment__tenant", "account__tenant")
    search_fields = ("name", "board_id")
    autocomplete_fields = ("environment", "account")
    inlines = (ColumnInline, GroupInline)
    change_form_outer_after_template = "portal/board_lists.html"
    continue_after_add = True
    actions_detail = ("resume", *ReadingActions.READING)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[Any]:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Its kind never changes; its place does not while records are linked to items there."""
        shown = (
            "tenant",
            "troubles",
            "findings",
            "keys_read",
            "linked",
            "pause",
            "next_run",
            "read_up_to",
            "swept",
        )
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
            ("State", {"fields": ("active", "pause", "troubles", "findings", "linked", "keys_read")}),
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
            ("Filter", {"fields": ("conditions",)}),
            (
                "Schedule",
                {
                    "fields": (
                        "listens",
                        ("every_minutes", "cron"),
                        "sweep_hours",
                        "next_run",
                        "read_up_to",
                        "swept",
                    )
                },
            ),
            ("Life", {"fields": ("predecessor", "gone_group_id")}),
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
        lists = (
            ("key_column_id", COLUMN_LIST),
            ("default_group_id", GROUP_LIST),
            ("gone_group_id", GROUP_LIST),
        )
        for name, list_id in lists:
            if name in fields:
                fields[name].widget.attrs["list"] = list_id
        if obj and "predecessor" in fields:
            fields["predecessor"].queryset = _predecessors(fields["predecessor"].queryset, obj)
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

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer Resume only where the mapping is paused."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        paused = self.get_queryset(request).filter(pk=object_id, paused_at__isnull=False).exists()
        return [one for one in offered if paused or not one.action_name.endswith("_resume")]

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    @dialog(
        title="Resume",
        description="The mapping does its work again, and the events that wait for it are tried again.",
        submit="Resume",
        permission="resume",
        icon="play_arrow",
    )
    def resume(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        mapping: BoardMapping = self.load(request, object_id)
        self.tell(request, resuming.resume(mapping, actor=request.user.get_username()))
        return self.back(request, object_id)

    @display(description="State", ordering="active")
    def standing(self, mapping: BoardMapping) -> SafeString:
        if mapping.paused_at:
            return tables.badge("Paused", "danger")
        return tables.badge("Active", "success") if mapping.active else tables.badge("Not active", "warning")

    @display(description="Pause")
    def pause(self, mapping: BoardMapping) -> str:
        if not mapping.paused_at:
            return "Not paused."
        return f"Since {mapping.paused_at:%Y-%m-%d %H:%M} UTC: {mapping.paused_reason} Mend it, then press Resume."

    @display(description="Next run")
    def next_run(self, mapping: BoardMapping) -> SafeString | str:
        if not (mapping.every_minutes or mapping.cron):
            return "None: it has no schedule."
        return tables.moment(mapping.next_run_at) or "As soon as it is active."

    @display(description="Changes read up to")
    def read_up_to(self, mapping: BoardMapping) -> SafeString | str:
        return tables.moment(mapping.watermark) or "Not yet read."

    @display(description="Last looked for records that are gone")
    def swept(self, mapping: BoardMapping) -> SafeString | str:
        return tables.moment(mapping.swept_at) or "Not yet."

    @display(description="Problems")
    def troubles(self, mapping: BoardMapping) -> SafeString | str:
        found = stored_problems(mapping)
        return tables.lines(found) or "None found."

    @display(description="Reference data")
    def findings(self, mapping: BoardMapping) -> SafeString | str:
        """Labels and values that do not fit what exists in Dynamics: no reason not to be active, but worth knowing."""
        if mapping.record_kind not in catalogue.KINDS:
            return ""
        kept = store.snapshot(mapping.account_id, mapping.board_id)
        rule = store.as_rule(mapping)
        found = reference_store.findings(mapping.environment_id, rule, kept[0] if kept else None)
        return tables.lines(found) or "Nothing found."

    @display(description="Keys of the board read")
    def keys_read(self, mapping: BoardMapping) -> SafeString | str:
        return tables.moment(mapping.keys_read_at) or "Not yet."

    @display(description="Linked items")
    def linked(self, mapping: BoardMapping) -> int:
        return mapping.links.exclude(item_id="").count()

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save; a new schedule begins at once."""
        if isinstance(obj, BoardMapping) and {"every_minutes", "cron"} & set(form.changed_data):
            obj.next_run_at = None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save, and say what still keeps the mapping from being switched on."""
        super().save_related(request, form, formsets, change)
        if not form.instance.active and change:
            for problem in stored_problems(form.instance):
                self.message_user(request, problem, messages.WARNING)


def stored_problems(mapping: BoardMapping) -> list[str]:
    """Judge a mapping as it is stored."""
    return mapping_problems(mapping, [column_rule(one) for one in mapping.columns.all()])


def _predecessors(offered: QuerySet[BoardMapping], mapping: BoardMapping) -> QuerySet[BoardMapping]:
    """Keep the mappings whose items may go on as this one's: others of the same board, of kinds with names for life."""
    lasting = [name for name, kind in catalogue.KINDS.items() if kind.natural]
    same_board = {
        "tenant_id": mapping.tenant_id,
        "account_id": mapping.account_id,
        "board_id": mapping.board_id,
    }
    return offered.filter(record_kind__in=lasting, **same_board).exclude(pk=mapping.pk)
