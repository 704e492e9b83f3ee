"""Purchase orders: the header, with its amount from the latest confirmation or from its lines.

PurchaseOrderHeadersV2 has no total and no time stamp; "confirmed" is a value of DocumentApprovalStatus, not of
PurchaseOrderStatus, which says how far the delivery is.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.detail import Detail, Sum
from mappings.catalogue.kind import EventDefault, Kind, Swept

CONFIRMATION = Detail(
    name="confirmation",
    entity=Entity(
        entity_set="PurchaseOrderConfirmationHeaders",
        keys=("dataAreaId", "PurchaseOrderNumber", "ConfirmationNumber", "ConfirmationDate"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("PurchaseOrderNumber", "Edm.String", "Purchase order"),
            Field("ConfirmationNumber", "Edm.String", "Confirmation"),
            Field("ConfirmationDate", "Edm.DateTimeOffset", "Confirmed on", date_only=True),
            Field("TotalConfirmedAmount", "Edm.Decimal", "Confirmed amount"),
            Field("SubTotalAmount", "Edm.Decimal", "Confirmed amount before tax"),
            Field("TotalTaxAmount", "Edm.Decimal", "Confirmed tax"),
            Field("CurrencyCode", "Edm.String", "Currency"),
        ),
    ),
    join={"dataAreaId": "dataAreaId", "PurchaseOrderNumber": "PurchaseOrderNumber"},
    latest_by=("ConfirmationDate", "ConfirmationNumber"),
)

LINES = Detail(
    name="lines",
    entity=Entity(
        entity_set="PurchaseOrderLinesV2",
        keys=("dataAreaId", "PurchaseOrderNumber", "LineNumber"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("PurchaseOrderNumber", "Edm.String", "Purchase order"),
            Field("LineNumber", "Edm.Int64", "Line"),
            Field("LineAmount", "Edm.Decimal", "Amount"),
            Field("IsDeleted", "NoYes", "Deleted"),
        ),
    ),
    join={"dataAreaId": "dataAreaId", "PurchaseOrderNumber": "PurchaseOrderNumber"},
    sums={"LineAmount": Sum("LineAmount", "Amount of all lines, before tax", only={"IsDeleted": "No"})},
)

KIND = Kind(
    name="purchase_order",
    label="Purchase order",
    label_plural="Purchase orders",
    entity=Entity(
        entity_set="PurchaseOrderHeadersV2",
        keys=("dataAreaId", "PurchaseOrderNumber"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("PurchaseOrderNumber", "Edm.String", "Purchase order"),
            Field("PurchaseOrderName", "Edm.String", "Vendor name"),
            Field("OrderVendorAccountNumber", "Edm.String", "Vendor"),
            Field("InvoiceVendorAccountNumber", "Edm.String", "Invoice vendor"),
            Field("CurrencyCode", "Edm.String", "Currency"),
            Field("PurchaseOrderStatus", "PurchStatus", "Status"),
            Field("DocumentApprovalStatus", "VersioningDocumentState", "Approval"),
            Field("AccountingDate", "Edm.DateTimeOffset", "Accounting date", date_only=True),
            Field("RequestedDeliveryDate", "Edm.DateTimeOffset", "Requested delivery", date_only=True),
            Field(
                "ConfirmedDeliveryDate",
                "Edm.DateTimeOffset",
                "Confirmed delivery",
                writable=True,
                date_only=True,
            ),
            Field("PaymentTermsName", "Edm.String", "Payment terms"),
            Field("VendorOrderReference", "Edm.String", "Vendor's reference", writable=True),
            Field("ReasonComment", "Edm.String", "Reason comment", writable=True),
            Field("Email", "Edm.String", "E-mail"),
        ),
    ),
    company_field="dataAreaId",
    menu_item="PurchTable",
    name_template="{PurchaseOrderNumber} · {PurchaseOrderName}",
    title_fields=("PurchaseOrderNumber",),
    details=(CONFIRMATION, LINES),
    # Every order, not only the open ones: a sweep of open orders would never see one close.
    changes=(Swept(),),
    refers={
        "OrderVendorAccountNumber": "vendor",
        "InvoiceVendorAccountNumber": "vendor",
        "CurrencyCode": "currency",
        "PaymentTermsName": "payment_terms",
    },
    events=(
        EventDefault(
            "PurchaseOrderConfirmedBusinessEvent",
            {"PurchaseOrderNumber": "PurchaseOrderNumber"},
            verified=True,
        ),
    ),
)
