"""monday's memory: boards and items behind one lock, what a token may see, and who is told about changes."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterable

from sandbox.clock import Clock
from sandbox.monday.accounts import Accounts, Viewer
from sandbox.monday.columns import CODECS, Reading
from sandbox.monday.errors import InvalidBoard, InvalidColumn, NotFound
from sandbox.monday.model import Board, Cell, Change, Column, Group, Item, Update

FIRST_BOARD_ID = 18_100_000_001  # today's real ids have eleven digits: they do not fit into 32 bits
FIRST_ITEM_ID = 10_500_000_001
_ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Store:
    """Boards and items of every account.

    Writers hold ``lock``, briefly; readers need it only to take a list. Cells are immutable, so a reader sees
    the old value or the new one, never half of one.
    """

    def __init__(self, clock: Clock, accounts: Accounts, seed: int = 1) -> None:
        self.clock = clock
        self.accounts = accounts
        self.lock = threading.RLock()
        self.random = random.Random(f"{seed}/monday")
        self.boards: dict[int, Board] = {}
        self.items: dict[int, Item] = {}
        self.updates: dict[int, Update] = {}
        self.hidden: set[tuple[str, int]] = set()  # (token, board id): boards a token has lost
        self.listeners: list[Callable[[Change], None]] = []
        self._next = {"board": FIRST_BOARD_ID, "item": FIRST_ITEM_ID, "update": 4_200_000_001}

    def next_id(self, kind: str) -> int:
        """Return a new id for a board, item or update."""
        with self.lock:
            number = self._next[kind]
            self._next[kind] += 1
            return number

    def new_word(self, prefix: str) -> str:
        """Return a generated id such as text_mk8w91z2."""
        with self.lock:
            return f"{prefix}_mk{''.join(self.random.choices(_ID_LETTERS, k=6))}"

    def new_uuid(self) -> str:
        """Return a seeded UUID."""
        with self.lock:
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def tell(self, change: Change) -> None:
        """Tell every listener, in the order of the changes; called under the lock."""
        for listener in self.listeners:
            listener(change)

    # What a token may see

    def sees(self, viewer: Viewer, board: Board) -> bool:
        """Tell whether a token may see a board: its own account's, unless it was hidden from it."""
        return board.account_id == viewer.account.id and (viewer.token, board.id) not in self.hidden

    def board_for(self, viewer: Viewer, board_id: str | int) -> Board:
        """Return a live board the token may see. Raises InvalidBoard."""
        board = self.boards.get(_number(board_id))
        if board is None or board.state == "deleted" or not self.sees(viewer, board):
            raise InvalidBoard(
                f"The board {board_id} does not exist or can't be seen", board_id=str(board_id)
            )
        return board

    def item_for(self, viewer: Viewer, item_id: str | int | None) -> Item:
        """Return an item that is not deleted, on a board the token may see. Raises NotFound."""
        item = self.items.get(_number(item_id))
        if item is None or item.state == "deleted" or not self.sees(viewer, self.boards[item.board_id]):
            raise NotFound(
                f"The item {item_id} was not found", resource_type="item", resource_id=str(item_id)
            )
        return item

    # Cells

    def column(self, board: Board, column_id: str) -> Column:
        """Return a column of a board. Raises InvalidColumn."""
        column = board.columns.get(column_id)
        if column is None or column.archived:
            raise InvalidColumn(
                f"The column '{column_id}' does not exist on the board '{board.name}'", column_id=column_id
            )
        return column

    def group(self, board: Board, group_id: str) -> Group:
        """Return a group of a board. Raises NotFound."""
        group = board.groups.get(group_id)
        if group is None or group.deleted or group.archived:
            raise NotFound(
                f"The group '{group_id}' does not exist on the board '{board.name}'",
                resource_type="group",
                resource_id=group_id,
            )
        return group

    def reading(self, item: Item, column: Column, utc_offset_hours: int = 0) -> Reading:
        """Return one cell ready to be shown."""
        return Reading(self, item, column, item.cells.get(column.id), utc_offset_hours)

    def cell_text(self, item: Item, column_id: str) -> str:
        """Return the display text of one cell in UTC, "" when empty or without such a column."""
        column = self.boards[item.board_id].columns.get(column_id)
        if column is None:
            return ""
        return CODECS[column.type].shown(self.reading(item, column)) or ""

    def search_text(self, item: Item, column: Column) -> str:
        """Return what an item is found by in one column, in lower case."""
        if column.type == "name":
            return item.name.casefold()
        return CODECS[column.type].search_text(self.reading(item, column)).casefold()

    def put_cell(self, item: Item, column: Column, cell: Cell | None) -> None:
        """Replace one cell and keep the index true; called under the lock."""
        index = self.boards[item.board_id].index.get(column.id)
        if index is not None:
            index.get(self.search_text(item, column), {}).pop(item.id, None)
        if cell is None:
            item.cells.pop(column.id, None)
        else:
            item.cells[column.id] = cell
        if index is not None:
            index.setdefault(self.search_text(item, column), {})[item.id] = None

    def enter_index(self, item: Item, column_ids: Iterable[str] | None = None) -> None:
        """Add an item to the indexes built so far; called under the lock."""
        board = self.boards[item.board_id]
        for column_id in board.index if column_ids is None else column_ids:
            if (index := board.index.get(column_id)) is not None:
                index.setdefault(self.search_text(item, board.columns[column_id]), {})[item.id] = None

    def leave_index(self, item: Item, column_ids: Iterable[str] | None = None) -> None:
        """Take an item out of the indexes; called under the lock, before its texts change."""
        board = self.boards[item.board_id]
        for column_id in board.index if column_ids is None else column_ids:
            if (index := board.index.get(column_id)) is not None:
                index.get(self.search_text(item, board.columns[column_id]), {}).pop(item.id, None)

    def find(self, board: Board, column: Column, text: str) -> list[int]:
        """Return the ids of active items whose search text in a column equals ``text``, whatever the case."""
        with self.lock:
            index = board.index.get(column.id)
            if index is None:
                index = board.index[column.id] = {}
                for item in board.items.values():
                    index.setdefault(self.search_text(item, column), {})[item.id] = None
            return list(index.get(text.casefold(), ()))


def _number(given: str | int | None) -> int:
    # An id that is no number names nothing; 0 is never given out.
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() else 0
