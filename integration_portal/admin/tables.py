"""Small tables, labels and texts of lists and read-only pages. Everything passes through a template and is escaped there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

LONGEST_PAYLOAD = 100_000


def badge(text: str, colour: str = "") -> SafeString:
    """Show a coloured label.

    Args:
        colour: "success", "info", "warning", "danger", "primary" or "" for grey.
    """
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colour})


def moment(at: datetime | None) -> SafeString | str:
    """Show a time to the second on one line."""
    if at is None:
        return ""
    text = timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def two_lines(first: str, second: str) -> SafeString:
    """Show a name and, smaller below it, what it is."""
    return format_html(
        '<span class="block whitespace-nowrap">{}</span><span class="block text-xs whitespace-nowrap">{}</span>',
        Truncator(first).chars(40),
        Truncator(second).chars(50),
    )


def shortened(text: str) -> SafeString:
    """Show the beginning of a sentence in a column wide enough to read it; the whole of it on hovering."""
    return format_html(
        '<span class="block text-sm" style="min-width: 16rem" title="{}">{}</span>',
        text,
        Truncator(text).chars(110),
    )


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> SafeString:
    """Show rows under headers."""
    return render_to_string("portal/table.html", {"headers": headers, "rows": list(rows)})


def pairs(rows: Iterable[tuple[str, Any]]) -> SafeString:
    """Show names and values."""
    return render_to_string("portal/table.html", {"headers": (), "rows": list(rows)})


def lines(parts: Sequence[str]) -> SafeString | str:
    """Show sentences or links below each other."""
    return render_to_string("portal/lines.html", {"parts": parts}) if parts else ""


def text_block(text: str) -> SafeString:
    """Show a text as it stands."""
    return render_to_string("portal/text_block.html", {"text": text})


def pretty(payload: str) -> SafeString:
    """Show JSON indented, anything else as it is; very long ones are cut, and say so."""
    try:
        text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        text = payload
    if len(text) > LONGEST_PAYLOAD:
        text = f"{text[:LONGEST_PAYLOAD]}\n… {len(text) - LONGEST_PAYLOAD:,} more characters"
    return text_block(text)


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Lay nested values out under dotted names."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        out |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return out


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Put before and after side by side: (name, before, after)."""
    old, new = flat(before), flat(after)
    return [(name, old.get(name, ""), new.get(name, "")) for name in {**old, **new}]


def call_rows(calls: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Put the calls of an audit entry into rows under `CALL_HEADERS`."""
    return [
        (
            call.get("system", ""),
            call.get("operation", ""),
            call.get("status") or call.get("error") or "no answer",
            f"{call.get('elapsed_ms', '')} ms",
            call.get("request_id", ""),
        )
        for call in calls
    ]


CHANGE_HEADERS = ("What", "Before", "After")
CALL_HEADERS = ("System", "Call", "Answer", "Time", "Request id")
