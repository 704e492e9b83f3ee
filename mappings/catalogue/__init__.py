"""The record kinds the portal knows: every module in `kinds/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType

from mappings.catalogue import kinds
from mappings.catalogue.kind import EventKeys, Kind


def registry(listed: Iterable[Kind]) -> dict[str, Kind]:
    """Name kinds by their names, in alphabetical order.

    Raises:
        ValueError: two kinds have one name, or listen to one event, so that nobody could tell which is meant.
    """
    named: dict[str, Kind] = {}
    listeners: dict[str, str] = {}
    for one in sorted(listed, key=lambda kind: kind.name):
        if one.name in named:
            raise ValueError(f"Two record kinds are called {one.name}; rename one.")
        named[one.name] = one
        for event in one.events:
            if event.event_type in listeners:
                raise ValueError(
                    f"{listeners[event.event_type]} and {one.name} both listen to {event.event_type}; leave it to one."
                )
            listeners[event.event_type] = one.name
    return named


def declared(package: ModuleType) -> list[Kind]:
    """Collect the KIND of every module in a package.

    Raises:
        AttributeError: a module declares none.
    """
    found = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(one.name).KIND for one in found]


KINDS: dict[str, Kind] = registry(declared(kinds))


def kind(name: str) -> Kind:
    """Find a kind by its name.

    Raises:
        KeyError: there is no such kind.
    """
    return KINDS[name]


def choices() -> list[tuple[str, str]]:
    """List the kinds for a choice field."""
    return [(one.name, one.label_plural) for one in KINDS.values()]


def event_keys(event_type: str) -> EventKeys | None:
    """Find the kind that listens to a business event by itself; None: nobody does."""
    for one in KINDS.values():
        for default in one.events:
            if default.event_type == event_type:
                return EventKeys(one.name, default.keys, bool(one.company_field))
    return None
