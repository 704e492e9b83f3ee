"""What a record kind is: a declaration, no behaviour beyond naming its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.dynamics.model import Entity, Field, Plain, Row
from mappings.catalogue.detail import Detail

LINK_FIELD = "@link"


@dataclass(frozen=True)
class Stamped:
    """Changes are found by a time stamp, in the record's own entity set or in one that stands for the same table.

    Attributes:
        entity: where the stamp is; the kind's own entity when it has one.
        stamp: its field, e.g. "SysModifiedDateTime".
        keys: field of the record -> field of `entity`, enough to find the record.
        filter: leaves out rows that cannot name a record, in OData; "" for none.
    """

    entity: Entity
    stamp: str
    keys: Mapping[str, str]
    filter: str = ""


@dataclass(frozen=True)
class Swept:
    """No stamp exists: every record is read and compared with what was agreed.

    Attributes:
        filter: narrows the sweep to what can still change, in OData; "" for all.
    """

    filter: str = ""


@dataclass(frozen=True)
class EventDefault:
    """A business event the kind listens to without configuration.

    Attributes:
        event_type: BusinessEventId.
        keys: field of the record -> field of the event; the company is added by itself.
        verified: True when the names were seen in a real payload, False when they are a documented guess an operator may
            have to correct with the environment's own "Download schema".
    """

    event_type: str
    keys: Mapping[str, str]
    verified: bool


@dataclass(frozen=True)
class EventKeys:
    """How an event names its record.

    Attributes:
        kind: record kind.
        keys: field of the record -> field of the event.
        needs_company: records of this kind live inside a legal entity.
    """

    kind: str
    keys: Mapping[str, str]
    needs_company: bool = True


@dataclass(frozen=True)
class Kind:
    """A catalogue entry: one kind of Dynamics record.

    Attributes:
        name: used in data and code, e.g. "purchase_order".
        company_field: the field that holds the legal entity, "" for global records.
        menu_item: the Dynamics form the link back opens.
        name_template: item name when a mapping gives none.
        title_fields: what people call the record by, for the audit trail and errors.
        changes: how a schedule finds what changed; each source on its own is asked.
        natural: fields that name the thing behind the record for life, also when it changes its entity set: a pending invoice and
            the posted one it becomes have the same.
        reference: the field whose values other records refer to (a vendor's account), "" for kinds nobody refers to.
        reference_name: the field that names such a value for people.
        within: the field of the set a value belongs to where one value may stand in several (a dimension's name), "" for none.
        suspended: field -> its values that take a record out of use: {"IsSuspended": ("Yes",)}.
        ends: the date field after which a record is out of use, "" for none.
        refers: field -> name of the kind whose reference it holds: {"PaymentTermsName": "payment_terms"}.
        read_only_when: (field, value): a record that has it can be written in no field, whatever its fields say.
    """

    name: str
    label: str
    label_plural: str
    entity: Entity
    company_field: str
    menu_item: str
    name_template: str
    title_fields: tuple[str, ...]
    details: tuple[Detail, ...] = ()
    events: tuple[EventDefault, ...] = ()
    changes: tuple[Stamped | Swept, ...] = (Swept(),)
    natural: tuple[str, ...] = ()
    reference: str = ""
    reference_name: str = ""
    within: str = ""
    suspended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ends: str = ""
    refers: Mapping[str, str] = field(default_factory=dict)
    read_only_when: tuple[str, str] | None = None
    notes: str = ""

    def field(self, name: str) -> Field | None:
        """Find a field of the record or, by its dotted name, of a detail."""
        prefix, dot, rest = name.partition(".")
        if not dot:
            return next((one for one in self.entity.fields if one.name == name), None)
        detail = self.detail(prefix)
        return next((one for one in detail.fields if one.name == rest), None) if detail else None

    def writable(self, name: str) -> bool:
        """Say whether a field may be written in Dynamics, as far as the kind alone decides it."""
        found = self.field(name)
        return found is not None and found.writable and "." not in name

    def detail(self, name: str) -> Detail | None:
        """Find a detail by its name."""
        return next((one for one in self.details if one.name == name), None)

    def field_names(self) -> list[str]:
        """List every name a mapping may use, details dotted."""
        return [
            *(one.name for one in self.entity.fields),
            *(f"{detail.name}.{one.name}" for detail in self.details for one in detail.fields),
            LINK_FIELD,
        ]

    @property
    def always_read(self) -> set[str]:
        """The fields without which a record cannot be named or judged, whatever a mapping uses."""
        read_only = self.read_only_when[:1] if self.read_only_when else ()
        return {*self.entity.keys, *self.title_fields, *self.natural, *read_only, self.company_field} - {""}

    def record(self, row: Row, details: Mapping[str, Mapping[str, Plain]] | None = None) -> Record:
        """Name a row that was read, and put its details' fields beside its own, dotted."""
        values: dict[str, Plain] = dict(row.values)
        for prefix, detail in (details or {}).items():
            values |= {f"{prefix}.{name}": value for name, value in detail.items()}
        return Record(kind=self, values=values, etag=row.etag)


@dataclass(frozen=True)
class Record:
    """One Dynamics record, in plain values."""

    kind: Kind
    values: Mapping[str, Plain]
    etag: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """The record's key in one text, e.g. "usmf/00000154"; the same record always has the same."""
        return record_key([self.values.get(name) for name in self.kind.entity.keys])

    @property
    def company(self) -> str:
        """The legal entity, lower case; "" for global records."""
        return str(self.values.get(self.kind.company_field) or "").lower()

    @property
    def natural(self) -> str:
        """What names the thing behind the record for life; "" when its kind has no such name or a part is empty.

        Invoice numbers come with blanks and invisible characters at their ends, in either case: they do not count.
        """
        parts = [_bare(str(self.values.get(name) or "")) for name in self.kind.natural]
        return "|".join(parts) if parts and all(parts) else ""

    def writable(self, name: str) -> bool:
        """Say whether a field of this very record may be written in Dynamics."""
        locked = self.kind.read_only_when
        return self.kind.writable(name) and (locked is None or self.values.get(locked[0]) != locked[1])

    @property
    def title(self) -> str:
        """What people call it, e.g. "Posted vendor invoice INV-88412 of US-104 in usmf"."""
        names = " of ".join(str(self.values.get(name) or "?").strip() for name in self.kind.title_fields)
        return f"{self.kind.label} {names}" + (f" in {self.company}" if self.company else "")


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isprintable()).strip().casefold()


def record_key(parts: Sequence[Plain]) -> str:
    """Join key parts unambiguously: "/" inside a part is escaped, the company (first part) is lower case.

    Blanks at the end of a part are left out: Dynamics does not see them when it compares, and monday does not keep them.
    """
    texts = [
        str("" if part is None else part).rstrip().replace("%", "%25").replace("/", "%2F") for part in parts
    ]
    return "/".join([texts[0].lower(), *texts[1:]])


def key_values(kind: Kind, key: str) -> dict[str, Plain]:
    """Take a record's key apart again, as `record_key` joined it."""
    values: dict[str, Plain] = {}
    for name, part in zip(kind.entity.keys, key.split("/"), strict=True):
        text = part.replace("%2F", "/").replace("%25", "%")
        values[name] = int(text) if kind.entity.field(name).type in ("Edm.Int32", "Edm.Int64") else text
    return values
