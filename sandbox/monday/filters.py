"""items_page's query_params: which items, in which order (developer.monday.com, "Items page")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.monday.columns import CODECS
from sandbox.monday.errors import InvalidArgument
from sandbox.monday.model import Board, Column, Item
from sandbox.monday.store import Store

Test = Callable[[Item], bool]
BLANK = "$$$blank$$$"
NOT_FILTERABLE = {"mirror", "formula", "auto_number", "item_id"}
CREATED, UPDATED = "__creation_log__", "__last_updated__"
_ORDER = {
    "greater_than": lambda a, b: a > b,
    "greater_than_or_equals": lambda a, b: a >= b,
    "lower_than": lambda a, b: a < b,
    "lower_than_or_equal": lambda a, b: a <= b,
}


class Filter:
    """The rules of one query over one board, for one user."""

    def __init__(self, store: Store, board: Board, user_id: int) -> None:
        self.store = store
        self.board = board
        self.user_id = user_id
        self.today = datetime.fromtimestamp(store.clock.now(), tz=UTC).date()

    def test(self, query: dict[str, Any]) -> Test:
        """Return a test for an ItemsQuery or an ItemsQueryGroup. Raises InvalidArgument, InvalidColumn."""
        tests = [self._rule(rule) for rule in query.get("rules") or ()]
        tests += [self.test(group) for group in query.get("groups") or ()]
        if not tests:
            return lambda _: True
        if query.get("operator", "and") == "or":
            return lambda item: any(test(item) for test in tests)
        return lambda item: all(test(item) for test in tests)

    def _rule(self, rule: dict[str, Any]) -> Test:
        column_id, operator = rule["column_id"], rule.get("operator", "any_of")
        given = rule["compare_value"]
        wanted = given if isinstance(given, list) else [given]
        if column_id == "group":
            return _membership(operator, lambda item: {item.group_id}, {str(one) for one in wanted})
        if column_id in (CREATED, UPDATED):
            return self._by_time(column_id, operator, wanted)
        column = self.store.column(self.board, column_id)
        if column.type in NOT_FILTERABLE:
            raise InvalidArgument(f"{column.type} columns can't be filtered", column_id=column_id)
        if operator in ("is_empty", "is_not_empty"):
            wanted_state = operator == "is_empty"
            return lambda item: self._is_empty(item, column) is wanted_state
        if operator in ("any_of", "not_any_of"):
            return _membership(operator, lambda item: self._names(item, column), self._wanted(column, wanted))
        if operator in _ORDER or operator == "between":
            return self._compare(column, operator, wanted)
        return self._by_text(column, operator, wanted)

    def _is_empty(self, item: Item, column: Column) -> bool:
        if column.type in ("name", "creation_log", "last_updated"):
            return False
        return column.id not in item.cells

    def _names(self, item: Item, column: Column) -> set[str]:
        # Everything an any_of rule may call this cell.
        cell = item.cells.get(column.id)
        if column.type == "name":
            return {item.name.casefold()}
        if cell is None:
            return {BLANK, "", "5"} if column.type == "status" else {BLANK, ""}
        match column.type:
            case "status":
                return {str(cell.value["index"])}
            case "dropdown":
                return {str(one) for one in cell.value["ids"]}
            case "board_relation":
                return {str(one) for one in cell.value["item_ids"]}
            case "people":
                return {f"{one['kind']}-{one['id']}" for one in cell.value["personsAndTeams"]}
            case "numbers":
                return {str(_decimal(cell.value))}
        return {self.store.search_text(item, column)}

    def _wanted(self, column: Column, wanted: Sequence[Any]) -> set[str]:
        names = {str(one).casefold() for one in wanted if one is not None} - {"exact"}
        if None in wanted:
            names.add("")
        if column.type == "people" and "assigned_to_me" in names:
            names.add(f"person-{self.user_id}")
        if column.type == "numbers":
            names = {str(number) if (number := _decimal(one)) is not None else one for one in names}
        if column.type == "date":
            words = {"today": 0, "yesterday": -1, "tomorrow": 1}
            names |= {
                (self.today + timedelta(days=days)).isoformat() for w, days in words.items() if w in names
            }
        return names

    def _compare(self, column: Column, operator: str, wanted: Sequence[Any]) -> Test:
        read: Callable[[str], Any] = _decimal if column.type == "numbers" else _day
        bounds = [bound for one in wanted if (bound := read(str(one))) is not None]
        if column.type not in ("numbers", "date") or len(bounds) != (2 if operator == "between" else 1):
            raise InvalidArgument(
                f"'{operator}' does not fit the column '{column.title}' with {list(wanted)}"
            )

        def test(item: Item) -> bool:
            value = read(self.store.search_text(item, column))
            if value is None:
                return False
            if operator == "between":
                return bool(bounds[0] <= value <= bounds[1])
            return bool(_ORDER[operator](value, bounds[0]))

        return test

    def _by_text(self, column: Column, operator: str, wanted: Sequence[Any]) -> Test:
        parts = [str(one).casefold() for one in wanted]
        whole = parts[0] if parts else ""
        tests: dict[str, Callable[[str], bool]] = {
            "contains_text": lambda text: any(part in text for part in parts),
            "not_contains_text": lambda text: not any(part in text for part in parts),
            "contains_terms": lambda text: all(term in text for part in parts for term in part.split()),
            "starts_with": lambda text: text.startswith(whole),
            "ends_with": lambda text: text.endswith(whole),
        }
        if operator not in tests:
            raise InvalidArgument(f"The sandbox does not know the operator '{operator}'")
        test = tests[operator]
        return lambda item: test(self._text(item, column))

    def _text(self, item: Item, column: Column) -> str:
        if column.type == "board_relation":
            typed = CODECS[column.type].typed(self.store.reading(item, column))
            return str(typed["display_value"]).casefold()
        return self.store.search_text(item, column)

    def _by_time(self, column_id: str, operator: str, wanted: Sequence[Any]) -> Test:
        week = self.today - timedelta(days=self.today.weekday())
        spans = {
            "TODAY": (self.today, self.today),
            "YESTERDAY": (self.today - timedelta(days=1),) * 2,
            "THIS_WEEK": (week, week + timedelta(days=6)),
            "LAST_WEEK": (week - timedelta(days=7), week - timedelta(days=1)),
            "THIS_MONTH": (self.today.replace(day=1), self.today),
            "PAST_DATETIME": (date.min, self.today),
        }
        chosen = [spans[one] for one in wanted if one in spans]
        if operator != "any_of" or not chosen:
            raise InvalidArgument(f"{column_id} takes any_of with {', '.join(spans)}")

        def test(item: Item) -> bool:
            at = item.created_at if column_id == CREATED else item.updated_at
            day = datetime.fromtimestamp(at, tz=UTC).date()
            return any(first <= day <= last for first, last in chosen)

        return test


def _membership(operator: str, names: Callable[[Item], set[str]], wanted: set[str]) -> Test:
    if operator == "any_of":
        return lambda item: not wanted.isdisjoint(names(item))
    if operator == "not_any_of":
        return lambda item: wanted.isdisjoint(names(item))
    raise InvalidArgument(f"'{operator}' does not fit here")


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def sort_items(
    store: Store, board: Board, items: list[Item], order_by: Sequence[dict[str, Any]]
) -> list[Item]:
    """Return the items in the order asked for: the first entry of ``order_by`` counts most."""
    for order in reversed(order_by):
        column_id = order["column_id"]
        backwards = order.get("direction", "asc") == "desc"
        items = sorted(items, key=_sort_key(store, board, column_id), reverse=backwards)
    return items


def _sort_key(store: Store, board: Board, column_id: str) -> Callable[[Item], Any]:
    if column_id == CREATED:
        return lambda item: (item.created_at, item.id)
    if column_id == UPDATED:
        return lambda item: (item.updated_at, item.id)
    column = store.column(board, column_id)
    if column.type == "numbers":
        return lambda item: (column.id in item.cells, _decimal(store.search_text(item, column)) or Decimal(0))
    return lambda item: store.search_text(item, column)
