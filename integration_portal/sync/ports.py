"""What the sync engine needs from the world; adapters live in `integration_portal.processor`, fakes in the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.dynamics.model import Entity, Plain, Row
from connectors.errors import Transient
from connectors.monday.model import Board, Item, Outcome, Write
from mappings.links import Link, LinkUpdate
from mappings.rules import BoardRule


class LaneBusy(Transient):
    """Another worker is at this record, or was after we read it: come back in a moment."""


class Records(Protocol):
    """Dynamics, for reading."""

    def find(
        self, entity: Entity, criteria: Sequence[Mapping[str, Plain]], *, select: Sequence[str] = ()
    ) -> list[Row]:
        """Read the rows that match any of the criteria."""


class Items(Protocol):
    """One monday account."""

    def board(self, board_id: str) -> Board:
        """Read a board's structure."""

    def items_by_key(
        self, board_id: str, column_id: str, values: Sequence[str], *, columns: Sequence[str] = ()
    ) -> list[Item]:
        """Find items by their key column."""

    def walk_items(self, board_id: str, *, columns: Sequence[str] = ()) -> Iterator[list[Item]]:
        """Read every item of a board, page by page."""

    def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Write, each on its own."""


class Lanes(Protocol):
    """Record links and boards as last read, kept for one run of one worker."""

    def lease(self, rule: BoardRule, record_keys: Sequence[str]) -> dict[str, Link]:
        """Take lanes; those somebody else holds are missing from the answer."""

    def adopt(self, rule: BoardRule, items: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Link items that were found on the board."""

    def linked_items(self, rule: BoardRule, item_ids: Sequence[str]) -> set[str]:
        """Say which of these items stand for a record already."""

    def inherit(self, rule: BoardRule, naturals: Sequence[str]) -> tuple[dict[str, Link], set[str]]:
        """Take the lanes of the predecessor's items with these names for life; and name those that are busy."""

    def keys_were_read(self, rule: BoardRule, at: float) -> None:
        """Note that the whole board was read."""

    def board(self, rule: BoardRule) -> tuple[Board, float] | None:
        """A board as last read, and when (epoch seconds)."""

    def keep_board(self, rule: BoardRule, board: Board) -> None:
        """Keep a board as just read."""

    def now(self) -> float:
        """Epoch seconds."""


@dataclass(frozen=True)
class Written:
    """What one record came to on one board.

    Attributes:
        update: what to keep of it on its link.
        error: why it failed, None when it did not.
        created: a new item was made.
        changed: something was written.
        gone: the record is gone from Dynamics, and the item says so.
        ended: what to keep on the link whose item goes on under this one.
        scope: what pauses when an operator must act, where it is not the mapping's own board: the mapping of a linked item,
            say, as mapping:<id>, account:<id> or environment:<id>; "" otherwise.
        reason: a sentence for the event.
    """

    rule: BoardRule
    record_key: str
    title: str
    update: LinkUpdate | None
    error: Exception | None = None
    created: bool = False
    adopted: bool = False
    changed: bool = False
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    gone: bool = False
    reason: str = ""
    ended: LinkUpdate | None = None
    scope: str = ""
