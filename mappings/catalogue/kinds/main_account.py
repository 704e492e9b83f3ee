"""Main accounts. They belong to a chart of accounts, which several legal entities may share, not to a legal entity."""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Swept

KIND = Kind(
    name="main_account",
    label="Main account",
    label_plural="Main accounts",
    entity=Entity(
        entity_set="MainAccounts",
        keys=("ChartOfAccounts", "MainAccountId"),
        fields=(
            Field("ChartOfAccounts", "Edm.String", "Chart of accounts"),
            Field("MainAccountId", "Edm.String", "Main account"),
            Field("Name", "Edm.String", "Name"),
            Field("MainAccountType", "DimensionLedgerAccountType", "Type"),
            Field("MainAccountCategory", "Edm.String", "Category"),
            Field("IsSuspended", "NoYes", "Suspended"),
            Field("ActiveFrom", "Edm.DateTimeOffset", "Active from", date_only=True),
            Field("ActiveTo", "Edm.DateTimeOffset", "Active to", date_only=True),
            Field("DoNotAllowManualEntry", "NoYes", "Not for manual entry"),
            Field("MainAccountRecId", "Edm.Int64", "Record id"),
        ),
    ),
    company_field="",
    menu_item="MainAccount",
    name_template="{MainAccountId} · {Name}",
    title_fields=("MainAccountId",),
    changes=(Swept(),),
    reference="MainAccountId",
    reference_name="Name",
    within="ChartOfAccounts",
    suspended={"IsSuspended": ("Yes",)},
    ends="ActiveTo",
)
