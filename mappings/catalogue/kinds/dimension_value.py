"""Financial dimension values: cost centers, departments and the like.

The same value may stand in two dimensions. A value that is shared by all legal entities has an empty one.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Swept

KIND = Kind(
    name="dimension_value",
    label="Financial dimension value",
    label_plural="Financial dimension values",
    entity=Entity(
        entity_set="FinancialDimensionValues",
        keys=("FinancialDimension", "LegalEntityId", "DimensionValue"),
        fields=(
            Field("FinancialDimension", "Edm.String", "Dimension"),
            Field("LegalEntityId", "Edm.String", "Legal entity"),
            Field("DimensionValue", "Edm.String", "Value"),
            Field("Description", "Edm.String", "Description", writable=True),
            Field("IsSuspended", "NoYes", "Suspended", writable=True),
            Field("IsBlockedForManualEntry", "NoYes", "Not for manual entry"),
            Field("IsTotal", "NoYes", "Total"),
            Field("ActiveFrom", "Edm.DateTimeOffset", "Active from", date_only=True),
            Field("ActiveTo", "Edm.DateTimeOffset", "Active to", date_only=True),
            Field("Owner", "Edm.String", "Owner"),
            Field("GroupDimension", "Edm.String", "Group"),
        ),
    ),
    company_field="LegalEntityId",
    menu_item="DimensionDetails",
    name_template="{DimensionValue} · {Description}",
    title_fields=("DimensionValue", "FinancialDimension"),
    changes=(Swept(),),
    reference="DimensionValue",
    reference_name="Description",
    within="FinancialDimension",
    suspended={"IsSuspended": ("Yes",)},
    ends="ActiveTo",
)
