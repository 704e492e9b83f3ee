"""Rows are made what a file wants, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from integration_portal.tenantfile import columns, form
from integration_portal.tenantfile.difference import Change
from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.rows import fill, save
from integration_portal.tenantfile.secrets import Place
from integration_portal.tenantfile.standing import SECRETS
from mappings import catalogue, store
from mappings.models import BoardMapping, EventRule, GroupMapping
from mappings.rules import problems
from mappings.surroundings import misfits

# Changes after which what is known about the board's items no longer holds.
_OTHER_BOARD = {"environment", "account", "board_id", "key_column_id", "record_kind"}
_NAMES = {"environment", "account", "predecessor"}


def apply(
    tenant: Tenant | None,
    wanted: form.TenantFile,
    changes: Sequence[Change],
    secrets: Mapping[Place, str],
    findings: Findings,
) -> Tenant:
    """Make the rows of one tenant what is wanted.

    Args:
        tenant: None when it is new.
        changes: what differs; nothing else is touched.
        secrets: those whose value or place differs.
        findings: gets what the tables refuse; the caller then undoes everything.
    """
    row = tenant or Tenant()
    if any(change.section == "tenant" for change in changes):
        fill(row, wanted.tenant)
        save(row, "tenant", findings)
    if row.pk is not None:
        _Applier(row, wanted, changes, secrets, findings).run()
    return row


class _Applier:
    """Goes through a tenant's rows once: connections, mappings, what mappings say of each other, what goes."""

    def __init__(
        self,
        tenant: Tenant,
        wanted: form.TenantFile,
        changes: Sequence[Change],
        secrets: Mapping[Place, str],
        findings: Findings,
    ) -> None:
        self.tenant = tenant
        self.wanted = wanted
        self.changes = {(change.section, change.name): change for change in changes}
        self.secrets = secrets
        self.findings = findings
        self.environments = {row.name: row for row in DynamicsEnvironment.objects.filter(tenant=tenant)}
        self.accounts = {row.name: row for row in MondayAccount.objects.filter(tenant=tenant)}
        mappings = BoardMapping.objects.filter(tenant=tenant)
        self.mappings = {
            row.name: row for row in mappings.select_related("environment", "account").defer(*SECRETS)
        }

    def run(self) -> None:
        """Make every change; what goes goes last, when nothing speaks of it any more."""
        for path, environment in self._touched("environments"):
            self._environment(path, environment)
        for path, account in self._touched("accounts"):
            self._connection(self.accounts, MondayAccount, path, account)
        for path, mapping in self._touched("mappings"):
            self._mapping(path, mapping)
        for path, mapping in self._touched("mappings"):
            if mapping.name in self.mappings:
                self._inside_of_mapping(path, mapping)
        for section, rows in (
            ("mappings", self.mappings),
            ("accounts", self.accounts),
            ("environments", self.environments),
        ):
            for name in self._gone(section):
                rows[name].delete()
        for path, mapping in self._touched("mappings"):
            if mapping.active and mapping.name in self.mappings and not self.findings.inside(path):
                self._judge(path, mapping)

    def _touched(self, section: str) -> Iterable[tuple[str, Any]]:
        for index, entry in enumerate(getattr(self.wanted, section)):
            if (section, entry.name) in self.changes:
                yield f"{section}[{index}]", entry

    def _gone(self, section: str) -> list[str]:
        return [
            name
            for (place, name), change in self.changes.items()
            if place == section and change.how == "removed"
        ]

    # --- Connections ----------------------------------------------------------------------------------------

    def _connection(self, rows: dict[str, Any], model: type[Any], path: str, entry: Any) -> Any:
        """Save an environment or account with its secrets; None when its table refuses it."""
        row = rows.get(entry.name) or model(tenant=self.tenant)
        fields = [*fill(row, entry), "kept_in"]
        section = path.partition("[")[0]
        for name, key in form.keys_of(entry).items():
            if key.shape is form.Shape.SECRET and (section, entry.name, name) in self.secrets:
                reference = getattr(entry, name)
                setattr(row, name, self.secrets[section, entry.name, name])
                row.kept_in = row.kept_in | {name: {reference.source: reference.name}}
                fields.append(name)
        if not save(row, path, self.findings, only=fields):
            return None
        rows[entry.name] = row
        return row

    def _environment(self, path: str, entry: form.EnvironmentEntry) -> None:
        row = self._connection(self.environments, DynamicsEnvironment, path, entry)
        if row is None:
            return
        companies = {one.data_area_id: one for one in row.legal_entities.all()}
        for company, name in entry.legal_entities.items():
            one = companies.pop(company, None) or LegalEntity(environment=row, data_area_id=company)
            if one.pk is None or one.name != name:
                one.name = name
                save(one, f"{path}.legal_entities.{company}", self.findings)
        rules = {one.event_type: one for one in row.event_rules.all()}
        for index, wanted in enumerate(entry.event_rules):
            rule = rules.pop(wanted.event_type, None) or EventRule(environment=row)
            fill(rule, wanted)
            rule.keys = dict(wanted.keys)
            save(rule, f"{path}.event_rules[{index}]", self.findings)
        for gone in (*companies.values(), *rules.values()):
            gone.delete()

    # --- Mappings -------------------------------------------------------------------------------------------

    def _mapping(self, path: str, entry: form.MappingEntry) -> None:
        row = self.mappings.get(entry.name) or BoardMapping(tenant=self.tenant)
        environment, account = self.environments.get(entry.environment), self.accounts.get(entry.account)
        if environment is None or account is None:  # refused above
            return
        fields = [*fill(row, entry, *_NAMES), "environment", "account", "conditions"]
        row.environment, row.account = environment, account
        row.conditions = [dict(one) for one in entry.conditions]
        differs = set(self.changes["mappings", entry.name].after)
        if differs & {"every_minutes", "cron"}:
            row.next_run_at = None
            fields.append("next_run_at")
        if differs & _OTHER_BOARD:
            row.keys_read_at = row.watermark = None
            fields += ["keys_read_at", "watermark"]
        if save(row, path, self.findings, only=fields):
            self.mappings[entry.name] = row

    def _inside_of_mapping(self, path: str, entry: form.MappingEntry) -> None:
        row = self.mappings[entry.name]
        row.predecessor = self.mappings.get(entry.predecessor)
        row.save(update_fields=["predecessor"])
        row.legal_entities.set(row.environment.legal_entities.filter(data_area_id__in=entry.legal_entities))
        if {one.value: one.group_id for one in row.groups.all()} != dict(entry.groups):
            row.groups.all().delete()
            for value, group in entry.groups.items():
                place = f"{path}.groups.{value}"
                save(GroupMapping(mapping=row, value=value, group_id=group), place, self.findings)
        columns.apply(row, entry.columns, self.mappings, path, self.findings)

    def _judge(self, path: str, entry: form.MappingEntry) -> None:
        """Refuse an active mapping that could not work; nothing is said of one that is switched off."""
        row = self.mappings[entry.name]
        rule = store.as_rule(BoardMapping.objects.get(pk=row.pk))
        named = {one.pk: one.record_kind for one in self.mappings.values() if one.pk}
        kinds = {pk: catalogue.KINDS[name] for pk, name in named.items() if name in catalogue.KINDS}
        kept = store.snapshot(row.account_id, row.board_id)
        if found := [*problems(rule), *misfits(rule, kinds, kept[0] if kept else None)]:
            self.findings.add(path, " ".join(found))
