"""What every record kind must keep; each kind's test class inherits it and names its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from connectors.dynamics.model import Entity, Field, Plain, Row
from connectors.dynamics.odata_filter import any_of
from connectors.dynamics.seek import behind, walk_order
from connectors.dynamics.values import decode, literal
from mappings import catalogue
from mappings.catalogue.detail import Detail
from mappings.catalogue.kind import LINK_FIELD, Kind, Record, Stamped, key_values
from mappings.catalogue.listing import entries
from mappings.rules import template_fields
from mappings.translate import Link, field_value

# What Dynamics sends, by type: a value and the ways of saying "empty".
SENT: dict[str, tuple[Any, Plain, tuple[Any, ...]]] = {
    "Edm.String": ("O'Brien 7", "O'Brien 7", ("", None)),
    "Edm.Int32": (30, 30, (None,)),
    "Edm.Int64": (22_565_421_350_000_001, 22_565_421_350_000_001, (None,)),
    "Edm.Decimal": (Decimal("1234.50"), Decimal("1234.50"), (None,)),
    "Edm.DateTimeOffset": (
        "2026-03-02T09:41:07Z",
        datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC),
        ("1900-01-01T00:00:00Z", None),
    ),
    "day": ("2026-03-02T12:00:00Z", date(2026, 3, 2), ("1900-01-01T12:00:00Z", None)),
    "enum": ("Yes", "Yes", ("", None)),
}


def sent(field: Field) -> tuple[Any, Plain, tuple[Any, ...]]:
    """Choose what Dynamics sends for a field."""
    return SENT["day" if field.date_only else "enum" if field.is_enum else field.type]


def row_of(entity: Entity, **values: Plain) -> Row:
    """Make a row with a value in every field."""
    return Row({field.name: sent(field)[1] for field in entity.fields} | values)


class KindContract:
    """Inherit, and fill in.

    Attributes:
        kind: the kind.
    """

    kind: ClassVar[Kind]

    @property
    def known(self) -> Mapping[str, Kind]:
        return catalogue.KINDS

    @property
    def sources(self) -> list[Stamped]:
        return [source for source in self.kind.changes if isinstance(source, Stamped)]

    @property
    def entities(self) -> list[Entity]:
        others = [detail.entity for detail in self.kind.details] + [source.entity for source in self.sources]
        return [self.kind.entity, *others]

    def record(self, **values: Plain) -> Record:
        """Make a record with a value in every field of its own."""
        return self.kind.record(row_of(self.kind.entity, **values))

    def has(self, names: Iterable[str], entity: Entity | None = None) -> None:
        assert set(names) - {""} <= set((entity or self.kind.entity).names)

    def test_it_is_found_by_its_name(self) -> None:
        assert self.known[self.kind.name] is self.kind
        assert self.kind.name.isidentifier()

    def test_people_can_read_what_it_is_called(self) -> None:
        for text in (
            self.kind.label,
            self.kind.label_plural,
            *(one.label for one in self.kind.entity.fields),
        ):
            assert text.strip() == text != ""
        for detail in self.kind.details:
            assert all(field.label for field in detail.fields)

    def test_what_names_a_record_is_among_its_fields(self) -> None:
        kind = self.kind
        self.has([*kind.entity.keys, *kind.title_fields, *kind.natural, kind.company_field])
        assert kind.title_fields
        assert template_fields(kind.name_template)
        assert set(template_fields(kind.name_template)) <= set(kind.field_names()) - {LINK_FIELD}

    def test_no_name_is_given_twice(self) -> None:
        names = self.kind.field_names()
        assert len(names) == len(set(names))
        assert names[-1] == LINK_FIELD
        assert all("." not in name for name in self.kind.entity.names)
        assert all(self.kind.field(name) is not None for name in names[:-1])

    def test_what_others_refer_to_is_among_its_fields(self) -> None:
        kind = self.kind
        self.has([kind.reference, kind.reference_name, kind.within, kind.ends, *kind.suspended])
        assert kind.reference or not (kind.reference_name or kind.within or kind.suspended or kind.ends)

    def test_what_it_refers_to_is_a_kind_that_is_referred_to(self) -> None:
        for name, other in self.kind.refers.items():
            assert self.kind.field(name) is not None
            assert self.known[other].reference

    def test_its_events_name_fields_of_it(self) -> None:
        for event in self.kind.events:
            assert event.keys
            self.has(event.keys)

    def test_its_details_join_on_fields_that_exist_on_both_sides(self) -> None:
        for detail in self.kind.details:
            self.has(detail.join.values())
            self.has([*detail.join, *detail.latest_by, *detail.read], detail.entity)
            assert set(detail.asked_by) <= set(detail.join)
            assert detail.join

    def test_a_detail_says_which_of_several_rows_counts_or_adds_them_up(self) -> None:
        for detail in self.kind.details:
            assert bool(detail.sums) != bool(detail.latest_by)
            assert not (detail.sums and detail.derive)
            for one in detail.sums.values():
                self.has([one.of, *one.only], detail.entity)
                assert detail.entity.field(one.of).type == "Edm.Decimal"
            for derived in detail.derive.values():
                self.has([name for name, _word in derived.cases], detail.entity)

    def test_its_details_can_be_asked_for(self) -> None:
        for detail in self.kind.details:
            criterion = detail.criterion(row_of(self.kind.entity))
            [expression] = any_of(detail.entity, [criterion], 2000)
            assert all(f"{name} eq " in expression for name in detail.asked_by or detail.join)

    def test_a_detail_has_a_value_for_each_of_its_fields_from_one_row(self) -> None:
        for detail in self.kind.details:
            assert set(detail.values([row_of(detail.entity)])) == {field.name for field in detail.fields}

    def test_only_what_dynamics_lets_change_is_writable(self) -> None:
        entity = self.kind.entity
        writable = {field.name for field in entity.fields if field.writable}
        assert not writable & {*entity.keys, self.kind.company_field}
        assert not any(field.writable for other in self.entities[1:] for field in other.fields)
        assert not any(self.kind.writable(name) for name in (*self._dotted(), LINK_FIELD))
        if entity.entity_set.lower().endswith("bientities"):
            assert not writable
        if "Journal" in entity.entity_set:
            assert writable <= {"Description"}

    def _dotted(self) -> list[str]:
        return [name for name in self.kind.field_names() if "." in name]

    def test_a_record_that_is_read_only_has_no_writable_field(self) -> None:
        if self.kind.read_only_when is None:
            return
        name, value = self.kind.read_only_when
        self.has([name])
        assert name in self.kind.always_read
        assert not any(self.record(**{name: value}).writable(one) for one in self.kind.field_names())

    def test_changes_are_found_by_a_moment_that_exists(self) -> None:
        assert self.kind.changes
        for source in self.sources:
            stamp = source.entity.field(source.stamp)
            assert stamp.type == "Edm.DateTimeOffset"
            assert not stamp.date_only

    def test_a_change_names_its_record(self) -> None:
        for source in self.sources:
            self.has(source.keys)
            self.has(source.keys.values(), source.entity)
            assert source.keys
            # A change found elsewhere leads to its record by whatever both have; by the key where it is all in one place.
            if source.entity is self.kind.entity:
                assert set(source.keys) == set(self.kind.entity.keys)

    def test_it_can_be_walked_over_from_any_place(self) -> None:
        for entity, by in [
            (self.kind.entity, ()),
            *((detail.entity, ()) for detail in self.kind.details),
            *((source.entity, (source.stamp,)) for source in self.sources),
        ]:
            order = walk_order(entity, by)
            assert behind(entity, order, [row_of(entity).values[name] for name in order])  # type: ignore[arg-type]

    def test_every_field_is_read_and_compared(self) -> None:
        for field in {field for entity in self.entities for field in entity.fields}:
            raw, value, empty = sent(field)
            assert decode(field, raw) == value
            assert literal(field, value)
            assert all(decode(field, nothing) is None for nothing in empty)

    def test_a_record_keeps_its_key_whatever_the_case_of_its_company(self) -> None:
        if self.kind.company_field in self.kind.entity.keys[:1]:
            name = self.kind.company_field
            assert self.record(**{name: "USMF"}).key == self.record(**{name: "usmf"}).key
        assert self.record().key == self.record().key

    def test_a_record_with_another_key_is_another_record(self) -> None:
        for name in self.kind.entity.keys:
            field = self.kind.entity.field(name)
            other: Plain = "Other" if field.type == "Edm.String" else 5
            assert self.record(**{name: other}).key != self.record().key

    def test_its_key_can_be_taken_apart_to_look_the_record_up(self) -> None:
        record = self.record(**{name: "A/b %2F" for name in self.kind.entity.keys[1:] if self._is_text(name)})
        for name, value in key_values(self.kind, record.key).items():
            expected = record.values[name]
            assert literal(self.kind.entity.field(name), value)
            assert value == expected or str(value) == str(expected).lower()

    def _is_text(self, name: str) -> bool:
        assert self.kind.entity.field(name).type in ("Edm.String", "Edm.Int32", "Edm.Int64")
        return self.kind.entity.field(name).type == "Edm.String"

    def test_its_title_and_its_link_say_which_record_it_is(self) -> None:
        record = self.record()
        assert record.title.startswith(f"{self.kind.label} ")
        assert "?" not in record.title
        link = field_value(LINK_FIELD, record, "https://contoso.operations.dynamics.com")
        assert isinstance(link, Link)
        assert link.url.endswith(f"mi={self.kind.menu_item}")
        assert self.kind.menu_item.isidentifier()

    def test_it_is_listed_as_data(self) -> None:
        listed = {entry["kind"]: entry for entry in entries([self.kind])}
        assert list(listed) == [
            self.kind.name,
            *(f"{self.kind.name}.{one.name}" for one in self.kind.details),
        ]
        assert json.loads(json.dumps(listed)) == listed
        for entry, entity in zip(listed.values(), self.entities, strict=False):
            assert entry["entity_set"] == entity.entity_set
            assert entry["keys"] == list(entity.keys)
            assert [one["name"] for one in entry["fields"]] == list(entity.names)


def detail_of(kind: Kind, name: str) -> Detail:
    """Find a detail that is there."""
    found = kind.detail(name)
    assert found is not None
    return found
