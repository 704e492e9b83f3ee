"""Many writes in one call: the document, its Idempotency-Key, and what became of each write.

Aliased mutations are no transaction: monday carries them out one after the other, and each succeeds or fails
by itself. In the answer, an error names its alias as the first part of its path.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.errors import ServerFault
from connectors.monday.documents import BATCH, alias, batch_document, field_name, summary
from connectors.monday.faults import SYSTEM, Fault, to_error
from connectors.monday.graphql import Reply, encode
from connectors.monday.model import AddUpdate, ChangeColumns, CreateItem, Outcome, Write


@dataclass(frozen=True)
class Batch:
    """One request with several writes.

    Attributes:
        body: the bytes to send; sent again after a lost answer they are the very same.
        key: for the Idempotency-Key header.
        operation: what it does, for people.
    """

    writes: tuple[Write, ...]
    body: bytes
    key: str
    operation: str


def compose(writes: Sequence[Write], nonce: str, *, anew: bool = False) -> Batch:
    """The request for some writes.

    The key is made of every lane and content, so that a create that is tried again later, by another process
    even, is answered from monday's memory. Without a create among them the writes set absolute values and may
    be repeated; then `nonce` goes into the key. A cell changed from A to B and back to A within half an hour
    would otherwise have the third write answered from memory, and stay at B
    (developer.monday.com, "Idempotency": 30 minutes).

    Args:
        writes: at least one.
        nonce: new for every call of the client.
        anew: do even creates again that monday remembers.
    """
    names = tuple(_name(write) for write in writes)
    parts = [_variables(write) for write in writes]
    seed: list[Any] = [
        [name, write.lane, part] for name, write, part in zip(names, writes, parts, strict=True)
    ]
    if anew or not any(isinstance(write, CreateItem | AddUpdate) for write in writes):
        seed.append(nonce)
    variables = {
        f"{variable}{number}": value for number, part in enumerate(parts) for variable, value in part.items()
    }
    return Batch(
        writes=tuple(writes),
        body=encode(batch_document(names), variables, BATCH),
        key=hashlib.sha256(json.dumps(seed, sort_keys=True).encode()).hexdigest(),
        operation=summary(names),
    )


def whole_failure(batch: Batch, reply: Reply) -> Fault | None:
    """The fault of the request itself, None when monday got as far as the single writes."""
    done = any(reply.data.get(alias(number)) for number in range(len(batch.writes)))
    if done or any(_concerns_one(fault, batch) for fault in reply.faults):
        return None
    return next(iter(reply.faults), None)


def outcomes(batch: Batch, reply: Reply) -> list[Outcome]:
    """What became of each write, in order. A write with neither a result nor a fault may have been done."""
    return [_outcome(batch, number, reply) for number in range(len(batch.writes))]


def _outcome(batch: Batch, number: int, reply: Reply) -> Outcome:
    node = reply.data.get(alias(number))
    item_id = node.get("id") if isinstance(node, dict) else None
    if item_id is not None:
        return Outcome(str(item_id), None, reply.request_id, reply.replayed)
    operation = field_name(_name(batch.writes[number]))
    fault = _fault_of(batch, number, reply)
    if fault is None:
        error = ServerFault(
            "monday did not say what became of this write. The item is looked up before it is tried again.",
            system=SYSTEM,
            operation=operation,
            status=reply.status,
            request_id=reply.request_id,
            may_have_applied=True,
        )
        return Outcome(None, error, reply.request_id, reply.replayed)
    mapped = to_error(
        fault, http_status=reply.status, operation=operation, request_id=reply.request_id, mutation=True
    )
    return Outcome(None, mapped, reply.request_id, reply.replayed)


def _fault_of(batch: Batch, number: int, reply: Reply) -> Fault | None:
    """The write's own fault, else one that concerns the whole request."""
    own = [fault for fault in reply.faults if fault.path[:1] == (alias(number),)]
    common = [fault for fault in reply.faults if not _concerns_one(fault, batch)]
    return next(iter(own + common), None)


def _concerns_one(fault: Fault, batch: Batch) -> bool:
    return fault.path[:1] in {(alias(number),) for number in range(len(batch.writes))}


def _name(write: Write) -> str:
    return type(write).__name__


def _variables(write: Write) -> Mapping[str, Any]:
    """The variables of the single mutation. Column values go as a JSON text, monday's own way."""
    if isinstance(write, CreateItem):
        return {
            "boardId": write.board_id,
            "groupId": write.group_id or None,
            "itemName": write.name,
            "columnValues": json.dumps(dict(write.values), sort_keys=True),
        }
    if isinstance(write, ChangeColumns):
        return {
            "boardId": write.board_id,
            "itemId": write.item_id,
            "columnValues": json.dumps(dict(write.values), sort_keys=True),
        }
    if isinstance(write, AddUpdate):
        return {"itemId": write.item_id, "body": html.escape(write.body, quote=False)}
    return {"itemId": write.item_id, "groupId": write.group_id}
