"""One row takes the values of one entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from integration_portal.tenantfile import form
from integration_portal.tenantfile.findings import Findings

OWN = (form.Shape.TEXT, form.Shape.YES_NO, form.Shape.WHOLE, form.Shape.NUMBER)


def plain(row: Model, entry: type[Any], *leave: str) -> dict[str, Any]:
    """Take the values that a row and an entry have alike.

    Args:
        leave: keys that are names of other rows.
    """
    keys = form.keys_of(entry)
    return {name: getattr(row, name) for name, key in keys.items() if key.shape in OWN and name not in leave}


def fill(row: Model, entry: Any, *leave: str) -> list[str]:
    """Give a row the values of an entry; returns the fields that got one."""
    names = [name for name, key in form.keys_of(entry).items() if key.shape in OWN and name not in leave]
    for name in names:
        setattr(row, name, getattr(entry, name))
    return names


def save(row: Model, path: str, findings: Findings, *, only: Sequence[str] | None = None) -> bool:
    """Save a row, or note what its table refuses at the key it comes from.

    Args:
        only: of a row that stands already write these fields alone: workers note things in the others meanwhile.
    """
    try:
        row.full_clean(exclude=["webhook_digest"])
    except ValidationError as wrong:
        for name, sentences in wrong.message_dict.items():
            findings.add(path if name == "__all__" else f"{path}.{name}", " ".join(sentences))
        return False
    row.save(update_fields=None if row._state.adding else only)
    return True
