"""The monday the sandbox holds: its memory, limits and webhooks, and what people do to it by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.monday import items, structure
from sandbox.monday.accounts import PERSON_ID, Accounts
from sandbox.monday.cursors import Cursors
from sandbox.monday.delivery import Deliveries
from sandbox.monday.engine import Engine
from sandbox.monday.errors import NotFound
from sandbox.monday.idempotency import Idempotency
from sandbox.monday.limits import Limits
from sandbox.monday.model import Board, Item
from sandbox.monday.snapshot import snapshot
from sandbox.monday.store import Store
from sandbox.monday.webhooks import Webhooks, signed

if TYPE_CHECKING:
    from sandbox.core import Sandbox


class MondayWorld:
    """Everything of one monday. What people do by hand raises ValueError with a sentence when it can't be done."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.engine = Engine()
        self.limits = Limits(sandbox.clock)
        self.deliveries = Deliveries(sandbox.clock, sandbox.calls, signed)
        self._start()

    def _start(self) -> None:
        clock = self._sandbox.clock
        self.store = Store(clock, Accounts(), self._sandbox.seed)
        self.cursors = Cursors(clock)
        self.idempotency = Idempotency(clock)
        self.webhooks = Webhooks(self.store, clock, self.deliveries)
        self.store.listeners.append(self.webhooks)

    def reset(self) -> None:
        """Drop every board, subscription, cursor and kept answer; back to the Pro plan."""
        self.deliveries.reset()
        self.limits.reset()
        self._start()

    # Structure

    def create_board(
        self,
        name: str,
        columns: Sequence[Mapping[str, Any]] = (),
        groups: Sequence[Mapping[str, Any]] = (),
        account_id: int | None = None,
    ) -> dict[str, Any]:
        """Make a board.

        Args:
            columns: {"title", "type", "id"?, "labels"?, "settings"?, "board_ids"?, "unit"?} each; ``labels`` for status
                and dropdown, ``board_ids`` for board_relation, ``unit`` {"symbol", "direction"} for numbers.
            groups: {"title", "id"?, "color"?} each, from top to bottom; one group "topics" when left out.
            account_id: whose board it is; Contoso Finance's when left out.

        Returns: {"board_id": "...", "columns": {title: id}, "groups": {title: id}}.
        """
        store = self.store
        account = store.accounts.by_id[account_id or store.accounts.default.id]
        person = self._person(account.id)
        with store.lock:
            board = structure.add_board(store, account.id, person, name)
            if groups:
                board.groups.clear()
            for group in groups:
                title = str(group["title"])
                structure.add_group(
                    store, board, title, group_id=group.get("id"), color=group.get("color"), at_bottom=True
                )
            for column in columns:
                kind = str(column["type"])
                structure.add_column(
                    store, board, person, kind, str(column.get("title") or column["id"]),
                    column_id=column.get("id"), settings=structure.column_settings(kind, _settings(column)),
                )  # fmt: skip
        return {
            "board_id": str(board.id),
            "columns": {column.title: column.id for column in board.columns.values()},
            "groups": {group.title: group.id for group in board.sorted_groups()},
        }

    def hide_board(self, board_id: str | int, token: str, *, hidden: bool = True) -> None:
        """Take a board out of one token's sight, or give it back."""
        entry = (token, self.board(board_id).id)
        self.store.hidden.add(entry) if hidden else self.store.hidden.discard(entry)

    # What people do

    def create_item_as_person(
        self,
        board_id: str | int,
        name: str,
        values: Mapping[str, Any] | None = None,
        group_id: str | None = None,
        user_id: int | None = None,
    ) -> str:
        """Make an item by hand and return its id. ``values``: column id -> simple or JSON form."""
        board = self.board(board_id)
        made = items.add_item(
            self.store,
            board,
            self._person(board.account_id, user_id),
            name,
            group_id=group_id,
            values={key: _typed(value) for key, value in (values or {}).items()},
            limit=self.limits.get("items_per_board"),
        )
        return str(made.id)

    def edit_as_person(
        self, item_id: str | int, column_id: str, value: Any, user_id: int | None = None
    ) -> None:
        """Write one cell by hand: a string in the simple form, an object in the JSON form, None to clear."""
        item = self.item(item_id)
        items.change_values(self.store, item, self._actor(item, user_id), {column_id: _typed(value)})

    def move_as_person(self, item_id: str | int, group_id: str, user_id: int | None = None) -> None:
        """Put an item into another group by hand."""
        item = self.item(item_id)
        items.move(self.store, item, self._actor(item, user_id), group_id)

    def rename_as_person(self, item_id: str | int, name: str, user_id: int | None = None) -> None:
        """Give an item another name by hand."""
        item = self.item(item_id)
        items.rename(self.store, item, self._actor(item, user_id), name)

    def archive_as_person(self, item_id: str | int, user_id: int | None = None) -> None:
        """Archive an item by hand."""
        item = self.item(item_id)
        items.remove(self.store, item, self._actor(item, user_id), "archived")

    def delete_as_person(self, item_id: str | int, user_id: int | None = None) -> None:
        """Delete an item by hand."""
        item = self.item(item_id)
        items.remove(self.store, item, self._actor(item, user_id), "deleted")

    def update_as_person(self, item_id: str | int, body: str, user_id: int | None = None) -> str:
        """Comment on an item by hand and return the update's id."""
        item = self.item(item_id)
        return str(items.add_update(self.store, item, self._actor(item, user_id), body).id)

    # Limits

    def set_limits(self, **limits: Any) -> dict[str, Any]:
        """Set "plan" and single limits (see sandbox.monday.limits.SETTINGS); None takes an override back."""
        plan = limits.pop("plan", None)
        if plan is not None:
            self.set_plan(plan)
        self.limits.set(**limits)
        return self.limits.settings()

    def set_plan(self, name: str) -> None:
        """Put another plan's limits in force."""
        self.limits.set_plan(name)

    # For the control API

    def dump(self, board_id: str | int | None = None) -> dict[str, Any]:
        """Return boards with columns, groups and items (each cell's text and value), webhooks and limits."""
        return snapshot(self, None if board_id is None else self.board(board_id))

    def state(self) -> dict[str, Any]:
        """Return the same; the control API's name for it."""
        return self.dump()

    def control(self, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do what POST /monday/<action> asks. Raises ValueError with a sentence."""
        actions: dict[str, Callable[..., Any]] = {
            "boards": self.create_board,
            "items": self.create_item_as_person,
            "edit": self.edit_as_person,
            "move": self.move_as_person,
            "rename": self.rename_as_person,
            "archive": self.archive_as_person,
            "delete": self.delete_as_person,
            "update": self.update_as_person,
            "limits": self.set_limits,
            "hide": self.hide_board,
            "webhook-retry": self._retry_every,
        }
        if action not in actions:
            raise ValueError(f"POST /monday/{action} is unknown; known are {', '.join(actions)}.")
        try:
            done = actions[action](**body)
        except (TypeError, KeyError) as error:
            raise ValueError(f"POST /monday/{action} can't be read: {error}.") from error
        return done if isinstance(done, dict) else {"ok": True, **({"id": done} if done else {})}

    def _retry_every(self, seconds: float) -> None:
        self.deliveries.retry_s = float(seconds)

    # Look-ups

    def board(self, board_id: str | int) -> Board:
        """Return a board of any account. Raises NotFound."""
        board = self.store.boards.get(int(board_id)) if str(board_id).isdigit() else None
        if board is None:
            raise NotFound(f"There is no board {board_id}.")
        return board

    def item(self, item_id: str | int) -> Item:
        """Return an item of any account. Raises NotFound."""
        item = self.store.items.get(int(item_id)) if str(item_id).isdigit() else None
        if item is None:
            raise NotFound(f"There is no item {item_id}.")
        return item

    def _actor(self, item: Item, user_id: int | None) -> int:
        return self._person(self.store.boards[item.board_id].account_id, user_id)

    def _person(self, account_id: int, user_id: int | None = None) -> int:
        users = self.store.accounts.by_id[account_id].users
        if user_id is not None:
            if user_id not in users:
                raise NotFound(f"There is no user {user_id} in the account {account_id}.")
            return user_id
        return PERSON_ID if PERSON_ID in users else max(users)


def _typed(value: Any) -> Any:
    # People type numbers as numbers; the API wants them as strings.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return value


_SHORTCUTS = (  # column type, what a caller may write beside it, the setting it stands for
    ("status", "labels", "labels"),
    ("dropdown", "labels", "labels"),
    ("board_relation", "board_ids", "boardIds"),
    ("numbers", "unit", "unit"),
)


def _settings(column: Mapping[str, Any]) -> dict[str, Any]:
    settings = dict(column.get("settings") or {})
    for kind, key, name in _SHORTCUTS:
        if column["type"] == kind and column.get(key) is not None:
            settings[name] = column[key]
    return settings
