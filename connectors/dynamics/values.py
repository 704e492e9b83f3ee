"""Between OData's JSON and plain Python values, and from plain values to the literals of a filter.

Shapes as published for Dynamics 365 F&O (learn.microsoft.com, "Open Data Protocol (OData)") and seen in real
answers: an empty text is "" and never null, an empty date is 1900-01-01, a calendar day is noon UTC, an enum
is its symbol.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from connectors.dynamics.model import Field, Plain
from connectors.dynamics.moments import EMPTY_YEAR, iso_moment
from connectors.errors import ProtocolFault

ENUM_NAMESPACE = "Microsoft.Dynamics.DataEntities"

_NO_GUID = "00000000-0000-0000-0000-000000000000"
_SYMBOL = re.compile(r"\w+")
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)


def decode(field: Field, value: Any) -> Plain:
    """Turn one JSON value (floats read as Decimal) into a plain value; every way to say "empty" becomes None.

    Args:
        field: which property; its type decides.
        value: as json.loads gave it, with parse_float=Decimal.

    Raises:
        ProtocolFault: the value does not fit the field's type.
    """
    if value is None or value == "":
        return None
    try:
        return _DECODERS.get(field.type, _text)(field, value)
    except (ValueError, InvalidOperation):
        raise ProtocolFault(
            f"Dynamics sent {str(value)[:60]!r} for {field.name}, which is no {field.type}."
            " Check the field's type in the catalogue.",
            system="dynamics",
        ) from None


def literal(field: Field, value: Plain) -> str:
    """Write a value the way it stands in a $filter, not yet percent-encoded.

    Args:
        field: which property; its type decides.
        value: an empty text is written as '', because Dynamics has no null texts.

    Raises:
        ValueError: with a sentence, when the value cannot be compared with this field.
    """
    if value is None:
        if field.type == "Edm.String":
            return "''"
        raise ValueError(f"{field.name} cannot be looked up by an empty value.")
    writer = _LITERALS.get(field.type, _enum_literal if field.is_enum else None)
    text = writer(field, value) if writer else None
    if text is None:
        raise ValueError(
            f"{field.name} is {field.type} and cannot be compared with {type(value).__name__} {value!r}."
        )
    return text


def _text(_field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _whole(_field: Field, value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError
    return value


def _decimal(_field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


def _boolean(_field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _guid(_field: Field, value: Any) -> str | None:
    text = str(UUID(_text(_field, value)))
    return None if text == _NO_GUID else text


def _time(field: Field, value: Any) -> date | datetime | None:
    text = _text(field, value)
    moment = iso_moment(text)
    if moment.year <= EMPTY_YEAR:
        return None
    # The day is written down, not computed: noon UTC would be another day in some time zones.
    return date.fromisoformat(text[:10]) if field.date_only else moment


_DECODERS: dict[str, Callable[[Field, Any], Plain]] = {
    "Edm.String": _text,
    "Edm.Int32": _whole,
    "Edm.Int64": _whole,
    "Edm.Decimal": _decimal,
    "Edm.Boolean": _boolean,
    "Edm.Guid": _guid,
    "Edm.DateTimeOffset": _time,
}


def _text_literal(_field: Field, value: Plain) -> str | None:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else None


def _whole_literal(_field: Field, value: Plain) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _decimal_literal(_field: Field, value: Plain) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        return None
    return format(Decimal(value), "f")


def _boolean_literal(_field: Field, value: Plain) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _guid_literal(_field: Field, value: Plain) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _time_literal(field: Field, value: Plain) -> str | None:
    if isinstance(value, datetime):
        if field.date_only or value.tzinfo is None:
            return None
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return f"{value.isoformat()}T{'12' if field.date_only else '00'}:00:00Z"
    return None


def _enum_literal(field: Field, value: Plain) -> str | None:
    if not isinstance(value, str) or not _SYMBOL.fullmatch(value):
        return None
    return f"{ENUM_NAMESPACE}.{field.type}'{value}'"


_LITERALS: dict[str, Callable[[Field, Plain], str | None]] = {
    "Edm.String": _text_literal,
    "Edm.Int32": _whole_literal,
    "Edm.Int64": _whole_literal,
    "Edm.Decimal": _decimal_literal,
    "Edm.Boolean": _boolean_literal,
    "Edm.Guid": _guid_literal,
    "Edm.DateTimeOffset": _time_literal,
}
