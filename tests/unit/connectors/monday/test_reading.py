"""Boards and items out of monday's JSON."""

from __future__ import annotations

from decimal import Decimal

from connectors.monday.model import Cell, Column, Group, Label
from connectors.monday.reading import board, items

STATUS_SETTINGS = {
    "type": "status",
    "labels": [
        {
            "id": 1,
            "label": "Done",
            "color": "done_green",
            "index": 0,
            "is_done": True,
            "is_deactivated": False,
        },
        {"id": 5, "label": "", "index": 1, "is_deactivated": False},
        {"id": 9, "label": "Old", "index": 2, "is_deactivated": True},
    ],
}


def test_a_board_has_its_columns_labels_and_living_groups() -> None:
    read = board(
        {
            "id": "100",
            "name": "Invoices",
            "hierarchy_type": "classic",
            "items_count": 2,
            "items_limit": 10000,
            "columns": [
                {
                    "id": "status",
                    "title": "State",
                    "type": "status",
                    "archived": False,
                    "settings": STATUS_SETTINGS,
                },
                {"id": "text_1", "title": "Key", "type": "text", "archived": True, "settings": None},
                None,
            ],
            "groups": [
                {"id": "topics", "title": "Open", "archived": False, "deleted": False},
                {"id": "old", "title": "Old", "archived": True, "deleted": False},
                {"id": "gone", "title": "Gone", "archived": None, "deleted": True},
                None,
            ],
        }
    )
    assert read.columns == (
        Column(
            "status",
            "State",
            "status",
            (Label("1", "Done"), Label("5", ""), Label("9", "Old", deactivated=True)),
            {"type": "status"},
        ),
        Column("text_1", "Key", "text", archived=True),
    )
    assert read.groups == (Group("topics", "Open"),)
    assert (read.items_count, read.items_limit, read.hierarchy) == (2, 10000, "classic")


def test_labels_of_older_forms_are_read() -> None:
    column = {"id": "c", "title": "C", "type": "status", "settings": '{"labels": {"0": "Working on it"}}'}
    named = {"id": "d", "title": "D", "type": "dropdown", "settings": {"labels": [{"id": 2, "name": "A"}]}}
    read = board({"id": 1, "columns": [column, named], "groups": []})
    assert read.columns[0].labels == (Label("0", "Working on it"),)
    assert read.columns[1].labels == (Label("2", "A"),)
    assert (read.name, read.hierarchy) == ("", "classic")


def test_an_item_has_its_cells_with_exact_values() -> None:
    (read,) = items(
        [
            None,
            {
                "id": "200",
                "name": "INV-1",
                "state": "active",
                "updated_at": "2026-03-01T13:25:00Z",
                "group": {"id": "topics"},
                "column_values": [
                    {"id": "n", "type": "numbers", "text": "0.10", "value": '"0.10"'},
                    {"id": "m", "type": "numbers", "text": "0.1", "value": "0.1"},
                    {"id": "s", "type": "status", "text": "Done", "value": '{"index":1}', "label": "Done"},
                    {
                        "id": "b",
                        "type": "board_relation",
                        "text": None,
                        "value": None,
                        "linked_item_ids": ["7"],
                    },
                    {"id": "x", "type": "text", "text": "A", "value": "no json"},
                    None,
                ],
            },
        ]
    )
    assert (read.id, read.name, read.group_id, read.state) == ("200", "INV-1", "topics", "active")
    assert read.cells == {
        "n": Cell("n", "numbers", "0.10", "0.10"),
        "m": Cell("m", "numbers", "0.1", Decimal("0.1")),
        "s": Cell("s", "status", "Done", {"index": 1}, {"label": "Done"}),
        "b": Cell("b", "board_relation", None, None, {"linked_item_ids": ["7"]}),
        "x": Cell("x", "text", "A", "no json"),
    }


def test_an_item_without_group_and_cells_is_an_item_still() -> None:
    (read,) = items([{"id": 1, "group": None, "column_values": None}])
    assert (read.id, read.name, read.group_id, read.state, read.cells) == ("1", "", "", "active", {})
