"""Posting a pending invoice and confirming a purchase order, as somebody in the company would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.dynamics import events
from sandbox.dynamics.booking import Invoice, Line, book, book_ledger, cents
from sandbox.dynamics.values import noon

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

# What a confirmation copies from the order.
_SAME = (
    "dataAreaId",
    "PurchaseOrderNumber",
    "CurrencyCode",
    "OrderVendorAccountNumber",
    "InvoiceVendorAccountNumber",
    "PurchaseOrderName",
    "PaymentTermsName",
    "VendorPaymentMethodName",
    "FixedDueDate",
    "AccountingDate",
    "OrdererPersonnelNumber",
    "PurchaseOrderStatus",
    "DocumentApprovalStatus",
    "VendorOrderReference",
    "BuyerGroupId",
    "RequestedDeliveryDate",
    "DefaultLedgerDimensionDisplayValue",
    "LanguageId",
    "PurchaseOrderPoolId",
)


def post_invoice(world: DynamicsWorld, company: str, header_reference: str) -> dict[str, Any]:
    """Post a pending invoice: it leaves the pending ones, the posted rows appear, the event is raised.

    Raises: ValueError with a sentence when there is no such pending invoice.
    """
    with world.lock:
        headers, lines = world.table("VendorInvoiceHeaders"), world.table("VendorInvoiceLines")
        row = headers.get({"dataAreaId": company, "HeaderReference": header_reference})
        if row is None:
            raise ValueError(f"There is no pending invoice {header_reference} in {company}.")
        header = headers.as_dict(row)
        own = lines.find(dataAreaId=company, HeaderReference=header_reference)
        invoice = _from_pending(world, header, [lines.as_dict(line) for line in own])
        for line in own:
            world.remove("VendorInvoiceLines", line)
        world.remove("VendorInvoiceHeaders", row)
        source_key = book(world, invoice)
        accounts = world.table("MainAccounts")
        numbers = {
            account["MainAccountId"]: account["MainAccountRecId"]
            for account in map(accounts.as_dict, accounts.find(ChartOfAccounts="Shared"))
        }
        book_ledger(world, invoice, numbers)
        ask = {"event": events.INVOICE_POSTED, "company": company, "source_key": source_key}
        event = events.build(world, ask)
    world.outbox.raise_event(event)
    return {"source_key": source_key, "invoice": invoice.number, "event": event.summary()}


def confirm_order(world: DynamicsWorld, company: str, number: str) -> dict[str, Any]:
    """Confirm a purchase order: a new confirmation, the order Confirmed, the event raised.

    Raises: ValueError with a sentence when there is no such order or it is invoiced or canceled.
    """
    with world.lock:
        orders = world.table("PurchaseOrderHeadersV2")
        row = orders.get({"dataAreaId": company, "PurchaseOrderNumber": number})
        if row is None:
            raise ValueError(f"There is no purchase order {number} in {company}.")
        order = orders.as_dict(row)
        if order["PurchaseOrderStatus"] in ("Invoiced", "Canceled"):
            raise ValueError(f"Purchase order {number} is {order['PurchaseOrderStatus'].lower()}.")
        world.change("PurchaseOrderHeadersV2", row, {"DocumentApprovalStatus": "Confirmed"})
        confirmation = insert_confirmation(world, orders.as_dict(row), noon(world.now()), None)
        event = events.build(world, {"event": events.ORDER_CONFIRMED, "company": company, "key": number})
    world.outbox.raise_event(event)
    return {"confirmation": confirmation, "event": event.summary()}


def insert_confirmation(world: DynamicsWorld, order: Mapping[str, Any], on: str, stamp: str | None) -> str:
    """Add the next confirmation of an order with the totals of its lines; returns its number."""
    company, number = order["dataAreaId"], order["PurchaseOrderNumber"]
    table, lines = world.table("PurchaseOrderConfirmationHeaders"), world.table("PurchaseOrderLinesV2")
    own = [lines.as_dict(row) for row in lines.find(dataAreaId=company, PurchaseOrderNumber=number)]
    count = len(table.find(dataAreaId=company, PurchaseOrderNumber=number))
    confirmation = f"{number}-{count + 1}"
    subtotal = cents(sum(line["LineAmount"] for line in own if line["IsDeleted"] == "No"))
    tax = cents(subtotal * 0.19) if company == "demf" else 0
    world.insert(
        "PurchaseOrderConfirmationHeaders",
        {
            **{name: order[name] for name in _SAME},
            "ConfirmationNumber": confirmation,
            "ConfirmationDate": on,
            "ConfirmationVoucherNumber": f"POC-{company.upper()}-{confirmation}",
            "SubTotalAmount": subtotal,
            "TotalTaxAmount": tax,
            "TotalConfirmedAmount": cents(subtotal + tax),
            "TotalQuantity": sum(line["OrderedPurchaseQuantity"] for line in own),
        },
        stamp=stamp,
    )
    return confirmation


def _from_pending(
    world: DynamicsWorld, header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> Invoice:
    now = world.now()
    today = noon(now)
    invoiced = today if header["InvoiceDate"].startswith("1900") else header["InvoiceDate"]
    due = header["DueDate"]
    if due.startswith("1900"):
        due = noon((date.fromisoformat(invoiced[:10]) + timedelta(days=30)).isoformat())
    return Invoice(
        company=header["dataAreaId"],
        number=header["InvoiceNumber"],
        vendor=header["InvoiceAccount"],
        currency=header["Currency"],
        invoice_date=invoiced,
        due_date=due,
        posted_on=today,
        stamp=now,
        voucher=f"APIN-{len(world.table('VendInvoiceJourBiEntities').rows) + 1:08d}",
        lines=[
            Line(
                line["ItemName"] or line["LineDescription"],
                line["NetAmount"],
                line["ReceiveNow"],
                line["UnitPrice"],
                line["ItemNumber"],
                line["Unit"],
                line["PurchLineNumber"],
            )
            for line in lines
        ],
        tax=header["ImportedSalesTax"],
        order=header["PurchaseOrderNumber"],
        terms=header["TermsOfPayment"],
        name=header["VendorName"],
        description=header["InvoiceDescription"],
        document=header["DocumentNumber"],
        internal=f"{header['HeaderReference']}-P",
        received=header["InvoiceReceivedDate"],
    )
