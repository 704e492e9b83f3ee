"""Connect boards column: items of other boards (developer.monday.com, "Connect boards").

Its `text` and `value` are always null; `linked_item_ids` tells what is linked. `linkedPulseIds`, known from
old answers, is not accepted on writing.
"""

from __future__ import annotations

from typing import Any

from connectors.errors import ProtocolFault
from connectors.monday.columns.codec import CannotEncode, is_empty, shown, wrong_kind
from connectors.monday.model import Cell, Column


class BoardRelationCodec:
    """Item ids <-> connected items; a single text is one id."""

    type = "board_relation"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, list[str]] | None:
        """All ids; the cell's former links are replaced.

        Raises:
            CannotEncode: an id that is no number, or several for a column that takes one.
        """
        ids = _ids(value, column)
        if len(ids) > 1 and column.settings.get("allowMultipleItems") is False:
            raise CannotEncode(
                f"Column {column.title} takes one connected item, not {len(ids)}. "
                "Allow several in the column's settings in monday."
            )
        return {"item_ids": ids} if ids else None

    def decode(self, cell: Cell, column: Column) -> tuple[str, ...]:
        """The ids of the connected items, in a fixed order.

        Raises:
            ProtocolFault: the answer does not tell; that must not be read as "no item".
        """
        ids = cell.extra.get("linked_item_ids")
        if ids is None:
            raise ProtocolFault(
                f"monday did not tell the items connected by column {column.title}.", system="monday"
            )
        return tuple(sorted((str(one) for one in ids), key=int))

    def canonical(self, value: Any, column: Column) -> str:
        """The ids in a fixed order: monday keeps none."""
        return ",".join(_ids(value, column))


def _ids(value: Any, column: Column) -> list[str]:
    if is_empty(value):
        return []
    given = (value,) if isinstance(value, str | int) else value
    if not isinstance(given, tuple | list):
        raise wrong_kind(value, column, "ids of monday items")
    for one in given:
        if not str(one).strip().isdecimal():
            raise CannotEncode(f"{shown(one)} is no id of an item for column {column.title}.")
    return [str(number) for number in sorted({int(str(one)) for one in given})]
