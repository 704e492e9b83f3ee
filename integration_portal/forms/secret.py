"""Secrets in a form go one way: in. Blank keeps what is stored, a box clears it, nothing is ever sent out."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanWidget

from connectors.vault import SecretUnreadable, fingerprint
from integration_portal.forms.base import PortalForm


def new_secret(label: str) -> forms.CharField:
    """Make the field a new secret is typed or pasted into."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=4000,
        widget=UnfoldAdminPasswordWidget(
            attrs={"autocomplete": "new-password", "spellcheck": "false"}, render_value=False
        ),
    )


def clear_secret(label: str) -> forms.BooleanField:
    """Make the box that clears it."""
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanWidget)


def state_of(instance: Any, name: str) -> str:
    """Say about a stored secret what may be said."""
    try:
        known = fingerprint(getattr(instance, name))
    except SecretUnreadable:
        return "Set, but it does not open with FIELD_ENCRYPTION_KEY: put the old key back, or enter it anew."
    return f"Set, fingerprint {known}. Leave blank to keep it." if known else "Not set."


class SecretsForm(PortalForm):
    """A form with `new_<name>` and `clear_<name>` for each secret of its model.

    Attributes:
        secrets: names of the model's secret fields.
    """

    secrets: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.secrets:
            self.fields[f"new_{name}"].help_text = state_of(self.instance, name)

    def clean(self) -> dict[str, Any]:
        """Put what was entered onto the instance."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.secrets:
            entered, clear = cleaned.get(f"new_{name}"), cleaned.get(f"clear_{name}")
            if entered and clear:
                self.add_error(f"clear_{name}", "Either enter a new one or clear it, not both.")
            elif entered or clear:
                setattr(self.instance, name, entered if entered else "")
        return cleaned
