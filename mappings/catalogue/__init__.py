"""The record kinds the portal knows: one file each, listed here."""

from __future__ import annotations

from mappings.catalogue import posted_invoice, purchase_order
from mappings.catalogue.kind import EventKeys, Kind

KINDS: dict[str, Kind] = {module.KIND.name: module.KIND for module in (purchase_order, posted_invoice)}


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
