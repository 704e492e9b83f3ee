"""A mapping's filter typed as lines: `CurrencyCode is USD, EUR`, `InvoiceAmount at_least 1000`."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from connectors.dynamics.model import Field
from mappings.catalogue.kind import LINK_FIELD, Kind
from mappings.rules import conditions_of

EXAMPLE = "CurrencyCode is USD, EUR\nInvoiceAmount at_least 1000"

_LINE = re.compile(r"(?P<field>\S+)\s+(?P<test>is[_ ]not|at[_ ]least|at[_ ]most|is)\s+(?P<values>.+)")
_NEEDS_QUOTES = re.compile(r'[,"]|^\s|\s$|^$|^not\s', re.IGNORECASE)
_NUMBERS = ("Edm.Int32", "Edm.Int64", "Edm.Decimal")


class ConditionsField(forms.Field):
    """One condition a line, cleaned to the form `mappings.rules.conditions_of` reads.

    Attributes:
        kind: whose fields a condition may name; None: not checked.
    """

    kind: Kind | None = None

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 4, "placeholder": EXAMPLE})
        super().__init__(**{"required": False, "widget": widget, "initial": list} | kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Write stored conditions as lines; what was typed, and what cannot be read, stays as it is."""
        if not isinstance(value, list):
            return value
        try:
            conditions = conditions_of(value)
        except ValueError:
            return str(value)
        return "\n".join(
            f"{one.field} {one.test} {', '.join(_quoted(text) for text in one.values)}" for one in conditions
        )

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        """Read the lines.

        Raises:
            ValidationError: a sentence for each line that is wrong, with its number.
        """
        stored: list[dict[str, Any]] = []
        wrong: list[str] = []
        for number, line in enumerate(str(value or "").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                stored.append(self._condition(line.strip()))
            except ValueError as problem:
                wrong.append(f"Line {number}: {problem}")
        if wrong:
            raise ValidationError(wrong)
        return stored

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare meanings, not blanks and line ends."""
        try:
            return bool(self.to_python(self.prepare_value(initial or [])) != self.to_python(data))
        except ValidationError:
            return True

    def _condition(self, line: str) -> dict[str, Any]:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(
                "write a field, one of is, is_not, at_least, at_most, and a value, for example CurrencyCode is USD, EUR."
            )
        name, test = found["field"], found["test"].replace(" ", "_")
        values = _divided(found["values"])
        field = self._field(name)
        if test.startswith("at_"):
            if len(values) != 1:
                raise ValueError(
                    f"{test} takes one value. Put it between quotation marks if it has a comma in it."
                )
            _check_bound(field, values[0])
            return {"field": name, test: values[0]}
        return {"field": name, test: values}

    def _field(self, name: str) -> Field | None:
        if self.kind is None:
            return None
        if name == LINK_FIELD or name not in self.kind.field_names():
            raise ValueError(f"{self.kind.label} has no field {name}; choose one of the catalogue.")
        return self.kind.field(name)


def _divided(text: str) -> list[str]:
    """Take "EUR, "Acme, Inc."" apart; blanks around a value do not count."""
    try:
        (values,) = csv.reader([text], skipinitialspace=True, strict=True)
    except csv.Error:
        raise ValueError(
            'a quotation mark is not closed, or stands in the middle of a value; write "" for one inside quotation marks.'
        ) from None
    return [value.strip() for value in values]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _check_bound(field: Field | None, text: str) -> None:
    """Refuse a bound that is no number or day where the field holds numbers or days.

    Raises:
        ValueError: it is none.
    """
    if not text:
        raise ValueError("the value is missing.")
    if field is None:
        return
    if field.type in _NUMBERS and not _is_number(text):
        raise ValueError(f"{field.name} holds numbers, and {text} is none; write it like 1000.50.")
    if field.type == "Edm.DateTimeOffset" and not _is_day(text):
        raise ValueError(f"{field.name} holds dates, and {text} is none; write it like 2026-03-31.")


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text) is not None
    except ValueError:
        return False
