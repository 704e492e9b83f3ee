"""What a file says, held against the catalogue: kinds, fields, transforms, hosts, names that stand twice.

Asks neither the database nor the two systems.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any

from croniter import croniter

from connectors.hosts import check_base_url
from integration_portal.tenantfile.findings import Findings, meant
from integration_portal.tenantfile.form import (
    SECTIONS,
    ColumnEntry,
    EnvironmentEntry,
    EventRuleEntry,
    MappingEntry,
    TenantFile,
)
from mappings import catalogue, transforms
from mappings.catalogue.kind import LINK_FIELD, Kind
from mappings.rules import template_fields

CRON_FIELDS = 5


def check(file: TenantFile, findings: Findings, *, allow_loopback_http: bool) -> TenantFile:
    """Check a file, and bring its values into the form in which they are kept.

    Args:
        findings: gets every problem.
        allow_loopback_http: plain http is fine for this machine itself (demo and tests).
    """
    for section in SECTIONS:
        _names_once(getattr(file, section), section, findings)
    environments = tuple(
        _environment(one, f"environments[{index}]", findings, allow_loopback_http)
        for index, one in enumerate(file.environments)
    )
    mappings = tuple(_mapping(one, f"mappings[{index}]", findings) for index, one in enumerate(file.mappings))
    return dataclasses.replace(file, environments=environments, mappings=mappings)


def _names_once(entries: Sequence[Any], path: str, findings: Findings) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        name = getattr(entry, entry.named_by)
        if name in seen:
            findings.add(
                f"{path}[{index}].{entry.named_by}", f"there are two entries for the {entry.word} {name}."
            )
        seen.add(name)


# --- Environments -------------------------------------------------------------------------------------------


def _environment(
    entry: EnvironmentEntry, path: str, findings: Findings, allow_loopback_http: bool
) -> EnvironmentEntry:
    _names_once(entry.event_rules, f"{path}.event_rules", findings)
    for index, rule in enumerate(entry.event_rules):
        _event_rule(rule, f"{path}.event_rules[{index}]", findings)
    host = entry.host
    try:
        host = check_base_url(host, allow_loopback_http=allow_loopback_http)
    except ValueError as wrong:
        findings.add(f"{path}.host", str(wrong))
    return dataclasses.replace(entry, host=host)


def _event_rule(rule: EventRuleEntry, path: str, findings: Findings) -> None:
    kind = _kind(rule.record_kind, f"{path}.record_kind", findings)
    for name in rule.keys if kind else ():
        _field(kind, name, f"{path}.keys.{name}", findings)


def _kind(name: str, path: str, findings: Findings) -> Kind | None:
    kind = catalogue.KINDS.get(name)
    if kind is None:
        findings.add(path, f"there is no record kind {name!r}{meant(name, catalogue.KINDS)}")
    return kind


def _field(kind: Kind | None, name: str, path: str, findings: Findings, *more: str) -> None:
    """Check a field's name; of an unknown kind any field is right."""
    known = [one for one in kind.field_names() if one != LINK_FIELD] if kind else []
    if kind and name not in (*known, *more):
        findings.add(path, f"{kind.label} has no field {name!r}{meant(name, (*known, *more))}")


# --- Mappings -----------------------------------------------------------------------------------------------


def _mapping(entry: MappingEntry, path: str, findings: Findings) -> MappingEntry:
    kind = _kind(entry.record_kind, f"{path}.record_kind", findings)
    _names_once(entry.columns, f"{path}.columns", findings)
    for index, column in enumerate(entry.columns):
        _column(column, kind, f"{path}.columns[{index}]", findings)
    for index, condition in enumerate(entry.conditions):
        _field(kind, condition["field"], f"{path}.conditions[{index}].field", findings)
    if entry.group_field:
        _field(kind, entry.group_field, f"{path}.group_field", findings)
    elif entry.groups:
        findings.add(f"{path}.groups", "groups need a group_field, the field whose value decides the group.")
    for name in template_fields(entry.name_template):
        _field(kind, name, f"{path}.name_template", findings)
    _schedule(entry, path, findings)
    companies = [one.strip().lower() for one in entry.legal_entities]
    for index, company in enumerate(companies):
        if company in companies[:index]:
            findings.add(f"{path}.legal_entities[{index}]", f"the legal entity {company} stands here twice.")
    return dataclasses.replace(
        entry, legal_entities=tuple(sorted(set(companies))), cron=" ".join(entry.cron.split())
    )


def _schedule(entry: MappingEntry, path: str, findings: Findings) -> None:
    if entry.cron and (len(entry.cron.split()) != CRON_FIELDS or not croniter.is_valid(entry.cron)):
        findings.add(
            f"{path}.cron",
            f"{entry.cron!r} is no cron schedule; write minute, hour, day of the month, month and day of the week: 15 6 * * 1-5.",
        )
    if entry.every_minutes == 0:
        findings.add(f"{path}.every_minutes", "1 is the least; write null for none.")
    if entry.cron and entry.every_minutes:
        findings.add(f"{path}.cron", "a mapping has either every_minutes or cron, not both.")


def _column(column: ColumnEntry, kind: Kind | None, path: str, findings: Findings) -> None:
    _field(kind, column.field, f"{path}.field", findings, LINK_FIELD)
    names = [name for name, _ in transforms.choices()]
    if column.transform and column.transform not in names:
        findings.add(
            f"{path}.transform", f"there is no transform {column.transform!r}{meant(column.transform, names)}"
        )
    elif wrong := transforms.problem(column.transform, column.argument):
        findings.add(f"{path}.argument", wrong)


# --- Names that stand for other entries -----------------------------------------------------------------------


def check_references(file: TenantFile, standing: TenantFile | None, count: int, findings: Findings) -> None:
    """Check the names by which mappings speak of other entries.

    Args:
        file: what the tenant is to become: the file's entries first, then what stays although the file does not name it.
        standing: the tenant as it is, None when it is new.
        count: how many mappings come from the file.
    """
    _hosts_once(file, standing, findings)
    environments = {one.name: one for one in file.environments}
    accounts, mappings = [one.name for one in file.accounts], {one.name: one for one in file.mappings}
    for index, entry in enumerate(file.mappings[:count]):
        path = f"mappings[{index}]"
        refer = _Referrer(path, findings)
        refer("environment", entry.environment, environments)
        refer("account", entry.account, accounts)
        refer(
            "predecessor", entry.predecessor, [name for name in mappings if name != entry.name], optional=True
        )
        for number, column in enumerate(entry.columns):
            refer(f"columns[{number}].linked_mapping", column.linked_mapping, mappings, optional=True)
        environment = environments.get(entry.environment)
        for company in entry.legal_entities if environment else ():
            known = environment.legal_entities if environment else {}
            if company not in known:
                findings.add(
                    f"{path}.legal_entities",
                    f"{entry.environment} has no legal entity {company}{meant(company, known)}",
                )
        before = mappings.get(entry.predecessor)
        if before and (before.account, before.board_id) != (entry.account, entry.board_id):
            findings.add(
                f"{path}.predecessor", f"items go on only within one board; {before.name} has another one."
            )
        if _comes_back(entry.name, lambda name: mappings[name].predecessor if name in mappings else ""):
            findings.add(f"{path}.predecessor", "the predecessors lead back to this mapping.")


def _hosts_once(file: TenantFile, standing: TenantFile | None, findings: Findings) -> None:
    """A host is one environment for life: under another name it would lose its events and its webhook."""
    others = [*file.environments, *(standing.environments if standing else ())]
    for index, entry in enumerate(file.environments):
        for other in others:
            if other.host == entry.host and other.name != entry.name:
                findings.add(
                    f"environments[{index}].host",
                    f"the environment {other.name} has this host too; an environment is given another name in the admin.",
                )


@dataclasses.dataclass(frozen=True)
class _Referrer:
    path: str
    findings: Findings

    def __call__(self, key: str, name: str, known: Collection[str], *, optional: bool = False) -> None:
        if name not in known and not (optional and not name):
            word = (
                key.rpartition(".")[2]
                .replace("linked_mapping", "mapping")
                .replace("predecessor", "other mapping")
            )
            self.findings.add(f"{self.path}.{key}", f"there is no {word} {name!r}{meant(name, known)}")


def _comes_back(start: str, following: Callable[[str], str]) -> bool:
    seen, name = {start}, following(start)
    while name and name not in seen:
        seen.add(name)
        name = following(name)
    return name == start
