"""Vendors: what invoices and orders refer to by account.

VendorsV2 carries no time stamp; VendTableBiEntities shows the same table with one. A change of address or e-mail alone may
not move it (they live in the global address book), which is what the sweep is for.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Stamped

TABLE = Entity(
    entity_set="VendTableBiEntities",
    keys=("dataAreaId", "AccountNum"),
    fields=(
        Field("dataAreaId", "Edm.String", "Legal entity"),
        Field("AccountNum", "Edm.String", "Vendor"),
        Field("SysModifiedDateTime", "Edm.DateTimeOffset", "Modified"),
    ),
)

KIND = Kind(
    name="vendor",
    label="Vendor",
    label_plural="Vendors",
    entity=Entity(
        entity_set="VendorsV2",
        keys=("dataAreaId", "VendorAccountNumber"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("VendorAccountNumber", "Edm.String", "Vendor"),
            Field("VendorOrganizationName", "Edm.String", "Name"),
            Field("VendorSearchName", "Edm.String", "Search name"),
            Field("VendorKnownAsName", "Edm.String", "Known as"),
            Field("VendorGroupId", "Edm.String", "Group"),
            Field("CurrencyCode", "Edm.String", "Currency"),
            Field("DefaultPaymentTermsName", "Edm.String", "Payment terms", writable=True),
            Field("DefaultVendorPaymentMethodName", "Edm.String", "Payment method"),
            Field("InvoiceVendorAccountNumber", "Edm.String", "Invoice vendor"),
            Field("TaxExemptNumber", "Edm.String", "VAT number"),
            Field("OnHoldStatus", "CustVendorBlocked", "On hold", writable=True),
            Field("VendorHoldReleaseDate", "Edm.DateTimeOffset", "Hold until", writable=True, date_only=True),
            Field("CreditLimit", "Edm.Decimal", "Credit limit", writable=True),
            Field("CreditRating", "Edm.String", "Credit rating", writable=True),
            Field("BuyerGroupId", "Edm.String", "Buyer group", writable=True),
            Field("Notes", "Edm.String", "Notes", writable=True),
            Field("PrimaryEmailAddress", "Edm.String", "E-mail", writable=True),
            Field("PrimaryPhoneNumber", "Edm.String", "Phone"),
            Field("PrimaryURL", "Edm.String", "Web site"),
            Field("AddressCity", "Edm.String", "City"),
            Field("AddressCountryRegionId", "Edm.String", "Country"),
            Field("FormattedPrimaryAddress", "Edm.String", "Address"),
        ),
    ),
    company_field="dataAreaId",
    menu_item="VendTable",
    name_template="{VendorOrganizationName} · {VendorAccountNumber}",
    title_fields=("VendorAccountNumber",),
    changes=(
        Stamped(
            TABLE,
            "SysModifiedDateTime",
            {"dataAreaId": "dataAreaId", "VendorAccountNumber": "AccountNum"},
        ),
    ),
    reference="VendorAccountNumber",
    reference_name="VendorOrganizationName",
    # The other kinds of hold leave a vendor in use for something, and "Never" means never put on hold.
    suspended={"OnHoldStatus": ("All",)},
    refers={
        "InvoiceVendorAccountNumber": "vendor",
        "DefaultPaymentTermsName": "payment_terms",
        "CurrencyCode": "currency",
    },
    notes="Dynamics sends no event of its own for vendors; use a data event, an alert rule, or a schedule.",
)
