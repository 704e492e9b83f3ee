"""A monday account in memory that behaves like one: it refuses what monday refuses and forgets nothing it did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.errors import ConnectorError, NotFound, NotUsable, Rejected
from connectors.monday.model import (
    AddUpdate,
    Board,
    Cell,
    ChangeColumns,
    Column,
    CreateItem,
    Item,
    Outcome,
    Write,
)


@dataclass
class Fault:
    """What goes wrong next.

    Attributes:
        on: name of a reading method, or of a write's class.
        applied: the write is carried out although its answer is lost.
    """

    on: str
    error: ConnectorError
    applied: bool = False


@dataclass
class FakeMonday:
    """The engine's `Items` port.

    Attributes:
        calls: every method called, with what for; a `write` call lists its writes.
        people: address, lower case -> user id.
        updates: what was said below each item, oldest first.
        before_write: called before writes are carried out, to let something happen in between.
    """

    boards: dict[str, Board] = field(default_factory=dict)
    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    updates: dict[str, list[str]] = field(default_factory=dict)
    before_write: Callable[[], None] | None = None
    _memory: dict[str, str] = field(default_factory=dict)
    _next_id: int = 1001

    @classmethod
    def with_boards(cls, *boards: Board) -> FakeMonday:
        """An account that has these boards, empty."""
        return cls({board.id: board for board in boards}, {board.id: {} for board in boards})

    # --- What tests do and ask --------------------------------------------------------------------------------

    def fail(self, on: str, error: ConnectorError, *, applied: bool = False) -> None:
        """Let the next call of this kind fail."""
        self.faults.append(Fault(on, error, applied))

    def put(self, board_id: str, name: str, *, group_id: str = "topics", **values: Any) -> Item:
        """Let a person add an item; values by column id, as encoded."""
        return self._create(CreateItem("person", board_id, group_id, name, values))

    def all_items(self, board_id: str) -> list[Item]:
        """Every active item of a board, oldest first."""
        return [item for item in self.items[board_id].values() if item.state == "active"]

    def texts(self, item: Item) -> dict[str, str]:
        """What a person sees in the item's cells."""
        return {column_id: cell.text or "" for column_id, cell in item.cells.items() if cell.text}

    def called(self, name: str) -> list[Any]:
        """What the calls of one method were for."""
        return [what for method, what in self.calls if method == name]

    @property
    def writes(self) -> list[Write]:
        """Every write that was asked for."""
        return [write for writes in self.called("write") for write in writes]

    # --- The port -----------------------------------------------------------------------------------------------

    def board(self, board_id: str) -> Board:
        self._note("board", board_id)
        if board_id not in self.boards:
            raise NotUsable(f"The token's user cannot see board {board_id}.", system="monday")
        return self.boards[board_id]

    def items_by_key(
        self, board_id: str, column_id: str, values: Sequence[str], *, columns: Sequence[str] = ()
    ) -> list[Item]:
        self._note("items_by_key", tuple(values))
        wanted = {value.strip() for value in values if value.strip()}
        return [
            self._seen(item, (column_id, *columns))
            for item in self.all_items(board_id)
            if column_id in item.cells and (item.cells[column_id].text or "").strip() in wanted
        ]

    def walk_items(self, board_id: str, *, columns: Sequence[str] = ()) -> Iterator[list[Item]]:
        self._note("walk_items", board_id)
        items = self.all_items(board_id)
        for start in range(0, len(items), 2):  # small pages, so that there are several
            yield [self._seen(item, columns) for item in items[start : start + 2]]

    def users_by_email(self, addresses: Sequence[str]) -> dict[str, str]:
        self._note("users_by_email", tuple(addresses))
        asked = {address.strip().lower() for address in addresses}
        return {address: user_id for address, user_id in self.people.items() if address in asked}

    def write(self, writes: Sequence[Write]) -> list[Outcome]:
        self.calls.append(("write", tuple(writes)))
        if self.before_write:
            self.before_write()
        return [self._outcome(write) for write in writes]

    # --- inside -------------------------------------------------------------------------------------------------

    def _note(self, method: str, what: Any) -> None:
        self.calls.append((method, what))
        fault = self._fault(method)
        if fault:
            raise fault.error

    def _fault(self, on: str) -> Fault | None:
        fault = next((one for one in self.faults if one.on == on), None)
        if fault:
            self.faults.remove(fault)
        return fault

    def _outcome(self, write: Write) -> Outcome:
        fault = self._fault(type(write).__name__)
        if fault and not fault.applied:
            return Outcome(None, fault.error)
        try:
            item_id, replayed = self._apply(write)
        except ConnectorError as refused:
            return Outcome(None, refused)
        return Outcome(None, fault.error) if fault else Outcome(item_id, None, "req-1", replayed)

    def _apply(self, write: Write) -> tuple[str, bool]:
        key = json.dumps(
            [type(write).__name__, write.__dict__], sort_keys=True, default=str
        )  # monday's idempotency memory
        if key in self._memory:
            return self._memory[key], True
        if isinstance(write, CreateItem):
            item = self._create(write)
        elif isinstance(write, ChangeColumns):
            item = self._change(self._item(write.item_id), write.board_id, dict(write.values))
        elif isinstance(write, AddUpdate):
            item = self._item(write.item_id)
            self.updates.setdefault(item.id, []).append(write.body)
        else:
            item = self._item(write.item_id)
            self._check_group(self._board_of(item.id), write.group_id)
            item = replace(item, group_id=write.group_id)
            self.items[self._board_of(item.id)][item.id] = item
        self._memory[key] = item.id
        return item.id, False

    def _create(self, write: CreateItem) -> Item:
        group_id = write.group_id or self.boards[write.board_id].groups[0].id
        self._check_group(write.board_id, group_id)
        self._check_name(write.name)
        item = Item(str(self._next_id), write.name, group_id, "active", {})
        item = self._change(item, write.board_id, dict(write.values))
        self._next_id += 1
        return item

    def _change(self, item: Item, board_id: str, values: dict[str, Any]) -> Item:
        name = values.pop("name", item.name)
        self._check_name(name)
        cells = dict(item.cells)
        for column_id, encoded in values.items():
            column = self.boards[board_id].column(column_id)
            if column is None or column.archived:
                raise Rejected(f"This column ID doesn't exist for the board: {column_id}", system="monday")
            cells[column_id] = cell_of(column, encoded)
        item = replace(item, name=name, cells=cells)
        self.items[board_id][item.id] = item
        return item

    def _item(self, item_id: str) -> Item:
        for items in self.items.values():
            if item_id in items and items[item_id].state == "active":
                return items[item_id]
        raise NotFound(f"Item {item_id} not found.", system="monday", operation="change", status=200)

    def _board_of(self, item_id: str) -> str:
        return next(board_id for board_id, items in self.items.items() if item_id in items)

    def _check_group(self, board_id: str, group_id: str) -> None:
        if self.boards[board_id].group(group_id) is None:
            raise Rejected(f"Group not found: {group_id}", system="monday")

    def _check_name(self, name: str) -> None:
        if not 1 <= len(name) <= 255:
            raise Rejected("Item name must be 1-255 characters.", system="monday")

    def _seen(self, item: Item, columns: Sequence[str]) -> Item:
        asked = [column_id for column_id in dict.fromkeys(columns) if self.boards]
        board = self.boards[self._board_of(item.id)]
        cells = {
            column_id: item.cells.get(column_id) or cell_of(column, None)
            for column_id in asked
            if (column := board.column(column_id))
        }
        return replace(item, cells=cells)


def cell_of(column: Column, encoded: Any) -> Cell:
    """What a column's cell reads like after this was written to it."""
    text, value, extra = _CELLS.get(column.type, _as_it_is)(column, encoded)
    return Cell(column.id, column.type, text, value, extra)


_Made = tuple[str | None, Any, dict[str, Any]]


def _as_it_is(_column: Column, encoded: Any) -> _Made:
    return encoded or "", encoded, {}


def _keyed(part: str) -> Callable[[Column, Any], _Made]:
    def made(_column: Column, encoded: Any) -> _Made:
        return (str(encoded[part]) if encoded else "", encoded, {})

    return made


def _status(column: Column, encoded: Any) -> _Made:
    if not encoded:
        return "", None, {"label": None}
    for label in column.labels:
        if label.text == encoded.get("label") or label.id == str(encoded.get("index")):
            return label.text, {"index": int(label.id)}, {"label": label.text}
    raise Rejected(f"This status label doesn't exist: {encoded}", system="monday")


def _dropdown(column: Column, encoded: Any) -> _Made:
    ids = encoded["ids"] if encoded else []
    texts = {int(label.id): label.text for label in column.labels}
    values = [{"id": str(one), "label": texts[one]} for one in ids]
    return ", ".join(texts[one] for one in ids), {"ids": ids} if ids else None, {"values": values}


def _relation(_column: Column, encoded: Any) -> _Made:
    return None, None, {"linked_item_ids": list(encoded["item_ids"]) if encoded else []}


def _people(_column: Column, encoded: Any) -> _Made:
    return ("somebody" if encoded else ""), encoded, {}


def _date(_column: Column, encoded: Any) -> _Made:
    return (f"{encoded['date']} {encoded.get('time', '')}".strip() if encoded else ""), encoded, {}


_CELLS: dict[str, Callable[[Column, Any], _Made]] = {
    "status": _status,
    "dropdown": _dropdown,
    "board_relation": _relation,
    "people": _people,
    "date": _date,
    "long_text": _keyed("text"),
    "email": _keyed("email"),
    "link": _keyed("url"),
    "phone": _keyed("phone"),
    "timeline": _keyed("from"),
    "checkbox": _keyed("checked"),
}
