"""The memory of the imitated Finance & Operations environment: its rows, users, settings and endpoints."""

from __future__ import annotations

import gc
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sandbox.dynamics import data
from sandbox.dynamics.mirrors import MIRRORS
from sandbox.dynamics.model import EntitySet, entity_sets
from sandbox.dynamics.outbox import Outbox
from sandbox.dynamics.store import Row, Table
from sandbox.dynamics.values import moment

if TYPE_CHECKING:
    from sandbox.core import Sandbox

FIRST_REC_ID = 5_637_144_576  # where record ids of a new environment begin


@dataclass
class Settings:
    """What an administrator could set, or what differs from one environment to the next."""

    version: str = "10.0.43"
    page_size: int = 10_000
    default_company: str = "usmf"  # of the service user the app registration is mapped to
    companies: list[str] = field(default_factory=lambda: ["usmf", "demf"])  # the service user may access
    denied_sets: list[str] = field(default_factory=list)  # sets the service user has no privilege for: 403
    denied_writes: list[str] = field(default_factory=list)  # sets it may read but not change: 403
    event_tries: int = 3
    event_wait_s: float = 1.0
    event_timeout_s: float = 10.0

    def update(self, values: Mapping[str, Any]) -> None:
        """Change settings by name; raises ValueError with a sentence for an unknown name."""
        unknown = sorted(set(values) - {entry.name for entry in fields(self)})
        if unknown:
            raise ValueError(f"There is no Dynamics setting called {', '.join(unknown)}.")
        for name, value in values.items():
            setattr(self, name, value)


class DynamicsWorld:
    """All entity sets with their rows. Every method takes the lock itself unless it says otherwise."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.lock = threading.RLock()
        self.outbox = Outbox(self)
        self._seeded: tuple[dict[str, Table], int] | None = None  # what a reset goes back to
        self.reset()

    def reset(self) -> None:
        """Put the seeded data and the standard settings back; forget endpoints and events."""
        with self.lock:
            self.settings = Settings()
            self.rng = random.Random(f"{self.sandbox.seed}/dynamics")
            self.cache: dict[Any, Any] = {}
            self.outbox.reset()
            if self._seeded is None:
                self._seed()
            else:
                seeded, self._next_rec_id = self._seeded
                self.tables = {name: table.copy() for name, table in seeded.items()}

    def _seed(self) -> None:
        self.tables = {name: Table(found) for name, found in entity_sets().items()}
        self._next_rec_id = FIRST_REC_ID
        with _no_collector():
            data.seed(self, random.Random(f"{self.sandbox.seed}/data"), self.sandbox.scale)
        if self.sandbox.scale == 1:  # a big world is made anew instead of being kept twice
            kept = {name: table.copy() for name, table in self.tables.items()}
            self._seeded = kept, self._next_rec_id

    def table(self, name: str) -> Table:
        """Return the rows of an entity set; KeyError when there is no such set. Use it under the lock."""
        return self.tables[name]

    def now(self) -> str:
        """The sandbox's time as the service writes moments."""
        return moment(self.sandbox.clock.utc())

    def rec_id(self) -> int:
        """Hand out the next record id (under the lock)."""
        self._next_rec_id += 1
        return self._next_rec_id

    def insert(
        self, name: str, values: Mapping[str, Any], *, stamp: str | None = None, rec_id: int | None = None
    ) -> Row:
        """Add a record and its BI twin; raises KeyError when the key exists already.

        Args:
            name: the entity set.
            values: the fields; the others stay empty.
            stamp: the moment it was made; the sandbox's time when None.
            rec_id: its record id; the next free one when None.
        """
        with self.lock:
            table = self.tables[name]
            number = rec_id if rec_id is not None else self.rec_id()
            system = self._system_values(table.entity_set, number, stamp or self.now())
            company = {"SysDataAreaId": values["dataAreaId"]} if "SysDataAreaId" in system else {}
            row = table.add({**system, **company, **values}, number)
            mirror = MIRRORS.get(name)
            if mirror is not None:
                self.insert(
                    mirror.entity_set,
                    {**mirror.values(table.as_dict(row)), "SourceKey": number},
                    stamp=stamp,
                )
            return row

    def change(self, name: str, row: Row, values: Mapping[str, Any]) -> bool:
        """Change fields of a record as a user would: the etag and the stamps move, the BI twin follows."""
        with self.lock:
            table = self.tables[name]
            if not table.differs(row, values):
                return False
            before = table.as_dict(row)
            stamps = self._stamps(table.entity_set)
            table.change(row, {**values, **stamps})
            for twin in self._twins(name, before):
                mirror = MIRRORS[name]
                twin_table = self.tables[mirror.entity_set]
                stamps = self._stamps(twin_table.entity_set)
                twin_table.change(twin, {**mirror.values(table.as_dict(row)), **stamps})
            return True

    def remove(self, name: str, row: Row) -> None:
        """Delete a record and its BI twin."""
        with self.lock:
            table = self.tables[name]
            for twin in self._twins(name, table.as_dict(row)):
                self.tables[MIRRORS[name].entity_set].remove(twin)
            table.remove(row)

    def visible_companies(self, cross_company: bool) -> list[str]:
        """Return whose rows the service user sees: its default company, or with cross-company all it may."""
        settings = self.settings
        return settings.companies if cross_company else [settings.default_company]

    def state(self, entity_set: str | None = None) -> list[dict[str, Any]] | dict[str, Any]:
        """Return the raw rows: a list for one set, {name: rows} for all; KeyError for an unknown set."""
        with self.lock:
            if entity_set is not None:
                return self._dump(self.tables[entity_set])
            return {name: self._dump(table) for name, table in self.tables.items()}

    def _dump(self, table: Table) -> list[dict[str, Any]]:
        return [{"@odata.etag": row.etag, **table.as_dict(row)} for row in table.all()]

    def _system_values(self, entity_set: EntitySet, rec_id: int, stamp: str) -> dict[str, Any]:
        known: dict[str, Any] = {
            "SourceKey": rec_id,
            "SysRecVersion": 1,
            "SysCreatedBy": "Admin",
            "SysModifiedBy": "Admin",
            "CreatedOn": stamp,
            "SysModifiedDateTime": stamp,
            "SysDataAreaId": "",
        }
        return {name: value for name, value in known.items() if name in entity_set.by_name}

    def _stamps(self, entity_set: EntitySet) -> dict[str, Any]:
        return {"SysModifiedDateTime": self.now()} if "SysModifiedDateTime" in entity_set.by_name else {}

    def _twins(self, name: str, values: Mapping[str, Any]) -> Iterable[Row]:
        mirror = MIRRORS.get(name)
        if mirror is None:
            return []
        return self.tables[mirror.entity_set].find(
            **{"dataAreaId": values["dataAreaId"], mirror.link: values[mirror.fields[mirror.link]]}
        )


@contextmanager
def _no_collector() -> Iterator[None]:
    # Half a million new objects, none of them garbage: looking for some takes longer than making them.
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
