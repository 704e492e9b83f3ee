"""Posted vendor invoices: read-only in Dynamics, mirrored only.

Over OData they are VendInvoiceJourBiEntities; VendorInvoiceHeaders holds invoices that are not posted yet. An invoice number is
unique per vendor at best, so the record is named by its SourceKey.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.detail import Derived, Detail
from mappings.catalogue.kind import EventDefault, Kind, Stamped

ENTITY = Entity(
    entity_set="VendInvoiceJourBiEntities",
    keys=("dataAreaId", "SourceKey"),
    fields=(
        Field("dataAreaId", "Edm.String", "Legal entity"),
        Field("SourceKey", "Edm.Int64", "Record id"),
        Field("InvoiceId", "Edm.String", "Invoice"),
        Field("InvoiceAccount", "Edm.String", "Vendor"),
        Field("OrderAccount", "Edm.String", "Order vendor"),
        Field("PurchId", "Edm.String", "Purchase order"),
        Field("InvoiceDate", "Edm.DateTimeOffset", "Invoice date", date_only=True),
        Field("DueDate", "Edm.DateTimeOffset", "Due date", date_only=True),
        Field("DocumentDate", "Edm.DateTimeOffset", "Document date", date_only=True),
        Field("InvoiceAmount", "Edm.Decimal", "Amount"),
        Field("InvoiceAmountMST", "Edm.Decimal", "Amount in accounting currency"),
        Field("SumTax", "Edm.Decimal", "Tax"),
        Field("CurrencyCode", "Edm.String", "Currency"),
        Field("LedgerVoucher", "Edm.String", "Voucher"),
        Field("Payment", "Edm.String", "Payment terms"),
        Field("DocumentNum", "Edm.String", "Document"),
        Field("SysModifiedDateTime", "Edm.DateTimeOffset", "Modified"),
    ),
)

PAYMENT_ENTITY = Entity(
    entity_set="VendTransBiEntities",
    keys=("dataAreaId", "SourceKey"),
    fields=(
        Field("dataAreaId", "Edm.String", "Legal entity"),
        Field("SourceKey", "Edm.Int64", "Record id"),
        Field("AccountNum", "Edm.String", "Vendor"),
        Field("Invoice", "Edm.String", "Invoice"),
        Field("Voucher", "Edm.String", "Voucher"),
        Field("AmountCur", "Edm.Decimal", "Transaction amount"),
        Field("SettleAmountCur", "Edm.Decimal", "Settled amount"),
        Field("Closed", "Edm.DateTimeOffset", "Closed on", date_only=True),
        Field("LastSettleDate", "Edm.DateTimeOffset", "Last settled on", date_only=True),
        Field("LastSettleVoucher", "Edm.String", "Last settlement"),
        Field("SysModifiedDateTime", "Edm.DateTimeOffset", "Modified"),
    ),
)

PAYMENT = Detail(
    name="payment",
    entity=PAYMENT_ENTITY,
    join={
        "dataAreaId": "dataAreaId",
        "Voucher": "LedgerVoucher",
        "AccountNum": "InvoiceAccount",
        "Invoice": "InvoiceId",
    },
    # A voucher belongs to few transactions; the vendor and the number then tell an invoice from others posted with it.
    asked_by=("dataAreaId", "Voucher"),
    latest_by=("SourceKey",),
    derive={"State": Derived("Paid", (("Closed", "Paid"), ("SettleAmountCur", "Partly paid")), "Open")},
)

KIND = Kind(
    name="posted_invoice",
    label="Posted vendor invoice",
    label_plural="Posted vendor invoices",
    entity=ENTITY,
    company_field="dataAreaId",
    menu_item="VendInvoiceJournal",
    name_template="{InvoiceId} · {InvoiceAccount}",
    title_fields=("InvoiceId", "InvoiceAccount"),
    events=(
        EventDefault(
            "VendorInvoicePostedBusinessEvent",
            {"InvoiceId": "InvoiceId", "InvoiceAccount": "InvoiceAccount"},
            verified=False,
        ),
    ),
    details=(PAYMENT,),
    changes=(
        Stamped(ENTITY, "SysModifiedDateTime", {"dataAreaId": "dataAreaId", "SourceKey": "SourceKey"}),
        # A payment settles the vendor transaction; the invoice itself stays as it was posted.
        Stamped(
            PAYMENT_ENTITY,
            "SysModifiedDateTime",
            {"dataAreaId": "dataAreaId", "InvoiceAccount": "AccountNum", "InvoiceId": "Invoice"},
            filter="Invoice ne ''",
        ),
    ),
    natural=("dataAreaId", "InvoiceAccount", "InvoiceId"),
    refers={
        "InvoiceAccount": "vendor",
        "OrderAccount": "vendor",
        "CurrencyCode": "currency",
        "Payment": "payment_terms",
    },
    notes="Posted: mirrored, never written.",
)
