"""Payment terms: each legal entity has its own."""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Swept

KIND = Kind(
    name="payment_terms",
    label="Payment terms",
    label_plural="Payment terms",
    entity=Entity(
        entity_set="PaymentTerms",
        keys=("dataAreaId", "Name"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("Name", "Edm.String", "Terms"),
            Field("Description", "Edm.String", "Description"),
            Field("NumberOfDays", "Edm.Int32", "Days"),
            Field("NumberOfMonths", "Edm.Int32", "Months"),
            Field("PaymentMethodType", "NetCurrent", "Counted from"),
        ),
    ),
    company_field="dataAreaId",
    menu_item="PaymTerm",
    name_template="{Name} · {Description}",
    title_fields=("Name",),
    changes=(Swept(),),
    reference="Name",
    reference_name="Description",
)
