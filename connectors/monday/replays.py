"""Answers out of monday's memory that may no longer be true.

A create has the same Idempotency-Key in every process, so that it is never done twice. The other side of it: for
30 minutes monday answers it from memory (developer.monday.com, "Idempotency"), whatever has happened since. The
item may have been deleted, what stood in the way of a refused write may have been mended, and a value written
beside the create may have been changed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import ServerFault
from connectors.monday.calls import Calls
from connectors.monday.faults import SYSTEM
from connectors.monday.model import AddUpdate, CreateItem, Outcome, Write


def stale(calls: Calls, writes: Sequence[Write], results: Sequence[Outcome]) -> list[int]:
    """Which writes must be done again although monday remembers an answer to them.

    Args:
        writes: of one batch.
        results: what the remembered answer says of each.

    Returns:
        Positions in the batch.

    Raises:
        ConnectorError: whether the created items still stand could not be asked.
    """
    made = [
        result.item_id
        for write, result in zip(writes, results, strict=True)
        if isinstance(write, CreateItem) and result.item_id
    ]
    standing = _standing(calls, made) if made else set()
    return [
        number
        for number, (write, result) in enumerate(zip(writes, results, strict=True))
        if not _holds(write, result, standing)
    ]


def _holds(write: Write, result: Outcome, standing: set[str]) -> bool:
    if result.error:
        # Unknown stays unknown: only a plain refusal may be tried again.
        return result.error.may_have_applied
    # A remark that was made stays made; made twice it would only annoy.
    return isinstance(write, AddUpdate) or (isinstance(write, CreateItem) and result.item_id in standing)


def _standing(calls: Calls, ids: list[str]) -> set[str]:
    found = calls.ask("ItemStates", {"ids": ids, "limit": len(ids)}).data.get("items")
    if found is None:
        raise ServerFault("monday did not tell the state of the items it remembers.", system=SYSTEM)
    return {str(node["id"]) for node in found if node and node.get("state") == "active"}
