"""A small table typed as lines: `value = label`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

LONGEST = 120


class PairsField(forms.Field):
    """Lines of `value = label`, cleaned to a mapping. The first " = " of a line divides it, else its first "="."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": "Backorder = Open order"})
        super().__init__(**{"required": False, "widget": widget, "initial": dict} | kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Write a mapping as lines; what was typed stays as it was typed."""
        return (
            "\n".join(f"{one} = {label}" for one, label in value.items())
            if isinstance(value, Mapping)
            else value
        )

    def to_python(self, value: Any) -> dict[str, str]:
        """Read the lines.

        Raises:
            ValidationError: a line has no "=", an empty or too long part, or a value comes twice; the sentence names the line.
        """
        pairs: dict[str, str] = {}
        for number, line in enumerate(str(value or "").splitlines(), start=1):
            if not line.strip():
                continue
            one, label = _divided(line, number)
            if one in pairs:
                raise ValidationError(f"Line {number}: {one} stands there twice.")
            pairs[one] = label
        return pairs

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare meanings, not line ends and blanks."""
        try:
            return bool(dict(initial or {}) != self.to_python(data))
        except ValidationError:
            return True


def _divided(line: str, number: int) -> tuple[str, str]:
    divider = " = " if " = " in line else "="
    one, found, label = (part.strip() for part in line.partition(divider))
    if not (one and found and label):
        raise ValidationError(
            f"Line {number}: write it as value = label, for example Backorder = Open order."
        )
    if max(len(one), len(label)) > LONGEST:
        raise ValidationError(f"Line {number}: a value and a label have at most {LONGEST} characters.")
    return one, label
