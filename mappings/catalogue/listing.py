"""The catalogue as data, for `manage.py catalogue`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.dynamics.model import Entity, Field
from mappings.catalogue import KINDS
from mappings.catalogue.kind import Kind


def entries(listed: Iterable[Kind] = ()) -> Iterator[dict[str, Any]]:
    """Yield one entry for each kind and each of its details, in the form documented in docs/reference/catalogue.md.

    Args:
        listed: those kinds; none means all of the catalogue.
    """
    for kind in listed or KINDS.values():
        yield _entry(kind.name, kind.entity)
        for detail in kind.details:
            yield _entry(f"{kind.name}.{detail.name}", detail.entity)


def usable(kind: Kind) -> list[tuple[str, Field]]:
    """List what a mapping may use of a kind, details dotted, with sums and derived words in place of what they are made of."""
    dotted = [(f"{detail.name}.{one.name}", one) for detail in kind.details for one in detail.fields]
    return [*((one.name, one) for one in kind.entity.fields), *dotted]


def _entry(name: str, entity: Entity) -> dict[str, Any]:
    return {
        "kind": name,
        "entity_set": entity.entity_set,
        "keys": list(entity.keys),
        "fields": [{"name": one.name, "type": one.type, "writable": one.writable} for one in entity.fields],
    }
