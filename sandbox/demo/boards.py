"""The demo's two boards: what stands on them, and which field of Dynamics each column shows.

Used to make the boards, to configure the portal, and, independently of the portal, to say what every cell should hold.
"""

from __future__ import annotations

from typing import Any

ORDER_STATUS = {
    "Backorder": "Open order",
    "Received": "Received",
    "Invoiced": "Invoiced",
    "Canceled": "Cancelled",
    "None": "None",
}
APPROVAL = {
    "Draft": "Draft",
    "InReview": "In review",
    "Rejected": "Rejected",
    "Approved": "Approved",
    "InExternalReview": "In external review",
    "Confirmed": "Confirmed",
    "Finalized": "Finalized",
}
COMPANY_GROUPS = {"usmf": "usmf", "demf": "demf"}


def _column(
    column_id: str, title: str, type_: str, field: str, labels: dict[str, str] | None = None
) -> dict[str, Any]:
    return {"id": column_id, "title": title, "type": type_, "field": field, "labels": labels or {}}


INVOICES: dict[str, Any] = {
    "name": "Vendor invoices",
    "record_kind": "posted_invoice",
    "entity_set": "VendInvoiceJourBiEntities",
    "event": "VendorInvoicePostedBusinessEvent",
    "key": ("dataAreaId", "SourceKey"),
    "key_column": "record_key",
    "name_fields": ("InvoiceId", "InvoiceAccount"),
    "name_template": "{InvoiceId} · {InvoiceAccount}",
    "group_field": "dataAreaId",
    "groups": COMPANY_GROUPS,
    "columns": [
        _column("vendor", "Vendor", "text", "InvoiceAccount"),
        _column("amount", "Amount", "numbers", "InvoiceAmount"),
        _column("tax", "Tax", "numbers", "SumTax"),
        _column("currency", "Currency", "dropdown", "CurrencyCode"),
        _column("invoice_date", "Invoice date", "date", "InvoiceDate"),
        _column("due_date", "Due date", "date", "DueDate"),
        _column("order", "Purchase order", "text", "PurchId"),
        _column("voucher", "Voucher", "text", "LedgerVoucher"),
        _column("terms", "Payment terms", "long_text", "Payment"),
        _column("dynamics", "In Dynamics", "link", "@link"),
    ],
}

ORDERS: dict[str, Any] = {
    "name": "Purchase orders",
    "record_kind": "purchase_order",
    "entity_set": "PurchaseOrderHeadersV2",
    "event": "PurchaseOrderConfirmedBusinessEvent",
    "key": ("dataAreaId", "PurchaseOrderNumber"),
    "key_column": "record_key",
    "name_fields": ("PurchaseOrderNumber", "PurchaseOrderName"),
    "name_template": "{PurchaseOrderNumber} · {PurchaseOrderName}",
    "group_field": "DocumentApprovalStatus",
    "groups": {symbol: symbol.lower() for symbol in APPROVAL},
    "columns": [
        _column("vendor", "Vendor", "text", "OrderVendorAccountNumber"),
        _column("status", "Status", "status", "PurchaseOrderStatus", ORDER_STATUS),
        _column("approval", "Approval", "status", "DocumentApprovalStatus", APPROVAL),
        _column("amount", "Confirmed amount", "numbers", "confirmation.TotalConfirmedAmount"),
        _column("currency", "Currency", "dropdown", "CurrencyCode"),
        _column("confirmed_on", "Confirmed on", "date", "confirmation.ConfirmationDate"),
        _column("delivery", "Delivery", "date", "RequestedDeliveryDate"),
        _column("email", "E-mail", "email", "Email"),
        _column("dynamics", "In Dynamics", "link", "@link"),
    ],
}

BOARDS = (INVOICES, ORDERS)


def board_request(board: dict[str, Any], currencies: list[str]) -> dict[str, Any]:
    """What the sandbox is asked for to make a board."""
    columns = [{"id": board["key_column"], "title": "Dynamics key", "type": "text"}]
    for column in board["columns"]:
        made = {"id": column["id"], "title": column["title"], "type": column["type"]}
        if column["type"] == "status":
            made["labels"] = list(column["labels"].values())
        if column["type"] == "dropdown":
            made["labels"] = currencies
        columns.append(made)
    titles = {"usmf": "USMF", "demf": "DEMF"} | {symbol.lower(): label for symbol, label in APPROVAL.items()}
    groups = [
        {"id": group_id, "title": titles[group_id]} for group_id in dict.fromkeys(board["groups"].values())
    ]
    return {"name": board["name"], "columns": columns, "groups": groups}


def mapping_request(board: dict[str, Any], board_id: str) -> dict[str, Any]:
    """What the portal is told about a board."""
    return {
        "name": board["name"],
        "record_kind": board["record_kind"],
        "board_id": board_id,
        "key_column_id": board["key_column"],
        "name_template": board["name_template"],
        "group_field": board["group_field"],
        "groups": board["groups"],
        "columns": [
            {"column_id": column["id"], "field": column["field"], "labels": column["labels"]}
            for column in board["columns"]
        ],
    }
