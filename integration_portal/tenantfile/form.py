"""What a tenant file holds: one class for each kind of entry, one declared key for each line that may stand in it.

Reading, writing and comparing all follow these declarations, so that a key is added in one place. Keys are called as the fields
of the tables they end up in, and have the same defaults.
"""

# ruff: noqa: RUF009  key() is dataclasses.field() with a few words more

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

VERSION = 1


class Shape(Enum):
    """What may stand behind a key."""

    TEXT = "a text"
    YES_NO = "true or false"
    WHOLE = "a whole number, 0 or more"
    NUMBER = "a number, 0 or more"
    TEXTS = "a list of texts"
    PAIRS = "pairs of texts, one a line"
    COMPANIES = "a list of legal entities, or pairs of legal entity and name"
    SECRET = "a reference to a secret: {env: NAME} or {file: /path}"  # noqa: S105
    CONDITIONS = "a list of conditions"
    ENTRY = "keys with values, one a line"
    ENTRIES = "a list of entries"


@dataclass(frozen=True)
class Key:
    """How one key is read and written.

    Attributes:
        or_null: `null` may stand there too, which means "none".
        one_of: the only texts allowed; empty: any.
        entry: class of the entry or entries, for the last two shapes.
    """

    shape: Shape
    or_null: bool = False
    one_of: tuple[str, ...] = ()
    entry: type[Any] | None = None


def key(
    shape: Shape,
    default: Any = dataclasses.MISSING,
    *,
    or_null: bool = False,
    one_of: tuple[str, ...] = (),
    entry: type[Any] | None = None,
) -> Any:
    """Declare a key; without a default it must stand in the file."""
    metadata = {"key": Key(shape, or_null, one_of, entry)}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def keys_of(entry: Any) -> dict[str, Key]:
    """List the keys of a kind of entry, in the order they are written."""
    return {one.name: one.metadata["key"] for one in dataclasses.fields(entry)}


def defaults_of(entry: Any) -> dict[str, Any]:
    """Give the values of keys that do not stand in the file."""
    found = {}
    for one in dataclasses.fields(entry):
        if one.default is not dataclasses.MISSING:
            found[one.name] = one.default
        elif one.default_factory is not dataclasses.MISSING:
            found[one.name] = one.default_factory()
    return found


@dataclass(frozen=True)
class Reference:
    """Where a secret is kept: an environment variable or a file, never the secret itself.

    Attributes:
        source: "env" or "file".
        name: of the variable, or the file's absolute path.
    """

    source: str
    name: str


@dataclass(frozen=True, kw_only=True)
class TenantEntry:
    """The tenant; the slug says which one it is."""

    word: ClassVar[str] = "tenant"
    named_by: ClassVar[str] = "slug"

    name: str = key(Shape.TEXT)
    slug: str = key(Shape.TEXT)
    active: bool = key(Shape.YES_NO, True)


@dataclass(frozen=True, kw_only=True)
class EventRuleEntry:
    """How a business event names its record."""

    word: ClassVar[str] = "event rule"
    named_by: ClassVar[str] = "event_type"

    event_type: str = key(Shape.TEXT)
    record_kind: str = key(Shape.TEXT)
    keys: Mapping[str, str] = key(Shape.PAIRS, {})
    sample: str = key(Shape.TEXT, "")


@dataclass(frozen=True, kw_only=True)
class EnvironmentEntry:
    """A Dynamics environment.

    Attributes:
        legal_entities: dataAreaId, lower case -> name, "" where none is known.
    """

    word: ClassVar[str] = "environment"
    named_by: ClassVar[str] = "name"

    name: str = key(Shape.TEXT)
    host: str = key(Shape.TEXT)
    directory_tenant: str = key(Shape.TEXT)
    client_id: str = key(Shape.TEXT)
    client_secret: Reference | None = key(Shape.SECRET, None)
    concurrency: int = key(Shape.WHOLE, 4)
    reference_hours: int = key(Shape.WHOLE, 24)
    legal_entities: Mapping[str, str] = key(Shape.COMPANIES, {})
    event_rules: tuple[EventRuleEntry, ...] = key(Shape.ENTRIES, (), entry=EventRuleEntry)


@dataclass(frozen=True, kw_only=True)
class AccountEntry:
    """A monday account."""

    word: ClassVar[str] = "account"
    named_by: ClassVar[str] = "name"

    name: str = key(Shape.TEXT)
    api_token: Reference | None = key(Shape.SECRET, None)
    signing_secret: Reference | None = key(Shape.SECRET, None)
    api_version: str = key(Shape.TEXT, "2026-10")
    mutations_per_window: int | None = key(Shape.WHOLE, 40, or_null=True)
    window_seconds: float = key(Shape.NUMBER, 60.0)
    requests_per_minute: int = key(Shape.WHOLE, 1000)
    complexity_per_minute: int = key(Shape.WHOLE, 5_000_000)
    concurrency: int = key(Shape.WHOLE, 20)
    calls_per_day: int | None = key(Shape.WHOLE, 1000, or_null=True)
    batch_size: int = key(Shape.WHOLE, 20)


@dataclass(frozen=True, kw_only=True)
class ColumnEntry:
    """A column of a board shows a field.

    Attributes:
        labels: value of the field -> label on the board.
        linked_mapping: name of the mapping whose items a Connect Boards column points at, "" for none.
    """

    word: ClassVar[str] = "column"
    named_by: ClassVar[str] = "column_id"

    column_id: str = key(Shape.TEXT)
    field: str = key(Shape.TEXT)
    direction: str = key(Shape.TEXT, "to_monday", one_of=("to_monday", "to_dynamics", "both"))
    owner: str = key(Shape.TEXT, "dynamics", one_of=("dynamics", "monday", "ask"))
    transform: str = key(Shape.TEXT, "")
    argument: str = key(Shape.TEXT, "")
    linked_mapping: str = key(Shape.TEXT, "")
    labels: Mapping[str, str] = key(Shape.PAIRS, {})


@dataclass(frozen=True, kw_only=True)
class MappingEntry:
    """A board shows the records of one kind.

    Attributes:
        environment, account, predecessor: names; "" is no predecessor.
        legal_entities: lower case, in the order of the alphabet; none: all of the environment.
        groups: value of `group_field` -> group id.
        conditions: {"field": ..., test: list of texts or one text} each.
    """

    word: ClassVar[str] = "mapping"
    named_by: ClassVar[str] = "name"

    name: str = key(Shape.TEXT)
    environment: str = key(Shape.TEXT)
    account: str = key(Shape.TEXT)
    record_kind: str = key(Shape.TEXT)
    legal_entities: tuple[str, ...] = key(Shape.TEXTS, ())
    board_id: str = key(Shape.TEXT)
    key_column_id: str = key(Shape.TEXT)
    name_template: str = key(Shape.TEXT, "")
    active: bool = key(Shape.YES_NO, False)
    listens: bool = key(Shape.YES_NO, True)
    every_minutes: int | None = key(Shape.WHOLE, None, or_null=True)
    cron: str = key(Shape.TEXT, "")
    sweep_hours: int = key(Shape.WHOLE, 24)
    trust_keys_minutes: int = key(Shape.WHOLE, 60)
    conditions: tuple[Mapping[str, Any], ...] = key(Shape.CONDITIONS, ())
    group_field: str = key(Shape.TEXT, "")
    groups: Mapping[str, str] = key(Shape.PAIRS, {})
    default_group_id: str = key(Shape.TEXT, "")
    gone_group_id: str = key(Shape.TEXT, "")
    predecessor: str = key(Shape.TEXT, "")
    columns: tuple[ColumnEntry, ...] = key(Shape.ENTRIES, (), entry=ColumnEntry)


@dataclass(frozen=True, kw_only=True)
class TenantFile:
    """A whole file."""

    version: int = key(Shape.WHOLE)
    tenant: TenantEntry = key(Shape.ENTRY, entry=TenantEntry)
    environments: tuple[EnvironmentEntry, ...] = key(Shape.ENTRIES, (), entry=EnvironmentEntry)
    accounts: tuple[AccountEntry, ...] = key(Shape.ENTRIES, (), entry=AccountEntry)
    mappings: tuple[MappingEntry, ...] = key(Shape.ENTRIES, (), entry=MappingEntry)


# The lists of a file, in the order they are applied.
SECTIONS = ("environments", "accounts", "mappings")
