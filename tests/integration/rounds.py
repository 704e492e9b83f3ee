"""Steps of the tests of schedules' rounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from connectors.dynamics.model import Plain, Row
from integration_portal import runs, schedules
from integration_portal.models import SyncRun
from mappings.models import BoardMapping
from tests.fakes.samples import INVOICES, invoice_row
from tests.integration.conftest import Portal

PAYMENTS = "VendTransBiEntities"
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stamped(number: int, *, minutes: int = 0, **values: Plain) -> Row:
    stamp = FIRST + timedelta(minutes=minutes)
    return invoice_row(SourceKey=number, InvoiceId=f"INV-{number}", SysModifiedDateTime=stamp, **values)


def change(portal: Portal, number: int, **values: Plain) -> None:
    rows = portal.dynamics.rows[INVOICES]
    for place, row in enumerate(rows):
        if row.values["SourceKey"] == number:
            rows[place] = Row({**row.values, **values}, row.etag)


def read(portal: Portal, **values: Any) -> SyncRun:
    """Let a round be opened and a worker take one turn at it."""
    assert schedules.open_run(BoardMapping.objects.get(pk=portal.mapping.pk), **values)
    return turn()


def turn() -> SyncRun:
    SyncRun.objects.filter(state="open").update(next_attempt_at=timezone.now())
    runs.work(SyncRun.objects.first().pk)
    return SyncRun.objects.first()


def work(portal: Portal) -> None:
    while portal.work():
        pass


def read_seven(portal: Portal) -> Portal:
    """Let seven invoices be read for the first time and brought to their board."""
    portal.dynamics.rows[INVOICES] = [stamped(number) for number in range(1, 8)]
    assert read(portal).state == "done"
    work(portal)
    portal.monday.calls.clear()
    portal.dynamics.walked.clear()
    return portal
