"""Pending vendor invoices: those not posted yet.

VendorInvoiceHeaders keeps an invoice only until it is posted or deleted, then the row is gone; what was posted is the kind
`posted_invoice`, which shares the name for life. The number is no key: it may be empty, and change.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.detail import Detail, Sum
from mappings.catalogue.kind import Kind, Swept

LINES = Detail(
    name="lines",
    entity=Entity(
        entity_set="VendorInvoiceLines",
        keys=("dataAreaId", "HeaderReference", "InvoiceLineNumber"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("HeaderReference", "Edm.String", "Header"),
            Field("InvoiceLineNumber", "Edm.Decimal", "Line"),
            Field("NetAmount", "Edm.Decimal", "Amount"),
        ),
    ),
    join={"dataAreaId": "dataAreaId", "HeaderReference": "HeaderReference"},
    sums={"NetAmount": Sum("NetAmount", "Amount of all lines, before tax")},
)

KIND = Kind(
    name="pending_invoice",
    label="Pending vendor invoice",
    label_plural="Pending vendor invoices",
    entity=Entity(
        entity_set="VendorInvoiceHeaders",
        keys=("dataAreaId", "HeaderReference"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("HeaderReference", "Edm.String", "Header"),
            Field("InvoiceNumber", "Edm.String", "Invoice"),
            Field("InvoiceAccount", "Edm.String", "Vendor"),
            Field("VendorAccount", "Edm.String", "Order vendor"),
            Field("VendorName", "Edm.String", "Vendor name"),
            Field("InvoiceDescription", "Edm.String", "Description", writable=True),
            Field("PurchaseOrderNumber", "Edm.String", "Purchase order"),
            Field("Currency", "Edm.String", "Currency"),
            Field("InvoiceDate", "Edm.DateTimeOffset", "Invoice date", date_only=True),
            Field("Date", "Edm.DateTimeOffset", "Posting date", date_only=True),
            Field("DueDate", "Edm.DateTimeOffset", "Due date", writable=True, date_only=True),
            Field("InvoiceReceivedDate", "Edm.DateTimeOffset", "Received on", writable=True, date_only=True),
            Field(
                "InvoicePaymentReleaseDate",
                "Edm.DateTimeOffset",
                "Payment released on",
                writable=True,
                date_only=True,
            ),
            Field("ReleaseDateComment", "Edm.String", "Release comment", writable=True),
            Field("IsOnHold", "NoYes", "On hold", writable=True),
            Field("IsApproved", "NoYes", "Approved", writable=True),
            Field("ApproverPersonnelNumber", "Edm.String", "Approver", writable=True),
            Field("VendorInvoiceReviewStatus", "VendInvoiceRequestStatus", "Review"),
            Field("Comment", "Edm.String", "Comment", writable=True),
            Field("DocumentNumber", "Edm.String", "Document", writable=True),
            Field("InvoiceGroup", "Edm.String", "Group", writable=True),
            Field("TermsOfPayment", "Edm.String", "Payment terms"),
            Field("MethodOfPayment", "Edm.String", "Payment method"),
            Field("ImportedAmount", "Edm.Decimal", "Imported amount"),
            Field("ImportedSalesTax", "Edm.Decimal", "Imported tax"),
        ),
    ),
    company_field="dataAreaId",
    menu_item="VendEditInvoice",
    name_template="{InvoiceNumber} · {VendorName}",
    title_fields=("InvoiceNumber", "InvoiceAccount"),
    details=(LINES,),
    # The set is small, and a row that is missing was posted or deleted: every look is a full one.
    changes=(Swept(),),
    natural=("dataAreaId", "InvoiceAccount", "InvoiceNumber"),
    refers={
        "InvoiceAccount": "vendor",
        "VendorAccount": "vendor",
        "Currency": "currency",
        "TermsOfPayment": "payment_terms",
    },
    notes="There is no invoice total in Dynamics before posting: the amount is that of the lines, before tax.",
)
