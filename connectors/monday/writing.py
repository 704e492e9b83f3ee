"""Carrying out writes in batches, with one second try where the first has no good answer."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Sequence

from connectors.errors import ConnectorError, NeedsOperator, RateLimited, ServerFault, Unreachable
from connectors.limits import Grant, Observed
from connectors.monday.batching import Batch, compose, outcomes, whole_failure
from connectors.monday.calls import Calls
from connectors.monday.faults import to_error
from connectors.monday.graphql import Reply
from connectors.monday.model import Outcome, Write
from connectors.monday.replays import stale

# After these, the next call would fare no better.
_NO_USE_TO_GO_ON = (Unreachable, RateLimited, NeedsOperator)


def write_all(calls: Calls, writes: Sequence[Write], batch_size: int, *, anew: bool = False) -> list[Outcome]:
    """Carry out writes, as many in a call as the batch size and the budget allow.

    Args:
        anew: do even what monday remembers having done.

    Returns:
        One outcome for each write, in order. What the budget does not grant, and what comes after a call that
        monday did not take at all, is not sent.
    """
    done: list[Outcome] = []
    nonce = uuid.uuid4().hex
    while len(done) < len(writes):
        wanted = writes[len(done) : len(done) + batch_size]
        try:
            grant = calls.reserve("write", len(wanted))
        except RateLimited as error:
            return _fill(done, writes, error)
        batch = compose(wanted[: grant.mutations], nonce, anew=anew)
        result = _carry_out(calls, batch, grant, anew)
        if isinstance(result, ConnectorError):
            done += [Outcome(None, result, result.request_id)] * len(batch.writes)
            if isinstance(result, _NO_USE_TO_GO_ON):
                return _fill(done, writes, result)
        else:
            done += result
    return done


def _carry_out(calls: Calls, batch: Batch, grant: Grant, anew: bool) -> list[Outcome] | ConnectorError:
    """Send a batch, and send it again when the answer is lost or too old to be true."""
    first = _attempt(calls, batch, grant)
    if isinstance(first, Reply):
        results = outcomes(batch, first)
        return _refreshed(calls, batch, results) if first.replayed and not anew else results
    if isinstance(first, Unreachable | ServerFault) and first.may_have_applied:
        return _once_more(calls, batch, first)
    return first


def _refreshed(calls: Calls, batch: Batch, results: list[Outcome]) -> list[Outcome]:
    """monday had these answers in its memory from an earlier run: do again what no longer holds."""
    try:
        again = stale(calls, batch.writes, results)
    except ConnectorError as error:
        error.may_have_applied = True
        return [Outcome(None, error, result.request_id, replayed=True) for result in results]
    fresh = write_all(calls, [batch.writes[number] for number in again], len(batch.writes), anew=True)
    renewed = dict(zip(again, fresh, strict=True))
    return [renewed.get(number, result) for number, result in enumerate(results)]


def _once_more(calls: Calls, batch: Batch, first: ConnectorError) -> list[Outcome] | ConnectorError:
    """The very same call again, with the same key: monday answers from memory when it did the first."""
    try:
        grant = calls.reserve(batch.operation, len(batch.writes))
    except RateLimited:
        return first
    if grant.mutations < len(batch.writes):
        # The key stands for the whole document; a part of it would be another call.
        calls.settle(grant, Observed(call_cost=0.0))
        return first
    second = _attempt(calls, batch, grant)
    if isinstance(second, ConnectorError):
        second.may_have_applied = True
        return second
    results = outcomes(batch, second)
    for result in results:
        if result.error and not second.replayed:
            # The refusal is that of the second try; the first may have been carried out.
            result.error.may_have_applied = True
    return results


def _attempt(calls: Calls, batch: Batch, grant: Grant) -> Reply | ConnectorError:
    """Send a batch once: monday's answer about the single writes, or why there is none."""
    try:
        reply = calls.send(batch.operation, batch.body, grant, key=batch.key)
    except ConnectorError as error:
        return error
    fault = whole_failure(batch, reply)
    if fault is None:
        return reply
    return to_error(
        fault,
        http_status=reply.status,
        operation=batch.operation,
        request_id=reply.request_id,
        mutation=True,
    )


def _fill(done: list[Outcome], writes: Sequence[Write], error: ConnectorError) -> list[Outcome]:
    """The outcomes so far, and the same error for every write that was not sent."""
    unsent = copy.copy(error)
    unsent.may_have_applied = False
    return done + [Outcome(None, unsent)] * (len(writes) - len(done))
