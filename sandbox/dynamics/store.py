"""Rows in memory: by record id, by key, and by any field somebody asked for."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.dynamics.model import EntitySet


def normal(value: Any) -> Any:
    """Return a value as the database compares it: upper and lower case alike, trailing blanks ignored."""
    return value.casefold().rstrip(" ") if isinstance(value, str) else value


class Row:
    """One record: its values in field order, its record id and its record version."""

    __slots__ = ("rec_id", "values", "version")

    def __init__(self, values: list[Any], rec_id: int) -> None:
        self.values = values
        self.rec_id = rec_id
        self.version = 1

    @property
    def etag(self) -> str:
        """A weak etag; its base64 text decodes to 'recVersion,recId'."""
        raw = f"'{self.version},{self.rec_id}'".encode()
        return f'W/"{base64.b64encode(raw).decode()}"'


class Table:
    """All rows of one entity set. Not locked here: the world's lock guards every use."""

    def __init__(self, entity_set: EntitySet) -> None:
        self.entity_set = entity_set
        self.rows: dict[int, Row] = {}
        self.generation = 0  # counts changes; cached query results carry it
        self._empty = [field.empty for field in entity_set.fields]
        self._key_places = [entity_set.by_name[key].index for key in entity_set.keys]
        self._by_key: dict[tuple[Any, ...], Row] = {}
        self._indexes: dict[int, dict[Any, dict[int, Row]]] = {}

    def add(self, values: Mapping[str, Any], rec_id: int) -> Row:
        """Add a record; fields not named stay empty. Raises KeyError when the key exists already."""
        held = self._empty.copy()
        fields = self.entity_set.by_name
        for name, value in values.items():
            held[fields[name].index] = value
        row = Row(held, rec_id)
        key = self._key(held)
        if key in self._by_key:
            raise KeyError(key)
        self._by_key[key] = row
        self.rows[rec_id] = row
        for place, index in self._indexes.items():
            index.setdefault(normal(held[place]), {})[rec_id] = row
        self.generation += 1
        return row

    def copy(self) -> Table:
        """Return an independent copy; rows' value lists are shared, since nobody changes one in place."""
        twin = Table(self.entity_set)
        for rec_id, row in self.rows.items():
            copied = Row(row.values, rec_id)
            copied.version = row.version
            twin.rows[rec_id] = copied
            twin._by_key[self._key(row.values)] = copied
        twin.generation = self.generation + 1
        return twin

    def get(self, key: Mapping[str, Any]) -> Row | None:
        """Return the record with this complete key."""
        return self._by_key.get(tuple(normal(key[name]) for name in self.entity_set.keys))

    def differs(self, row: Row, values: Mapping[str, Any]) -> bool:
        """Say whether any of these values (keys aside) differs from what the record holds."""
        fields = self.entity_set.by_name
        return any(
            row.values[fields[name].index] != value for name, value in values.items() if not fields[name].key
        )

    def change(self, row: Row, values: Mapping[str, Any]) -> None:
        """Set fields of a record; its version moves. Key fields are left alone."""
        row.version = (row.version * 1_103_515_245 + 12_345) % 2_147_483_648  # it jumps, it does not count
        held = row.values.copy()  # readers outside the lock keep the old list
        fields = self.entity_set.by_name
        for name, value in values.items():
            if not fields[name].key:
                held[fields[name].index] = value
        if "SysRecVersion" in fields:
            held[fields["SysRecVersion"].index] = row.version
        for place, index in self._indexes.items():
            old, new = normal(row.values[place]), normal(held[place])
            if old != new:
                index[old].pop(row.rec_id, None)
                index.setdefault(new, {})[row.rec_id] = row
        row.values = held
        self.generation += 1

    def remove(self, row: Row) -> None:
        """Delete a record."""
        self.rows.pop(row.rec_id, None)
        self._by_key.pop(self._key(row.values), None)
        for place, index in self._indexes.items():
            index.get(normal(row.values[place]), {}).pop(row.rec_id, None)
        self.generation += 1

    def index(self, place: int) -> dict[Any, dict[int, Row]]:
        """Return the index over one field, built when first asked for."""
        found = self._indexes.get(place)
        if found is None:
            found = {}
            for rec_id, row in self.rows.items():
                found.setdefault(normal(row.values[place]), {})[rec_id] = row
            self._indexes[place] = found
        return found

    def find(self, **values: Any) -> list[Row]:
        """Return the records whose fields equal all given values, oldest first."""
        fields = self.entity_set.by_name
        wanted = [(fields[name].index, normal(value)) for name, value in values.items()]
        buckets = [self.index(place).get(value, {}) for place, value in wanted]
        smallest = min(buckets, key=len)
        return [
            row
            for row in smallest.values()
            if all(normal(row.values[place]) == value for place, value in wanted)
        ]

    def as_dict(self, row: Row) -> dict[str, Any]:
        """Return a record's values by name."""
        return dict(zip(self.entity_set.names, row.values, strict=True))

    def key_of(self, row: Row) -> dict[str, Any]:
        """Return a record's key by name."""
        return {
            name: row.values[place]
            for name, place in zip(self.entity_set.keys, self._key_places, strict=True)
        }

    def all(self) -> Iterable[Row]:
        """Return every record, oldest first."""
        return self.rows.values()

    def _key(self, values: list[Any]) -> tuple[Any, ...]:
        return tuple(normal(values[place]) for place in self._key_places)
