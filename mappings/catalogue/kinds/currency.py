"""Currencies: one list for all legal entities."""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Swept

KIND = Kind(
    name="currency",
    label="Currency",
    label_plural="Currencies",
    entity=Entity(
        entity_set="Currencies",
        keys=("CurrencyCode",),
        fields=(
            Field("CurrencyCode", "Edm.String", "Currency"),
            Field("Name", "Edm.String", "Name"),
            Field("Symbol", "Edm.String", "Symbol"),
            Field("GeneralRoundingRule", "Edm.Decimal", "Rounded to"),
        ),
    ),
    company_field="",
    menu_item="Currency",
    name_template="{CurrencyCode} · {Name}",
    title_fields=("CurrencyCode",),
    changes=(Swept(),),
    reference="CurrencyCode",
    reference_name="Name",
)
