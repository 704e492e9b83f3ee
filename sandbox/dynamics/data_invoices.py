"""Pending and posted vendor invoices, with the awkward numbers real ones have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.dynamics.booking import Invoice, Line, Payment, book, book_ledger, cents
from sandbox.dynamics.data_names import ITEMS
from sandbox.dynamics.data_purchasing import Order
from sandbox.dynamics.data_reference import due
from sandbox.dynamics.data_vendors import Vendor
from sandbox.dynamics.model import EMPTY_DATE
from sandbox.dynamics.values import noon

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

PENDING, POSTED = 200, 300
FIRST_DAY = date(2026, 1, 7)
HUGE_KEY = 22_565_421_350_000_001  # above 2**53: a client that goes through floats loses the last digits
_SHARED_NUMBER = "2026-0001"  # two different vendors used the same invoice number


def seed_pending(
    world: DynamicsWorld, dice: random.Random, vendors: Sequence[Vendor], orders: Sequence[Order]
) -> None:
    """Add the invoices that wait to be posted, with their lines."""
    for serial in range(PENDING):
        order = orders[serial % len(orders)] if serial % 4 == 1 else None
        vendor = order.vendor if order is not None else dice.choice(vendors)
        reference = f"{1 + serial:06d}"
        header = _pending_header(dice, vendor, order, reference, serial)
        world.insert("VendorInvoiceHeaders", header, stamp=f"{header['Date'][:10]}T07:{serial % 60:02d}:31Z")
        for number, line in enumerate(_lines(dice, order, credit=serial % 17 == 6), start=1):
            world.insert("VendorInvoiceLines", _pending_line(header, number, line), stamp=header["Date"])


def seed_posted(
    world: DynamicsWorld,
    dice: random.Random,
    vendors: Sequence[Vendor],
    orders: Sequence[Order],
    accounts: dict[str, int],
) -> None:
    """Add the posted invoices: some credit notes, a third paid, some paid in part."""
    invoiced = [order for order in orders if order.status == "Invoiced"]
    for serial in range(POSTED):
        order = invoiced[serial // 8] if serial % 8 == 0 and serial // 8 < len(invoiced) else None
        vendor = order.vendor if order is not None else dice.choice(vendors)
        if serial in (40, 41):  # the same number at two vendors
            order, vendor = None, vendors[serial - 36]
        invoice = _posted(dice, vendor, order, serial)
        key = HUGE_KEY if serial == 299 else None
        book(world, invoice, _payment(dice, invoice, serial), key)
        if serial % 5 == 0:
            book_ledger(world, invoice, accounts)


def seed_bulk(world: DynamicsWorld, vendors: Sequence[Vendor], count: int) -> None:
    """Add many plain posted invoices with one line each, quickly."""
    days = [noon((FIRST_DAY + timedelta(days=offset)).isoformat()) for offset in range(240)]
    stamps = [f"{day[:11]}0{offset % 10}:15:00Z" for offset, day in enumerate(days)]
    for serial in range(count):
        vendor = vendors[serial % len(vendors)]
        day = days[serial % 240]
        item, name, unit, price = ITEMS[serial % len(ITEMS)]
        line = Line(name, cents(price * (1 + serial % 50)), 1 + serial % 50, price, item, unit)
        invoice = Invoice(
            company=vendor.company,
            number=f"B{serial:07d}",
            vendor=vendor.account,
            currency=vendor.currency,
            invoice_date=day,
            due_date=days[min(239, serial % 240 + 30)],
            posted_on=day,
            stamp=stamps[serial % 240],
            voucher=f"APIB-{serial:08d}",
            lines=(line,),
            terms=vendor.terms,
            group=vendor.group,
            name=vendor.name,
        )
        book(world, invoice)


def _number(vendor: Vendor, serial: int) -> str:
    """Return the vendor's own invoice number; every vendor writes it differently."""
    forms = (
        f"INV-{88_000 + serial}",
        f"{serial:08d}",  # leading zeros
        f"R{serial}/2026",
        f"{vendor.account}'{serial}",
        f"SI-{serial} ",  # a trailing blank somebody typed
        f"RE {2026_000 + serial}",
        f"№{serial}",
        f"a{serial}-B",
    )
    return forms[serial % len(forms)]


def _lines(dice: random.Random, order: Order | None, *, credit: bool) -> list[Line]:
    sign = -1 if credit else 1
    if order is not None:
        return [
            Line(
                line["LineDescription"],
                sign * line["LineAmount"],
                sign * line["OrderedPurchaseQuantity"],
                line["PurchasePrice"],
                line["ItemNumber"],
                line["PurchaseUnitSymbol"],
                line["LineNumber"],
                line["InventoryLotId"],
            )
            for line in order.lines
        ]
    lines = []
    for _ in range(dice.randint(1, 3)):
        item, name, unit, price = dice.choice(ITEMS)
        quantity = sign * dice.choice((1, 2, 3, 8, 20, 40))
        lines.append(Line(name, cents(quantity * price), quantity, price, item, unit))
    return lines


def _posted(dice: random.Random, vendor: Vendor, order: Order | None, serial: int) -> Invoice:
    credit = serial % 15 == 7 and order is None
    lines = _lines(dice, order, credit=credit)
    day = FIRST_DAY + timedelta(days=serial * 240 // POSTED)
    on = noon(day.isoformat())
    net = sum(line.amount for line in lines)
    posted = day + timedelta(days=serial % 4)
    return Invoice(
        company=vendor.company,
        number=_SHARED_NUMBER if serial in (40, 41) else _number(vendor, serial),
        vendor=vendor.account,
        currency=vendor.currency,
        invoice_date=on,
        due_date=EMPTY_DATE if serial % 23 == 11 else due(on, vendor.terms or "Net30"),
        posted_on=noon(posted.isoformat()),
        stamp=f"{posted}T{8 + serial % 9:02d}:{serial % 60:02d}:51Z",
        voucher=f"APIN-{1 + serial:08d}",
        lines=lines,
        tax=cents(net * 0.19) if vendor.company == "demf" else 0,
        order=order.number if order is not None else "",
        terms=vendor.terms,
        group=vendor.group,
        name=vendor.name,
        description="Credit note" if credit else ("", "Services, Q1", "Lieferung März")[serial % 3],
        document=f"DOC{serial}" if serial % 6 == 0 else "",
        internal=f"{1 + serial:06d}-P",
        received=on if serial % 5 else EMPTY_DATE,
    )


def _payment(dice: random.Random, invoice: Invoice, serial: int) -> Payment | None:
    if serial % 3:
        return None
    on = noon((date.fromisoformat(invoice.posted_on[:10]) + timedelta(days=20)).isoformat())
    voucher = f"APPM{serial:06d}"
    if serial % 9 == 3:  # part paid
        return Payment(cents(invoice.total * dice.choice((0.25, 0.5, 0.8))), on, voucher)
    return Payment(invoice.total, on, voucher)


def _pending_header(
    dice: random.Random, vendor: Vendor, order: Order | None, reference: str, serial: int
) -> dict[str, Any]:
    day = date(2026, 6, 1) + timedelta(days=serial // 2)
    on = noon(day.isoformat())
    status = ("Draft", "Draft", "InReview", "Approved", "Draft", "Rejected")[serial % 6]
    approved = status == "Approved"
    return {
        "dataAreaId": vendor.company,
        "HeaderReference": reference,
        "InvoiceNumber": "" if serial % 29 == 28 else _number(vendor, 5000 + serial),
        "InvoiceAccount": vendor.account,
        "VendorAccount": vendor.account,
        "VendorName": vendor.name,
        "InvoiceDescription": ("", "Bitte prüfen", "Re-check price, see mail", "费用报销")[serial % 4],
        "PurchaseOrderNumber": order.number if order is not None else "",
        "Currency": vendor.currency,
        "InvoiceDate": EMPTY_DATE if serial % 31 == 30 else on,
        "Date": on,
        "DueDate": EMPTY_DATE if serial % 11 == 10 else due(on, vendor.terms or "Net30"),
        "InvoiceReceivedDate": on if serial % 3 else EMPTY_DATE,
        "IsOnHold": "Yes" if serial % 9 == 4 else "No",
        "IsApproved": "Yes" if approved else "No",
        "ApproverPersonnelNumber": f"{100 + serial % 9:06d}" if approved else "",
        "DocumentNumber": f"SCAN-{serial}" if serial % 2 else "",
        "TermsOfPayment": vendor.terms,
        "ImportedAmount": cents(dice.randint(1000, 900_000) / 100) if serial % 2 else 0,
        "VendorInvoiceReviewStatus": status,
        "InvoiceGroup": ("", "URGENT", "Q3")[serial % 3],
    }


def _pending_line(header: dict[str, Any], number: int, line: Line) -> dict[str, Any]:
    return {
        "dataAreaId": header["dataAreaId"],
        "HeaderReference": header["HeaderReference"],
        "InvoiceLineNumber": number,
        "LineNumber": number,
        "PurchaseOrder": header["PurchaseOrderNumber"],
        "PurchLineNumber": line.order_line,
        "ItemNumber": line.item,
        "ItemName": line.name,
        "LineDescription": line.name,
        "ReceiveNow": line.quantity,
        "Unit": line.unit,
        "UnitPrice": line.price,
        "PriceUnit": 1,
        "Amount": line.amount,
        "NetAmount": line.amount,
        "Currency": header["Currency"],
        "InvoiceAccount": header["InvoiceAccount"],
        "VendorAccount": header["VendorAccount"],
        "MainAccountDisplayValue": "600120-001-022--",
    }
