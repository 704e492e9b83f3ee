"""One tenant with everything it needs, and the two systems in memory."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from audit.models import AuditEntry
from connectors import connections
from connectors.dynamics.business_events import parse
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from integration_portal import doors, inbox, processor, queueing
from integration_portal.models import InboundEvent
from mappings.models import BoardMapping, ColumnMapping, RecordLink, ValueMap
from tests.fakes.dynamics import FakeDynamics
from tests.fakes.monday import FakeMonday
from tests.fakes.samples import AMOUNT, BOARD, DUE, HOST, INVOICES, KEY, STATUS, invoice_row

INVOICE_POSTED = "VendorInvoicePostedBusinessEvent"
ORDER_CONFIRMED = "PurchaseOrderConfirmedBusinessEvent"

_numbers = itertools.count(5637144576)


def invoice_event(invoice: str = "INV-88412", vendor: str = "US-104", **more: Any) -> dict[str, Any]:
    """A business event as Dynamics posts it, each with its own control number."""
    return {
        "BusinessEventId": INVOICE_POSTED,
        "BusinessEventLegalEntity": "usmf",
        "ControlNumber": next(_numbers),
        "EventId": "d3bb5d1d-6ea2-4bba-8ad1-0a4e1d4b0f5e",
        "EventTime": "/Date(1772359200000)/",
        "MajorVersion": 0,
        "MinorVersion": 0,
        "InvoiceId": invoice,
        "InvoiceAccount": vendor,
    } | more


def order_event(number: str = "00000154", **more: Any) -> dict[str, Any]:
    """A purchase order was confirmed."""
    event = invoice_event(BusinessEventId=ORDER_CONFIRMED, PurchaseOrderNumber=number, **more)
    del event["InvoiceId"], event["InvoiceAccount"]
    return event


@dataclass
class Portal:
    """A tenant, its connections and a mapping of posted invoices, and fakes for the two systems."""

    tenant: Tenant
    environment: DynamicsEnvironment
    account: MondayAccount
    mapping: BoardMapping
    dynamics: FakeDynamics = field(default_factory=FakeDynamics)
    monday: FakeMonday = field(default_factory=lambda: FakeMonday.with_boards(BOARD))

    @property
    def stream(self) -> str:
        return f"{self.environment.pk}:posted_invoice"

    def receive(
        self, *events: dict[str, Any], environment: DynamicsEnvironment | None = None
    ) -> list[InboundEvent]:
        """Let events come in; returns those that were new."""
        known = set(InboundEvent.objects.values_list("pk", flat=True))
        door = doors.open_door(environment or self.environment)
        for event in events:
            body = json.dumps(event).encode()
            inbox.receive(door, parse(body, {}).notifications, body.decode())
        return list(InboundEvent.objects.exclude(pk__in=known).order_by("pk"))

    def work(self, stream: str = "") -> int:
        """Let a worker take one batch."""
        return processor.run_once(stream or self.stream)

    def settled(self, *events: dict[str, Any]) -> InboundEvent:
        """Let events come in and a worker take them; returns the last one."""
        event = self.receive(*(events or (invoice_event(),)))[-1]
        self.work(event.stream)
        event.refresh_from_db()
        return event

    def link(self, key: str = "usmf/5637144577") -> RecordLink:
        return RecordLink.objects.get(mapping=self.mapping, record_key=key)

    def texts(self) -> list[dict[str, str]]:
        """What a person sees on the board."""
        return [self.monday.texts(item) for item in self.monday.all_items(BOARD.id)]

    def trail(self) -> list[AuditEntry]:
        """The audit trail, oldest first."""
        return list(AuditEntry.objects.order_by("id"))


def make_tenant(name: str = "Contoso") -> Portal:
    """Make the rows of one tenant."""
    tenant = Tenant.objects.create(name=name, slug=name.lower())
    environment = DynamicsEnvironment.objects.create(
        tenant=tenant,
        name="Production",
        host=HOST,
        directory_tenant="contoso.onmicrosoft.com",
        client_id="11111111-2222-3333-4444-555555555555",
        client_secret="dynamics-secret",
    )
    for company in ("usmf", "demf"):
        LegalEntity.objects.create(environment=environment, data_area_id=company)
    account = MondayAccount.objects.create(tenant=tenant, name="Boards", api_token="monday-token")
    mapping = make_mapping(environment, account)
    return Portal(tenant, environment, account, mapping)


def make_mapping(environment: DynamicsEnvironment, account: MondayAccount, **more: Any) -> BoardMapping:
    """Map posted invoices to the ordinary board."""
    values: dict[str, Any] = {
        "name": "Posted invoices",
        "record_kind": "posted_invoice",
        "board_id": BOARD.id,
        "key_column_id": KEY,
        "default_group_id": "topics",
        "active": True,
    }
    mapping = BoardMapping.objects.create(
        tenant=environment.tenant, environment=environment, account=account, **(values | more)
    )
    fields = {AMOUNT: "InvoiceAmount", STATUS: "CurrencyCode", DUE: "DueDate"}
    for position, (column_id, name) in enumerate(fields.items()):
        ColumnMapping.objects.create(mapping=mapping, column_id=column_id, field=name, position=position)
    ValueMap.objects.create(column=mapping.columns.get(column_id=STATUS), value="USD", label="US dollar")
    return mapping


def _forget() -> None:
    doors.forget()
    queueing._last_call.clear()
    processor._unsettled.clear()
    connections._transports.clear()
    connections._tokens.clear()


@pytest.fixture(autouse=True)
def no_memory_between_tests() -> Iterator[None]:
    """A process remembers some things; a test must not."""
    _forget()
    yield
    _forget()


@pytest.fixture
def portal(db: None, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """One tenant whose two systems are fakes; Dynamics has one posted invoice."""
    made = make_tenant()
    made.dynamics.rows[INVOICES] = [invoice_row()]
    monkeypatch.setattr(connections, "dynamics", lambda _environment: made.dynamics)
    monkeypatch.setattr(connections, "monday", lambda _account: made.monday)
    return made
