"""Forms of a board mapping."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget

from integration_portal.forms.base import PortalForm
from integration_portal.forms.pairs import PairsField
from mappings import catalogue
from mappings.catalogue.kind import LINK_FIELD, Kind
from mappings.models import BoardMapping, ColumnMapping, ValueMap
from mappings.rules import BoardRule, ColumnRule, problems

# Ids of the lists of proposals on the page, made of the board as last read.
COLUMN_LIST = "board-columns"
GROUP_LIST = "board-groups"


class MappingForm(PortalForm):
    """A board mapping. Its tenant is that of its environment."""

    known = ("tenant",)

    class Meta:
        model = BoardMapping
        fields = ("name", "environment", "account", "record_kind", "board_id", "key_column_id")
        labels = {
            "account": "monday account",
            "board_id": "Board ID",
            "key_column_id": "Key column ID",
            "default_group_id": "Group of all others (ID)",
            "trust_keys_minutes": "Trust the keys read (minutes)",
        }

    def clean(self) -> dict[str, Any]:
        """Take the tenant from the environment, so that the model can compare it with the account's."""
        cleaned = super().clean() or self.cleaned_data
        environment = cleaned.get("environment")
        if environment and not self.instance.tenant_id:
            self.instance.tenant_id = environment.tenant_id
        return cleaned


class ColumnForm(forms.ModelForm):  # type: ignore[type-arg]
    """A column, with its labels."""

    labels = PairsField(label="Labels")

    class Meta:
        model = ColumnMapping
        fields = ("column_id", "field", "position")
        labels = {"column_id": "Column ID"}

    def __init__(self, *args: Any, kind: Kind | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["labels"].initial = {pair.value: pair.label for pair in self.instance.values.all()}
        self.fields["column_id"].widget.attrs["list"] = COLUMN_LIST
        if kind and "field" in self.fields:
            self.fields["field"] = field_choice(kind, self.instance.field)

    def save(self, commit: bool = True) -> ColumnMapping:
        """Save the column, and its labels as rows."""
        column: ColumnMapping = super().save(commit=commit)
        if commit and "labels" in self.changed_data:
            column.values.all().delete()
            ValueMap.objects.bulk_create(
                ValueMap(column=column, value=value, label=label)
                for value, label in self.cleaned_data["labels"].items()
            )
        return column


def field_choice(kind: Kind, present: str) -> forms.ChoiceField:
    """Make a choice of the kind's fields.

    Args:
        present: the stored one; offered also when the catalogue no longer knows it, so that it is seen and mended.
    """
    choices = [("", "Choose a field"), *((name, field_label(kind, name)) for name in kind.field_names())]
    if present and present not in kind.field_names():
        choices.append((present, f"{present} (not in the catalogue)"))
    return forms.ChoiceField(label="Field", choices=choices, widget=UnfoldAdminSelectWidget)


def field_label(kind: Kind, name: str) -> str:
    """Say in words what a field is, for example "Invoice date (InvoiceDate)"."""
    if name == LINK_FIELD:
        return f"Link back to Dynamics ({LINK_FIELD})"
    field = kind.field(name)
    return f"{field.label} ({name})" if field and field.label else name


class ColumnFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """The columns of a mapping. An active mapping must have no problem, so all of it is judged here, before anything is saved."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        name = self.instance.record_kind
        return {**super().get_form_kwargs(index), "kind": catalogue.KINDS.get(name)}

    def clean(self) -> None:
        """Refuse to switch a mapping on that has problems.

        Raises:
            ValidationError: one sentence for each problem.
        """
        BaseInlineFormSet.clean(self)
        if self.instance.active and not any(self.errors):
            found = mapping_problems(self.instance, self._columns())
            if found:
                raise ValidationError(["This mapping cannot be active yet:", *found])

    def _columns(self) -> list[ColumnRule]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [ColumnRule(form.cleaned_data["column_id"], form.cleaned_data["field"]) for form in kept]


def mapping_problems(mapping: BoardMapping, columns: list[ColumnRule]) -> list[str]:
    """Judge a mapping as it stands in a form, saved or not; one sentence for each problem."""
    kind = catalogue.KINDS.get(mapping.record_kind)
    if kind is None:
        return [f"The record kind {mapping.record_kind!r} is not in the catalogue."]
    rule = BoardRule(
        mapping_id=mapping.pk or 0,
        name=mapping.name,
        account_id=mapping.account_id,
        board_id=mapping.board_id,
        kind=kind,
        key_column_id=mapping.key_column_id,
        columns=tuple(columns),
        name_template=mapping.name_template,
        group_field=mapping.group_field,
    )
    return problems(rule)
