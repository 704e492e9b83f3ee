"""Who sees which rows: a superuser all, everybody else those of the tenants they are a member of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import User as AuthUser
from django.db.models import Model, QuerySet

from connectors.models import Tenant
from connectors.vault import is_secret

Row = TypeVar("Row", bound=Model)
Person = AuthUser | AnonymousUser


def tenants_of(user: Person) -> QuerySet[Tenant]:
    """Find the tenants somebody may see."""
    return Tenant.objects.all() if user.is_superuser else Tenant.objects.filter(members=user.pk)


def within(rows: QuerySet[Row], user: Person, path: str | None) -> QuerySet[Row]:
    """Cut rows down to what somebody may see.

    Args:
        path: the look-up that leads from a row to its tenant, for example "environment__tenant"; None: the rows belong to the
            installation and only superusers see them.
    """
    if user.is_superuser:
        return rows
    return rows.filter(**{f"{path}__in": tenants_of(user).values("pk")}) if path else rows.none()


def tenant_id_of(row: Model, path: str) -> int | None:
    """Follow a tenant path from one row whose parents are set."""
    found: Any = row
    for part in path.split("__"):
        found = getattr(found, part)
    pk: int | None = found.pk if isinstance(found, Model) else found
    return pk


def joined(rows: QuerySet[Row], paths: Sequence[str]) -> QuerySet[Row]:
    """Load related rows in the same query, and no secret with any of them: it is read where it is needed, one at a time.

    Args:
        paths: look-ups to the related rows, for example "environment__tenant".
    """
    secrets = _secrets(rows.model, "")
    for path in paths:
        model: Any = rows.model
        parts = path.split("__")
        for depth, part in enumerate(parts, start=1):
            model = model._meta.get_field(part).related_model
            secrets += _secrets(model, "__".join(parts[:depth]) + "__")
    return (rows.select_related(*paths) if paths else rows).defer(*secrets)


def _secrets(model: type[Model], prefix: str) -> list[str]:
    return [prefix + field.name for field in model._meta.fields if is_secret(field)]
