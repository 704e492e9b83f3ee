"""Dynamics environments."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from audit import trail
from connectors import connections
from connectors.models import DynamicsEnvironment, LegalEntity
from connectors.vault import SecretUnreadable
from integration_portal import greeting, reference_calls
from integration_portal.admin import tables
from integration_portal.admin.base import PortalInline, dialog, display
from integration_portal.admin.connections import ConnectionAdmin, headroom_table
from integration_portal.forms.connections import EnvironmentForm
from mappings import reference_reading

KEEP_OLD_URL = timedelta(hours=24)


class LegalEntityInline(PortalInline):
    """The companies of an environment."""

    model = LegalEntity
    fields = ("data_area_id", "name")
    tab = True


@admin.register(DynamicsEnvironment)
class DynamicsEnvironmentAdmin(ConnectionAdmin):
    """Dynamics environments."""

    form = EnvironmentForm
    list_display = ("name", "tenant", "host", "standing", "since")
    search_fields = ("name", "host", "tenant__name")
    inlines = (LegalEntityInline,)
    actions_detail = ("check_connection", "resume", "read_references", "rotate_url")

    class Media:
        js = ("integration_portal/copy.js",)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Secrets and the webhook URL are for those who may change them."""
        entra = ("directory_tenant", "client_id", *self.secret_fields(request, obj))
        fieldsets = [
            (None, {"fields": ("tenant", "name", "host")}),
            ("Entra application", {"fields": entra}),
            ("Limits", {"fields": ("concurrency", *(("gate",) if obj else ()))}),
        ]
        if obj:
            urls = ("webhook_url", "old_url") if self.has_change_permission(request, obj) else ()
            fieldsets.insert(1, ("State", {"fields": ("pause", *urls)}))
            fieldsets.append(("Reference data", {"fields": ("reference_hours", "reference_state")}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        return (
            *super().get_readonly_fields(request, obj),
            "pause",
            "webhook_url",
            "old_url",
            "gate",
            "reference_state",
        )

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
        if until is None:
            return "Never rotated."
        return f"{'Works' if until > timezone.now() else 'Worked'} until {until:%Y-%m-%d %H:%M} UTC."

    @display(description="Gate")
    def gate(self, environment: DynamicsEnvironment) -> SafeString:
        return headroom_table(connections.environment_budget(environment).headroom())

    @display(description="As last read")
    def reference_state(self, environment: DynamicsEnvironment) -> SafeString:
        rows = [
            (
                one.kind.label_plural,
                one.values,
                one.suspended,
                one.gone,
                tables.moment(one.read_at) or "Never",
                one.problem,
            )
            for one in reference_reading.states(environment.pk)
        ]
        return tables.table(("What", "Usable", "Suspended", "Gone", "Last read", "Problem"), rows)

    def has_references_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    @dialog(
        title="Read reference data now",
        description="Vendor accounts, dimension values, payment terms and the like are read in full, by a worker.",
        submit="Read",
        permission="references",
        icon="menu_book",
    )
    def read_references(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        environment: DynamicsEnvironment = self.load(request, object_id)
        reference_calls.ask(environment.pk)
        waits = " once the environment is no longer paused" if environment.paused_at else ""
        self.tell(request, f"The reference data will be read by the next free worker{waits}.")
        return self.back(request, object_id)

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
