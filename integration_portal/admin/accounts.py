"""monday accounts."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from connectors import connections
from connectors.models import MondayAccount
from integration_portal import greeting
from integration_portal.admin.base import dialog, display
from integration_portal.admin.connections import ConnectionAdmin, headroom_table
from integration_portal.forms.connections import AccountForm


@admin.register(MondayAccount)
class MondayAccountAdmin(ConnectionAdmin):
    """monday accounts."""

    form = AccountForm
    list_display = ("name", "tenant", "api_version", "standing", "since")
    search_fields = ("name", "tenant__name")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Secrets are for those who may change them."""
        limits = (
            ("mutations_per_window", "window_seconds"),
            ("requests_per_minute", "complexity_per_minute"),
            ("concurrency", "calls_per_day"),
            "batch_size",
            *(("budget",) if obj else ()),
        )
        secrets = self.secret_fields(request, obj)
        return [
            (None, {"fields": ("tenant", "name", "api_version")}),
            *([("State", {"fields": ("pause",)})] if obj else []),
            *([("Secrets", {"fields": secrets})] if secrets else []),
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
