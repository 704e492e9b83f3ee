"""Record links in memory, with the rules of `mappings.store`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.monday.model import Board
from integration_portal.sync.ports import Written
from mappings.links import Link
from mappings.rules import BoardRule


@dataclass
class FakeLanes:
    """The engine's `Lanes` port.

    Attributes:
        busy: record keys another worker holds.
        held: record keys we hold.
        boards: as last read, and when.
        predecessors: links of the predecessor by name for life; `busy_naturals` of them another worker holds.
    """

    links: dict[str, Link] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    boards: dict[str, tuple[Board, float]] = field(default_factory=dict)
    keys_read_at: float | None = None
    clock: float = 1_000_000.0
    predecessors: dict[str, Link] = field(default_factory=dict)
    busy_naturals: set[str] = field(default_factory=set)

    def lease(self, rule: BoardRule, record_keys: Sequence[str]) -> dict[str, Link]:
        for key in record_keys:
            self.links.setdefault(key, Link(len(self.links) + 1, key, "", {}, False, None))
        mine = {key: self.links[key] for key in record_keys if key not in self.busy}
        self.held |= set(mine)
        return mine

    def adopt(self, rule: BoardRule, items: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        taken = {link.item_id for link in self.links.values()}
        for key, (item_id, baseline) in items.items():
            link = self.links.get(key) or Link(len(self.links) + 1, key, "", {}, False, None)
            if not link.item_id and item_id not in taken:
                self.links[key] = replace(link, item_id=item_id, baseline=baseline)

    def linked_items(self, rule: BoardRule, item_ids: Sequence[str]) -> set[str]:
        return {link.item_id for link in self.links.values() if link.item_id} & set(item_ids)

    def inherit(self, rule: BoardRule, naturals: Sequence[str]) -> tuple[dict[str, Link], set[str]]:
        if rule.predecessor_id is None:
            return {}, set()
        found = {name: self.predecessors[name] for name in naturals if name in self.predecessors}
        return {
            n: link for n, link in found.items() if n not in self.busy_naturals
        }, self.busy_naturals & set(found)

    def keys_were_read(self, rule: BoardRule, at: float) -> None:
        self.keys_read_at = at

    def board(self, rule: BoardRule) -> tuple[Board, float] | None:
        return self.boards.get(rule.board_id)

    def keep_board(self, rule: BoardRule, board: Board) -> None:
        self.boards[rule.board_id] = (board, self.clock)

    def now(self) -> float:
        return self.clock

    # --- What tests do ------------------------------------------------------------------------------------------

    def settle(self, written: Iterable[Written]) -> None:
        """Keep what was learned, as `store.settle_links` does."""
        by_id = {link.id: key for key, link in self.links.items()}
        for one in written:
            if one.ended is not None and one.ended.gone:
                self.predecessors = {
                    n: ln for n, ln in self.predecessors.items() if ln.id != one.ended.link_id
                }
            update = one.update
            if update is None:
                continue
            key = by_id[update.link_id]
            link = self.links[key]
            self.links[key] = replace(
                link,
                item_id=link.item_id if update.item_id is None else update.item_id,
                baseline=link.baseline if update.baseline is None else update.baseline,
                settled_at=link.settled_at if update.settled_at is None else update.settled_at,
                uncertain=update.uncertain,
                answers=link.answers + update.answered,
                gone=link.gone if update.gone is None else update.gone,
            )
            self.held.discard(key)

    def lose(self, key: str) -> None:
        """Let the worker that holds a lane die."""
        self.links[key] = replace(self.links[key], uncertain=True)
        self.held.discard(key)
