"""Boards as plain values."""

from __future__ import annotations

import json

from connectors.monday.model import Board, Column, Group, Label

BOARD = Board(
    id="100",
    name="Invoices",
    columns=(
        Column(
            "status", "State", "status", (Label("1", "Done"), Label("2", "Old", True)), {"type": "status"}
        ),
        Column("text_1", "Key", "text", archived=True),
    ),
    groups=(Group("topics", "Open"),),
    items_count=3,
    items_limit=None,
    hierarchy="multi_level",
)


def test_a_board_survives_the_cache() -> None:
    assert Board.from_json(json.loads(json.dumps(BOARD.to_json()))) == BOARD


def test_a_board_cached_by_an_older_release_is_read() -> None:
    old = {"id": "1", "name": "B", "columns": [{"id": "c", "title": "C", "type": "text"}], "groups": []}
    assert Board.from_json(old) == Board("1", "B", (Column("c", "C", "text"),), ())


def test_columns_and_groups_are_found_by_id() -> None:
    assert BOARD.column("text_1") is BOARD.columns[1]
    assert BOARD.column("nope") is None
    assert BOARD.group("topics") is BOARD.groups[0]
    assert BOARD.group("nope") is None
