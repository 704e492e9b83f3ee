"""Why somebody presses a button; it goes into the audit trail."""

from __future__ import annotations

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget


class ReasonForm(BaseDialogForm):  # type: ignore[misc]
    """Asks for a reason, which may stay empty."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="Kept in the audit trail.",
        widget=UnfoldAdminTextInputWidget(),
    )
