"""The inbox."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit import trail
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
from integration_portal.admin.presses import MOST_AT_ONCE, REPLAY, RETRY, Press, ask_first
from integration_portal.forms.reason import ReasonForm
from integration_portal.models import END_STATES, OPEN_STATES, InboundEvent, State
from mappings import catalogue

SHOWN_ENTRIES = 50
COLOURS = {
    State.PENDING: "info",
    State.RUNNING: "primary",
    State.RETRYING: "warning",
    State.DONE: "success",
    State.SKIPPED: "",
    State.SUPERSEDED: "",
    State.DEAD: "danger",
}
WHO = {"operator": "A person", "portal": "The portal, by itself", "": "Nobody"}


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnlyAdmin):
    """Events: what came in, where it stands and why, and what was done for it."""

    tenant_path = "tenant"
    joins = ("tenant", "environment__tenant")
    list_display = (
        "received",
        "record",
        "kind_and_company",
        "standing",
        "why",
        "attempts",
        "environment_name",
    )
    list_display_links = ("received", "record")
    list_filter = (TenantFilter, "state", WhoActs, KindFilter, CompanyFilter, EnvironmentFilter)
    list_defer = ("payload", "hint")
    search_fields = ("subject", "event_type", "control_number__exact", "event_key__exact")
    search_help_text = "Part of a subject or event type, or a whole control number or event key"
    sortable_by = ("received", "attempts")
    actions = ("retry_selected", "replay_selected")
    actions_detail = ("retry", "replay")
    fieldsets = (
        (None, {"fields": ("standing", "reason", "who", "event_type", ("kind", "company"), "subject")}),
        ("What was done", {"fields": ("done",)}),
        (
            "Life",
            {
                "fields": (
                    ("received", "occurred"),
                    ("ended", "attempts"),
                    ("next_attempt", "worker"),
                    ("original", "copies"),
                )
            },
        ),
        ("Source", {"fields": (("tenant", "environment"), ("control_number", "event_key"), "hints", "sent")}),
    )
    readonly_fields = (
        "standing",
        "who",
        "kind",
        "done",
        "received",
        "occurred",
        "ended",
        "next_attempt",
        "worker",
        "original",
        "copies",
        "hints",
        "sent",
    )

    # --- Columns and fields ---------------------------------------------------------------------------------------------------

    @display(description="State", ordering="state")
    def standing(self, event: InboundEvent) -> SafeString:
        return tables.badge(event.get_state_display(), COLOURS[State(event.state)])

    @display(description="Received", ordering="received_at")
    def received(self, event: InboundEvent) -> SafeString | str:
        return tables.moment(event.received_at)

    @display(description="Occurred")
    def occurred(self, event: InboundEvent) -> SafeString | str:
        return tables.moment(event.occurred_at)

    @display(description="Ended")
    def ended(self, event: InboundEvent) -> SafeString | str:
        return tables.moment(event.settled_at)

    @display(description="Next attempt")
    def next_attempt(self, event: InboundEvent) -> SafeString | str:
        if event.waits_for:
            return f"When {event.waits_for} is no longer paused."
        return tables.moment(event.next_attempt_at) if event.state in OPEN_STATES else "None is due."

    @display(description="Worker")
    def worker(self, event: InboundEvent) -> SafeString | str:
        if not event.lease_owner:
            return "None is at it."
        return format_html("{} until {}", event.lease_owner, tables.moment(event.lease_until))

    @display(description="Event")
    def record(self, event: InboundEvent) -> SafeString:
        return tables.two_lines(event.subject or "Names no record", event.event_type)

    @display(description="Why")
    def why(self, event: InboundEvent) -> SafeString:
        return tables.shortened(event.reason)

    @display(description="Who acts")
    def who(self, event: InboundEvent) -> str:
        return WHO.get(event.who_acts, event.who_acts)

    @display(description="Record kind", ordering="record_kind")
    def kind(self, event: InboundEvent) -> str:
        known = catalogue.KINDS.get(event.record_kind)
        return known.label if known else event.record_kind

    @display(description="Record kind", ordering="record_kind")
    def kind_and_company(self, event: InboundEvent) -> SafeString:
        return tables.two_lines(self.kind(event) or "Unknown", event.company)

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

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer only what would do something."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        event = self.get_object(request, str(object_id))
        useful = {
            "retry": event and event.state == State.DEAD and event.stream,
            "replay": event and event.state in END_STATES,
        }
        return [one for one in offered if useful[one.action_name.rpartition("_")[2]]]

    @dialog(
        title=RETRY.title,
        description=RETRY.description,
        submit=RETRY.title,
        permission="retry",
        icon="refresh",
        form=ReasonForm,
    )
    def retry(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return self._press_one(request, object_id, form, RETRY)

    @dialog(
        title=REPLAY.title,
        description=REPLAY.description,
        submit=REPLAY.title,
        permission="replay",
        icon="replay",
        form=ReasonForm,
    )
    def replay(self, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return self._press_one(request, object_id, form, REPLAY)

    @admin.action(description="Retry dead events", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> HttpResponse | None:
        return self._press_many(request, queryset, RETRY)

    @admin.action(description="Replay ended events", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> HttpResponse | None:
        return self._press_many(request, queryset, REPLAY)

    def _press_one(self, request: HttpRequest, object_id: str, form: Form, press: Press) -> HttpResponse:
        one = self.get_queryset(request).filter(pk=self.load(request, object_id).pk)
        self.tell(request, press.on(request, one, form.cleaned_data["reason"]))
        return self.back(request, object_id)

    def _press_many(
        self, request: HttpRequest, chosen: QuerySet[InboundEvent], press: Press
    ) -> HttpResponse | None:
        ids = list(chosen.order_by("id").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(ids) > MOST_AT_ONCE:
            self.tell(request, f"Choose at most {MOST_AT_ONCE:,} events at a time.", good=False)
            return None
        events = self.get_queryset(request).filter(pk__in=ids).order_by("id")
        answer = ask_first(
            request, press, events, self.admin_site.each_context(request) | {"opts": self.opts}
        )
        if isinstance(answer, HttpResponse):
            return answer
        self.tell(request, answer)
        return None
