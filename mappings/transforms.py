"""Named changes of a value on its way to the board. Pure, and only ever applied towards monday."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

from connectors.dynamics.model import Plain
from mappings.texts import as_text

# Resolved by the engine, which asks monday who has the address; here it only has a name.
PERSON = "person"

# Twenty digits before the point and nine behind it are more than Python's own 28.
_PRECISE = Context(prec=80, rounding=ROUND_HALF_UP)


def _rounded(value: Plain, argument: str) -> Plain:
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        return value
    return Decimal(value).quantize(Decimal(1).scaleb(-int(argument or 2)), context=_PRECISE)


def _prefixed(value: Plain, argument: str) -> Plain:
    text = as_text(value).strip()
    return f"{argument}{text}" if text else None


def _upper(value: Plain, _argument: str) -> Plain:
    return as_text(value).upper() or None


_TRANSFORMS: dict[str, tuple[str, Callable[[Plain, str], Plain]]] = {
    "round": ("Round to so many decimal places", _rounded),
    "prefix": ("Put a text in front", _prefixed),
    "upper": ("Capital letters", _upper),
    PERSON: ("Person with this e-mail address", lambda value, _argument: value),
}


def choices() -> list[tuple[str, str]]:
    """List the transforms for a choice field."""
    return [(name, label) for name, (label, _) in _TRANSFORMS.items()]


def apply(name: str, value: Plain, argument: str) -> Plain:
    """Change a value; "" and unknown names leave it as it is.

    Args:
        argument: decimal places for "round" (2 when empty), the text for "prefix".
    """
    return _TRANSFORMS[name][1](value, argument) if name in _TRANSFORMS else value


def problem(name: str, argument: str) -> str:
    """Say what is wrong with a transform's argument, "" when nothing is."""
    if name and name not in _TRANSFORMS:
        return f"There is no transform {name}; there are {', '.join(_TRANSFORMS)}."
    if name == "round" and argument and not (argument.isdecimal() and int(argument) <= 9):
        return f"Round to {argument!r} decimal places: give a number from 0 to 9."
    if name == "prefix" and not argument:
        return "The prefix is missing."
    return ""
