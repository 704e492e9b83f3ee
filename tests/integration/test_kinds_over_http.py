"""Every record kind, read from the sandbox's Dynamics over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from connectors.dynamics.client import DynamicsClient
from connectors.limits import Unlimited
from connectors.transport import HttpTransport, Request, Response
from integration_portal.sync.read import Hint, complete, complete_page, read_records, row_fields
from mappings import catalogue
from mappings.catalogue.kind import LINK_FIELD, Kind, Record, Stamped
from sandbox.__main__ import start
from sandbox.core import Sandbox
from sandbox.dynamics import hand
from sandbox.dynamics.model import entity_sets
from tests.sandbox.dynamics_client import Client

KINDS = list(catalogue.KINDS.values())
SOURCES = [(kind, source) for kind in KINDS for source in kind.changes if isinstance(source, Stamped)]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@dataclass
class CountingTransport:
    """Moves calls, and counts them by entity set."""

    real: HttpTransport
    calls: list[str]

    def send(self, request: Request) -> Response:
        self.calls.append(request.operation.removeprefix("GET "))
        return self.real.send(request)


@dataclass
class OneToken:
    """A token that was asked for once."""

    value: str

    def token(self) -> str:
        return self.value

    def drop(self) -> None:
        raise AssertionError("The sandbox refused its own token.")


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    servers = start(sandbox, 0)
    yield sandbox
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def remote(world: Sandbox) -> Client:
    return Client(world)


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def dynamics(remote: Client, calls: list[str]) -> DynamicsClient:
    transport = CountingTransport(HttpTransport("dynamics"), calls)
    return DynamicsClient(remote.sandbox.urls["dynamics"], OneToken(remote.token), transport, Unlimited())


def names(kind: Kind) -> set[str]:
    return set(kind.field_names()) - {LINK_FIELD}


def walked(dynamics: DynamicsClient, kind: Kind) -> list[Record]:
    """Read all records of a kind with everything a mapping may use."""
    select = row_fields(kind, names(kind))
    pages = dynamics.read_pages(kind.entity, select=select, page_size=150)
    return [record for rows in pages for record in complete_page(dynamics, kind, rows, names(kind))]


@every_kind
def test_its_fields_are_those_of_the_environment(kind: Kind) -> None:
    entities = [kind.entity, *(detail.entity for detail in kind.details)]
    entities += [source.entity for listed, source in SOURCES if listed is kind]
    for entity in entities:
        real = entity_sets()[entity.entity_set]
        assert real.keys == entity.keys
        for field in entity.fields:
            found = real.by_name[field.name]
            assert found.edm_type.removeprefix("Microsoft.Dynamics.DataEntities.") == field.type
            assert (found.kind == "Date") == field.date_only
            assert not (field.writable and (found.read_only or real.read_only))


@every_kind
def test_its_rows_are_read_with_their_details(kind: Kind, dynamics: DynamicsClient, remote: Client) -> None:
    records = walked(dynamics, kind)
    assert len(records) == len(remote.state(kind.entity.entity_set)) > 0
    assert len({record.key for record in records}) == len(records)
    assert set().union(*(record.values for record in records)) == names(kind)
    assert all(record.company for record in records) or not kind.company_field


@every_kind
def test_one_record_is_found_by_what_an_event_says(kind: Kind, dynamics: DynamicsClient) -> None:
    expected = walked(dynamics, kind)[-1]
    keys = kind.events[0].keys if kind.events else kind.entity.keys
    company = {kind.company_field: expected.company} if kind.company_field else {}
    hint = Hint(1, {name: expected.values[name] for name in keys} | company)
    assert expected in read_records(dynamics, kind, [hint], names(kind))


@pytest.mark.parametrize(("kind", "source"), SOURCES, ids=lambda one: getattr(one, "name", None))
def test_what_changed_leads_to_its_record(kind: Kind, source: Stamped, dynamics: DynamicsClient) -> None:
    bound = f"{source.stamp} ge 2020-01-01T00:00:00Z"
    [*pages] = dynamics.read_pages(
        source.entity,
        filter=f"({bound}) and ({source.filter})" if source.filter else bound,
        select=tuple(source.keys.values()),
        order_by=(source.stamp,),
        page_size=20,
    )
    rows = pages[-1]
    criteria = [{name: row.values[there] for name, there in source.keys.items()} for row in rows]
    assert len(dynamics.find(kind.entity, criteria)) >= len({tuple(one.values()) for one in criteria})


class TestAmounts:
    def test_an_order_is_worth_its_lines_and_its_latest_confirmation(
        self, dynamics: DynamicsClient, remote: Client
    ) -> None:
        lines: dict[tuple[str, str], Decimal] = {}
        for line in remote.state("PurchaseOrderLinesV2"):
            if line["IsDeleted"] == "No":
                key = (line["dataAreaId"], line["PurchaseOrderNumber"])
                lines[key] = lines.get(key, Decimal(0)) + Decimal(str(line["LineAmount"]))
        confirmed = {
            (one["dataAreaId"], one["PurchaseOrderNumber"]): Decimal(str(one["TotalConfirmedAmount"]))
            for one in sorted(
                remote.state("PurchaseOrderConfirmationHeaders"),
                key=lambda one: (
                    one["ConfirmationDate"],
                    len(one["ConfirmationNumber"]),
                    one["ConfirmationNumber"],
                ),
            )
        }
        for record in walked(dynamics, catalogue.kind("purchase_order")):
            key = (record.company, str(record.values["PurchaseOrderNumber"]))
            assert record.values["lines.LineAmount"] == lines.get(key, Decimal(0))
            assert record.values.get("confirmation.TotalConfirmedAmount") == confirmed.get(key)
        assert confirmed

    def test_a_pending_invoice_is_worth_its_lines(self, dynamics: DynamicsClient, remote: Client) -> None:
        total = sum(Decimal(str(line["NetAmount"])) for line in remote.state("VendorInvoiceLines"))
        records = walked(dynamics, catalogue.kind("pending_invoice"))
        assert sum(record.values["lines.NetAmount"] for record in records) == total  # type: ignore[misc]

    def test_debit_and_credit_of_an_entry_make_nought(self, dynamics: DynamicsClient) -> None:
        for record in walked(dynamics, catalogue.kind("ledger_entry")):
            debit, credit = record.values["accounts.Debit"], record.values["accounts.Credit"]
            assert isinstance(debit, Decimal)
            assert isinstance(credit, Decimal)
            assert abs(debit + credit) <= Decimal("0.01")  # the sandbox rounds each account entry by itself


def test_some_invoices_are_paid_some_in_part_and_some_not(dynamics: DynamicsClient) -> None:
    records = walked(dynamics, catalogue.kind("posted_invoice"))
    states = [record.values["payment.State"] for record in records]
    assert set(states) == {"Paid", "Partly paid", "Open"}
    for record, state in zip(records, states, strict=True):
        assert (record.values["payment.Closed"] is not None) == (state == "Paid")
        owed = record.values["payment.AmountCur"]
        assert isinstance(owed, Decimal)
        assert owed == -Decimal(str(record.values["InvoiceAmount"]))


@pytest.mark.parametrize("name", ["purchase_order", "pending_invoice"])
def test_details_of_a_long_page_cost_one_call_for_each_legal_entity(
    name: str, dynamics: DynamicsClient, calls: list[str], remote: Client
) -> None:
    kind = catalogue.kind(name)
    [rows] = dynamics.read_pages(kind.entity, select=row_fields(kind, names(kind)), page_size=1000)
    calls.clear()
    at_once = complete_page(dynamics, kind, rows, names(kind))
    spanned = len(calls)
    assert spanned == 2 * len(kind.details)
    calls.clear()
    assert complete(dynamics, kind, rows, names(kind)) == at_once
    assert len(calls) > spanned


def test_a_payment_is_found_as_a_change_of_its_invoice(dynamics: DynamicsClient, world: Sandbox) -> None:
    kind = catalogue.kind("posted_invoice")
    opened = next(one for one in walked(dynamics, kind) if one.values["payment.State"] == "Open")
    transaction = {"dataAreaId": opened.company, "SourceKey": opened.values["payment.SourceKey"]}
    changed = hand.change(
        world.dynamics, "VendTransBiEntities", transaction, {"Closed": "2026-09-01T12:00:00Z"}
    )
    source = next(one for listed, one in SOURCES if listed is kind and one.entity is not kind.entity)
    [rows] = dynamics.read_pages(
        source.entity,
        filter=f"{source.stamp} ge {changed['SysModifiedDateTime']} and ({source.filter})",
        select=tuple(source.keys.values()),
    )
    criteria = [{name: row.values[there] for name, there in source.keys.items()} for row in rows]
    found = dynamics.find(kind.entity, criteria, select=row_fields(kind, names(kind)))
    [paid] = [one for one in complete(dynamics, kind, found, names(kind)) if one.key == opened.key]
    assert paid.values["payment.State"] == "Paid"
    assert paid.values["payment.Closed"] == date(2026, 9, 1)
