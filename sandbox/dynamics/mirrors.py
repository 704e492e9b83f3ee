"""Which read-only BI entity shows the same table as a writable entity, and how its fields are called there.

A change moves the BI row's SysModifiedDateTime and SysRecVersion: that is how an integrator finds changed
vendors and order lines (the writable entities carry no modified time).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mirror:
    """One BI entity set: its fields by the writable set's field names."""

    entity_set: str
    link: str  # the BI field that identifies the record within a company
    fields: Mapping[str, str]  # BI field -> field of the writable set

    def values(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """Return the BI fields of one record of the writable set."""
        return {name: source[origin] for name, origin in self.fields.items()}


def _pairs(text: str) -> dict[str, str]:
    return dict(word.split("=") for word in text.split())


MIRRORS: dict[str, Mirror] = {
    "VendorsV2": Mirror(
        "VendTableBiEntities",
        "AccountNum",
        _pairs(
            """
            dataAreaId=dataAreaId AccountNum=VendorAccountNumber VendGroup=VendorGroupId
            Currency=CurrencyCode PaymTermId=DefaultPaymentTermsName
            PaymMode=DefaultVendorPaymentMethodName CashDisc=CashDiscountCode Blocked=OnHoldStatus
            BlockedReleaseDate=VendorHoldReleaseDate CreditMax=CreditLimit CreditRating=CreditRating
            Memo=Notes InvoiceAccount=InvoiceVendorAccountNumber OneTimeVendor=IsOneTimeVendor
            ItemBuyerGroupId=BuyerGroupId TaxGroup=SalesTaxGroupCode VATNum=TaxExemptNumber
            SysDataAreaId=dataAreaId
            """
        ),
    ),
    "PurchaseOrderHeadersV2": Mirror(
        "PurchTableBiEntities",
        "PurchId",
        _pairs(
            """
            dataAreaId=dataAreaId PurchId=PurchaseOrderNumber PurchName=PurchaseOrderName
            OrderAccount=OrderVendorAccountNumber InvoiceAccount=InvoiceVendorAccountNumber
            CurrencyCode=CurrencyCode PurchStatus=PurchaseOrderStatus DocumentState=DocumentApprovalStatus
            AccountingDate=AccountingDate DeliveryDate=RequestedDeliveryDate
            ConfirmedDlv=ConfirmedDeliveryDate FixedDueDate=FixedDueDate Payment=PaymentTermsName
            PaymMode=VendorPaymentMethodName VendorRef=VendorOrderReference PurchPoolId=PurchaseOrderPoolId
            SysDataAreaId=dataAreaId
            """
        ),
    ),
    "PurchaseOrderLinesV2": Mirror(
        "PurchLineBiEntities",
        "InventTransId",
        _pairs(
            """
            dataAreaId=dataAreaId InventTransId=InventoryLotId PurchId=PurchaseOrderNumber
            LineNumber=LineNumber ItemId=ItemNumber Name=LineDescription PurchQty=OrderedPurchaseQuantity
            QtyOrdered=OrderedPurchaseQuantity PurchUnit=PurchaseUnitSymbol PurchPrice=PurchasePrice
            PriceUnit=PurchasePriceQuantity LineAmount=LineAmount PurchStatus=PurchaseOrderLineStatus
            DeliveryDate=RequestedDeliveryDate ConfirmedDlv=ConfirmedDeliveryDate IsDeleted=IsDeleted
            WorkflowState=WorkflowState SysDataAreaId=dataAreaId
            """
        ),
    ),
    "VendorInvoiceHeaders": Mirror(
        "VendInvoiceInfoTableBiEntities",
        "TableRefId",
        _pairs(
            """
            dataAreaId=dataAreaId TableRefId=HeaderReference ParmId=HeaderReference Num=InvoiceNumber
            PurchId=PurchaseOrderNumber PurchName=VendorName InvoiceAccount=InvoiceAccount
            OrderAccount=VendorAccount CurrencyCode=Currency InvoiceType=VendorInvoiceType
            DocumentNum=DocumentNumber DocumentDate=InvoiceDate TransDate=Date
            ReceivedDate=InvoiceReceivedDate FixedDueDate=DueDate
            InvoiceReleaseDate=InvoicePaymentReleaseDate ReleaseDateComment=ReleaseDateComment
            Hold=IsOnHold Approved=IsApproved RequestStatus=VendorInvoiceReviewStatus
            ImportedAmount=ImportedAmount ImportedSalesTax=ImportedSalesTax Payment=TermsOfPayment
            PaymMode=MethodOfPayment CashDiscCode=CashDiscountCode Description=InvoiceDescription
            VendInvoiceGroup=InvoiceGroup SysDataAreaId=dataAreaId
            """
        ),
    ),
}
