"""Legal entities. Dynamics writes their ids in capitals here, and in small letters as `dataAreaId` everywhere else."""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Swept

KIND = Kind(
    name="legal_entity",
    label="Legal entity",
    label_plural="Legal entities",
    entity=Entity(
        entity_set="LegalEntities",
        keys=("LegalEntityId",),
        fields=(
            Field("LegalEntityId", "Edm.String", "Legal entity"),
            Field("Name", "Edm.String", "Name"),
            Field("NameAlias", "Edm.String", "Search name"),
            Field("LanguageId", "Edm.String", "Language"),
            Field("PartyNumber", "Edm.String", "Party"),
            Field("AddressCountryRegionId", "Edm.String", "Country"),
            Field("VATNum", "Edm.String", "VAT number"),
        ),
    ),
    company_field="LegalEntityId",
    menu_item="OMLegalEntity",
    name_template="{LegalEntityId} · {Name}",
    title_fields=("LegalEntityId",),
    changes=(Swept(),),
    reference="LegalEntityId",
    reference_name="Name",
)
