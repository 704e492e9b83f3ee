"""What people do by hand, through the control API, and what the dump shows of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.monday_client import Monday, running


@pytest.fixture
def monday() -> Iterator[Monday]:
    with running() as one:
        yield one


def test_the_dump_shows_each_cell_with_text_and_value(monday: Monday) -> None:
    world = monday.world
    item = world.create_item_as_person(
        monday.board, "By hand", {"key": "K", "amount": 12.5, "status": "Posted"}, "closed"
    )

    dump = world.dump()
    board = dump["boards"][0]
    shown = board["items"][0]

    assert (board["id"], board["name"], board["account_id"]) == (monday.board, "Invoices", "25")
    assert [group["title"] for group in board["groups"]] == ["Open", "Closed"]
    assert {"id": "status", "title": "Status", "type": "status"}.items() <= board["columns"][4].items()
    assert (shown["id"], shown["name"], shown["group_id"], shown["creator_id"]) == (
        item,
        "By hand",
        "closed",
        77,
    )
    assert shown["cells"]["amount"] == {"text": "12.5", "value": "12.5"}
    assert shown["cells"]["status"]["text"] == "Posted" and shown["cells"]["due"] == {
        "text": "",
        "value": None,
    }
    assert dump["limits"]["plan"] == "pro" and dump["webhooks"] == []


def test_people_edit_move_rename_archive_and_delete(monday: Monday) -> None:
    world = monday.world
    item, gone = (world.create_item_as_person(monday.board, name) for name in ("One", "Two"))
    world.edit_as_person(item, "due", "2026-03-01")
    world.edit_as_person(item, "tags", {"labels": ["Urgent"]})
    world.edit_as_person(item, "tags", None)
    world.edit_as_person(item, "name", "Renamed by cell")
    world.move_as_person(item, "closed")
    world.rename_as_person(item, "Renamed")
    world.archive_as_person(item)
    world.delete_as_person(gone)

    items = {one["id"]: one for one in world.dump(monday.board)["boards"][0]["items"]}
    assert (items[item]["name"], items[item]["state"], items[item]["group_id"]) == (
        "Renamed",
        "archived",
        "closed",
    )
    assert (
        items[item]["cells"]["due"]["text"] == "2026-03-01" and items[item]["cells"]["tags"]["text"] is None
    )
    assert items[gone]["state"] == "deleted"


def test_people_are_told_in_a_sentence_what_they_can_not_do(monday: Monday) -> None:
    world = monday.world
    item = world.create_item_as_person(monday.board, "One")
    with pytest.raises(ValueError, match="possible statuses"):
        world.edit_as_person(item, "status", "Nope")
    with pytest.raises(ValueError, match="no item 99"):
        world.edit_as_person(99, "key", "x")
    with pytest.raises(ValueError, match="no board x"):
        world.create_item_as_person("x", "One")
    with pytest.raises(ValueError, match="no user 5"):
        world.edit_as_person(item, "key", "x", user_id=5)


def test_the_control_api_reaches_every_action(monday: Monday) -> None:
    world = monday.world
    board = world.control(
        "boards", {"name": "New", "columns": [{"title": "Key", "type": "text"}], "groups": [{"title": "A"}]}
    )
    column, group = board["columns"]["Key"], board["groups"]["A"]
    item = world.control("items", {"board_id": board["board_id"], "name": "One", "values": {column: "K"}})[
        "id"
    ]

    assert world.control("edit", {"item_id": item, "column_id": column, "value": "L"}) == {"ok": True}
    assert world.control("move", {"item_id": item, "group_id": group}) == {"ok": True}
    assert (
        world.control("limits", {"plan": "standard", "mutations_per_window": 40})["mutations_per_window"]
        == 40
    )
    assert world.state()["boards"][1]["items"][0]["cells"][column]["text"] == "L"
    for action, body in (
        ("fly", {}),
        ("edit", {"item": 1}),
        ("boards", {"name": "x", "columns": [{"id": "a"}]}),
    ):
        with pytest.raises(ValueError, match="POST /monday"):
            world.control(action, body)


def test_boards_can_belong_to_the_other_account(monday: Monday) -> None:
    board = monday.world.create_board("Theirs", account_id=26)["board_id"]
    item = monday.world.create_item_as_person(board, "One")
    query = "query ($b: [ID!]) { boards(ids: $b) { id } }"

    assert monday.data(query, b=[board])["boards"] == []
    assert monday.post(query, {"b": [board]}, token="monday-token-2").json()["data"]["boards"] == [
        {"id": board}
    ]
    assert monday.world.dump(board)["boards"][0]["items"][0]["creator_id"] == 88
    assert monday.world.item(item).creator_id == 88


def test_a_reset_forgets_everything(monday: Monday) -> None:
    monday.create()
    monday.world.set_limits(plan="standard")
    monday.world.reset()

    assert monday.world.dump()["boards"] == []
    assert monday.world.limits.plan == "pro"
    assert monday.data("{ boards { id } }")["boards"] == []
    assert monday.world.create_board("Again")["board_id"] == monday.board
