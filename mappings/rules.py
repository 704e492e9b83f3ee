"""A board mapping as plain data, the form in which the sync engine knows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.dynamics.model import Plain
from mappings import transforms
from mappings.catalogue.kind import LINK_FIELD, Kind, Record
from mappings.texts import as_text

# monday keeps an item's name as a column of this id.
NAME_COLUMN = "name"


TESTS = ("is", "is_not", "at_least", "at_most")


@dataclass(frozen=True)
class ColumnRule:
    """A column shows a field.

    Attributes:
        labels: value of the field -> label on the board; a value without an entry stands as it is.
        direction: "to_monday", "to_dynamics" or "both".
        owner: who wins when both sides changed: "dynamics", "monday" or "ask".
        transform, argument: a named change of the value on its way to the board; "" for none.
        linked_mapping_id: for a Connect Boards column: the mapping whose items it points at.
    """

    column_id: str
    field: str
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    direction: str = "to_monday"
    owner: str = "dynamics"
    transform: str = ""
    argument: str = ""
    linked_mapping_id: int | None = None


@dataclass(frozen=True)
class Condition:
    """One condition of a mapping's filter.

    Attributes:
        test: "is" (one of the values), "is_not" (none of them), "at_least", "at_most" (one value).
        values: as texts, in the form `mappings.texts.as_text` gives.
    """

    field: str
    test: str
    values: tuple[str, ...]

    def holds(self, record: Mapping[str, Plain]) -> bool:
        """Say whether a record with these values fulfils it; an empty value is neither large nor small."""
        value = record.get(self.field)
        if self.test in ("is", "is_not"):
            return any(_same(value, one) for one in self.values) == (self.test == "is")
        if value is None:
            return False
        bound = self.values[0]
        order = _ordered(value, bound)
        return order >= 0 if self.test == "at_least" else order <= 0


@dataclass(frozen=True)
class BoardRule:
    """One active board mapping.

    Attributes:
        companies: legal entities it takes, lower case; empty: all.
        groups: value of `group_field` -> group id.
        trust_keys_s: seconds after `keys_read_at` in which an unknown record is created without looking first.
        keys_read_at: epoch seconds of the last full read of the board's keys, None: never.
        conditions: all must hold for a record to be on the board.
        predecessor_id: the mapping whose items go on as ours: pending invoices that were posted.
        paused_reason: why it is paused, "" when it is not.
        listens: business events bring records at once; False: only schedules do.
        gone_group_id: where the item goes when its record is gone; "": it stays where it is.
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
    conditions: tuple[Condition, ...] = ()
    predecessor_id: int | None = None
    gone_group_id: str = ""
    paused_reason: str = ""
    listens: bool = True

    def takes(self, company: str) -> bool:
        """Say whether records of this legal entity belong on the board."""
        return not self.companies or company in self.companies

    def wants(self, record: Record) -> bool:
        """Say whether a record belongs on the board: its legal entity, and every condition."""
        return self.takes(record.company) and all(one.holds(record.values) for one in self.conditions)

    def fields(self) -> set[str]:
        """Name every field of the record the mapping needs, details dotted."""
        named = (
            {column.field for column in self.columns}
            | {transforms.field_of(column.transform, column.argument) for column in self.columns}
            | {self.group_field}
            | {condition.field for condition in self.conditions}
            | set(template_fields(self.template))
        )
        return named - {"", LINK_FIELD}

    @property
    def template(self) -> str:
        """The item name's template: the mapping's own, else the kind's."""
        return self.name_template or self.kind.name_template


def conditions_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Read a mapping's filter as it is stored.

    Args:
        stored: [{"field": "CurrencyCode", "is": ["USD", "EUR"]}, {"field": "InvoiceAmount", "at_least": "1000"}].

    Raises:
        ValueError: with a sentence, when it has another form.
    """
    if not isinstance(stored, list):
        raise ValueError("The conditions are a list.")
    return tuple(_condition(one) for one in stored)


def _condition(stored: Any) -> Condition:
    tests = [name for name in TESTS if isinstance(stored, dict) and name in stored]
    if len(tests) != 1 or set(stored) != {"field", tests[0]} or not isinstance(stored["field"], str):
        raise ValueError(
            f"A condition has a field and one of {', '.join(TESTS)}; this one does not: {stored!r}."
        )
    given = stored[tests[0]]
    values = tuple(str(one) for one in given) if isinstance(given, list) else (str(given),)
    if not values or (tests[0].startswith("at_") and len(values) != 1):
        raise ValueError(f"The condition on {stored['field']} needs {'one value' if values else 'a value'}.")
    return Condition(stored["field"], tests[0], values)


def _same(value: Plain, text: str) -> bool:
    # 1000.00 is 1000; but a text of digits is a name: 00000154 is not 154.
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return _ordered(value, text) == 0
    return as_text(value).strip() == text


def _ordered(value: Plain, bound: str) -> int:
    """Compare a value with a bound: numbers as numbers, everything else as text (dates sort as texts too).

    A time compared with a day counts as that day.
    """
    text = as_text(value)
    try:
        left, right = Decimal(text), Decimal(bound)
    except InvalidOperation:
        text = text[: len(bound)] if isinstance(value, datetime) else text
        return (text > bound) - (text < bound)
    return (left > right) - (left < right)


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
    found += [
        f"Column {column.column_id}: {problem}"
        for column in rule.columns
        if (problem := transforms.problem(column.transform, column.argument))
    ]
    found += [
        f"{rule.kind.label}'s {column.field} cannot be written in Dynamics; let column {column.column_id} go to monday only."
        for column in rule.columns
        if column.direction != "to_monday" and not rule.kind.writable(column.field)
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
