"""The demo's boards: what stands on them, and which field of Dynamics each column shows.

Used to make the boards, to configure the portal, and, independently of the portal, to say what every cell should hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Board = dict[str, Any]

KEY = "record_key"
COMPANIES = {"usmf": "USMF", "demf": "DEMF"}
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
HOLD = {
    "No": "Not on hold",
    "Invoice": "Invoices on hold",
    "All": "On hold",
    "Payment": "Payments on hold",
    "Requisition": "Requisitions on hold",
    "Never": "Never on hold",
    "PurchOrder": "Orders on hold",
}
YES = {"Yes": "Yes", "No": "No"}
PAID = {"Paid": "Paid", "Partly paid": "Partly paid", "Open": "Open"}


def _column(column_id: str, title: str, kind: str, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"id": column_id, "title": title, "type": kind, "labels": dict(labels or {})}


def _mapping(
    name: str, kind: str, entity_set: str, key: Sequence[str], template: str, **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "record_kind": kind,
        "entity_set": entity_set,
        "key": tuple(key),
        "name_template": template,
        "company": "dataAreaId",
    } | more


VENDORS: Board = {
    "name": "Vendors",
    "groups": COMPANIES,
    "columns": [
        _column("hold", "Hold", "status", HOLD),
        _column("currency", "Currency", "dropdown"),
        _column("terms", "Payment terms", "text"),
        _column("email", "E-mail", "email"),
        _column("dynamics", "In Dynamics", "link"),
    ],
    "mappings": [
        _mapping(
            "Vendors", "vendor", "VendorsV2", ("dataAreaId", "VendorAccountNumber"),
            "{VendorOrganizationName} · {VendorAccountNumber}",
            group_field="dataAreaId",
            group_ids={company: company for company in COMPANIES},
            fields={
                "hold": "OnHoldStatus", "currency": "CurrencyCode", "terms": "DefaultPaymentTermsName",
                "email": "PrimaryEmailAddress", "dynamics": "@link",
            },
        )
    ],
}  # fmt: skip

ORDERS: Board = {
    "name": "Purchase orders",
    "groups": {symbol.lower(): label for symbol, label in APPROVAL.items()},
    "columns": [
        _column("vendor_item", "Vendor", "board_relation"),
        _column("vendor", "Vendor account", "text"),
        _column("status", "Status", "status", ORDER_STATUS),
        _column("approval", "Approval", "status", APPROVAL),
        _column("amount", "Confirmed amount", "numbers"),
        _column("lines", "Lines", "numbers"),
        _column("currency", "Currency", "dropdown"),
        _column("confirmed_on", "Confirmed on", "date"),
        _column("delivery", "Delivery", "date"),
        _column("email", "E-mail", "email"),
        _column("dynamics", "In Dynamics", "link"),
    ],
    "mappings": [
        _mapping(
            "Purchase orders", "purchase_order", "PurchaseOrderHeadersV2", ("dataAreaId", "PurchaseOrderNumber"),
            "{PurchaseOrderNumber} · {PurchaseOrderName}",
            event="PurchaseOrderConfirmedBusinessEvent",
            group_field="DocumentApprovalStatus",
            group_ids={symbol: symbol.lower() for symbol in APPROVAL},
            linked={"vendor_item": "Vendors"},
            fields={
                "vendor_item": "OrderVendorAccountNumber", "vendor": "OrderVendorAccountNumber",
                "status": "PurchaseOrderStatus", "approval": "DocumentApprovalStatus",
                "amount": "confirmation.TotalConfirmedAmount", "lines": "lines.LineAmount",
                "currency": "CurrencyCode", "confirmed_on": "confirmation.ConfirmationDate",
                "delivery": "RequestedDeliveryDate", "email": "Email", "dynamics": "@link",
            },
        )
    ],
}  # fmt: skip

INVOICES: Board = {
    "name": "Vendor invoices",
    "groups": {"pending": "Pending", "posted": "Posted", "gone": "Gone from Dynamics"},
    "columns": [
        _column("vendor_item", "Vendor", "board_relation"),
        _column("vendor", "Vendor account", "text"),
        _column("amount", "Amount", "numbers"),
        _column("tax", "Tax", "numbers"),
        _column("currency", "Currency", "dropdown"),
        _column("invoice_date", "Invoice date", "date"),
        _column("due_date", "Due date", "date"),
        _column("order", "Purchase order", "text"),
        _column("hold", "On hold", "status", YES),
        _column("paid", "Paid", "status", PAID),
        _column("voucher", "Voucher", "text"),
        _column("terms", "Payment terms", "long_text"),
        _column("dynamics", "In Dynamics", "link"),
    ],
    "mappings": [
        _mapping(
            "Pending invoices", "pending_invoice", "VendorInvoiceHeaders", ("dataAreaId", "HeaderReference"),
            "{InvoiceNumber} · {InvoiceAccount}",
            default_group_id="pending",
            gone_group_id="gone",
            linked={"vendor_item": "Vendors"},
            fields={
                "vendor_item": "InvoiceAccount", "vendor": "InvoiceAccount", "amount": "lines.NetAmount",
                "currency": "Currency", "invoice_date": "InvoiceDate", "due_date": "DueDate",
                "order": "PurchaseOrderNumber", "hold": "IsOnHold", "terms": "TermsOfPayment", "dynamics": "@link",
            },
        ),
        _mapping(
            "Posted invoices", "posted_invoice", "VendInvoiceJourBiEntities", ("dataAreaId", "SourceKey"),
            "{InvoiceId} · {InvoiceAccount}",
            event="VendorInvoicePostedBusinessEvent",
            default_group_id="posted",
            predecessor="Pending invoices",
            linked={"vendor_item": "Vendors"},
            fields={
                "vendor_item": "InvoiceAccount", "vendor": "InvoiceAccount", "amount": "InvoiceAmount",
                "tax": "SumTax", "currency": "CurrencyCode", "invoice_date": "InvoiceDate", "due_date": "DueDate",
                "order": "PurchId", "paid": "payment.State", "voucher": "LedgerVoucher", "terms": "Payment",
                "dynamics": "@link",
            },
        ),
    ],
}  # fmt: skip

JOURNALS: Board = {
    "name": "General ledger",
    "groups": {"journals": "Journals", "entries": "Posted entries"},
    "columns": [
        _column("posted", "Posted", "status", YES),
        _column("debit", "Debit", "numbers"),
        _column("credit", "Credit", "numbers"),
        _column("date", "Date", "date"),
        _column("document", "Document", "text"),
    ],
    "mappings": [
        _mapping(
            "Journals", "ledger_journal", "LedgerJournalHeaders", ("dataAreaId", "JournalBatchNumber"),
            "{JournalBatchNumber} · {Description}",
            default_group_id="journals",
            fields={"posted": "IsPosted", "debit": "JournalTotalDebit", "credit": "JournalTotalCredit"},
        ),
        _mapping(
            "Ledger entries", "ledger_entry", "GeneralJournalEntryBiEntities",
            ("JournalNumber", "FiscalCalendarYear", "Ledger"), "{SubledgerVoucher} · {JournalNumber}",
            company="SubledgerVoucherDataAreaId",
            default_group_id="entries",
            fields={
                "debit": "accounts.Debit", "credit": "accounts.Credit", "date": "AccountingDate",
                "document": "DocumentNumber",
            },
        ),
    ],
}  # fmt: skip

REFERENCE: Board = {
    "name": "Reference data",
    "groups": {
        "dimensions": "Dimension values", "accounts": "Main accounts", "terms": "Payment terms",
        "currencies": "Currencies", "entities": "Legal entities",
    },
    "columns": [_column("description", "Name", "text"), _column("suspended", "Suspended", "status", YES)],
    "mappings": [
        _mapping(
            "Dimension values", "dimension_value", "FinancialDimensionValues",
            ("FinancialDimension", "LegalEntityId", "DimensionValue"), "{DimensionValue} · {FinancialDimension}",
            company="", default_group_id="dimensions",
            fields={"description": "Description", "suspended": "IsSuspended"},
        ),
        _mapping(
            "Main accounts", "main_account", "MainAccounts", ("ChartOfAccounts", "MainAccountId"),
            "{MainAccountId} · {Name}", company="", default_group_id="accounts",
            fields={"description": "Name", "suspended": "IsSuspended"},
        ),
        _mapping(
            "Payment terms", "payment_terms", "PaymentTerms", ("dataAreaId", "Name"), "{Name} · {dataAreaId}",
            default_group_id="terms", fields={"description": "Description"},
        ),
        _mapping(
            "Currencies", "currency", "Currencies", ("CurrencyCode",), "{CurrencyCode}", company="",
            default_group_id="currencies", fields={"description": "Name"},
        ),
        _mapping(
            "Legal entities", "legal_entity", "LegalEntities", ("LegalEntityId",), "{LegalEntityId}", company="",
            default_group_id="entities", fields={"description": "Name"},
        ),
    ],
}  # fmt: skip

# In this order they are made: a Connect Boards column needs the board it points at.
BOARDS = (VENDORS, ORDERS, INVOICES, JOURNALS, REFERENCE)
ORDER_MAPPING: dict[str, Any] = ORDERS["mappings"][0]
INVOICE_MAPPING: dict[str, Any] = INVOICES["mappings"][1]


def plain(board: Board, mapping: Mapping[str, Any], *without: str) -> Board:
    """A board with one mapping and without some columns, for tests that count calls."""
    fields = {column: field for column, field in mapping["fields"].items() if column not in without}
    kept = [column for column in board["columns"] if column["id"] in fields]
    alone = {name: value for name, value in mapping.items() if name not in ("linked", "predecessor")}
    return board | {"columns": kept, "mappings": [alone | {"fields": fields}]}


PLAIN_BOARDS = (
    plain(ORDERS, ORDER_MAPPING, "vendor_item", "lines"),
    plain(INVOICES, INVOICE_MAPPING, "vendor_item", "paid", "hold"),
)


def make_all(
    boards: Sequence[Board], create: Callable[[dict[str, Any]], str], currencies: Sequence[str], **more: Any
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Make boards and say how the portal maps them.

    Args:
        create: makes a board on monday and gives its id.
        currencies: labels of the currency columns.
        more: further keys of every mapping, such as its schedule.

    Returns:
        (mapping name -> board id, the mappings of the tenant file).
    """
    made: dict[str, str] = {}
    mappings = []
    for board in boards:
        made[board["name"]] = create(board_request(board, currencies, made))
        mappings += [mapping_request(board, one, made[board["name"]], **more) for one in board["mappings"]]
    ids = {one["name"]: made[board["name"]] for board in boards for one in board["mappings"]}
    return ids, mappings


def board_request(board: Board, currencies: Sequence[str], made: Mapping[str, str]) -> dict[str, Any]:
    """What the sandbox is asked for to make a board.

    Args:
        made: name -> id of the boards that stand already.
    """
    columns: list[dict[str, Any]] = [{"id": KEY, "title": "Dynamics key", "type": "text"}]
    for column in board["columns"]:
        asked = {"id": column["id"], "title": column["title"], "type": column["type"]}
        if column["type"] == "status":
            asked["labels"] = list(column["labels"].values())
        if column["type"] == "dropdown":
            asked["labels"] = list(currencies)
        if column["type"] == "board_relation":
            asked["board_ids"] = [made["Vendors"]]
        columns.append(asked)
    groups = [{"id": group_id, "title": title} for group_id, title in board["groups"].items()]
    return {"name": board["name"], "columns": columns, "groups": groups}


def mapping_request(board: Board, mapping: Mapping[str, Any], board_id: str, **more: Any) -> dict[str, Any]:
    """A mapping as it stands in the tenant file.

    Args:
        more: further keys, such as its schedule.
    """
    by_id = {column["id"]: column for column in board["columns"]}
    linked = mapping.get("linked", {})
    columns = []
    for column_id, field in mapping["fields"].items():
        entry = {"column_id": column_id, "field": field}
        if by_id[column_id]["labels"]:
            entry["labels"] = by_id[column_id]["labels"]
        if column_id in linked:
            entry["linked_mapping"] = linked[column_id]
        columns.append(entry)
    wanted = {
        "name": mapping["name"],
        "environment": "Sandbox",
        "account": "Sandbox",
        "record_kind": mapping["record_kind"],
        "board_id": board_id,
        "key_column_id": KEY,
        "name_template": mapping["name_template"],
        "active": True,
        "group_field": mapping.get("group_field", ""),
        "groups": mapping.get("group_ids", {}),
        "default_group_id": mapping.get("default_group_id", ""),
        "gone_group_id": mapping.get("gone_group_id", ""),
        "predecessor": mapping.get("predecessor", ""),
        "columns": columns,
    }
    return {name: value for name, value in wanted.items() if value not in ("", {})} | more
