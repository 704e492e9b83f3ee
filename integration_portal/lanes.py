"""The lanes of one run: the engine's port, kept in the database."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.monday.model import Board
from mappings import store
from mappings.links import Link
from mappings.rules import BoardRule


class StoredLanes:
    """`sync.ports.Lanes` over `mappings.store`.

    Args:
        owner: the run that takes the leases.
        seconds: how long they hold when the run dies.
    """

    def __init__(self, owner: str, seconds: float) -> None:
        self.owner = owner
        self.seconds = seconds

    def lease(self, rule: BoardRule, record_keys: Sequence[str]) -> dict[str, Link]:
        """Take lanes."""
        return store.lease(rule.mapping_id, record_keys, owner=self.owner, seconds=self.seconds)

    def adopt(self, rule: BoardRule, items: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Link items that were found on the board."""
        store.adopt(rule.mapping_id, items)

    def linked_items(self, rule: BoardRule, item_ids: Sequence[str]) -> set[str]:
        """Say which of these items stand for a record already."""
        return store.linked_items(rule.mapping_id, item_ids)

    def inherit(self, rule: BoardRule, naturals: Sequence[str]) -> tuple[dict[str, Link], set[str]]:
        """Take the lanes of the predecessor's items with these names for life; and name those that are busy."""
        if rule.predecessor_id is None or not naturals:
            return {}, set()
        return store.inherit(rule.predecessor_id, naturals, owner=self.owner, seconds=self.seconds)

    def keys_were_read(self, rule: BoardRule, at: float) -> None:
        """Note that the whole board was read."""
        store.mark_keys_read(rule.mapping_id, at)

    def board(self, rule: BoardRule) -> tuple[Board, float] | None:
        """A board as last read, and when."""
        kept = store.snapshot(rule.account_id, rule.board_id)
        return (kept[0], kept[1].timestamp()) if kept else None

    def keep_board(self, rule: BoardRule, board: Board) -> None:
        """Keep a board as just read."""
        store.keep_snapshot(rule.account_id, board)

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()
