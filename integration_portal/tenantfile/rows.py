"""One row takes the values of one entry."""

from __future__ import annotations

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


def fill(row: Model, entry: Any, *leave: str) -> None:
    """Give a row the values of an entry."""
    for name, key in form.keys_of(entry).items():
        if key.shape in OWN and name not in leave:
            setattr(row, name, getattr(entry, name))


def save(row: Model, path: str, findings: Findings) -> bool:
    """Save a row, or note what its table refuses at the key it comes from."""
    try:
        row.full_clean(exclude=["webhook_digest"])
    except ValidationError as wrong:
        for name, sentences in wrong.message_dict.items():
            findings.add(path if name == "__all__" else f"{path}.{name}", " ".join(sentences))
        return False
    row.save()
    return True
