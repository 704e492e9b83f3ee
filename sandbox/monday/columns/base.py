"""What every column type can do: take a written value, show it, give it to fragments, searches and webhooks."""

# ruff: noqa: ARG002 - every column type has the same methods, whatever it needs of their arguments

from __future__ import annotations

import copy
from collections.abc import Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from sandbox.monday.errors import ColumnValueError
from sandbox.monday.model import Board, Cell, Column, Item, iso

if TYPE_CHECKING:
    from sandbox.monday.store import Store


@dataclass
class Writing:
    """One mutation's writes to one board, collected before anything is applied.

    Settings changed on the way (new labels) live in ``drafts`` until every value has proved good: one bad
    column must leave nothing behind.
    """

    store: Store
    board: Board
    create_labels: bool = False
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    single: bool = False  # change_column_value, which some types refuse

    def settings(self, column: Column) -> dict[str, Any]:
        """Return the column's settings as they will be after this mutation."""
        return self.drafts.get(column.id, column.settings)

    def draft(self, column: Column) -> dict[str, Any]:
        """Return a copy of the column's settings that may be changed."""
        if column.id not in self.drafts:
            self.drafts[column.id] = copy.deepcopy(column.settings)
        return self.drafts[column.id]


@dataclass(slots=True)
class Reading:
    """One cell looked at by one user. ``cell`` is None when the cell is empty."""

    store: Store
    item: Item
    column: Column
    cell: Cell | None
    utc_offset_hours: int = 0
    memo: dict[str, Any] | None = None  # the typed fields, once asked for

    @property
    def value(self) -> Any:
        """Return the cell's own JSON, None when empty."""
        return None if self.cell is None else self.cell.value

    @property
    def updated_at(self) -> str | None:
        """Return when the cell was changed, None when it never was."""
        return None if self.cell is None else iso(self.cell.changed_at)


class Codec:
    """The rules of one column type (developer.monday.com, "Column types reference")."""

    type = ""  # ColumnType in the schema
    typename = ""  # the concrete ColumnValue type
    wire_type = ""  # columnType in webhooks
    title = ""
    writable = True
    empty_text: str | None = ""
    stamped = True  # the stored JSON object carries changed_at when read

    def refuse(self, column: Column, value: Any, why: str) -> NoReturn:
        """Refuse a written value with monday's ColumnValueException."""
        raise ColumnValueError(
            why, column_id=column.id, column_name=column.title, column_type=self.type, column_value=value
        )

    def parse(self, writing: Writing, column: Column, value: Any) -> Any:
        """Return the JSON to store for a written value: None clears.

        Args:
            writing: the mutation under way.
            column: the column written to.
            value: the decoded JSON of this column: its JSON form, or its simple form as a string.

        Raises: ColumnValueError when the type does not take it.
        """
        if not self.writable:
            self.refuse(
                column, value, f"The column '{column.title}' ({self.type}) can't be changed through the API"
            )
        if value is None:
            return None
        if isinstance(value, str):
            return self.simple(writing, column, value)
        if not isinstance(value, dict):
            self.refuse(
                column, value, f"invalid value, please check our API documentation for {self.type} columns"
            )
        if not value:
            return None
        return self.structured(writing, column, value)

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Return the JSON to store for the simple string form; types without one refuse."""
        self.refuse(column, text, f"A {self.type} column takes a JSON object, not a plain string")

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Return the JSON to store for the JSON object form; types without one refuse."""
        self.refuse(column, value, f"A {self.type} column takes a string, not a JSON object")

    def keys(
        self, column: Column, value: dict[str, Any], required: Set[str], optional: Set[str] = frozenset()
    ) -> None:
        """Refuse an object that lacks a required key or has an unknown one."""
        missing, unknown = required - set(value), set(value) - required - optional - {"changed_at"}
        if missing or unknown:
            expected = ", ".join(sorted(required | optional))
            self.refuse(
                column, value, f"invalid value for a {self.type} column: expected the keys {expected}"
            )

    def text(self, reading: Reading) -> str | None:
        """Return the display text of a non-empty cell."""
        return str(reading.value)

    def shown(self, reading: Reading) -> str | None:
        """Return the display text of any cell."""
        return self.empty_text if reading.cell is None else self.text(reading)

    def json(self, reading: Reading) -> Any:
        """Return what ``value`` holds before it is encoded as a string."""
        if reading.cell is None:
            return None
        if self.stamped and isinstance(reading.value, dict):
            return {**reading.value, "changed_at": reading.updated_at}
        return reading.value

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Return the fields of the concrete type beyond those of ColumnValue."""
        return {}

    def search_text(self, reading: Reading) -> str:
        """Return what items_page_by_column_values and text rules compare with; "" when empty."""
        return self.shown(reading) or ""

    def event_value(self, reading: Reading) -> Any:
        """Return ``value``/``previousValue`` of a webhook; an empty one is an empty object."""
        return {} if reading.cell is None else self.json(reading)


def usable_labels(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the labels of a status or dropdown column that are not hidden."""
    return [entry for entry in settings.get("labels", ()) if not entry.get("is_deactivated")]
