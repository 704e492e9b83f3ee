"""Tenants and their connections."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from unfold.enums import ActionVariant

from audit import trail
from connectors import connections
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from connectors.vault import SecretUnreadable
from integration_portal import greeting
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, PortalInline, dialog, display
from integration_portal.admin.filters import TenantFilter
from integration_portal.forms.connections import AccountForm, EnvironmentForm

KEEP_OLD_URL = timedelta(hours=24)
BUDGET_WORDS = {
    "in_flight": "Calls under way",
    "places_left": "Calls that may start now",
    "requests_left": "Calls left in this minute",
    "mutations_left": "Writes left in this window",
    "complexity_left": "Complexity points left in this minute",
    "calls_left_today": "Calls left today (UTC)",
    "closed_for_s": "No calls for another (seconds)",
    "closed_reason": "Because",
}


@admin.register(Tenant)
class TenantAdmin(PortalAdmin):
    """Tenants; who belongs to one is a superuser's decision."""

    tenant_path = "pk"
    list_display = ("name", "slug", "standing", "created_at")
    list_filter = ("active",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("members",)
    fields = ("name", "slug", "active", "members")

    @display(description="State", ordering="active", label={"active": "success", "off": "warning"})
    def standing(self, tenant: Tenant) -> tuple[str, str]:
        return ("active", "Active") if tenant.active else ("off", "Switched off")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        return () if request.user.is_superuser else ("slug", "members")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)


class ConnectionAdmin(PortalAdmin):
    """What both kinds of connection share: secrets stay in the database, Test connection, Resume."""

    tenant_path = "tenant"
    fixed = ("tenant",)
    autocomplete_fields = ("tenant",)
    list_filter = (TenantFilter, ("paused_at", admin.EmptyFieldListFilter))
    actions_detail = ("check_connection", "resume")
    secrets: Sequence[str] = ()

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(*args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Secrets are read only where one is needed, so that a lost key spoils no list."""
        return super().get_queryset(request).select_related("tenant").defer(*self.secrets)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer Resume only where something is paused."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        paused = self.get_queryset(request).filter(pk=object_id, paused_at__isnull=False).exists()
        return [one for one in offered if paused or not one.action_name.endswith("_resume")]

    def has_check_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    @display(
        description="State",
        ordering="paused_at",
        label={"on": "success", "paused": "danger", "off": "warning"},
    )
    def standing(self, connection: Any) -> tuple[str, str]:
        if connection.paused_at:
            return "paused", "Paused"
        return ("on", "Working") if connection.tenant.active else ("off", "Tenant switched off")

    @display(description="Pause")
    def pause(self, connection: Any) -> str:
        if not connection.paused_at:
            return "Not paused."
        since = connection.paused_at.strftime("%Y-%m-%d %H:%M UTC")
        return f"Since {since}: {connection.paused_reason} Mend it, then press Test connection."

    @dialog(
        title="Resume",
        description="The portal calls this connection again and tries the events that wait for it.",
        submit="Resume",
        permission="resume",
        icon="play_arrow",
    )
    def resume(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        verdict = greeting.resume(self.load(request, object_id), actor=request.user.get_username())
        self.tell(request, verdict.sentence)
        return self.back(request, object_id)


class LegalEntityInline(PortalInline):
    """The companies of an environment."""

    model = LegalEntity
    fields = ("data_area_id", "name")
    tab = True


@admin.register(DynamicsEnvironment)
class DynamicsEnvironmentAdmin(ConnectionAdmin):
    """Dynamics environments."""

    form = EnvironmentForm
    secrets = ("client_secret", "webhook_token")
    list_display = ("name", "tenant", "host", "standing", "paused_at")
    search_fields = ("name", "host", "tenant__name")
    inlines = (LegalEntityInline,)
    actions_detail = ("check_connection", "resume", "rotate_url")

    class Media:
        js = ("integration_portal/copy.js",)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        entra = (
            "directory_tenant",
            "client_id",
            "new_client_secret",
            *(("clear_client_secret",) if obj else ()),
        )
        fieldsets = [
            (None, {"fields": ("tenant", "name", "host")}),
            ("Entra application", {"fields": entra}),
            ("Limits", {"fields": ("concurrency", *(("gate",) if obj else ()))}),
        ]
        if obj:
            shown = (
                ("pause", "webhook_url", "old_url")
                if self.has_change_permission(request, obj)
                else ("pause",)
            )
            fieldsets.insert(1, ("State", {"fields": shown}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        return (*super().get_readonly_fields(request, obj), "pause", "webhook_url", "old_url", "gate")

    @display(description="Webhook URL")
    def webhook_url(self, environment: DynamicsEnvironment) -> SafeString | str:
        try:
            token = environment.webhook_token
        except SecretUnreadable as unreadable:
            return str(unreadable)
        url = settings.PORTAL_URL + reverse("dynamics-webhook", args=[token])
        return render_to_string("portal/copy.html", {"text": url})

    @display(description="URL before the last rotation")
    def old_url(self, environment: DynamicsEnvironment) -> str:
        until = environment.previous_until
        return f"Works until {until:%Y-%m-%d %H:%M} UTC." if until else "Never rotated."

    @display(description="Gate")
    def gate(self, environment: DynamicsEnvironment) -> SafeString:
        return headroom_table(connections.environment_budget(environment).headroom())

    def has_rotate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    @dialog(
        title="Test connection",
        description="Gets a token from Entra and asks Dynamics for its version and legal entities.",
        submit="Test",
        permission="check",
        icon="network_check",
    )
    def check_connection(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        verdict = greeting.try_environment(self.load(request, object_id), actor=request.user.get_username())
        self.tell(request, verdict.sentence, good=verdict.good)
        return self.back(request, object_id)

    @dialog(
        title="Rotate webhook URL",
        description="Makes a new URL at once. The present one goes on working for 24 hours: replace it in Dynamics until then.",
        submit="Rotate",
        permission="rotate",
        icon="autorenew",
        variant=ActionVariant.WARNING,
    )
    def rotate_url(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        environment: DynamicsEnvironment = self.load(request, object_id)
        fact = trail.Fact(
            tenant_id=environment.tenant_id,
            action=trail.Action.TOKEN_ROTATED,
            subject=f"Dynamics environment {environment.name}",
            actor=request.user.get_username(),
        )
        with transaction.atomic():
            environment.rotate_webhook_token(keep_old=KEEP_OLD_URL)
            trail.record(fact)
        self.tell(request, "The webhook has a new URL. The one before works for another 24 hours.")
        return self.back(request, object_id)


@admin.register(MondayAccount)
class MondayAccountAdmin(ConnectionAdmin):
    """monday accounts."""

    form = AccountForm
    secrets = ("api_token", "signing_secret")
    list_display = ("name", "tenant", "api_version", "standing", "paused_at")
    search_fields = ("name", "tenant__name")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        secrets = [
            name
            for secret in self.secrets
            for name in (f"new_{secret}", *((f"clear_{secret}",) if obj else ()))
        ]
        limits = (
            ("mutations_per_window", "window_seconds"),
            ("requests_per_minute", "complexity_per_minute"),
            ("concurrency", "calls_per_day"),
            "batch_size",
            *(("budget",) if obj else ()),
        )
        state = [("State", {"fields": ("pause",)})] if obj else []
        return [
            (None, {"fields": ("tenant", "name", "api_version")}),
            *state,
            ("Secrets", {"fields": secrets}),
            ("Limits", {"fields": limits}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        return (*super().get_readonly_fields(request, obj), "pause", "budget")

    @display(description="Budget now")
    def budget(self, account: MondayAccount) -> SafeString:
        return headroom_table(connections.account_budget(account).headroom())

    @dialog(
        title="Test connection",
        description="Asks monday whose token this is and which API version it serves.",
        submit="Test",
        permission="check",
        icon="network_check",
    )
    def check_connection(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        verdict = greeting.try_account(self.load(request, object_id), actor=request.user.get_username())
        self.tell(request, verdict.sentence, good=verdict.good)
        return self.back(request, object_id)


def headroom_table(left: dict[str, int | float | str]) -> SafeString:
    """Show a budget's headroom in words."""
    rows = [(BUDGET_WORDS.get(name, name), value) for name, value in left.items()]
    return tables.pairs(rows)
