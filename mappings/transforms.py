"""Named changes of a value on its way to the board. Pure, and only ever applied towards monday."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType

from connectors.dynamics.model import Plain
from mappings.texts import as_text

# Resolved by the engine, which asks monday who has the address; here it only has a name.
PERSON = "person"

# Its argument names the field that holds the currency.
CURRENCY = "currency"

# Twenty digits before the point and nine behind it are more than Python's own 28.
_PRECISE = Context(prec=80, rounding=ROUND_HALF_UP)


Values = Mapping[str, Plain]


def _rounded(value: Plain, argument: str, _values: Values) -> Plain:
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        return value
    return Decimal(value).quantize(Decimal(1).scaleb(-int(argument or 2)), context=_PRECISE)


def _prefixed(value: Plain, argument: str, _values: Values) -> Plain:
    text = as_text(value).strip()
    return f"{argument}{text}" if text else None


def _upper(value: Plain, _argument: str, _values: Values) -> Plain:
    return as_text(value).upper() or None


def _with_currency(value: Plain, argument: str, values: Values) -> Plain:
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        return value
    amount = Decimal(value).quantize(Decimal("0.01"), context=_PRECISE)
    return f"{amount:,f} {as_text(values.get(argument)).strip()}".strip()


_TRANSFORMS: dict[str, tuple[str, Callable[[Plain, str, Values], Plain]]] = {
    "round": ("Round to so many decimal places", _rounded),
    "prefix": ("Put a text in front", _prefixed),
    "upper": ("Capital letters", _upper),
    CURRENCY: ("Amount with its currency, as a text", _with_currency),
    PERSON: ("Person with this e-mail address", lambda value, _argument, _values: value),
}


def choices() -> list[tuple[str, str]]:
    """List the transforms for a choice field."""
    return [(name, label) for name, (label, _) in _TRANSFORMS.items()]


def apply(name: str, value: Plain, argument: str, values: Values = MappingProxyType({})) -> Plain:
    """Change a value; "" and unknown names leave it as it is.

    Args:
        argument: decimal places for "round" (2 when empty), the text for "prefix", the currency's field for "currency".
        values: the record's other fields.
    """
    return _TRANSFORMS[name][1](value, argument, values) if name in _TRANSFORMS else value


def field_of(name: str, argument: str) -> str:
    """Name the further field that a transform needs, "" for none."""
    return argument if name == CURRENCY else ""


def problem(name: str, argument: str) -> str:
    """Say what is wrong with a transform's argument, "" when nothing is."""
    if name and name not in _TRANSFORMS:
        return f"There is no transform {name}; there are {', '.join(_TRANSFORMS)}."
    if name == "round" and argument and not (argument.isdecimal() and int(argument) <= 9):
        return f"Round to {argument!r} decimal places: give a number from 0 to 9."
    if name == "prefix" and not argument:
        return "The prefix is missing."
    if name == CURRENCY and not argument:
        return "The field that holds the currency is missing, for example CurrencyCode."
    return ""
