"""A board as monday users know it: groups as coloured tables, labels as coloured cells, sums below."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from sandbox.monday.columns import CODECS
from sandbox.monday.model import Board, Column, Group, Item
from sandbox.monday.store import Store
from sandbox.page.cells import cell, summary
from sandbox.page.format import decimals

SHOWN = 200  # items per group; the rest is a line at its end
_GROUP = Markup("""<section class="group" data-group="{}" style="--c:{}">
<header><button class="fold" title="Fold">▾</button><h3>{}</h3><span class="count">{}</span></header>
<div class="table"><table><thead><tr><th class="name">Item</th>{}</tr></thead>
<tbody><tr class="add"><td class="name" data-add="{}">+ Add item</td><td colspan="{}"></td></tr>{}{}</tbody>
<tfoot><tr><td class="name"></td>{}</tr></tfoot></table></div></section>""")
_ITEM = Markup("""<tr data-item="{}"><td class="name" data-k="{}/name"><span class="text" tabindex="0">{}</span>{}
<button class="menu" title="Move, archive or delete">⋯</button></td>{}</tr>""")


def board_part(store: Store, board: Board, query: str) -> Markup:
    """Return the board with the items whose name or any cell contains the query."""
    with store.lock:
        groups = [(group, [board.items[one] for one in group.item_ids]) for group in board.sorted_groups()]
        columns = [
            column for column in board.columns.values() if not column.archived and column.type in CODECS
        ]
    drawing = _Drawing(store, columns, [item for _, items in groups for item in items])
    shown = [(group, drawing.matching(items, query)) for group, items in groups]
    return Markup(
        '<div class="board" data-board="{}"><script type="application/json" class="shape">{}</script>'
        '<h2>{}<span class="count">{}</span></h2>{}</div>'
    ).format(
        board.id,
        _shape(store, board, columns),
        board.name,
        _count(sum(len(items) for _, items in shown)),
        Markup("").join(drawing.group(group, items) for group, items in shown if items or not query),
    )


class _Drawing:
    """One board being drawn: its columns, and how many decimals each shows."""

    def __init__(self, store: Store, columns: list[Column], items: list[Item]) -> None:
        self.store = store
        self.columns = columns
        self.places = {
            column.id: decimals(
                found.value for item in items if (found := item.cells.get(column.id)) is not None
            )
            for column in columns
            if column.type == "numbers"
        }

    def matching(self, items: list[Item], query: str) -> list[Item]:
        """Return the items that contain the query; what has come last is first."""
        part = query.casefold()
        return [
            item
            for item in reversed(items)
            if part in item.name.casefold()
            or any(part in self.store.search_text(item, column) for column in self.columns)
        ]

    def group(self, group: Group, items: list[Item]) -> Markup:
        """Return one group with its items."""
        more = Markup('<tr class="more-rows"><td colspan="{}">and {} more</td></tr>')
        heading = Markup('<th class="{}">{}</th>')
        return _GROUP.format(
            group.id,
            group.color,
            group.title,
            _count(len(items)),
            Markup("").join(heading.format(column.type, column.title) for column in self.columns),
            group.id,
            len(self.columns),
            Markup("").join(self.item(item) for item in items[:SHOWN]),
            more.format(len(self.columns) + 1, f"{len(items) - SHOWN:,}") if len(items) > SHOWN else "",
            Markup("").join(
                summary(
                    column,
                    [self.store.reading(item, column) for item in items],
                    self.places.get(column.id, 0),
                )
                for column in self.columns
            ),
        )

    def item(self, item: Item) -> Markup:
        """Return one item's row."""
        bubble = Markup('<em class="bubble" title="{}">{}</em>')
        return _ITEM.format(
            item.id,
            item.id,
            item.name,
            bubble.format(item.updates[0].body, len(item.updates)) if item.updates else "",
            Markup("").join(
                cell(self.store.reading(item, column), self.places.get(column.id, 0))
                for column in self.columns
            ),
        )


def _shape(store: Store, board: Board, columns: list[Column]) -> Markup:
    # What the editors need: labels, groups and people. "<" is escaped so that no label can end the script.
    users = store.accounts.by_id[board.account_id].users.values()
    shape: dict[str, Any] = {
        "groups": [{"id": one.id, "title": one.title, "color": one.color} for one in board.sorted_groups()],
        "people": [{"id": user.id, "name": user.name} for user in users if user.status == "ACTIVE"],
        "columns": {
            column.id: {
                "type": column.type,
                "labels": [
                    {"id": entry["id"], "label": entry["label"], "color": entry.get("hex", "")}
                    for entry in column.settings.get("labels", ())
                    if not entry.get("is_deactivated")
                ],
            }
            for column in columns
        },
    }
    return Markup(json.dumps(shape, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - see above


def _count(items: int) -> str:
    return f"{items:,} item" if items == 1 else f"{items:,} items"
