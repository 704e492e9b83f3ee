"""Which record an event speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.catalogue.kind import EventKeys


@dataclass(frozen=True)
class Named:
    """What an event says about its record.

    Attributes:
        kind: record kind, "" when nobody listens to the event.
        hint: field of the record -> value, enough to find it.
        problem: why the record could not be named, "" when it could.
    """

    kind: str
    hint: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def named_record(rule: EventKeys | None, fields: Mapping[str, Any], company: str) -> Named:
    """Name the record by the rule for its event.

    Args:
        rule: None when nobody listens to the event.
        fields: the event's contract fields.
        company: the legal entity the event names, "" when none.
    """
    if rule is None:
        return Named(
            "",
            problem="No record kind listens to this event. Add an event rule if it should, then replay it.",
        )
    hint = {name: fields.get(source) for name, source in rule.keys.items()}
    missing = [source for name, source in rule.keys.items() if hint[name] in (None, "")]
    if rule.needs_company and not company:
        missing.append("LegalEntity")
    if missing:
        return Named(
            rule.kind,
            hint,
            f"The event has no value in {', '.join(missing)}, so its record cannot be named. Paste the environment's "
            '"Download schema" into an event rule, choose the right fields, then replay it.',
        )
    return Named(rule.kind, hint)


def stream_of(environment_id: int, kind: str) -> str:
    """Name the stream of one environment and record kind, for example "7:posted_invoice"."""
    return f"{environment_id}:{kind}"


def parts_of(stream: str) -> tuple[int, str]:
    """Take a stream's name apart again."""
    environment_id, _, kind = stream.partition(":")
    return int(environment_id), kind
