"""Read now: the buttons on a mapping's page that open a run beside its schedule."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from integration_portal import schedules
from integration_portal.admin.base import dialog
from mappings.models import BoardMapping


class ReadingActions:
    """For the page of mappings."""

    READING = ("read_now", "read_everything")

    def has_reading_permission(self: Any, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.may_change(request))

    @dialog(
        title="Read now",
        description="What changed in Dynamics since the last round is read, without waiting for the schedule.",
        submit="Read",
        permission="reading",
        icon="sync",
    )
    def read_now(self: Any, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return _open(self, request, object_id, everything=False)

    @dialog(
        title="Read everything now",
        description="Every record is read and compared with its item. Only what differs is written; the reading takes its time.",
        submit="Read",
        permission="reading",
        icon="cloud_sync",
    )
    def read_everything(self: Any, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
        return _open(self, request, object_id, everything=True)


def _open(page: Any, request: HttpRequest, object_id: str, *, everything: bool) -> HttpResponse:
    mapping: BoardMapping = page.load(request, object_id)
    sentence, good = _opened(mapping, everything=everything)
    page.tell(request, sentence, good=good)
    response: HttpResponse = page.back(request, object_id)
    return response


def _opened(mapping: BoardMapping, *, everything: bool) -> tuple[str, bool]:
    """Open a run, and say what became of it."""
    if not mapping.active:
        return f"{mapping.name} is not active: nothing of it is read before it is switched on.", False
    if not schedules.open_run(mapping, everything=everything):
        return f"A run of {mapping.name} is under way already; it is to be seen under Runs.", False
    waits = " once the mapping is resumed" if mapping.paused_at else ""
    return (
        f"A run of {mapping.name} was opened: the next free worker reads{waits}. It is to be seen under Runs.",
        True,
    )
