"""A board mapping as plain data, the form in which the sync engine knows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from mappings.catalogue.kind import LINK_FIELD, Kind

# monday keeps an item's name as a column of this id.
NAME_COLUMN = "name"


@dataclass(frozen=True)
class ColumnRule:
    """A column shows a field.

    Attributes:
        labels: value of the field -> label on the board; a value without an entry stands as it is.
    """

    column_id: str
    field: str
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class BoardRule:
    """One active board mapping.

    Attributes:
        companies: legal entities it takes, lower case; empty: all.
        groups: value of `group_field` -> group id.
        trust_keys_s: seconds after `keys_read_at` in which an unknown record is created without looking first.
        keys_read_at: epoch seconds of the last full read of the board's keys, None: never.
    """

    mapping_id: int
    name: str
    account_id: int
    board_id: str
    kind: Kind
    key_column_id: str
    columns: tuple[ColumnRule, ...]
    name_template: str = ""
    companies: frozenset[str] = frozenset()
    group_field: str = ""
    groups: Mapping[str, str] = dataclasses.field(default_factory=dict)
    default_group_id: str = ""
    trust_keys_s: float = 3600.0
    keys_read_at: float | None = None

    def takes(self, company: str) -> bool:
        """Say whether records of this legal entity belong on the board."""
        return not self.companies or company in self.companies

    def fields(self) -> set[str]:
        """Name every field of the record the mapping needs, details dotted."""
        named = (
            {column.field for column in self.columns}
            | {self.group_field}
            | set(template_fields(self.template))
        )
        return named - {"", LINK_FIELD}

    @property
    def template(self) -> str:
        """The item name's template: the mapping's own, else the kind's."""
        return self.name_template or self.kind.name_template


def template_fields(template: str) -> list[str]:
    """List the fields between braces of a name template.

    Args:
        template: for example "{InvoiceId} · {confirmation.TotalConfirmedAmount}".
    """
    return [part.split("}", 1)[0] for part in template.split("{")[1:] if "}" in part]


def fill_template(template: str, texts: Mapping[str, str]) -> str:
    """Put texts between a template's braces; an unknown or empty field leaves nothing behind.

    Done by hand rather than by `str.format`, whose fields can reach into attributes of what they are given.
    """
    head, *parts = template.split("{")
    filled = [head]
    for part in parts:
        name, closed, rest = part.partition("}")
        filled.append(texts.get(name, "") + rest if closed else "{" + part)
    return "".join(filled)


def problems(rule: BoardRule) -> list[str]:
    """Find what is wrong with a mapping by itself, without asking either system; one sentence each."""
    known = set(rule.kind.field_names())
    found = [
        f"{rule.kind.label} has no field {name}; choose one of the catalogue."
        for name in sorted(rule.fields() - known)
    ]
    seen: dict[str, str] = {}
    for column in rule.columns:
        if column.column_id in seen:
            found.append(
                f"Column {column.column_id} is mapped twice, from {seen[column.column_id]} and {column.field}."
            )
        seen[column.column_id] = column.field
    if NAME_COLUMN in seen:
        found.append("The item's name comes from the mapping's name template; no field can be mapped to it.")
    if rule.key_column_id in seen:
        found.append(f"Column {rule.key_column_id} keeps the record's key; no field can be mapped to it.")
    return found
