"""The catalogue as data, for `manage.py catalogue`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.dynamics.model import Entity
from mappings.catalogue import KINDS


def entries() -> Iterator[dict[str, Any]]:
    """Yield one entry for each kind and each of its details, in the form documented in docs/reference/catalogue.md."""
    for kind in KINDS.values():
        yield _entry(kind.name, kind.entity)
        for detail in kind.details:
            yield _entry(f"{kind.name}.{detail.name}", detail.entity)


def _entry(name: str, entity: Entity) -> dict[str, Any]:
    return {
        "kind": name,
        "entity_set": entity.entity_set,
        "keys": list(entity.keys),
        "fields": [{"name": one.name, "type": one.type, "writable": one.writable} for one in entity.fields],
    }
