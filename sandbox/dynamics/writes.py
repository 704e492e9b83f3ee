"""POST, PATCH and DELETE, through the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.dynamics.errors import ODataError, write_failed
from sandbox.dynamics.model import EntitySet
from sandbox.dynamics.rules import check_delete, check_write
from sandbox.dynamics.store import Row
from sandbox.dynamics.values import read_body
from sandbox.dynamics.world import DynamicsWorld

# Keys a number sequence hands out when the client leaves them out: (field, form)
_SEQUENCES = {
    "VendorsV2": ("VendorAccountNumber", "V-{:06d}"),
    "PurchaseOrderHeadersV2": ("PurchaseOrderNumber", "{:08d}"),
    "VendorInvoiceHeaders": ("HeaderReference", "{:06d}"),
    "LedgerJournalHeaders": ("JournalBatchNumber", "{:05d}"),
}
# Line numbers count on within their document: (field, document key)
_LINES = {
    "PurchaseOrderLinesV2": ("LineNumber", "PurchaseOrderNumber"),
    "VendorInvoiceLines": ("InvoiceLineNumber", "HeaderReference"),
    "LedgerJournalLines": ("LineNumber", "JournalBatchNumber"),
}
# What the service itself fills in on create, although no client may write it.
_INITIAL: dict[str, dict[str, Any]] = {
    "PurchaseOrderHeadersV2": {"PurchaseOrderStatus": "Backorder", "DocumentApprovalStatus": "Draft"},
    "PurchaseOrderLinesV2": {"PurchaseOrderLineStatus": "Backorder"},
}


def create(world: DynamicsWorld, entity_set: EntitySet, body: Any) -> Row:
    """Insert a record (under the world's lock); raises ODataError."""
    _writable(world, entity_set)
    sent = read_body(entity_set, body)
    values = {name: value for name, value in sent.items() if not entity_set.by_name[name].read_only}
    if entity_set.by_company:
        values["dataAreaId"] = _company(world, values.get("dataAreaId", ""))
    values = {**_defaults(world, entity_set, values), **values, **_INITIAL.get(entity_set.name, {})}
    for name in entity_set.keys:
        if values.get(name) in (None, ""):
            raise write_failed(entity_set.entity, [f"Error: Field '{name}' must be filled in."])
    after = {field.name: values.get(field.name, field.empty) for field in entity_set.fields}
    check_write(world, entity_set, None, after, values)
    try:
        return world.insert(entity_set.name, values)
    except KeyError as error:
        raise write_failed(
            entity_set.entity,
            [f"Error: Cannot create a record in {entity_set.label}. The record already exists."],
        ) from error


def update(world: DynamicsWorld, entity_set: EntitySet, row: Row, body: Any, if_match: str) -> None:
    """Change a record (under the world's lock): read-only and key fields are ignored without a word.

    Raises: ODataError (400, 403, 405, 412).
    """
    _writable(world, entity_set)
    _match(row, if_match)
    sent = read_body(entity_set, body)
    values = {
        name: value
        for name, value in sent.items()
        if not (entity_set.by_name[name].read_only or entity_set.by_name[name].key)
    }
    change(world, entity_set, row, values)


def change(world: DynamicsWorld, entity_set: EntitySet, row: Row, values: Mapping[str, Any]) -> bool:
    """Apply values that were read already, through the rules; returns whether anything changed."""
    before = world.table(entity_set.name).as_dict(row)
    changed = [name for name, value in values.items() if before[name] != value]
    if not changed:
        return False
    check_write(world, entity_set, before, {**before, **values}, changed)
    return world.change(entity_set.name, row, values)


def delete(world: DynamicsWorld, entity_set: EntitySet, row: Row, if_match: str) -> None:
    """Delete a record (under the world's lock); raises ODataError (400, 403, 405, 412)."""
    _writable(world, entity_set)
    _match(row, if_match)
    check_delete(world, entity_set, world.table(entity_set.name).as_dict(row))
    world.remove(entity_set.name, row)


def _writable(world: DynamicsWorld, entity_set: EntitySet) -> None:
    if entity_set.read_only:
        raise ODataError(405, f"The entity set '{entity_set.name}' is read-only.")
    if entity_set.name in world.settings.denied_writes:
        raise ODataError(403, f"Access denied: the user may not change '{entity_set.label}'.")


def _match(row: Row, if_match: str) -> None:
    if if_match and if_match != "*" and row.etag not in [part.strip() for part in if_match.split(",")]:
        raise ODataError(412, "The record was changed by somebody else: the ETag does not match.")


def _company(world: DynamicsWorld, company: str) -> str:
    company = company.casefold() or world.settings.default_company
    if company not in world.settings.companies or not world.table("Companies").find(DataArea=company):
        raise ODataError(400, f"Company '{company}' does not exist or is not open to this user.")
    return company


def _defaults(world: DynamicsWorld, entity_set: EntitySet, values: Mapping[str, Any]) -> dict[str, Any]:
    """What number sequences and the entity's own defaulting fill in."""
    table = world.table(entity_set.name)
    filled: dict[str, Any] = {}
    if entity_set.name in _SEQUENCES:
        name, form = _SEQUENCES[entity_set.name]
        number = len(table.rows) + 1001
        while not values.get(name) and table.find(**{name: form.format(number)}):
            number += 1
        filled[name] = form.format(number)
    if entity_set.name in _LINES:
        name, document = _LINES[entity_set.name]
        own = table.find(dataAreaId=values["dataAreaId"], **{document: values.get(document, "")})
        place = entity_set.by_name[name].index
        filled[name] = max((row.values[place] for row in own), default=0) + 1
    if entity_set.name == "VendorInvoiceLines":
        filled["NetAmount"] = values.get("Amount", values.get("ReceiveNow", 0) * values.get("UnitPrice", 0))
    if entity_set.name == "PurchaseOrderLinesV2":
        filled["LineAmount"] = values.get("OrderedPurchaseQuantity", 0) * values.get("PurchasePrice", 0)
        filled["InventoryLotId"] = f"{values['dataAreaId'].upper()}-{world.rec_id()}"
    return {name: value for name, value in filled.items() if not values.get(name)}
