"""The form of an event rule: paste a sample, then choose which field of the event names which field of the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from connectors.dynamics.business_events import Malformed, schema_fields
from integration_portal.forms.base import PortalForm
from mappings import catalogue
from mappings.catalogue.kind import Kind
from mappings.models import EventRule

PREFIX = "key_"


def key_names(kind: Kind) -> list[str]:
    """List the fields by which an event may name a record of this kind; its legal entity comes with every event."""
    names = [
        *(name for event in kind.events for name in event.keys),
        *kind.title_fields,
        *kind.entity.keys,
    ]
    return [name for name in dict.fromkeys(names) if name != kind.company_field]


def guessed_keys(kind: Kind, event_type: str, sample: Sequence[str]) -> dict[str, str]:
    """Propose how an event names a record of this kind.

    Args:
        sample: field names of the event; empty when no sample was pasted, then the catalogue's own rule is believed.
    """
    default = next((one for one in kind.events if one.event_type == event_type), None)
    rules: list[Mapping[str, str]] = [default.keys] if default else [one.keys for one in kind.events]
    rules += [{name: name for name in kind.title_fields}]
    for keys in rules:
        if not sample or set(keys.values()) <= set(sample):
            return dict(keys)
    return {name: name for name in key_names(kind) if name in sample}


class EventRuleForm(PortalForm):
    """An event rule; once it is saved, one choice for each key field of its kind."""

    known = ("environment",)

    class Meta:
        model = EventRule
        fields = ("environment", "event_type", "record_kind", "sample")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            self.sample_fields = schema_fields(self._sample()) if self._sample() else ()
        except Malformed:
            self.sample_fields = ()
        for name in [name for name in self.fields if name.startswith(PREFIX)]:
            self.fields[name] = self._key_field(name.removeprefix(PREFIX))

    def clean_event_type(self) -> str:
        return str(self.cleaned_data["event_type"]).strip()

    def clean_sample(self) -> str:
        """Check the sample.

        Raises:
            ValidationError: it is no downloaded schema; the sentence says what is missing.
        """
        sample: str = self.cleaned_data["sample"]
        if sample.strip():
            try:
                schema_fields(sample)
            except Malformed as wrong:
                raise ValidationError(str(wrong)) from wrong
        return sample

    def clean(self) -> dict[str, Any]:
        """Gather the keys: chosen ones, or a proposal for a new rule."""
        cleaned = super().clean() or self.cleaned_data
        chosen = {name: cleaned.get(name, "") for name in self.fields if name.startswith(PREFIX)}
        if chosen and not self.errors:
            keys = {
                name.removeprefix(PREFIX): source.strip() for name, source in chosen.items() if source.strip()
            }
            if not keys:
                self.add_error(None, "Choose at least one field of the event that names the record.")
            self.instance.keys = keys
        elif cleaned.get("record_kind") and not self.instance.pk:
            kind = catalogue.kind(cleaned["record_kind"])
            self.instance.keys = guessed_keys(kind, cleaned.get("event_type", ""), self.sample_fields)
        return cleaned

    def _sample(self) -> str:
        return str(self.data.get(self.add_prefix("sample"), self.instance.sample) or "").strip()

    def _key_field(self, name: str) -> forms.Field:
        """A choice when there is a sample to choose from, else a text."""
        kind = catalogue.KINDS.get(self.instance.record_kind)
        field = kind.field(name) if kind else None
        label = f"{field.label} ({name})" if field and field.label else name
        present = self.instance.keys.get(name, "")
        if not self.sample_fields:
            text = UnfoldAdminTextInputWidget()
            return forms.CharField(label=label, required=False, max_length=150, initial=present, widget=text)
        choices = [("", "Not named by the event"), *((one, one) for one in self.sample_fields)]
        if present and present not in self.sample_fields and not self.is_bound:
            choices.append((present, f"{present} (not in the sample)"))
        select = UnfoldAdminSelectWidget()
        return forms.ChoiceField(label=label, required=False, choices=choices, initial=present, widget=select)


def form_for(rule: EventRule | None) -> type[EventRuleForm]:
    """Make the form class of one rule: a new one has no key fields yet."""
    kind = catalogue.KINDS.get(rule.record_kind) if rule else None
    keys = {f"{PREFIX}{name}": forms.CharField(required=False) for name in (key_names(kind) if kind else ())}
    return type("EventRuleForm", (EventRuleForm,), dict(keys))
