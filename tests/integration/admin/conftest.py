"""Two tenants with everything in them, a superuser, and people who belong to one tenant only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from audit import trail
from audit.models import AuditEntry
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from connectors.monday.model import Board, Column, Group, Label
from integration_portal.models import InboundEvent, State, SyncRun
from mappings import store
from mappings.models import (
    BoardMapping,
    BoardSnapshot,
    ColumnMapping,
    EventRule,
    GroupMapping,
    RecordLink,
    ReferenceValue,
    ValueMap,
)

SECRETS = ("canary-client-secret", "canary-api-token", "canary-signing-secret")
MODELS = (
    Tenant,
    DynamicsEnvironment,
    MondayAccount,
    BoardMapping,
    EventRule,
    BoardSnapshot,
    RecordLink,
    ReferenceValue,
    InboundEvent,
    SyncRun,
    AuditEntry,
)


@dataclass
class House:
    """One tenant and what belongs to it."""

    tenant: Tenant
    environment: DynamicsEnvironment
    entity: LegalEntity
    account: MondayAccount
    mapping: BoardMapping
    rule: EventRule
    board: BoardSnapshot
    link: RecordLink
    reference: ReferenceValue
    event: InboundEvent
    run: SyncRun
    entry: AuditEntry

    def rows(self) -> list[object]:
        return [
            self.tenant,
            self.environment,
            self.account,
            self.mapping,
            self.rule,
            self.board,
            self.link,
            self.reference,
            self.event,
            self.run,
            self.entry,
        ]


def build(name: str) -> House:
    """Make a tenant with one of everything; every text in it carries the tenant's name."""
    tenant = Tenant.objects.create(name=f"{name} Ltd", slug=name.lower())
    environment = DynamicsEnvironment.objects.create(
        tenant=tenant,
        name=f"{name} production",
        host=f"https://{name.lower()}.operations.dynamics.com",
        directory_tenant=f"directory-{name}",
        client_id=f"client-{name}",
        client_secret=SECRETS[0],
    )
    entity = LegalEntity.objects.create(
        environment=environment, data_area_id=f"{name[:3]}f", name=f"{name} France"
    )
    account = MondayAccount.objects.create(
        tenant=tenant, name=f"{name} boards", api_token=SECRETS[1], signing_secret=SECRETS[2]
    )
    mapping = BoardMapping.objects.create(
        tenant=tenant,
        name=f"{name} invoices",
        environment=environment,
        account=account,
        record_kind="posted_invoice",
        board_id="4711",
        key_column_id="key",
    )
    column = ColumnMapping.objects.create(mapping=mapping, column_id="currency", field="CurrencyCode")
    ValueMap.objects.create(column=column, value="EUR", label=f"{name} euro")
    GroupMapping.objects.create(mapping=mapping, value="EUR", group_id="topics")
    rule = EventRule.objects.create(
        environment=environment,
        event_type=f"{name}InvoiceEvent",
        record_kind="posted_invoice",
        keys={"InvoiceId": "Number"},
    )
    columns = (
        Column("currency", f"{name} currency", "status", (Label("1", "Euro"), Label("2", "Gone", True))),
    )
    store.keep_snapshot(account.pk, Board("4711", f"{name} board", columns, (Group("topics", "New"),)))
    link = RecordLink.objects.create(
        mapping=mapping,
        record_key=f"{name.lower()}/1",
        item_id="990011",
        baseline={"name": "INV", "group": "topics", "cells": {"currency": "EUR"}},
    )
    reference = ReferenceValue.objects.create(
        environment=environment,
        kind="vendor",
        company=f"{name[:3]}f".lower(),
        value=f"{name}-US-104",
        folded=f"{name}-us-104".lower(),
        name=f"{name} vendor",
        changed_at=timezone.now(),
    )
    event = event_of(environment, f"{name}-INV-1", state=State.DEAD, reason=f"{name}: the vendor is unknown.")
    run = SyncRun.objects.create(
        mapping=mapping,
        purpose="sweep",
        state="done",
        read=2000,
        changed=10,
        reason=f"{name}: as it should be.",
    )
    trail.record(
        trail.Fact(
            tenant_id=tenant.pk,
            action=trail.Action.ITEM_CHANGED,
            subject=f"{name} posted vendor invoice",
            event_id=event.pk,
            mapping_id=mapping.pk,
            item_id="990011",
            before={"currency": "USD"},
            after={"currency": "EUR"},
            calls=[
                {
                    "system": "monday",
                    "operation": "ChangeColumns",
                    "status": 200,
                    "elapsed_ms": 7,
                    "request_id": "r-1",
                }
            ],
        )
    )
    return House(
        tenant,
        environment,
        entity,
        account,
        mapping,
        rule,
        BoardSnapshot.objects.get(account=account),
        link,
        reference,
        event,
        run,
        AuditEntry.objects.get(tenant_id=tenant.pk),
    )


def event_of(environment: DynamicsEnvironment, subject: str, **more: object) -> InboundEvent:
    """Make an event as the webhook would store it."""
    payload = {
        "BusinessEventId": "VendorInvoicePostedBusinessEvent",
        "BusinessEventLegalEntity": "usmf",
        "ControlNumber": 5637144576,
        "EventId": "e",
        "EventTime": "/Date(1637246655000)/",
        "InvoiceAccount": "V1",
        "InvoiceId": subject,
    }
    values: dict[str, object] = {
        "tenant_id": environment.tenant_id,
        "environment": environment,
        "event_key": f"key/{subject}",
        "event_type": "VendorInvoicePostedBusinessEvent",
        "stream": f"{environment.pk}:posted_invoice",
        "record_kind": "posted_invoice",
        "company": "usmf",
        "subject": subject,
        "hint": {"InvoiceId": subject, "InvoiceAccount": "V1"},
        "control_number": 5637144576,
        "payload": json.dumps(payload),
    }
    event = InboundEvent.objects.create(**(values | more))
    if event.state in (State.DEAD, State.DONE):
        InboundEvent.objects.filter(pk=event.pk).update(settled_at=timezone.now())
    return event


@pytest.fixture
def ours(db: None) -> House:
    return build("Alpha")


@pytest.fixture
def theirs(db: None) -> House:
    return build("Bravo")


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", "pw")


@pytest.fixture
def admin(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def member(ours: House) -> Client:
    """Staff of the first tenant with every permission there is, short of being a superuser."""
    person = User.objects.create_user("member", "m@example.com", "pw", is_staff=True)
    person.user_permissions.set(Permission.objects.all())
    ours.tenant.members.add(person)
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def onlooker(ours: House) -> Client:
    """Staff of the first tenant who may only look."""
    person = User.objects.create_user("onlooker", "o@example.com", "pw", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    ours.tenant.members.add(person)
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture(autouse=True)
def clean_surroundings(settings: Any) -> Iterator[None]:
    settings.WHITENOISE_AUTOREFRESH = True  # no collected files are needed, and none are missed
    yield
    cache.clear()
