"""The business rules a write has to pass; a refusal reads like the service's own Infolog.

The rules are plausible ones, not the vendor's complete validation: enough that a client meets refusals for a
bad reference, an over-long text, contradicting dates, and documents that may no longer be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from sandbox.dynamics.errors import write_failed
from sandbox.dynamics.model import EntitySet
from sandbox.dynamics.store import Table

# entity set -> field -> (set it refers to, key field there, name for people)
_REFERENCES: dict[str, dict[str, tuple[str, str, str]]] = {
    "VendorsV2": {
        "DefaultPaymentTermsName": ("PaymentTerms", "Name", "Terms of payment"),
        "CurrencyCode": ("Currencies", "CurrencyCode", "Currencies"),
        "VendorGroupId": ("VendorGroups", "VendorGroupId", "Vendor groups"),
    },
    "PurchaseOrderHeadersV2": {
        "PaymentTermsName": ("PaymentTerms", "Name", "Terms of payment"),
        "CurrencyCode": ("Currencies", "CurrencyCode", "Currencies"),
        "OrderVendorAccountNumber": ("VendorsV2", "VendorAccountNumber", "Vendors"),
    },
    "PurchaseOrderLinesV2": {
        "PurchaseOrderNumber": ("PurchaseOrderHeadersV2", "PurchaseOrderNumber", "Purchase orders"),
    },
    "VendorInvoiceHeaders": {
        "TermsOfPayment": ("PaymentTerms", "Name", "Terms of payment"),
        "Currency": ("Currencies", "CurrencyCode", "Currencies"),
        "InvoiceAccount": ("VendorsV2", "VendorAccountNumber", "Vendors"),
        "PurchaseOrderNumber": ("PurchaseOrderHeadersV2", "PurchaseOrderNumber", "Purchase orders"),
    },
    "VendorInvoiceLines": {
        "HeaderReference": ("VendorInvoiceHeaders", "HeaderReference", "Vendor invoices"),
    },
    "LedgerJournalLines": {
        "JournalBatchNumber": ("LedgerJournalHeaders", "JournalBatchNumber", "Ledger journal table"),
        "CurrencyCode": ("Currencies", "CurrencyCode", "Currencies"),
    },
}
_MANDATORY: dict[str, tuple[str, ...]] = {
    "VendorsV2": ("VendorOrganizationName", "VendorGroupId"),
    "PurchaseOrderHeadersV2": ("OrderVendorAccountNumber",),
    "VendorInvoiceHeaders": ("InvoiceNumber", "InvoiceAccount", "Currency"),
    "LedgerJournalHeaders": ("JournalName",),
}


class Tables(Protocol):
    """What the rules look things up in."""

    def table(self, name: str) -> Table:
        """Return the rows of an entity set."""
        ...


def check_write(
    tables: Tables,
    entity_set: EntitySet,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    changed: Iterable[str],
) -> None:
    """Check one insert (``before`` is None) or update.

    Raises: ODataError (400) with the Infolog of everything that was found.
    """
    changed = tuple(changed)
    log: list[str] = []
    for name in changed:
        field = entity_set.by_name[name]
        if field.max_length is not None and len(after[name]) > field.max_length:
            log.append(f"Error: The text in field '{name}' is longer than {field.max_length} characters.")
            log.append(f"Warning: validateField failed on field '{entity_set.entity}Entity.{name}'.")
    log += _references(tables, entity_set, after, changed)
    if before is None:
        log += [
            f"Error: Field '{name}' must be filled in."
            for name in _MANDATORY.get(entity_set.name, ())
            if not after[name]
        ]
    rule = _RULES.get(entity_set.name)
    if rule is not None:
        log += [f"Error: {sentence}" for sentence in rule(tables, before, after)]
    if log:
        if not log[-1].startswith("Warning: validate"):
            log.append(f"Warning: validateWrite failed on data source '{entity_set.entity}'.")
        raise write_failed(entity_set.entity, log)


def check_delete(tables: Tables, entity_set: EntitySet, row: Mapping[str, Any]) -> None:
    """Check one deletion; raises ODataError (400) with the Infolog."""
    company = row.get("dataAreaId")
    if entity_set.name == "LedgerJournalHeaders" and tables.table("LedgerJournalLines").find(
        dataAreaId=company, JournalBatchNumber=row["JournalBatchNumber"]
    ):
        text = "Ledger journal table cannot be deleted while dependent Journal lines exist."
        raise write_failed(entity_set.entity, [f"Error: {text}", "Warning: validateDelete failed."])
    if entity_set.name == "VendorsV2" and tables.table("PurchaseOrderHeadersV2").find(
        dataAreaId=company, OrderVendorAccountNumber=row["VendorAccountNumber"]
    ):
        text = "The vendor cannot be deleted while dependent Purchase orders exist."
        raise write_failed(entity_set.entity, [f"Error: {text}", "Warning: validateDelete failed."])


def _references(
    tables: Tables, entity_set: EntitySet, after: Mapping[str, Any], changed: Iterable[str]
) -> list[str]:
    log = []
    references = _REFERENCES.get(entity_set.name, {})
    for name in changed:
        if name not in references or not after[name]:
            continue
        other, key, people = references[name]
        wanted = {key: after[name]}
        if tables.table(other).entity_set.by_company:
            wanted["dataAreaId"] = after["dataAreaId"]
        if not tables.table(other).find(**wanted):
            log.append(
                f"Warning: The value '{after[name]}' in field '{name}' is not found in the related table "
                f"'{people}'."
            )
            log.append(f"Warning: validateField failed on field '{entity_set.entity}Entity.{name}'.")
    return log


def _vendor(_tables: Tables, _before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    if after["CreditLimit"] < 0:
        return ["The credit limit cannot be negative."]
    return []


def _pending_invoice(
    _tables: Tables, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[str]:
    log = []
    if before is not None and before["VendorInvoiceReviewStatus"] == "InReview":
        log.append(f"Invoice {before['InvoiceNumber']} is in workflow review and cannot be changed.")
    due, invoiced = after["DueDate"], after["InvoiceDate"]
    if not due.startswith("1900") and not invoiced.startswith("1900") and due < invoiced:
        log.append(f"Due date {due[:10]} is earlier than the invoice date {invoiced[:10]}.")
    newly_approved = after["IsApproved"] == "Yes" and (before is None or before["IsApproved"] == "No")
    if newly_approved and not after["ApproverPersonnelNumber"]:
        log.append("Field 'Approved by' must be filled in when an invoice is approved.")
    return log


def _purchase_order(
    _tables: Tables, before: Mapping[str, Any] | None, _after: Mapping[str, Any]
) -> list[str]:
    if before is None:
        return []
    number = before["PurchaseOrderNumber"]
    if before["PurchaseOrderStatus"] in ("Invoiced", "Canceled"):
        return [f"Purchase order {number} is {before['PurchaseOrderStatus'].lower()} and cannot be changed."]
    if before["IsChangeManagementActive"] == "Yes" and before["DocumentApprovalStatus"] == "Confirmed":
        return [f"Purchase order {number} is under change management; request a change first."]
    return []


def _journal(_tables: Tables, before: Mapping[str, Any] | None, _after: Mapping[str, Any]) -> list[str]:
    if before is not None and before["IsPosted"] == "Yes":
        return [f"Journal {before['JournalBatchNumber']} has been posted and cannot be changed."]
    return []


def _journal_line(tables: Tables, _before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    number = after["JournalBatchNumber"]
    header = tables.table("LedgerJournalHeaders").get(after)
    posted = tables.table("LedgerJournalHeaders").entity_set.by_name["IsPosted"].index
    if header is not None and header.values[posted] == "Yes":
        return [f"Journal {number} has been posted and its lines cannot be changed."]
    if after["DebitAmount"] and after["CreditAmount"]:
        return ["A journal line cannot carry both a debit and a credit."]
    return []


_Rule = Callable[[Tables, Mapping[str, Any] | None, Mapping[str, Any]], list[str]]
_RULES: dict[str, _Rule] = {
    "VendorsV2": _vendor,
    "VendorInvoiceHeaders": _pending_invoice,
    "PurchaseOrderHeadersV2": _purchase_order,
    "LedgerJournalHeaders": _journal,
    "LedgerJournalLines": _journal_line,
}
