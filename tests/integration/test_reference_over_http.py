"""Reference values read from the sandbox's Dynamics, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import DynamicsEnvironment
from integration_portal import references, tasks
from mappings import catalogue, reference_reading, reference_store
from mappings.models import ReferenceReading, ReferenceValue
from sandbox.__main__ import start
from sandbox.core import Sandbox
from sandbox.dynamics import hand
from sandbox.entra import CLIENT_ID, CLIENT_SECRET, TENANT
from tests.integration.conftest import make_tenant

TERMS, DIMENSIONS = "PaymentTerms", "FinancialDimensionValues"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    servers = start(sandbox, 0)
    yield sandbox
    for server in servers:
        server.stop()


@pytest.fixture
def sandbox(world: Sandbox) -> Sandbox:
    world.reset()
    return world


@pytest.fixture
def environment(sandbox: Sandbox, db: None, settings: Any) -> DynamicsEnvironment:
    settings.ALLOW_LOOPBACK_HTTP = True
    settings.ENTRA_URL = sandbox.urls["entra"]
    made = make_tenant().environment
    made.host, made.directory_tenant = sandbox.urls["dynamics"], TENANT
    made.client_id, made.client_secret = CLIENT_ID, CLIENT_SECRET
    made.save()
    return made


def read(environment: DynamicsEnvironment) -> None:
    """Have everything read, as the button does, and a worker at it."""
    reference_reading.ask(environment.pk, timezone.now())
    tasks.read_references(str(environment.pk))
    assert [one.problem for one in ReferenceReading.objects.exclude(problem="")] == []


def value(name: str, kind: str = "payment_terms", company: str = "usmf", **more: str) -> ReferenceValue:
    return ReferenceValue.objects.get(kind=kind, company=company, value=name, **more)


def test_every_reference_value_is_read(environment: DynamicsEnvironment, sandbox: Sandbox) -> None:
    read(environment)
    for kind in reference_reading.kinds():
        expected = len(sandbox.dynamics.table(kind.entity.entity_set).rows)
        assert expected > 0
        assert ReferenceValue.objects.filter(kind=kind.name, gone=False).count() == expected, kind.name
    terms = value("Net30")
    assert (terms.name, terms.suspended, terms.company) == ("Net 30 days", False, "usmf")
    assert value("EUR", "currency", "").name == "Euro"


def test_a_suspended_value_is_marked(environment: DynamicsEnvironment, sandbox: Sandbox) -> None:
    read(environment)
    assert value("024", "dimension_value", within="CostCenter").suspended
    assert not value("024", "dimension_value", within="Department").suspended
    key = {"FinancialDimension": "CostCenter", "LegalEntityId": "usmf", "DimensionValue": "007"}
    hand.change(sandbox.dynamics, DIMENSIONS, key, {"IsSuspended": "Yes"})
    read(environment)
    assert value("007", "dimension_value").suspended


def test_a_removed_value_is_gone_once_it_is_missing_and_comes_back(
    environment: DynamicsEnvironment, sandbox: Sandbox
) -> None:
    read(environment)
    hand.delete(sandbox.dynamics, TERMS, {"dataAreaId": "usmf", "Name": "Net45"})
    read(environment)
    assert value("Net45").gone
    assert not value("Net45", company="demf").gone
    order = catalogue.kind("purchase_order")
    found = reference_store.check_write(environment.pk, order, "PaymentTermsName", "Net45", "usmf")
    assert found is not None and "no longer exist in usmf" in found.sentence
    hand.insert(sandbox.dynamics, TERMS, {"dataAreaId": "usmf", "Name": "Net45", "Description": "Again"})
    read(environment)
    assert (value("Net45").gone, value("Net45").name) == (False, "Again")


def test_a_changed_name_is_updated_and_nothing_else(
    environment: DynamicsEnvironment, sandbox: Sandbox
) -> None:
    read(environment)
    key = {"dataAreaId": "usmf", "Name": "Net30"}
    hand.change(sandbox.dynamics, TERMS, key, {"Description": "Thirty days net"})
    before = timezone.now()
    read(environment)
    assert value("Net30").name == "Thirty days net"
    assert ReferenceValue.objects.filter(changed_at__gte=before).count() == 1


def test_a_second_reading_writes_no_value(environment: DynamicsEnvironment, sandbox: Sandbox) -> None:
    read(environment)
    values = list(ReferenceValue.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as queries:
        read(environment)
    table = ReferenceValue._meta.db_table
    written = [one["sql"] for one in queries if table in one["sql"] and not one["sql"].startswith("SELECT")]
    assert written == []
    assert list(ReferenceValue.objects.order_by("pk").values()) == values


def test_values_come_page_by_page(environment: DynamicsEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "PAGE", 3)
    read(environment)
    assert ReferenceValue.objects.filter(kind="payment_terms").count() == 12


def test_nothing_is_due_again_before_its_time(environment: DynamicsEnvironment, sandbox: Sandbox) -> None:
    assert reference_reading.due_environments(timezone.now()) == [environment.pk]
    tasks.read_references(str(environment.pk))
    assert reference_reading.due_environments(timezone.now()) == []
    asked = len(sandbox.calls.list(system="dynamics"))
    tasks.read_references(str(environment.pk))
    assert len(sandbox.calls.list(system="dynamics")) == asked
    assert reference_reading.due_environments(timezone.now() + timedelta(hours=25)) == [environment.pk]


def test_what_a_hidden_legal_entity_had_is_kept_and_told(
    environment: DynamicsEnvironment, sandbox: Sandbox
) -> None:
    read(environment)
    sandbox.dynamics.settings.update({"companies": ["usmf"]})
    reference_reading.ask(environment.pk, timezone.now())
    tasks.read_references(str(environment.pk))
    assert not value("Net30", company="demf").gone
    told = ReferenceReading.objects.get(kind="payment_terms")
    assert told.problem.startswith("No payment terms of demf came, although there were some.")


def test_an_entity_set_out_of_reach_stops_neither_the_others_nor_the_environment(
    environment: DynamicsEnvironment, sandbox: Sandbox
) -> None:
    sandbox.dynamics.settings.update({"denied_sets": [TERMS]})
    reference_reading.ask(environment.pk, timezone.now())
    tasks.read_references(str(environment.pk))
    told = ReferenceReading.objects.get(kind="payment_terms")
    assert told.read_at is None
    assert told.problem.startswith("The payment terms were not read: ")
    assert ReferenceReading.objects.filter(read_at=None).count() == 1
    environment.refresh_from_db()
    assert environment.paused_at is None
    order = catalogue.kind("purchase_order")
    assert reference_store.check_write(environment.pk, order, "PaymentTermsName", "Net31", "usmf") is None
