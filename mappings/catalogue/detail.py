"""Fields of a record that stand in another entity set: the latest row's own, sums over the rows, and words derived from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.dynamics.model import Entity, Field, Plain, Row


@dataclass(frozen=True)
class Sum:
    """A field that adds up a field of the detail's rows; no rows make 0.

    Attributes:
        of: the field that is added up.
        label: for people.
        only: field -> value; other rows do not count.
    """

    of: str
    label: str = ""
    only: Mapping[str, Plain] = field(default_factory=dict)

    def total(self, rows: Sequence[Row]) -> Decimal:
        """Add up."""
        counted = [
            row for row in rows if all(row.values.get(name) == value for name, value in self.only.items())
        ]
        return sum((Decimal(str(row.values.get(self.of) or 0)) for row in counted), Decimal(0))


@dataclass(frozen=True)
class Derived:
    """A word that a row's fields come to.

    Attributes:
        label: for people.
        cases: (field, word): the first field that holds something, neither empty nor 0, decides.
        otherwise: the word when none does.
    """

    label: str
    cases: tuple[tuple[str, str], ...]
    otherwise: str

    def word(self, row: Row) -> str:
        """Find the word."""
        return next((word for name, word in self.cases if row.values.get(name)), self.otherwise)


@dataclass(frozen=True)
class Detail:
    """Fields of a record that stand in another entity set.

    Attributes:
        name: prefix of its fields, so that `confirmation.TotalConfirmedAmount` names one.
        entity: the other entity set, read only where a mapping uses one of its fields.
        join: field of the detail -> field of the record.
        asked_by: the fields of `join` that are asked for, all of them when empty. Fewer make shorter addresses, hence fewer
            calls; the others are compared afterwards. A record that is empty in one of them has no rows.
        latest_by: of several rows the one with the greatest values here counts.
        sums: instead of that, new field -> what it adds up.
        derive: new field -> the word that the row comes to.
    """

    name: str
    entity: Entity
    join: Mapping[str, str]
    asked_by: tuple[str, ...] = ()
    latest_by: tuple[str, ...] = ()
    sums: Mapping[str, Sum] = field(default_factory=dict)
    derive: Mapping[str, Derived] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a mapping may use, without the prefix: never writable."""
        if self.sums:
            return tuple(
                Field(name, self.entity.field(one.of).type, one.label) for name, one in self.sums.items()
            )
        derived = (Field(name, "Edm.String", one.label) for name, one in self.derive.items())
        return (*self.entity.fields, *derived)

    @property
    def read(self) -> list[str]:
        """The fields of its entity set that have to be read."""
        if not self.sums:
            return list(self.entity.names)
        used = {*self.entity.keys, *self.join}
        used |= {name for one in self.sums.values() for name in (one.of, *one.only)}
        return [name for name in self.entity.names if name in used]

    def criterion(self, record: Row) -> dict[str, Plain]:
        """Say how the rows of one record are asked for; empty when it can have none."""
        found = {name: record.values.get(self.join[name]) for name in self.asked_by or self.join}
        return {} if any(value in (None, "") for value in found.values()) else found

    def values(self, rows: Sequence[Row]) -> dict[str, Plain]:
        """Make the fields of one record from its rows; there are none without a row, but sums are 0."""
        if self.sums:
            return {name: one.total(rows) for name, one in self.sums.items()}
        if not rows:
            return {}
        latest = max(rows, key=lambda row: [_rank(row.values.get(name)) for name in self.latest_by])
        return {**latest.values, **{name: one.word(latest) for name, one in self.derive.items()}}


def _rank(value: Plain) -> tuple[Any, ...]:
    # Confirmations are numbered -1, -2, ... -10: the longer text is the later one.
    if value is None:
        return (0,)
    return (1, len(value), value) if isinstance(value, str) else (1, value)
