"""A file becomes a tenant: read, check, compare, apply, record; all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from audit import trail
from connectors.models import DynamicsEnvironment, MondayAccount, Tenant
from integration_portal import resuming
from integration_portal.tenantfile import applying, checking, difference, reading, secrets, standing
from integration_portal.tenantfile.difference import Change
from integration_portal.tenantfile.findings import Findings, Refused
from integration_portal.tenantfile.form import TenantFile
from integration_portal.tenantfile.secrets import Place
from mappings.models import BoardMapping


@dataclass(frozen=True)
class Loaded:
    """What came of a file.

    Attributes:
        changes: what was changed, or would be.
        missing: what stands in the portal and not in the file, in words.
        webhooks: environment -> token of its webhook; empty after a dry run.
    """

    slug: str
    changes: list[Change]
    missing: list[str]
    webhooks: Mapping[str, str]


def load(
    content: bytes,
    file: str,
    *,
    environ: Mapping[str, str],
    allow_loopback_http: bool,
    prune: bool = False,
    dry_run: bool = False,
    actor: str = "load_tenant",
) -> Loaded:
    """Load a tenant file.

    Args:
        file: its name, for sentences and the trail.
        environ: the environment variables secrets may be kept in.
        prune: remove what the file does not name.
        dry_run: find out everything, write nothing.

    Raises:
        Refused: with a sentence for each problem; nothing was written.
        SecretUnreadable: a stored secret of the tenant does not open with the key that is set.
    """
    findings = Findings(file)
    wanted = reading.read(content, findings)
    wanted = checking.check(wanted, findings, allow_loopback_http=allow_loopback_http)
    fetched = secrets.fetch(wanted, environ, findings)
    try:
        with transaction.atomic():
            loaded = _into_rows(wanted, fetched, findings, prune=prune, origin=f"{actor} {file}")
            if dry_run:
                transaction.set_rollback(True)
                return Loaded(loaded.slug, loaded.changes, loaded.missing, {})
    except IntegrityError as wrong:
        raise Refused(
            [f"{file}: somebody else changed the tenant at the same time. Load it again."]
        ) from wrong
    return loaded


def _into_rows(
    wanted: TenantFile, fetched: Mapping[Place, str], findings: Findings, *, prune: bool, origin: str
) -> Loaded:
    tenant = Tenant.objects.select_for_update().filter(slug=wanted.tenant.slug).first()
    before = standing.read(tenant) if tenant else None
    whole, missing = difference.merged(before, wanted, prune=prune)
    checking.check_references(whole, before, len(wanted.mappings), findings)
    findings.refuse()
    changes = difference.changes(before, whole, _new_secrets(tenant, fetched))
    row = applying.apply(tenant, whole, changes, fetched, findings)
    findings.refuse()
    trail.record_all(_fact(row.pk, change, origin) for change in changes)
    _resume(row, changes, origin)
    environments = DynamicsEnvironment.objects.filter(tenant=row).order_by("id")
    return Loaded(row.slug, changes, missing, {one.name: one.webhook_token for one in environments})


def _resume(tenant: Tenant, changes: list[Change], origin: str) -> None:
    """Let paused mappings that the file changed go on: that is how they are mended. Those still wrong pause again."""
    names = [change.name for change in changes if change.section == "mappings"]
    for mapping in BoardMapping.objects.filter(tenant=tenant, name__in=names, paused_at__isnull=False):
        resuming.resume(mapping, actor=origin.partition(" ")[0])


def _new_secrets(tenant: Tenant | None, fetched: Mapping[Place, str]) -> list[Place]:
    """Find the secrets whose value is not the stored one."""
    if tenant is None:
        return list(fetched)
    stored: dict[Place, str] = {}
    for environment in DynamicsEnvironment.objects.filter(tenant=tenant):
        stored["environments", environment.name, "client_secret"] = environment.client_secret
    for account in MondayAccount.objects.filter(tenant=tenant):
        stored["accounts", account.name, "api_token"] = account.api_token
        stored["accounts", account.name, "signing_secret"] = account.signing_secret
    return [place for place, secret in fetched.items() if stored.get(place) != secret]


def _fact(tenant_id: int, change: Change, origin: str) -> trail.Fact:
    actor, _, file = origin.partition(" ")
    return trail.Fact(
        tenant_id=tenant_id,
        action=trail.Action.TENANT_LOADED,
        subject=f"{change.word.capitalize()} {change.name}",
        actor=actor,
        before=change.before,
        after=change.after,
        detail=f"{change.how.capitalize()} from {file}.",
    )


def dump(slug: str) -> TenantFile:
    """Read a tenant in the form of a file.

    Raises:
        Refused: there is no such tenant, or its rows cannot be said in a file.
        SecretUnreadable: a stored secret of the tenant does not open with the key that is set.
    """
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.values_list("slug", flat=True)) or "none yet"
        raise Refused([f"There is no tenant {slug}; there are: {known}."])
    return standing.read(tenant)
