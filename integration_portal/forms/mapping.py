"""Forms of a board mapping."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget

from integration_portal.forms.base import PortalForm
from integration_portal.forms.conditions import ConditionsField
from integration_portal.forms.pairs import PairsField
from mappings import catalogue, store, timetable
from mappings.catalogue.kind import LINK_FIELD, Kind
from mappings.models import BoardMapping, ColumnMapping, ValueMap
from mappings.rules import BoardRule, ColumnRule, conditions_of, problems
from mappings.surroundings import misfits

# Ids of the lists of proposals on the page, made of the board as last read.
COLUMN_LIST = "board-columns"
GROUP_LIST = "board-groups"


class MappingForm(PortalForm):
    """A board mapping. Its tenant is that of its environment."""

    known = ("tenant",)
    conditions = ConditionsField(
        label="Only records where",
        help_text="One condition a line; all must hold. is and is_not take several values, at_least and at_most take one.",
    )

    class Meta:
        model = BoardMapping
        fields = ("name", "environment", "account", "record_kind", "board_id", "key_column_id")
        labels = {
            "account": "monday account",
            "board_id": "Board ID",
            "key_column_id": "Key column ID",
            "default_group_id": "Group of all others (ID)",
            "trust_keys_minutes": "Trust the keys read (minutes)",
            "listens": "By events",
            "every_minutes": "Every so many minutes",
            "cron": "At these times (cron, UTC)",
            "sweep_hours": "Look for records that are gone every (hours)",
            "gone_group_id": "Group of records that are gone (ID)",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conditions = self.fields.get("conditions")
        if isinstance(conditions, ConditionsField):
            conditions.kind = catalogue.KINDS.get(self.instance.record_kind)

    def clean_every_minutes(self) -> int | None:
        """Refuse a schedule that never rests.

        Raises:
            ValidationError: it is 0.
        """
        minutes: int | None = self.cleaned_data["every_minutes"]
        if minutes == 0:
            raise ValidationError("Give 1 minute or more, or leave it empty for no such schedule.")
        return minutes

    def clean_cron(self) -> str:
        """Refuse what is no time table.

        Raises:
            ValidationError: it is not.
        """
        text = " ".join(self.cleaned_data["cron"].split())
        problem = timetable.problem(text) if text else ""
        if problem:
            raise ValidationError(problem)
        return text

    def clean(self) -> dict[str, Any]:
        """Take the tenant from the environment, so that the model can compare it with the account's.

        Raises:
            ValidationError: it has two schedules, or goes on with the items of another board.
        """
        cleaned = super().clean() or self.cleaned_data
        environment = cleaned.get("environment")
        if environment and not self.instance.tenant_id:
            self.instance.tenant_id = environment.tenant_id
        if cleaned.get("every_minutes") and cleaned.get("cron"):
            self.add_error("cron", "Choose one schedule: either every so many minutes, or at these times.")
        before: BoardMapping | None = cleaned.get("predecessor")
        account_id = cleaned["account"].pk if cleaned.get("account") else self.instance.account_id
        board_id = cleaned.get("board_id", self.instance.board_id)
        if before and (before.account_id, before.board_id) != (account_id, board_id):
            self.add_error("predecessor", "Items go on only within one board; this mapping has another one.")
        return cleaned


class ColumnForm(forms.ModelForm):  # type: ignore[type-arg]
    """A column, with its labels."""

    labels = PairsField(label="Labels")

    class Meta:
        model = ColumnMapping
        fields = (
            "column_id",
            "field",
            "direction",
            "owner",
            "transform",
            "argument",
            "linked_mapping",
            "position",
        )
        labels = {"column_id": "Column ID", "linked_mapping": "Points at items of"}

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
        return [column_rule(form.instance) for form in kept]


def column_rule(column: ColumnMapping) -> ColumnRule:
    """Take a column as it stands in a form or in the database, without its labels: nothing is wrong with those by themselves."""
    return ColumnRule(
        column.column_id,
        column.field,
        direction=column.direction,
        owner=column.owner,
        transform=column.transform,
        argument=column.argument,
        linked_mapping_id=column.linked_mapping_id,
    )


def mapping_problems(mapping: BoardMapping, columns: list[ColumnRule]) -> list[str]:
    """Judge a mapping as it stands in a form, saved or not; one sentence for each problem."""
    kind = catalogue.KINDS.get(mapping.record_kind)
    if kind is None:
        return [f"The record kind {mapping.record_kind!r} is not in the catalogue."]
    try:
        conditions = conditions_of(mapping.conditions)
    except ValueError as problem:
        return [f"The filter cannot be read. {problem}"]
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
        conditions=conditions,
        predecessor_id=mapping.predecessor_id,
        gone_group_id=mapping.gone_group_id,
    )
    kept = store.snapshot(mapping.account_id, mapping.board_id)
    return [*problems(rule), *misfits(rule, _kinds_named_by(rule), kept[0] if kept else None)]


def _kinds_named_by(rule: BoardRule) -> dict[int, Kind]:
    """Find the kinds of the other mappings a mapping names; those whose kind is gone from the catalogue are left out."""
    named = (rule.predecessor_id, *(one.linked_mapping_id for one in rule.columns))
    rows = BoardMapping.objects.filter(pk__in=[pk for pk in named if pk is not None]).values_list(
        "pk", "record_kind"
    )
    return {pk: catalogue.KINDS[name] for pk, name in rows if name in catalogue.KINDS}
