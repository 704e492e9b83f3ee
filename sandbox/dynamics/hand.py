"""What somebody does inside Finance & Operations by hand: no token, no entity permissions, any field.

Values come in the same JSON form as over OData and are checked the same way; the business rules are not asked,
and read-only sets can be changed too, since their rows come from forms a user may well fill in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.dynamics.model import EntitySet
from sandbox.dynamics.store import Row
from sandbox.dynamics.values import read_body, read_value

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld


def change(
    world: DynamicsWorld, entity_set: str, key: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a record: its etag and stamps move. Returns the record; raises ValueError with a sentence."""
    with world.lock:
        found, row = _row(world, entity_set, key)
        world.change(entity_set, row, read_body(found, values))
        return _shown(world, entity_set, row)


def insert(world: DynamicsWorld, entity_set: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Add a record. Returns it; raises ValueError with a sentence."""
    with world.lock:
        found = _entity_set(world, entity_set)
        read = read_body(found, values)
        missing = [name for name in found.keys if name not in read and name != "SourceKey"]
        if missing:
            raise ValueError(f"A new row of {entity_set} needs its key: {', '.join(missing)}.")
        rec_id = read.get("SourceKey")
        try:
            return _shown(world, entity_set, world.insert(entity_set, read, rec_id=rec_id))
        except KeyError as error:
            raise ValueError(f"{entity_set} has a row with this key already.") from error


def delete(world: DynamicsWorld, entity_set: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a record. Returns what it was; raises ValueError with a sentence."""
    with world.lock:
        _, row = _row(world, entity_set, key)
        shown = _shown(world, entity_set, row)
        world.remove(entity_set, row)
        return shown


def _entity_set(world: DynamicsWorld, name: str) -> EntitySet:
    if name not in world.tables:
        raise ValueError(f"There is no entity set {name!r}; names are case-sensitive.")
    return world.tables[name].entity_set


def _row(world: DynamicsWorld, name: str, key: Mapping[str, Any]) -> tuple[EntitySet, Row]:
    found = _entity_set(world, name)
    if set(key) != set(found.keys):
        raise ValueError(f"The key of {name} is {', '.join(found.keys)}.")
    read = {part: read_value(found.by_name[part], value) for part, value in key.items()}
    row = world.tables[name].get(read)
    if row is None:
        raise ValueError(f"{name} has no row with the key {dict(key)}.")
    return found, row


def _shown(world: DynamicsWorld, name: str, row: Row) -> dict[str, Any]:
    return {"@odata.etag": row.etag, **world.tables[name].as_dict(row)}
