"""A tenant as its rows have it, in the form of a tenant file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.models import Connection, DynamicsEnvironment, MondayAccount, Tenant
from integration_portal.tenantfile import form, secrets
from integration_portal.tenantfile.findings import Refused
from integration_portal.tenantfile.rows import plain
from mappings.models import BoardMapping, ColumnMapping, EventRule
from mappings.rules import conditions_of


def read(tenant: Tenant) -> form.TenantFile:
    """Read a tenant's rows.

    Raises:
        Refused: the rows cannot be said in a file: two environments of one name, conditions nobody can read.
    """
    names = _Names(tenant.slug)
    environments = list(DynamicsEnvironment.objects.filter(tenant=tenant).order_by("id"))
    accounts = list(MondayAccount.objects.filter(tenant=tenant).order_by("id"))
    for connection in (*environments, *accounts):
        names.take(connection)
    called = [one.name for one in environments]
    if twice := {name for name in called if called.count(name) > 1}:
        raise Refused(
            [f"{tenant} has several environments named {name}; rename all but one." for name in sorted(twice)]
        )
    rows = BoardMapping.objects.filter(tenant=tenant).order_by("id")
    rows = rows.select_related("environment", "account", "predecessor").defer(*SECRETS)
    rows = rows.prefetch_related("columns__values", "columns__linked_mapping", "groups", "legal_entities")
    return form.TenantFile(
        version=form.VERSION,
        tenant=form.TenantEntry(name=tenant.name, slug=tenant.slug, active=tenant.active),
        environments=tuple(_environment(one, names) for one in environments),
        accounts=tuple(_account(one, names) for one in accounts),
        mappings=tuple(_mapping(one) for one in rows),
    )


# Mappings need none of them, and one that does not open must not stand in their way.
SECRETS = (
    "environment__client_secret",
    "environment__webhook_token",
    "account__api_token",
    "account__signing_secret",
)


class _Names:
    """Says where a connection's secrets are kept: as its file said, else in variables named after it."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.taken: set[str] = set()

    def take(self, connection: Connection) -> None:
        """Keep the names of variables that files have given."""
        self.taken |= {name for source in connection.kept_in.values() for name in source.values()}

    def of(self, connection: Connection, key: str) -> form.Reference | None:
        """Name the place of one secret; None when there is no such secret."""
        if not getattr(connection, key):
            return None
        for source, name in connection.kept_in.get(key, {}).items():
            return form.Reference(source, name)
        return secrets.derived(self.slug, connection.name, key, self.taken)


def _environment(row: DynamicsEnvironment, names: _Names) -> form.EnvironmentEntry:
    return form.EnvironmentEntry(
        **plain(row, form.EnvironmentEntry),
        client_secret=names.of(row, "client_secret"),
        legal_entities={one.data_area_id: one.name for one in row.legal_entities.order_by("id")},
        event_rules=tuple(_event_rule(one) for one in row.event_rules.order_by("id")),
    )


def _event_rule(row: EventRule) -> form.EventRuleEntry:
    # PostgreSQL keeps the keys of a JSON object in an order of its own.
    return form.EventRuleEntry(**plain(row, form.EventRuleEntry), keys=dict(sorted(row.keys.items())))


def _account(row: MondayAccount, names: _Names) -> form.AccountEntry:
    return form.AccountEntry(
        **plain(row, form.AccountEntry),
        api_token=names.of(row, "api_token"),
        signing_secret=names.of(row, "signing_secret"),
    )


def _mapping(row: BoardMapping) -> form.MappingEntry:
    values = plain(row, form.MappingEntry, "environment", "account", "predecessor") | {
        "environment": row.environment.name,
        "account": row.account.name,
        "predecessor": row.predecessor.name if row.predecessor else "",
    }
    return form.MappingEntry(
        **values,
        legal_entities=tuple(sorted(one.data_area_id for one in row.legal_entities.all())),
        conditions=_conditions(row),
        groups=_pairs((one.pk, one.value, one.group_id) for one in row.groups.all()),
        columns=tuple(_column(one) for one in row.columns.all()),
    )


def _column(row: ColumnMapping) -> form.ColumnEntry:
    values = plain(row, form.ColumnEntry, "linked_mapping")
    values["linked_mapping"] = row.linked_mapping.name if row.linked_mapping else ""
    return form.ColumnEntry(
        **values, labels=_pairs((one.pk, one.value, one.label) for one in row.values.all())
    )


def _conditions(row: BoardMapping) -> tuple[Mapping[str, Any], ...]:
    try:
        found = conditions_of(row.conditions)
    except ValueError as wrong:
        raise Refused([f"Mapping {row.name}: {wrong}"]) from wrong
    return tuple(
        {"field": one.field, one.test: one.values[0] if one.test.startswith("at_") else list(one.values)}
        for one in found
    )


def _pairs(rows: Iterable[tuple[int, str, str]]) -> dict[str, str]:
    return {value: text for _, value, text in sorted(rows)}
