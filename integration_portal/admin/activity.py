"""The inbox."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from audit import trail
from integration_portal import inbox
from integration_portal.admin import tables
from integration_portal.admin.base import ReadOnlyAdmin, dialog, display
from integration_portal.admin.filters import (
    CompanyFilter,
    EnvironmentFilter,
    KindFilter,
    TenantFilter,
    WhoActs,
)
from integration_portal.admin.links import link_to, link_to_list
from integration_portal.forms.reason import ReasonForm
from integration_portal.models import InboundEvent, State
from mappings import catalogue

MOST_AT_ONCE = 1000
SHOWN_ENTRIES = 50
COLOURS = {
    State.PENDING: "info",
    State.RUNNING: "primary",
    State.RETRYING: "warning",
    State.DONE: "success",
    State.SKIPPED: "default",
    State.SUPERSEDED: "default",
    State.DEAD: "danger",
}
WHO = {"operator": "A person", "portal": "The portal, by itself", "": "Nobody"}
Press = Callable[[HttpRequest, QuerySet[InboundEvent], str], str]


def retried(request: HttpRequest, events: QuerySet[InboundEvent], reason: str) -> str:
    """Try dead events again and say what became of the choice."""
    chosen = events.count()
    count = inbox.retry(events, actor=request.user.get_username(), reason=reason)
    sentence = f"{count} {'event is' if count == 1 else 'events are'} tried again."
    if count < chosen:
        sentence += (
            f" {chosen - count} left alone: only dead events that name their record can be tried again."
        )
    return sentence


def replayed(request: HttpRequest, events: QuerySet[InboundEvent], reason: str) -> str:
    """Process ended events anew and say what became of the choice."""
    chosen = events.count()
    count = inbox.replay(events, actor=request.user.get_username(), reason=reason)
    sentence = f"{count} {'event is' if count == 1 else 'events are'} processed anew, as new events."
    if count < chosen:
        sentence += f" {chosen - count} left alone: they have not ended yet."
    return sentence


RETRY = "Dead events are tried again as they are: the same events, their attempts counted from zero."
REPLAY = "Events that have ended are processed anew, with the present rules and mappings, as new events linked to these."


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnlyAdmin):
    """Events: what came in, where it stands and why, and what was done for it."""

    tenant_path = "tenant"
    list_display = (
        "received_at",
        "event_type",
        "subject",
        "company",
        "kind",
        "standing",
        "why",
        "attempts",
        "environment_name",
    )
    list_display_links = ("received_at", "event_type")
    list_filter = (TenantFilter, "state", WhoActs, KindFilter, CompanyFilter, EnvironmentFilter)
    list_defer = ("payload", "hint")
    search_fields = ("subject", "event_type", "control_number__exact", "event_key__exact")
    search_help_text = "Part of a subject or event type, or a whole control number or event key"
    sortable_by = ("received_at", "attempts")
    actions = ("retry_selected", "replay_selected")
    actions_detail = ("retry", "replay")
    fieldsets = (
        (None, {"fields": ("standing", "reason", "who", "event_type", "subject", "company", "kind")}),
        ("What was done", {"fields": ("done",)}),
        (
            "Life",
            {
                "fields": (
                    ("received_at", "occurred_at", "settled_at"),
                    ("attempts", "next_attempt_at", "waits_for"),
                    ("lease_owner", "lease_until"),
                    ("original", "copies"),
                )
            },
        ),
        ("Source", {"fields": (("tenant", "environment"), ("control_number", "event_key"), "hints", "sent")}),
    )
    readonly_fields = ("standing", "who", "kind", "done", "original", "copies", "hints", "sent")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        secrets = ("environment__client_secret", "environment__webhook_token")
        return super().get_queryset(request).select_related("environment__tenant", "tenant").defer(*secrets)

    # --- Columns and fields ---------------------------------------------------------------------------------------------------

    @display(description="State", ordering="state", label=COLOURS)
    def standing(self, event: InboundEvent) -> tuple[str, str]:
        return event.state, event.get_state_display()

    @display(description="Why")
    def why(self, event: InboundEvent) -> str:
        return event.reason if len(event.reason) <= 90 else f"{event.reason[:89]}…"

    @display(description="Who acts")
    def who(self, event: InboundEvent) -> str:
        return WHO.get(event.who_acts, event.who_acts)

    @display(description="Record kind", ordering="record_kind")
    def kind(self, event: InboundEvent) -> str:
        known = catalogue.KINDS.get(event.record_kind)
        return known.label if known else event.record_kind

    @display(description="Environment", ordering="environment__name")
    def environment_name(self, event: InboundEvent) -> str:
        return event.environment.name

    @display(description="Replay of")
    def original(self, event: InboundEvent) -> SafeString | str:
        return link_to("integration_portal_inboundevent", event.replay_of_id, f"Event {event.replay_of_id}")

    @display(description="Replayed as")
    def copies(self, event: InboundEvent) -> SafeString | str:
        ids = event.replays.order_by("-id").values_list("pk", flat=True)[:SHOWN_ENTRIES]
        return tables.lines([link_to("integration_portal_inboundevent", pk, f"Event {pk}") for pk in ids])

    @display(description="Names its record by")
    def hints(self, event: InboundEvent) -> SafeString | str:
        return tables.pairs(event.hint.items()) if event.hint else "Nothing."

    @display(description="As sent")
    def sent(self, event: InboundEvent) -> SafeString:
        return tables.pretty(event.payload)

    @display(description="Trail")
    def done(self, event: InboundEvent) -> SafeString | str:
        entries = [
            {
                "entry": entry,
                "link": link_to("audit_auditentry", entry.pk, entry.get_action_display()),
                "item": link_to_list("mappings_recordlink", f"Item {entry.item_id}", q=entry.item_id)
                if entry.item_id
                else "",
                "changes": tables.changes(entry.before, entry.after),
                "calls": tables.call_rows(entry.calls),
            }
            for entry in trail.for_event(event.pk)[:SHOWN_ENTRIES]
        ]
        headers = {"change_headers": tables.CHANGE_HEADERS, "call_headers": tables.CALL_HEADERS}
        return (
            render_to_string("portal/trail.html", {"entries": entries} | headers)
            if entries
            else "Nothing yet."
        )

    # --- Buttons --------------------------------------------------------------------------------------------------------------

    def has_retry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.may_change(request)

    @dialog(
        title="Retry", description=RETRY, submit="Retry", permission="retry", icon="refresh", form=ReasonForm
    )
    def retry(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return self._press_one(request, object_id, form, retried)

    @dialog(
        title="Replay",
        description=REPLAY,
        submit="Replay",
        permission="replay",
        icon="replay",
        form=ReasonForm,
    )
    def replay(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return self._press_one(request, object_id, form, replayed)

    @admin.action(description="Retry dead events", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> HttpResponse | None:
        return self._press_many(request, queryset, "Retry", RETRY, retried)

    @admin.action(description="Replay ended events", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> HttpResponse | None:
        return self._press_many(request, queryset, "Replay", REPLAY, replayed)

    def _press_one(self, request: HttpRequest, object_id: str, form: Form, press: Press) -> HttpResponse:
        event = self.load(request, object_id)
        one = self.get_queryset(request).filter(pk=event.pk)
        self.tell(request, press(request, one, form.cleaned_data["reason"]))
        return self.back(request, object_id)

    def _press_many(
        self, request: HttpRequest, chosen: QuerySet[InboundEvent], title: str, description: str, press: Press
    ) -> HttpResponse | None:
        """Ask for a reason first, then act; oldest first, so that a replay keeps the order."""
        ids = list(chosen.order_by("id").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(ids) > MOST_AT_ONCE:
            self.tell(request, f"Choose at most {MOST_AT_ONCE:,} events at a time.", good=False)
            return None
        form = ReasonForm(data=request.POST if "apply" in request.POST else None, request=request)
        if form.is_valid():
            events = self.get_queryset(request).filter(pk__in=ids).order_by("id")
            self.tell(request, press(request, events, form.cleaned_data["reason"]))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "description": description,
            "count": len(ids),
            "form": form,
            "opts": self.opts,
            "hidden": [
                ("action", request.POST["action"]),
                ("select_across", request.POST.get("select_across", "0")),
            ]
            + [(ACTION_CHECKBOX_NAME, pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)],
        }
        return TemplateResponse(request, "portal/confirm.html", context)
