"""Booking a vendor invoice: the rows an integrator can read once it is posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.dynamics.model import EMPTY_DATE

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

# Units of the company currency (US dollar) one unit is worth; the other company keeps its books in euro.
USD = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "CNY": 0.14, "JPY": 0.0067, "CHF": 1.12, "PLN": 0.25}
BOOKS = {"usmf": "USD", "demf": "EUR"}
LEDGERS = {"usmf": 5_637_144_591, "demf": 5_637_144_592}


@dataclass(frozen=True)
class Line:
    """One invoice line."""

    name: str
    amount: float  # net, in the document's currency
    quantity: float = 1
    price: float = 0
    item: str = ""
    unit: str = "ea"
    order_line: int = 0
    lot: str = ""


@dataclass(frozen=True)
class Invoice:
    """A vendor invoice as it is posted."""

    company: str
    number: str
    vendor: str
    currency: str
    invoice_date: str  # noon text
    due_date: str
    posted_on: str  # noon text
    stamp: str  # the moment of posting
    voucher: str
    lines: Sequence[Line]
    tax: float = 0
    order: str = ""
    terms: str = ""
    group: str = ""
    name: str = ""
    description: str = ""
    document: str = ""
    internal: str = ""
    received: str = EMPTY_DATE
    rest: Mapping[str, Any] = field(default_factory=dict)  # further fields of the posted header

    @property
    def total(self) -> float:
        """The amount to pay, with tax."""
        return cents(sum(line.amount for line in self.lines) + self.tax)


@dataclass(frozen=True)
class Payment:
    """What has been settled of an invoice."""

    amount: float
    on: str  # noon text
    voucher: str


def cents(amount: float) -> float:
    """Round to two digits; whole amounts become integers, as the service writes them."""
    rounded = round(amount, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def rate(currency: str, company: str) -> float:
    """Return the company's exchange rate, by the convention that 100 means one to one."""
    return cents(100 * USD[currency] / USD[BOOKS[company]])


def book(
    world: DynamicsWorld, invoice: Invoice, payment: Payment | None = None, source_key: int | None = None
) -> int:
    """Add the posted header, its lines and the vendor transaction; returns the header's SourceKey."""
    row = world.insert("VendInvoiceJourBiEntities", _header(invoice), stamp=invoice.stamp, rec_id=source_key)
    for number, line in enumerate(invoice.lines, start=1):
        world.insert("VendInvoiceTransBiEntities", _line(invoice, number, line), stamp=invoice.stamp)
    world.insert("VendTransBiEntities", _transaction(invoice, payment), stamp=invoice.stamp)
    return row.rec_id


def book_ledger(world: DynamicsWorld, invoice: Invoice, accounts: Mapping[str, int]) -> None:
    """Add the general journal entry of a posted invoice.

    Args:
        accounts: MainAccountRecId by account number; 600120 is the expense, 130150 the tax, 200110 the vendors.
    """
    entry = world.insert(
        "GeneralJournalEntryBiEntities",
        {
            "JournalNumber": f"{invoice.company.upper()}-{invoice.voucher}",
            "FiscalCalendarYear": 5_637_145_000 + int(invoice.posted_on[:4]),
            "FiscalCalendarPeriod": 5_637_145_000 + int(invoice.posted_on[5:7]),
            "Ledger": LEDGERS[invoice.company],
            "AccountingDate": invoice.posted_on,
            "DocumentDate": invoice.invoice_date,
            "DocumentNumber": invoice.number,
            "JournalCategory": "Purch",
            "SubledgerVoucher": invoice.voucher,
            "SubledgerVoucherDataAreaId": invoice.company,
        },
        stamp=invoice.stamp,
    )
    net = cents(invoice.total - invoice.tax)
    for account, posting, amount in (
        ("600120", "PurchExpense", net),
        ("130150", "Tax", invoice.tax),
        ("200110", "VendBalance", -invoice.total),
    ):
        if amount:
            _account_entry(world, invoice, entry.rec_id, account, accounts[account], posting, amount)


def _header(invoice: Invoice) -> dict[str, Any]:
    factor = rate(invoice.currency, invoice.company) / 100
    return {
        "dataAreaId": invoice.company,
        "InvoiceId": invoice.number,
        "InternalInvoiceId": invoice.internal,
        "InvoiceAccount": invoice.vendor,
        "OrderAccount": invoice.vendor,
        "PurchId": invoice.order,
        "InvoiceDate": invoice.invoice_date,
        "DueDate": invoice.due_date,
        "DocumentDate": invoice.invoice_date,
        "ReceivedDate": invoice.received,
        "InvoiceAmount": invoice.total,
        "InvoiceAmountMST": cents(invoice.total * factor),
        "SalesBalance": cents(invoice.total - invoice.tax),
        "SumTax": invoice.tax,
        "ExchRate": rate(invoice.currency, invoice.company),
        "CurrencyCode": invoice.currency,
        "LedgerVoucher": invoice.voucher,
        "CostLedgerVoucher": invoice.voucher if invoice.order else "",
        "Payment": invoice.terms,
        "PurchaseType": "Purch",
        "DocumentNum": invoice.document,
        "Description": invoice.description,
        "Qty": sum(line.quantity for line in invoice.lines),
        "VendGroup": invoice.group,
        "DeliveryName": invoice.name,
        **invoice.rest,
    }


def _line(invoice: Invoice, number: int, line: Line) -> dict[str, Any]:
    return {
        "dataAreaId": invoice.company,
        "InvoiceId": invoice.number,
        "InternalInvoiceId": invoice.internal,
        "InvoiceDate": invoice.invoice_date,
        "LineNum": number,
        "PurchID": invoice.order,
        "OrigPurchId": invoice.order,
        "PurchaseLineLineNumber": line.order_line,
        "ItemId": line.item,
        "Name": line.name,
        "Qty": line.quantity,
        "PurchUnit": line.unit,
        "PurchPrice": line.price,
        "PriceUnit": 1,
        "LineAmount": line.amount,
        "LineAmountMST": cents(line.amount * rate(invoice.currency, invoice.company) / 100),
        "CurrencyCode": invoice.currency,
        "InventTransId": line.lot,
    }


def _transaction(invoice: Invoice, payment: Payment | None) -> dict[str, Any]:
    factor = rate(invoice.currency, invoice.company) / 100
    settled = {}
    if payment is not None:
        settled = {
            "SettleAmountCur": cents(-payment.amount),
            "SettleAmountMST": cents(-payment.amount * factor),
            "LastSettleDate": payment.on,
            "LastSettleVoucher": payment.voucher,
            "LastSettleAccountNum": invoice.vendor,
            "LastSettleCompany": invoice.company,
            "Closed": payment.on if payment.amount == invoice.total else EMPTY_DATE,
        }
    return {
        "dataAreaId": invoice.company,
        "AccountNum": invoice.vendor,
        "Invoice": invoice.number,
        "Voucher": invoice.voucher,
        "TransType": "Purch",
        "TransDate": invoice.posted_on,
        "DueDate": invoice.due_date,
        "DocumentDate": invoice.invoice_date,
        "DocumentNum": invoice.document,
        "Txt": invoice.description,
        "AmountCur": -invoice.total,
        "AmountMST": cents(-invoice.total * factor),
        "CurrencyCode": invoice.currency,
        "ExchRate": rate(invoice.currency, invoice.company),
        "Approved": "Yes",
        "ApprovedDate": invoice.posted_on,
        "PaymTermId": invoice.terms,
        **settled,
    }


def _account_entry(
    world: DynamicsWorld,
    invoice: Invoice,
    entry: int,
    account: str,
    account_rec_id: int,
    posting: str,
    amount: float,
) -> None:
    factor = rate(invoice.currency, invoice.company) / 100
    world.insert(
        "GeneralJournalAccountEntryBiEntities",
        {
            "GeneralJournalEntry": entry,
            "MainAccount": account_rec_id,
            "LedgerAccount": f"{account}-001-022--",
            "PostingType": posting,
            "AccountingCurrencyAmount": cents(amount * factor),
            "TransactionCurrencyAmount": cents(amount),
            "TransactionCurrencyCode": invoice.currency,
            "IsCredit": "Yes" if amount < 0 else "No",
            "Text": f"Vendor invoice {invoice.number.strip()}",
        },
        stamp=invoice.stamp,
    )
