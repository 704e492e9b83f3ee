"""The pages of the admin, of all rooms. Importing this package registers them; nothing else of the portal imports it."""

from integration_portal.admin import (
    accounts,
    activity,
    boards,
    environments,
    event_rules,
    mappings,
    people,
    references,
    runs,
    tenants,
    trail,
)

__all__ = [
    "accounts",
    "activity",
    "boards",
    "environments",
    "event_rules",
    "mappings",
    "people",
    "references",
    "runs",
    "tenants",
    "trail",
]
