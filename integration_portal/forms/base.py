"""What the forms of the admin have in common."""

from __future__ import annotations

from typing import Any

from django import forms


class PortalForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A form that checks uniqueness also against fields it does not show.

    Django leaves a unique constraint unchecked when one of its fields is read-only on the page, and the database then answers
    with an error page instead of a sentence.

    Attributes:
        known: foreign keys that may have a value without being on the page.
    """

    known: tuple[str, ...] = ()

    def _get_validation_exclusions(self) -> set[str]:
        excluded: Any = super()._get_validation_exclusions()  # type: ignore[misc]
        return {
            name for name in excluded if not (name in self.known and getattr(self.instance, f"{name}_id"))
        }
