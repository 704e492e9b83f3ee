"""What the pages of both kinds of connection share: the pause, Test connection, Resume, and what is left of the limits."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters

from integration_portal import greeting
from integration_portal.admin import tables
from integration_portal.admin.base import PortalAdmin, dialog, display
from integration_portal.admin.filters import PausedFilter, TenantFilter
from integration_portal.forms.secret import SecretsForm

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


class ConnectionAdmin(PortalAdmin):
    """What both kinds of connection share: secrets stay in the database, Test connection, Resume."""

    form = SecretsForm
    tenant_path = "tenant"
    joins = ("tenant",)
    fixed = ("tenant",)
    autocomplete_fields = ("tenant",)
    list_filter = (TenantFilter, PausedFilter)
    actions_detail: Sequence[str] = ("check_connection", "resume")

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(*args, **kwargs)

    def secret_fields(self, request: HttpRequest, obj: Any) -> tuple[str, ...]:
        """Name the form's fields for secrets; none for those who may only look."""
        if obj and not self.has_change_permission(request, obj):
            return ()
        kinds = ("new", "clear") if obj else ("new",)
        return tuple(f"{kind}_{secret}" for secret in self.form.secrets for kind in kinds)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer Resume only where something is paused."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        paused = self.get_queryset(request).filter(pk=object_id, paused_at__isnull=False).exists()
        return [one for one in offered if paused or not one.action_name.endswith("_resume")]

    def has_check_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    @display(description="State", ordering="paused_at")
    def standing(self, connection: Any) -> SafeString:
        if connection.paused_at:
            return tables.badge("Paused", "danger")
        if not connection.tenant.active:
            return tables.badge("Tenant switched off", "warning")
        return tables.badge("Working", "success")

    @display(description="Paused since", ordering="paused_at")
    def since(self, connection: Any) -> SafeString | str:
        return tables.moment(connection.paused_at)

    @display(description="Pause")
    def pause(self, connection: Any) -> str:
        if not connection.paused_at:
            return "Not paused."
        since = f"{connection.paused_at:%Y-%m-%d %H:%M} UTC"
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


def headroom_table(left: dict[str, int | float | str]) -> SafeString:
    """Show a budget's headroom in words."""
    rows = [(BUDGET_WORDS.get(name, name), value) for name, value in left.items()]
    return tables.pairs(rows)
