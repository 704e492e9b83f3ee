"""Retry and Replay: what a press does and says, for one event or for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from integration_portal import replay
from integration_portal.forms.reason import ReasonForm
from integration_portal.models import InboundEvent

MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Press:
    """A button that acts on events.

    Attributes:
        description: what it does, for people.
        act: the inbox's own function; returns how many events it took.
        done, left: how the sentence goes on after a number of events.
    """

    title: str
    description: str
    act: Callable[..., int]
    done: str
    left: str

    def on(self, request: HttpRequest, events: QuerySet[InboundEvent], reason: str) -> str:
        """Act, and say what became of the choice."""
        chosen = events.count()
        count = self.act(events, actor=request.user.get_username(), reason=reason)
        sentence = f"{count} event{'' if count == 1 else 's'} {self.done}."
        return f"{sentence} {chosen - count} left alone: {self.left}." if count < chosen else sentence


RETRY = Press(
    title="Retry",
    description="Dead events are tried again as they are: the same events, their attempts counted from zero.",
    act=replay.retry,
    done="will be tried again",
    left="only dead events that name their record can be tried again",
)
REPLAY = Press(
    title="Replay",
    description="Events that have ended are processed anew, with the present rules and mappings, as new events linked to these.",
    act=replay.replay,
    done="will be processed anew",
    left="only events that have ended can be replayed",
)


def ask_first(
    request: HttpRequest, press: Press, events: QuerySet[InboundEvent], context: dict[str, Any]
) -> TemplateResponse | str:
    """Act on many events when the reason was asked for, else ask for it.

    Args:
        events: those chosen in the list; oldest first, so that a replay keeps their order.
        context: what every page of the admin needs.

    Returns:
        the sentence about what was done, or the page that asks.
    """
    form = ReasonForm(data=request.POST if "apply" in request.POST else None, request=request)
    if form.is_valid():
        return press.on(request, events, form.cleaned_data["reason"])
    again = [(name, request.POST.get(name, "")) for name in ("action", "select_across")]
    again += [(ACTION_CHECKBOX_NAME, pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)]
    page = {"title": press.title, "press": press, "count": events.count(), "form": form, "hidden": again}
    return TemplateResponse(request, "portal/confirm.html", context | page)
