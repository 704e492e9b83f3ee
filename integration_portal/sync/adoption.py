"""Never a second item: find what stands on the board already, by the key column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.monday.model import Board, Item
from integration_portal.sync.ports import Items, Lanes
from mappings.rules import BoardRule
from mappings.translate import state_of

Found = dict[str, tuple[str, Mapping[str, Any]]]


class Adoption:
    """The items of one board that carry a key.

    Args:
        board: as last read.
    """

    def __init__(self, rule: BoardRule, items: Items, lanes: Lanes, board: Board) -> None:
        self.rule = rule
        self.items = items
        self.lanes = lanes
        self.board = board

    @property
    def trusted(self) -> bool:
        """Whether the board's keys were read so lately that an unknown record can be created without looking."""
        read_at = self.rule.keys_read_at
        fresh = read_at is None or self.lanes.now() - read_at < self.rule.trust_keys_s
        return bool(self.rule.trust_keys_s) and fresh

    def read_keys_once(self) -> None:
        """Before the first create ever, link every item of the board that carries a key."""
        if self.rule.keys_read_at is not None:
            return
        at = self.lanes.now()
        for page in self.items.walk_items(self.rule.board_id, columns=self._columns()):
            self.lanes.adopt(self.rule, self._by_key(page))
        self.lanes.keys_were_read(self.rule, at)

    def find(self, keys: Sequence[str]) -> Found:
        """Look keys up on the board; an item that stands for another record already is left out.

        Returns:
            record key -> (item id, the item as a baseline).
        """
        if not keys:
            return {}
        found = self._by_key(
            self.items.items_by_key(
                self.rule.board_id, self.rule.key_column_id, keys, columns=self._columns()
            )
        )
        taken = self.lanes.linked_items(self.rule, [item_id for item_id, _ in found.values()])
        return {key: one for key, one in found.items() if one[0] not in taken}

    def _columns(self) -> list[str]:
        return [self.rule.key_column_id, *(column.column_id for column in self.rule.columns)]

    def _by_key(self, items: Iterable[Item]) -> Found:
        """Order items by their key; of several with one key the oldest counts."""
        found: Found = {}
        for item in sorted(items, key=lambda one: int(one.id), reverse=True):
            state = state_of(self.rule, item, self.board)
            key = str(state["cells"].get(self.rule.key_column_id, ""))
            if key and item.state == "active":
                found[key] = (item.id, state)
        return found
