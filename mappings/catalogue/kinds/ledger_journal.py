"""General journals. A posted one is read-only; before that only its description may change.

IsPosted is set by posting, which is no write of a field.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.kind import Kind, Swept

KIND = Kind(
    name="ledger_journal",
    label="General journal",
    label_plural="General journals",
    entity=Entity(
        entity_set="LedgerJournalHeaders",
        keys=("dataAreaId", "JournalBatchNumber"),
        fields=(
            Field("dataAreaId", "Edm.String", "Legal entity"),
            Field("JournalBatchNumber", "Edm.String", "Journal"),
            Field("JournalName", "Edm.String", "Journal name"),
            Field("Description", "Edm.String", "Description", writable=True),
            Field("IsPosted", "NoYes", "Posted"),
            Field("AccountingCurrency", "Edm.String", "Currency"),
            Field("PostingLayer", "CurrentOperationsTax", "Posting layer"),
            Field("JournalTotalDebit", "Edm.Decimal", "Debit"),
            Field("JournalTotalCredit", "Edm.Decimal", "Credit"),
        ),
    ),
    company_field="dataAreaId",
    menu_item="LedgerJournalTable",
    name_template="{JournalBatchNumber} · {Description}",
    title_fields=("JournalBatchNumber",),
    changes=(Swept(),),
    refers={"AccountingCurrency": "currency"},
    read_only_when=("IsPosted", "Yes"),
)
