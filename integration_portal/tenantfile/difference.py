"""What stands against what is wanted: what stays, and what changes. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from integration_portal.tenantfile.form import SECTIONS, Reference, Shape, TenantFile, keys_of
from integration_portal.tenantfile.secrets import Place


@dataclass(frozen=True)
class Change:
    """One entry that is added, changed or removed.

    Attributes:
        how: "added", "changed" or "removed".
        section: "tenant" or one of the file's lists.
        before, after: key -> value, of a changed entry only the keys that differ; "labels.USD" or "columns.amount.field" for what
            stands deeper. Of a secret only its reference, and "changed".
    """

    how: str
    section: str
    word: str
    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def merged(standing: TenantFile | None, wanted: TenantFile, *, prune: bool) -> tuple[TenantFile, list[str]]:
    """Say what the tenant becomes.

    Args:
        standing: the tenant as it is; None: there is none yet.
        prune: what the file does not name goes; otherwise it stays, behind the file's own entries.

    Returns:
        (the whole configuration, what the file does not name, in words).
    """
    if standing is None:
        return wanted, []
    missing: list[str] = []
    found: dict[str, Any] = {}
    for section in SECTIONS:
        old = {one.name: one for one in getattr(standing, section)}
        new = [_entry(old.get(one.name), one, prune, missing) for one in getattr(wanted, section)]
        rest = [one for name, one in old.items() if name not in {entry.name for entry in new}]
        missing += [f"{one.word} {one.name}" for one in rest]
        found[section] = tuple(new if prune else [*new, *rest])
    return dataclasses.replace(wanted, **found), missing


def changes(standing: TenantFile | None, wanted: TenantFile, new_secrets: Collection[Place]) -> list[Change]:
    """List what has to be done so that the one becomes the other.

    Args:
        new_secrets: secrets whose value differs from the stored one.
    """
    pairs: list[tuple[str, Any, Any]] = [("tenant", standing.tenant if standing else None, wanted.tenant)]
    for section in SECTIONS:
        old = {one.name: one for one in getattr(standing, section)} if standing else {}
        new = {one.name: one for one in getattr(wanted, section)}
        pairs += [(section, old.get(name), one) for name, one in new.items()]
        pairs += [(section, one, None) for name, one in old.items() if name not in new]
    return [change for one in pairs if (change := _change(*one, new_secrets))]


def _entry(old: Any, new: Any, prune: bool, missing: list[str]) -> Any:
    """Keep of an entry what the file leaves open: secrets always, legal entities and event rules unless pruned."""
    if old is None:
        return new
    kept: dict[str, Any] = {}
    for name, key in keys_of(new).items():
        before, after = getattr(old, name), getattr(new, name)
        if key.shape is Shape.SECRET and after is None:
            kept[name] = before
        elif key.shape is Shape.COMPANIES:
            more = {company: label for company, label in before.items() if company not in after}
            missing += [f"legal entity {company} of {new.name}" for company in more]
            # A list says nothing about names.
            after = {company: label or before.get(company, "") for company, label in after.items()}
            kept[name] = after if prune else {**after, **more}
        elif name == "event_rules":
            types = {rule.event_type for rule in after}
            rest = tuple(rule for rule in before if rule.event_type not in types)
            missing += [f"event rule {rule.event_type} of {new.name}" for rule in rest]
            kept[name] = after if prune else (*after, *rest)
    return dataclasses.replace(new, **kept) if kept else new


def _change(section: str, old: Any, new: Any, new_secrets: Collection[Place]) -> Change | None:
    entry = new if new is not None else old
    name = str(entry.name)
    before, after = (_flat(old) if old else {}), (_flat(new) if new else {})
    for place in new_secrets:
        if place[:2] == (section, name):
            after[place[2]] = f"changed, from {after[place[2]]}"
    if old is None or new is None:
        return Change("added" if old is None else "removed", section, entry.word, name, before, after)
    differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not differing:
        return None
    return Change(
        "changed",
        section,
        entry.word,
        name,
        {key: before[key] for key in differing if key in before},
        {key: after[key] for key in differing if key in after},
    )


def _flat(entry: Any, prefix: str = "") -> dict[str, Any]:
    """Lay an entry's values side by side; the order of columns matters, that of pairs does not."""
    found: dict[str, Any] = {}
    for name, key in keys_of(entry).items():
        value, place = getattr(entry, name), f"{prefix}{name}"
        if key.shape in (Shape.PAIRS, Shape.COMPANIES):
            found |= {f"{place}.{one}": text for one, text in value.items()}
        elif key.shape is Shape.ENTRIES:
            for one in value:
                found |= _flat(one, f"{place}.{getattr(one, one.named_by)}.")
            if value and name == "columns":
                found[place] = ", ".join(one.column_id for one in value)
        elif isinstance(value, Reference):
            found[place] = f"{value.source} {value.name}"
        elif key.shape in (Shape.TEXTS, Shape.CONDITIONS):
            found[place] = list(value)
        else:
            found[place] = value
    return found
