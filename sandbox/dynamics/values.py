"""Values coming in with POST and PATCH: checked against the field's type, brought into the form rows hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.dynamics.errors import ODataError
from sandbox.dynamics.model import NAMESPACE, EntitySet, Field

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RANGES = {"Int32": 2**31, "Int64": 2**63}


def read_body(entity_set: EntitySet, body: Any) -> dict[str, Any]:
    """Return the values of a POST or PATCH body, by field name.

    Raises ODataError (400) for a body that is not an object, an unknown property, or a value of a wrong type.
    """
    if not isinstance(body, Mapping):
        raise ODataError(400, "The request body is not a JSON object.")
    read = {}
    for name, value in body.items():
        if name.startswith("@") or "@odata" in name:
            continue
        field = entity_set.by_name.get(name)
        if field is None:
            raise ODataError(
                400,
                f"The property '{name}' does not exist on type '{NAMESPACE}.{entity_set.entity}'. Make sure "
                "to only use property names that are defined by the type.",
            )
        read[name] = read_value(field, value)
    return read


def read_value(field: Field, value: Any) -> Any:
    """Return one JSON value as rows hold it; raises ODataError (400) when it does not fit the type."""
    if value is None:
        if field.kind in ("String", "Enum"):
            return field.empty
        raise _cannot(field, "null")
    reader = _READERS[field.kind]
    return reader(field, value)


def moment(value: datetime) -> str:
    """Return an aware datetime as the service writes it: UTC, whole seconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def noon(text: str) -> str:
    """Return the day of an ISO text as the service writes dates: noon, UTC."""
    return f"{text[:10]}T12:00:00Z"


def _cannot(field: Field, what: str) -> ODataError:
    return ODataError(
        400,
        f"Cannot convert the literal '{what}' to the expected type '{field.edm_type}' for the property "
        f"'{field.name}'.",
    )


def _string(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _cannot(field, str(value))
    return value


def _integer(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _RANGES[field.kind]:
        raise _cannot(field, str(value))
    return value


def _decimal(field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise _cannot(field, str(value))
    return int(value) if value == int(value) else value


def _moment(field: Field, value: Any) -> str:
    try:
        read = datetime.fromisoformat(value.upper().replace("Z", "+00:00")) if "T" in value else None
    except (AttributeError, TypeError, ValueError) as error:
        raise _cannot(field, str(value)) from error
    if read is None or read.tzinfo is None:
        raise _cannot(field, str(value))
    return noon(moment(read)) if field.kind == "Date" else moment(read)


def _enum(field: Field, value: Any) -> str:
    if isinstance(value, str) and value in field.members:
        return value
    raise _cannot(field, str(value))


def _guid(field: Field, value: Any) -> str:
    if isinstance(value, str) and _GUID.fullmatch(value):
        return value.lower()
    raise _cannot(field, str(value))


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _cannot(field, str(value))
    return value


_READERS = {
    "String": _string,
    "Int32": _integer,
    "Int64": _integer,
    "Decimal": _decimal,
    "Date": _moment,
    "DateTime": _moment,
    "Enum": _enum,
    "Guid": _guid,
    "Boolean": _boolean,
}
