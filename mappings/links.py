"""A record and its item as the sync engine sees them: plain data, kept by `mappings.store`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Link:
    """A leased record link, as the engine sees it."""

    id: int
    record_key: str
    item_id: str
    baseline: Mapping[str, Any]
    uncertain: bool
    settled_at: float | None
    answers: int = 0
    gone: bool = False


@dataclass(frozen=True)
class LinkUpdate:
    """What a worker learned about a leased link.

    Attributes:
        item_id, baseline, settled_at: None leaves what stands there; settled_at in epoch seconds.
        uncertain: a write may have happened unseen: a create is looked up before it is repeated, a change written in full.
        natural: what names the thing behind the record for life.
        fingerprint: of the record's values and of the mapping, so that a schedule sees at once that nothing changed.
        gone: the record is gone from Dynamics; None leaves what stands there.
        answered: monday gave a definite answer, good or bad, so the next write must not be taken for a repetition of this one.
    """

    link_id: int
    item_id: str | None = None
    baseline: Mapping[str, Any] | None = None
    uncertain: bool = False
    settled_at: float | None = None
    answered: bool = False
    natural: str | None = None
    fingerprint: str | None = None
    gone: bool | None = None
