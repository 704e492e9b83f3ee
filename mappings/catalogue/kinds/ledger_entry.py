"""General ledger entries: posted vouchers, read-only in Dynamics.

The entry is global; its legal entity is the one its voucher belongs to. Its amounts are those of its account entries, debits
positive and credits negative, in the ledger's accounting currency.
"""

from connectors.dynamics.model import Entity, Field
from mappings.catalogue.detail import Detail, Sum
from mappings.catalogue.kind import Kind, Stamped

ENTITY = Entity(
    entity_set="GeneralJournalEntryBiEntities",
    keys=("JournalNumber", "FiscalCalendarYear", "Ledger"),
    fields=(
        Field("JournalNumber", "Edm.String", "Journal entry"),
        Field("FiscalCalendarYear", "Edm.Int64", "Fiscal year (record id)"),
        Field("Ledger", "Edm.Int64", "Ledger (record id)"),
        Field("SubledgerVoucher", "Edm.String", "Voucher"),
        Field("SubledgerVoucherDataAreaId", "Edm.String", "Legal entity"),
        Field("AccountingDate", "Edm.DateTimeOffset", "Accounting date", date_only=True),
        Field("DocumentDate", "Edm.DateTimeOffset", "Document date", date_only=True),
        Field("DocumentNumber", "Edm.String", "Document"),
        Field("JournalCategory", "LedgerTransType", "Category"),
        Field("PostingLayer", "CurrentOperationsTax", "Posting layer"),
        Field("LedgerPostingJournal", "Edm.String", "Posted by journal"),
        Field("SourceKey", "Edm.Int64", "Record id"),
        Field("CreatedOn", "Edm.DateTimeOffset", "Posted at"),
    ),
)

ACCOUNTS = Detail(
    name="accounts",
    entity=Entity(
        entity_set="GeneralJournalAccountEntryBiEntities",
        keys=("SourceKey",),
        fields=(
            Field("SourceKey", "Edm.Int64", "Record id"),
            Field("GeneralJournalEntry", "Edm.Int64", "Journal entry (record id)"),
            Field("AccountingCurrencyAmount", "Edm.Decimal", "Amount"),
            Field("IsCredit", "NoYes", "Credit"),
        ),
    ),
    join={"GeneralJournalEntry": "SourceKey"},
    sums={
        "Debit": Sum("AccountingCurrencyAmount", "Debit in accounting currency", only={"IsCredit": "No"}),
        "Credit": Sum(
            "AccountingCurrencyAmount", "Credit in accounting currency, negative", only={"IsCredit": "Yes"}
        ),
    },
)

KIND = Kind(
    name="ledger_entry",
    label="General ledger entry",
    label_plural="General ledger entries",
    entity=ENTITY,
    company_field="SubledgerVoucherDataAreaId",
    menu_item="LedgerTransVoucher",
    name_template="{SubledgerVoucher} · {JournalNumber}",
    title_fields=("SubledgerVoucher",),
    details=(ACCOUNTS,),
    # Entries are added and never changed: what is corrected gets an entry of its own.
    changes=(Stamped(ENTITY, "CreatedOn", {name: name for name in ENTITY.keys}),),
    notes="Posted: mirrored, never written.",
)
