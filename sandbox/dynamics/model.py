"""The entity sets the sandbox offers: names, types, keys, who may write what. The table is entities.json.

Field flags there: ``k`` key (set on create, never changed), ``r`` read-only, none = writable. A type is a
primitive (``String(20)`` = at most 20 characters), ``Date`` (Edm.DateTimeOffset that carries a day, stored at
noon UTC), ``DateTime`` (Edm.DateTimeOffset that carries a moment) or the name of an enum.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

NAMESPACE = "Microsoft.Dynamics.DataEntities"
EMPTY_DATE = "1900-01-01T12:00:00Z"
EMPTY_MOMENT = "1900-01-01T00:00:00Z"
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_EMPTY: dict[str, Any] = {
    "String": "",
    "Int32": 0,
    "Int64": 0,
    "Decimal": 0,
    "Date": EMPTY_DATE,
    "DateTime": EMPTY_MOMENT,
    "Guid": ZERO_GUID,
    "Boolean": False,
}


@dataclass(frozen=True)
class Field:
    """One property of an entity set."""

    name: str
    kind: str  # a key of _EMPTY, or "Enum"
    index: int  # its place in a row
    enum: str = ""
    members: Mapping[str, int] = field(default_factory=dict)
    max_length: int | None = None
    key: bool = False
    read_only: bool = False

    @property
    def empty(self) -> Any:
        """What an untouched field holds: never null in this system."""
        return next(iter(self.members)) if self.kind == "Enum" else _EMPTY[self.kind]

    @property
    def edm_type(self) -> str:
        """The type as $metadata names it."""
        if self.kind == "Enum":
            return f"{NAMESPACE}.{self.enum}"
        return "Edm.DateTimeOffset" if self.kind in ("Date", "DateTime") else f"Edm.{self.kind}"


class EntitySet:
    """One entity set."""

    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        self.name = name
        self.entity: str = raw["entity"]  # the public entity name, singular
        self.label: str = raw["label"]
        self.keys: tuple[str, ...] = tuple(raw["keys"])
        self.by_company: bool = raw["company"]
        self.read_only: bool = raw["read_only"]
        words = " ".join(raw["fields"]).split()
        self.fields = tuple(_field(word, index) for index, word in enumerate(words))
        self.names = tuple(entry.name for entry in self.fields)
        self.by_name = {entry.name: entry for entry in self.fields}


@cache
def _raw() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(__file__).with_name("entities.json").read_text(encoding="utf-8"))
    return read


@cache
def enums() -> dict[str, dict[str, int]]:
    """Return every enum with its members, the member of the lowest value first."""
    read = {}
    for name, text in _raw()["enums"].items():
        words = (text if isinstance(text, str) else " ".join(text)).split()
        members = {symbol: int(value) for symbol, _, value in (word.partition("=") for word in words)}
        read[name] = dict(sorted(members.items(), key=lambda pair: pair[1]))
    return read


@cache
def entity_sets() -> dict[str, EntitySet]:
    """Return all entity sets by name."""
    return {name: EntitySet(name, raw) for name, raw in _raw()["sets"].items()}


def _field(word: str, index: int) -> Field:
    name, kind, *flags = word.split(":")
    kind, _, length = kind.partition("(")
    known = kind in _EMPTY
    return Field(
        name=name,
        kind=kind if known else "Enum",
        index=index,
        enum="" if known else kind,
        members={} if known else enums()[kind],
        max_length=int(length.rstrip(")")) if length else None,
        key="k" in flags,
        read_only="r" in flags,
    )
