"""Which record an event speaks of."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.dynamics.model import Field
from connectors.dynamics.values import literal
from mappings import catalogue
from mappings.catalogue.kind import EventKeys

_WHOLE = ("Edm.Int32", "Edm.Int64")
_DIGITS = re.compile(r"-?[0-9]{1,18}")

# No key field of Dynamics is nearly as long; a longer filter than its address takes would fail the events beside it.
MOST_CHARACTERS = 250


@dataclass(frozen=True)
class Named:
    """What an event says about its record.

    Attributes:
        kind: record kind, "" when nobody listens to the event.
        hint: field of the record -> value, enough to find it.
        problem: why the record could not be named, "" when it could.
    """

    kind: str
    hint: Mapping[str, Any] = dataclasses.field(default_factory=dict)
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
    kind = catalogue.kind(rule.kind)
    strangers = [name for name in rule.keys if name not in kind.entity.names]
    if strangers or not rule.keys:
        lacks = (
            f"names {', '.join(strangers)}, which no {kind.label.lower()} has"
            if strangers
            else "names no key"
        )
        return Named(
            rule.kind,
            problem=f"The rule for this event {lacks}. Choose its key fields, then replay the event.",
        )
    hint = {name: _fitted(kind.entity.field(name), fields.get(source)) for name, source in rule.keys.items()}
    missing = [source for name, source in rule.keys.items() if hint[name] is None]
    if rule.needs_company and not company:
        missing.append("LegalEntity")
    if missing:
        return Named(
            rule.kind,
            hint,
            f"The event has no usable value in {', '.join(missing)}, so its record cannot be named. Paste the environment's "
            '"Download schema" into an event rule, choose the right fields, then replay it.',
        )
    return Named(rule.kind, hint)


def _fitted(field: Field, value: object) -> str | int | None:
    """Take an event's value as the field has it, numbers and texts into each other; None when it cannot be looked up."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, Decimal) and abs(value.adjusted()) > MOST_CHARACTERS:
        return None
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if not text.strip() or len(text) > MOST_CHARACTERS:
        return None
    fitted: str | int = int(text) if field.type in _WHOLE and _DIGITS.fullmatch(text.strip()) else text
    try:
        literal(field, fitted)
    except ValueError:
        return None
    return fitted


def stream_of(environment_id: int, kind: str) -> str:
    """Name the stream of one environment and record kind, for example "7:posted_invoice"."""
    return f"{environment_id}:{kind}"


def parts_of(stream: str) -> tuple[int, str]:
    """Take a stream's name apart again."""
    environment_id, _, kind = stream.partition(":")
    return int(environment_id), kind
