"""The words in which Dynamics is spoken of: entities with typed fields, rows of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Plain = str | int | Decimal | date | datetime | bool | None


@dataclass(frozen=True)
class Field:
    """One property of an entity.

    Attributes:
        name: as in `$metadata`, case-sensitive.
        type: "Edm.String", "Edm.Int64", "Edm.Int32", "Edm.Decimal", "Edm.DateTimeOffset", "Edm.Guid",
            "Edm.Boolean", or the bare name of an enum, e.g. "NoYes".
        label: for people.
        writable: a value may be written back.
        date_only: an Edm.DateTimeOffset that holds a calendar day, which Dynamics writes as noon UTC.
    """

    name: str
    type: str
    label: str = ""
    writable: bool = False
    date_only: bool = False

    @property
    def is_enum(self) -> bool:
        return not self.type.startswith("Edm.")


@dataclass(frozen=True)
class Entity:
    """One entity set.

    Attributes:
        entity_set: the name in the address, case-sensitive, e.g. "VendorsV2".
        keys: names of the key fields, in the order of `$metadata`.
        fields: every field that may be read; the keys are among them.
    """

    entity_set: str
    keys: tuple[str, ...]
    fields: tuple[Field, ...]
    _by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {each.name: each for each in self.fields}
        if len(by_name) != len(self.fields):
            raise ValueError(f"{self.entity_set} lists a field twice.")
        strangers = [key for key in self.keys if key not in by_name]
        if strangers or not self.keys:
            raise ValueError(
                f"{self.entity_set} needs key fields that are among its fields; unknown: {strangers}."
            )
        object.__setattr__(self, "_by_name", by_name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def field(self, name: str) -> Field:
        """Raises KeyError, with a sentence, for a name the entity does not have."""
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError(f"{self.entity_set} has no field {name!r}.") from None


@dataclass(frozen=True)
class Row:
    """One record: the fields asked for, always the keys, and the etag that changes when the record does."""

    values: Mapping[str, Plain]
    etag: str = ""


@dataclass(frozen=True)
class Ping:
    """What a working connection shows.

    Attributes:
        version: application version, e.g. "10.0.43", "" when the user may not ask for it.
        default_company: the mapped user's own company, "" when it cannot be told.
        companies: legal entities that can be seen, lower case.
    """

    version: str
    default_company: str
    companies: tuple[str, ...]
