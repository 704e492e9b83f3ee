"""The Dynamics records beside the board: vendors, purchase orders, pending and posted invoices, in tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sandbox.page.format import day, number

if TYPE_CHECKING:
    from sandbox.core import Sandbox

SHOWN = 200
STATES = {  # how a symbol is coloured; any other is grey
    "Approved": "good", "Confirmed": "good", "Finalized": "good", "Invoiced": "good", "Received": "good",
    "Backorder": "busy", "InReview": "busy", "InExternalReview": "busy", "Draft": "plain",
    "Rejected": "bad", "Canceled": "bad", "Yes": "bad", "All": "bad", "Invoice": "bad", "Payment": "bad",
}  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """One tab: an entity set and what is shown of it.

    ``fields`` are (field, heading, kind); kinds are text, strong, company, amount, date, state. ``button`` is an action
    of the control API with the fields it wants: (label, path, {argument: field}).
    """

    title: str
    entity_set: str
    fields: tuple[tuple[str, str, str], ...]
    button: tuple[str, str, dict[str, str]] | None = None


TABS: dict[str, Tab] = {
    "posted": Tab(
        "Posted invoices",
        "VendInvoiceJourBiEntities",
        (
            ("dataAreaId", "Company", "company"), ("InvoiceId", "Invoice", "strong"),
            ("InvoiceAccount", "Vendor", "text"), ("DeliveryName", "Name", "text"), ("PurchId", "Purchase order", "text"),
            ("InvoiceDate", "Invoice date", "date"), ("DueDate", "Due date", "date"),
            ("InvoiceAmount", "Amount", "amount"), ("SumTax", "Tax", "amount"), ("CurrencyCode", "Currency", "text"),
            ("Payment", "Terms", "text"), ("LedgerVoucher", "Voucher", "text"),
        ),
    ),
    "pending": Tab(
        "Pending invoices",
        "VendorInvoiceHeaders",
        (
            ("dataAreaId", "Company", "company"), ("HeaderReference", "Reference", "strong"),
            ("InvoiceNumber", "Invoice", "text"), ("InvoiceAccount", "Vendor", "text"), ("VendorName", "Name", "text"),
            ("InvoiceDate", "Invoice date", "date"), ("DueDate", "Due date", "date"), ("Currency", "Currency", "text"),
            ("TermsOfPayment", "Terms", "text"), ("VendorInvoiceReviewStatus", "Review", "state"),
            ("IsOnHold", "On hold", "state"),
        ),
        ("Post", "/dynamics/post-invoice", {"company": "dataAreaId", "header_reference": "HeaderReference"}),
    ),
    "orders": Tab(
        "Purchase orders",
        "PurchaseOrderHeadersV2",
        (
            ("dataAreaId", "Company", "company"), ("PurchaseOrderNumber", "Order", "strong"),
            ("OrderVendorAccountNumber", "Vendor", "text"), ("PurchaseOrderName", "Name", "text"),
            ("PurchaseOrderStatus", "Status", "state"), ("DocumentApprovalStatus", "Approval", "state"),
            ("AccountingDate", "Accounting date", "date"), ("RequestedDeliveryDate", "Requested delivery", "date"),
            ("CurrencyCode", "Currency", "text"), ("VendorOrderReference", "Vendor's reference", "text"),
        ),
        ("Confirm", "/dynamics/confirm-order", {"company": "dataAreaId", "purchase_order": "PurchaseOrderNumber"}),
    ),
    "vendors": Tab(
        "Vendors",
        "VendorsV2",
        (
            ("dataAreaId", "Company", "company"), ("VendorAccountNumber", "Account", "strong"),
            ("VendorOrganizationName", "Name", "text"), ("VendorGroupId", "Group", "text"),
            ("CurrencyCode", "Currency", "text"), ("DefaultPaymentTermsName", "Terms", "text"),
            ("CreditLimit", "Credit limit", "amount"), ("OnHoldStatus", "On hold", "state"),
            ("AddressCity", "City", "text"), ("AddressCountryRegionId", "Country", "text"),
            ("PrimaryEmailAddress", "E-mail", "text"),
        ),
    ),
}  # fmt: skip


def records_part(sandbox: Sandbox, tab: str, query: str) -> Markup:
    """Return the tabs, and the rows of the chosen one that contain the query, the newest first."""
    chosen = TABS[tab]
    rows = _rows(sandbox, chosen.entity_set)
    found = [row for row in rows if _contains(row, chosen, query.casefold())] if query else rows
    heads = Markup("").join(
        Markup('<a class="tab{}" href="?tab={}" data-tab="{}">{}<b>{}</b></a>').format(
            " on" if name == tab else "", name, name, one.title, f"{_size(sandbox, one.entity_set):,}"
        )
        for name, one in TABS.items()
    )
    headings = Markup("").join(
        Markup('<th class="{}">{}</th>').format(kind, title) for _, title, kind in chosen.fields
    )
    shown = min(len(found), SHOWN)
    return Markup(
        '<nav class="tabs" data-tab="{}">{}</nav><div class="grid"><table><thead><tr>{}{}</tr></thead><tbody>{}</tbody>'
        '</table><p class="muted">{}</p></div>'
    ).format(
        tab,
        heads,
        headings,
        Markup("<th></th>") if chosen.button else "",
        Markup("").join(_row(chosen, row) for row in found[:SHOWN]),
        f"{shown:,} of {len(found):,} shown" if shown < len(found) else f"{len(found):,} records",
    )


def _rows(sandbox: Sandbox, entity_set: str) -> list[dict[str, Any]]:
    if entity_set not in sandbox.dynamics.tables:
        return []
    rows: Any = sandbox.dynamics.state(entity_set)
    return list(reversed(rows))


def _size(sandbox: Sandbox, entity_set: str) -> int:
    table = sandbox.dynamics.tables.get(entity_set)
    return len(table.rows) if table is not None else 0


def _contains(row: dict[str, Any], tab: Tab, part: str) -> bool:
    return any(part in str(row.get(field) or "").casefold() for field, _, _ in tab.fields)


def _row(tab: Tab, row: dict[str, Any]) -> Markup:
    key = f"{tab.entity_set}/{row.get('dataAreaId')}/{row.get(tab.fields[1][0])}"
    if "SourceKey" in row:
        key += f"/{row['SourceKey']}"
    cells = Markup("").join(
        Markup('<td class="{}" data-k="{}/{}">{}</td>').format(kind, key, field, _shown(kind, row.get(field)))
        for field, _, kind in tab.fields
    )
    return Markup('<tr data-k="{}">{}{}</tr>').format(key, cells, _button(tab, row))


def _button(tab: Tab, row: dict[str, Any]) -> Markup:
    if tab.button is None:
        return Markup("")
    label, path, arguments = tab.button
    body = {argument: row[field] for argument, field in arguments.items()}
    attributes = Markup("").join(
        Markup(' data-{}="{}"').format(name.replace("_", "-"), text) for name, text in body.items()
    )
    return Markup('<td class="act"><button data-path="{}"{}>{}</button></td>').format(path, attributes, label)


def _shown(kind: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if kind == "amount":
        return (
            Markup('<span class="{}">{}</span>').format("minus" if float(value) < 0 else "", number(value, 2))
            if value
            else ""
        )
    if kind == "date":
        return day(str(value))
    if kind == "company":
        return Markup('<span class="tag company">{}</span>').format(str(value).upper())
    if kind == "state":
        return (
            ""
            if value == "No"
            else Markup('<span class="tag state {}">{}</span>').format(STATES.get(value, "plain"), value)
        )
    return str(value)
