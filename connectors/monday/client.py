"""monday as this product uses it: look, find, walk, write. Takes plain values; never waits.

Every call takes leave from the account's budget first and tells it what the answer said. A call that does not
fit, or that monday refuses for a limit, is an error with a time; waiting is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.errors import NotUsable, ServerFault
from connectors.limits import Budget
from connectors.monday import reading
from connectors.monday.calls import Calls
from connectors.monday.faults import SYSTEM, CursorExpired
from connectors.monday.graphql import Reply
from connectors.monday.model import Board, Item, Me, Outcome, Write
from connectors.monday.writing import write_all
from connectors.transport import Transport

# The largest page, and the most ids one `items` query takes (developer.monday.com, "Items page", "Items").
PAGE = 500
MOST_IDS = 100

# The most users one answer holds (developer.monday.com, "Users").
MOST_USERS = 1000

# How many keys one question names; far from any limit, and few enough for a readable log.
MOST_KEYS = 100


class MondayClient:
    """One account, by one token. Every method raises `ConnectorError`s, see connectors.errors.

    Args:
        token: sent as it is; monday wants no "Bearer" before it.
        budget: the account's limits, shared with all workers.
        api_version: what we are written for; monday replaces one it does not know without a word, see `me()`.
        batch_size: the most writes in one call.
        timeout_s: for one call, seconds.
    """

    def __init__(
        self,
        token: str,
        transport: Transport,
        budget: Budget,
        *,
        api_url: str = "https://api.monday.com/v2",
        api_version: str = "2026-10",
        batch_size: int = 20,
        timeout_s: float = 30.0,
    ) -> None:
        self._calls = Calls(
            token, transport, budget, api_url=api_url, api_version=api_version, timeout_s=timeout_s
        )
        self._batch_size = batch_size

    def me(self) -> Me:
        """Whose token it is, of which account, and which API version monday really serves."""
        reply = self._calls.ask("Me", {})
        user = reply.data.get("me")
        if not user:
            raise _not_usable("Me", "monday does not say whose token this is. Enter a user's API token.")
        account = user.get("account") or {}
        return Me(
            user_id=str(user["id"]),
            name=str(user.get("name") or ""),
            email=str(user.get("email") or ""),
            account_id=str(account.get("id") or ""),
            account_name=str(account.get("name") or ""),
            slug=str(account.get("slug") or ""),
            tier=str(account.get("tier") or ""),
            version=reply.version or str((reply.data.get("version") or {}).get("value") or ""),
        )

    def board(self, board_id: str) -> Board:
        """A board's columns and groups.

        Raises:
            NotUsable: the token cannot see the board, or there is none.
            Transient: monday could not tell the columns or groups; never read as "there are none".
        """
        reply = self._calls.ask("Board", {"ids": [board_id]})
        node = _board_node("Board", board_id, reply)
        if node.get("columns") is None or node.get("groups") is None:
            raise _untold("Board", f"the columns and groups of board {board_id}", reply)
        return reading.board(node)

    def items(self, ids: Sequence[str], *, columns: Sequence[str] = ()) -> list[Item]:
        """Items by id, in any state, in monday's order; those that are gone are left out.

        Args:
            columns: ids of the columns wanted; () for all.
        """
        found: list[Item] = []
        for start in range(0, len(ids), MOST_IDS):
            chunk = list(ids[start : start + MOST_IDS])
            variables = {"ids": chunk, "limit": MOST_IDS, "columnIds": list(columns) or None}
            reply = self._calls.ask("ItemsById", variables)
            if reply.data.get("items") is None:
                raise _untold("ItemsById", "the items", reply)
            found += reading.items(reply.data["items"])
        return found

    def items_by_key(
        self, board_id: str, column_id: str, values: Sequence[str], *, columns: Sequence[str] = ()
    ) -> list[Item]:
        """All active items of a board that hold one of the values in a column; several may hold the same.

        monday finds texts without regard to upper and lower case, so what it finds is compared again. Outer
        blanks do not count, on either side: it is asked with and without them.

        Args:
            values: as they stand in the column; blank ones are left out, as they would find empty cells.
            columns: ids of the other columns wanted; () for all.
        """
        exact = {value.strip() for value in values} - {""}
        wanted = list(
            dict.fromkeys(form for value in values if value.strip() for form in (value, value.strip()))
        )
        read_columns = [column_id, *columns] if columns else None
        found: dict[str, Item] = {}
        for start in range(0, len(wanted), MOST_KEYS):
            chunk = wanted[start : start + MOST_KEYS]
            question = {
                "boardId": board_id,
                "columns": [{"column_id": column_id, "column_values": chunk}],
                "limit": PAGE,
                "columnIds": read_columns,
            }
            reply = self._calls.ask("ItemsByKey", question)
            for page in self._pages("ItemsByKey", reply, "items_page_by_column_values", read_columns):
                found |= {item.id: item for item in page if _holds(item, column_id, exact)}
        return list(found.values())

    def walk_items(self, board_id: str, *, columns: Sequence[str] = ()) -> Iterator[list[Item]]:
        """All active items of a board, a page at a time, each once.

        A cursor lives for 60 minutes from the first page on (developer.monday.com, "Next items page"). When it
        dies the walk begins again and leaves out what it has given.

        Args:
            columns: ids of the columns wanted; () for all.

        Raises:
            CursorExpired: a whole hour brought nothing new: the caller is too slow, or the board too large.
        """
        read_columns = list(columns) or None
        given: set[str] = set()
        while True:
            before = len(given)
            try:
                for page in self._board_pages(board_id, read_columns):
                    fresh = [item for item in page if item.id not in given]
                    given.update(item.id for item in fresh)
                    if fresh:
                        yield fresh
                return
            except CursorExpired:
                if len(given) == before:
                    raise

    def users_by_email(self, addresses: Sequence[str]) -> dict[str, str]:
        """Who has these e-mail addresses: address in lower case -> user id.

        Somebody who left the account is left out: monday takes nobody else into a people column. The token needs the
        scope users:read.

        Args:
            addresses: in any spelling; blank ones are left out. No call is made when none remains.
        """
        # Whether monday minds upper and lower case here is not documented, so it is asked both ways.
        stripped = [address.strip() for address in addresses if address.strip()]
        wanted = list(dict.fromkeys(form for address in stripped for form in (address, address.lower())))
        asked = {address.lower() for address in stripped}
        found: dict[str, str] = {}
        for start in range(0, len(wanted), MOST_KEYS):
            chunk = wanted[start : start + MOST_KEYS]
            reply = self._calls.ask("UsersByEmail", {"emails": chunk, "limit": MOST_USERS})
            if reply.data.get("users") is None:
                raise _untold("UsersByEmail", "its users", reply)
            for address, user_id in reading.users(reply.data["users"]):
                if address in asked:
                    found.setdefault(address, user_id)
        return found

    def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """Carry out writes, as many in a call as the batch size and the budget allow.

        After a lost answer or a server fault the very same call is made once more, at once, with the same
        Idempotency-Key: monday then answers from its memory. What still has no good answer comes back with
        `may_have_applied`: look a create up before trying it again.

        Returns:
            One outcome for each write, in order; a failed write raises nothing. What the budget does not
            grant, and what comes after a call that monday did not take at all, was not sent.
        """
        return write_all(self._calls, writes, self._batch_size)

    def _board_pages(self, board_id: str, columns: list[str] | None) -> Iterator[list[Item]]:
        reply = self._calls.ask("FirstItems", {"ids": [board_id], "limit": PAGE, "columnIds": columns})
        node = _board_node("FirstItems", board_id, reply)
        yield from self._pages("FirstItems", reply, "items_page", columns, node)

    def _pages(
        self,
        operation: str,
        reply: Reply,
        name: str,
        columns: list[str] | None,
        node: Mapping[str, Any] | None = None,
    ) -> Iterator[list[Item]]:
        """The page called `name` in the answer (or in its part `node`), and all that follow it."""
        page = (reply.data if node is None else node).get(name)
        while True:
            if not isinstance(page, dict) or page.get("items") is None:
                raise _untold(operation, "the items of a page", reply)
            yield reading.items(page["items"])
            if not page.get("cursor"):
                return
            operation = "NextItems"
            variables = {"cursor": page["cursor"], "limit": PAGE, "columnIds": columns}
            reply = self._calls.ask(operation, variables)
            page = reply.data.get("next_items_page")


def _holds(item: Item, column_id: str, exact: set[str]) -> bool:
    cell = item.cells.get(column_id)
    return cell is not None and (cell.text or "").strip() in exact


def _board_node(operation: str, board_id: str, reply: Reply) -> Mapping[str, Any]:
    boards = reply.data.get("boards")
    if boards is None:
        raise _untold(operation, f"board {board_id}", reply)
    node: Mapping[str, Any] | None = next((one for one in boards if one is not None), None)
    if node is None:
        raise _not_usable(
            operation,
            f"The token's user cannot see board {board_id}, or there is no such board. "
            "Invite the user to the board, or choose another board.",
        )
    return node


def _untold(operation: str, what: str, reply: Reply) -> ServerFault:
    return ServerFault(
        f"monday did not tell {what}. It is asked again.",
        system=SYSTEM,
        operation=operation,
        status=reply.status,
        request_id=reply.request_id,
    )


def _not_usable(operation: str, sentence: str) -> NotUsable:
    return NotUsable(sentence, system=SYSTEM, operation=operation)
