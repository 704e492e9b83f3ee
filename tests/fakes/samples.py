"""Records, mappings and boards as tests speak of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.dynamics.model import Plain, Row
from connectors.monday.model import Board, Column, Group, Label
from mappings import catalogue
from mappings.catalogue.kind import Record
from mappings.rules import BoardRule, ColumnRule

HOST = "https://contoso.operations.dynamics.com"
INVOICES = "VendInvoiceJourBiEntities"
ORDERS = "PurchaseOrderHeadersV2"
CONFIRMATIONS = "PurchaseOrderConfirmationHeaders"
VENDORS = "VendorsV2"
PENDING = "VendorInvoiceHeaders"

KEY = "text_key"
AMOUNT = "numbers_amount"
STATUS = "status_currency"
DUE = "date_due"

BOARD = Board(
    id="9001",
    name="Invoices",
    columns=(
        Column("name", "Name", "name"),
        Column(KEY, "Key", "text"),
        Column(AMOUNT, "Amount", "numbers"),
        Column(STATUS, "Currency", "status", (Label("1", "EUR"), Label("2", "US dollar"), Label("3", "42"))),
        Column(DUE, "Due", "date"),
        Column("link_back", "Dynamics", "link"),
        Column("text_old", "Old", "text", archived=True),
        Column("mirror_x", "Mirror", "mirror"),
    ),
    groups=(Group("topics", "New"), Group("group_paid", "Paid")),
)

INVOICE_VALUES: dict[str, Plain] = {
    "dataAreaId": "usmf",
    "SourceKey": 5637144577,
    "InvoiceId": "INV-88412",
    "InvoiceAccount": "US-104",
    "InvoiceDate": date(2026, 3, 1),
    "DueDate": date(2026, 3, 31),
    "InvoiceAmount": Decimal("1250.50"),
    "CurrencyCode": "EUR",
    "Payment": "Net30",
}


def invoice_row(**values: Plain) -> Row:
    """A posted invoice as Dynamics gives it; `values` on top of an ordinary one."""
    return Row(INVOICE_VALUES | values, etag='W/"1"')


def invoice(**values: Plain) -> Record:
    """The same as a named record."""
    return catalogue.kind("posted_invoice").record(invoice_row(**values))


def order_row(number: str = "00000154", **values: Plain) -> Row:
    """A purchase order header."""
    return Row(
        {
            "dataAreaId": "usmf",
            "PurchaseOrderNumber": number,
            "PurchaseOrderName": "Acme Office Supplies",
            "OrderVendorAccountNumber": "US-104",
            "CurrencyCode": "EUR",
            "DocumentApprovalStatus": "Confirmed",
        }
        | values
    )


def vendor_row(account: str = "US-104", **values: Plain) -> Row:
    """A vendor."""
    return Row(
        {
            "dataAreaId": "usmf",
            "VendorAccountNumber": account,
            "VendorOrganizationName": f"Vendor {account}",
            "VendorSearchName": "Acme",
        }
        | values
    )


def pending_row(reference: str = "H-1", **values: Plain) -> Row:
    """The ordinary invoice, before it is posted."""
    return Row(
        {
            "dataAreaId": "usmf",
            "HeaderReference": reference,
            "InvoiceNumber": "INV-88412",
            "InvoiceAccount": "US-104",
            "VendorName": "Acme",
            "Currency": "EUR",
            "DueDate": date(2026, 3, 31),
        }
        | values
    )


def confirmation_row(number: str = "00000154", suffix: str = "-1", **values: Plain) -> Row:
    """One confirmation of a purchase order."""
    return Row(
        {
            "dataAreaId": "usmf",
            "PurchaseOrderNumber": number,
            "ConfirmationNumber": f"{number}{suffix}",
            "ConfirmationDate": date(2026, 3, 1),
            "TotalConfirmedAmount": Decimal("99.00"),
            "CurrencyCode": "EUR",
        }
        | values
    )


RULE = BoardRule(
    mapping_id=7,
    name="Posted invoices",
    account_id=3,
    board_id=BOARD.id,
    kind=catalogue.kind("posted_invoice"),
    key_column_id=KEY,
    columns=(
        ColumnRule(AMOUNT, "InvoiceAmount"),
        ColumnRule(STATUS, "CurrencyCode", {"USD": "US dollar"}),
        ColumnRule(DUE, "DueDate"),
    ),
    default_group_id="topics",
)


def rule(**changes: Any) -> BoardRule:
    """The ordinary mapping, with changes."""
    return replace(RULE, **changes)


def board(*more: Column, **changes: Any) -> Board:
    """The ordinary board, with more columns or other changes."""
    return replace(BOARD, **({"columns": (*BOARD.columns, *more)} | changes))
