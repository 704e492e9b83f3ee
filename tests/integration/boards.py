"""More boards and mappings beside the ordinary one: vendors that invoices point at, invoices before they are posted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.monday.model import Board, Column, Group
from integration_portal.models import InboundEvent, State
from integration_portal.sync.route import stream_of
from mappings.models import BoardMapping, ColumnMapping
from tests.fakes.samples import BOARD, KEY, VENDORS, vendor_row
from tests.integration.conftest import Portal, make_mapping

RELATION = "board_relation_vendor"
NAME = "text_name"
PARENT = "board_relation_parent"

VENDOR_BOARD = Board(
    id="9002",
    name="Vendors",
    columns=(
        Column("name", "Name", "name"),
        Column(KEY, "Key", "text"),
        Column(NAME, "Search name", "text"),
        Column(PARENT, "Invoice vendor", "board_relation", settings={"boardIds": [9001, 9002]}),
    ),
    groups=(Group("topics", "Vendors"),),
)
INVOICE_BOARD = replace(
    BOARD,
    columns=(*BOARD.columns, Column(RELATION, "Vendor", "board_relation", settings={"boardIds": [9002]})),
    groups=(*BOARD.groups, Group("group_gone", "Gone")),
)


def plain_mapping(
    portal: Portal, kind: str, board: Board, fields: dict[str, str], **more: Any
) -> BoardMapping:
    """A mapping with these columns and no other."""
    values = {"name": f"{kind} on {board.name}", "record_kind": kind, "board_id": board.id} | more
    mapping = make_mapping(portal.environment, portal.account, **values)
    mapping.columns.all().delete()
    for position, (column_id, name) in enumerate(fields.items()):
        ColumnMapping.objects.create(mapping=mapping, column_id=column_id, field=name, position=position)
    return mapping


def with_vendors(portal: Portal, **more: Any) -> BoardMapping:
    """Put the vendors on a board, and let the invoices point at it."""
    portal.monday.boards |= {VENDOR_BOARD.id: VENDOR_BOARD, INVOICE_BOARD.id: INVOICE_BOARD}
    portal.monday.items.setdefault(VENDOR_BOARD.id, {})
    portal.dynamics.rows[VENDORS] = [vendor_row()]
    vendors = plain_mapping(portal, "vendor", VENDOR_BOARD, {NAME: "VendorSearchName"}, **more)
    ColumnMapping.objects.create(
        mapping=portal.mapping,
        column_id=RELATION,
        field="InvoiceAccount",
        position=9,
        linked_mapping=vendors,
    )
    return vendors


def with_pending(portal: Portal, **more: Any) -> BoardMapping:
    """Put invoices on the board before they are posted; the posted ones take their items over."""
    portal.monday.boards[INVOICE_BOARD.id] = INVOICE_BOARD
    pending = plain_mapping(
        portal,
        "pending_invoice",
        INVOICE_BOARD,
        {"date_due": "DueDate", "status_currency": "Currency"},
        **more,
    )
    portal.mapping.predecessor = pending
    portal.mapping.default_group_id = "group_paid"
    portal.mapping.save()
    return pending


def linked_ids(portal: Portal, board: Board, column_id: str) -> list[list[str]]:
    """What the items of a board point at."""
    return [
        item.cells[column_id].extra["linked_item_ids"] if column_id in item.cells else []
        for item in portal.monday.all_items(board.id)
    ]


def put_event(
    portal: Portal, kind: str, hint: dict[str, Any], *, event_type: str = "RecordChanged", number: int = 0
) -> InboundEvent:
    """Put an event into the inbox as a schedule does."""
    return InboundEvent.objects.create(
        tenant=portal.tenant,
        environment=portal.environment,
        event_key=f"schedule/test/{kind}/{number or InboundEvent.objects.count()}",
        event_type=event_type,
        stream=stream_of(portal.environment.pk, kind),
        record_kind=kind,
        company="usmf",
        subject=" ".join(str(value) for value in hint.values()),
        hint=hint,
    )


def worked(portal: Portal, event: InboundEvent) -> InboundEvent:
    """Let a worker take an event."""
    portal.work(event.stream)
    event.refresh_from_db()
    return event


def open_events() -> int:
    """Events without an end."""
    return InboundEvent.objects.filter(state__in=(State.PENDING, State.RETRYING, State.RUNNING)).count()
