"""Who sees which rows: a superuser all, everybody else those of the tenants they are a member of."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import User as AuthUser
from django.db.models import Model, QuerySet

from connectors.models import Tenant

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
    """Follow a tenant path from one row; None when a part of it is not set yet."""
    found: Any = row
    for part in path.split("__"):
        if found is None:
            return None
        found = getattr(found, part)
    return found.pk if isinstance(found, Model) else found
