"""Mutations: what they change, what they refuse, what the call log says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.monday_client import CHANGE, CREATE, Monday, running


@pytest.fixture
def monday() -> Iterator[Monday]:
    with running() as one:
        yield one


def shown(monday: Monday, item: str) -> dict[str, object]:
    query = (
        "query ($i: ID!) { items(ids: [$i]) { name state group { id } updates { text_body } updated_at } }"
    )
    found: dict[str, object] = monday.data(query, i=item)["items"][0]
    return found


def test_an_item_goes_into_the_top_group_or_the_one_named(monday: Monday) -> None:
    assert shown(monday, monday.create())["group"] == {"id": "open"}
    assert shown(monday, monday.create(group="closed"))["group"] == {"id": "closed"}
    assert (
        monday.error(CREATE, board=monday.board, name="x", group="no")["extensions"]["code"]
        == "ResourceNotFoundException"
    )


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_has_1_to_255_characters(monday: Monday, name: str) -> None:
    item = monday.create("x" * 255)
    renamed = json.dumps({"name": name})

    created = monday.error(CREATE, board=monday.board, name=name)
    changed = monday.error(CHANGE, board=monday.board, item=item, values=renamed)

    assert created["extensions"]["code"] == changed["extensions"]["code"] == "ItemNameTooLongException"


def test_an_item_is_renamed_through_its_values(monday: Monday) -> None:
    item = monday.create()
    monday.change(item, {"name": "Renamed", "key": "K"})

    assert shown(monday, item)["name"] == "Renamed" and monday.cell(item, "key")["text"] == "K"


def test_single_columns_are_changed_by_json_and_by_plain_text(monday: Monday) -> None:
    item = monday.create()
    by_json = """mutation ($b: ID!, $i: ID, $c: String!, $v: JSON!) {
      change_column_value(board_id: $b, item_id: $i, column_id: $c, value: $v) { id } }"""
    by_text = by_json.replace("JSON!", "String").replace("change_column_value", "change_simple_column_value")

    monday.data(by_json, b=monday.board, i=item, c="key", v='"Hello"')
    monday.data(by_json, b=monday.board, i=item, c="status", v='{"index": 1}')
    assert monday.cell(item, "key")["text"] == "Hello" and monday.cell(item, "status")["text"] == "Posted"
    monday.data(by_text, b=monday.board, i=item, c="key", v="Bye")
    monday.data(by_text, b=monday.board, i=item, c="status", v="Draft")
    monday.data(by_text, b=monday.board, i=item, c="due", v="2026-03-01 13:25:00")
    monday.data(by_text, b=monday.board, i=item, c="name", v="New name")
    assert monday.cell(item, "key")["text"] == "Bye" and shown(monday, item)["name"] == "New name"
    monday.data(by_text, b=monday.board, i=item, c="key", v="")
    assert monday.cell(item, "key")["value"] is None
    assert monday.error(by_json, b=monday.board, i=item, c="key", v="Hello")["message"].startswith(
        "Variable $v"
    )
    error = monday.error(by_text, b=monday.board, i=item, c="period", v="2026-03-01")
    assert error["extensions"]["code"] == "ColumnValueException"


def test_wrong_ids_are_refused(monday: Monday) -> None:
    item = monday.create()
    other = monday.world.create_board("Other")["board_id"]

    assert monday.error(CREATE, board="1", name="x")["extensions"]["code"] == "InvalidBoardIdException"
    assert (
        monday.error(CHANGE, board=monday.board, item="1", values="{}")["extensions"]["code"]
        == "ResourceNotFoundException"
    )
    assert (
        monday.error(CHANGE, board=other, item=item, values="{}")["extensions"]["code"]
        == "ResourceNotFoundException"
    )
    wrong_column = monday.error(CHANGE, board=monday.board, item=item, values='{"zzz": "1"}')
    assert wrong_column["extensions"]["code"] == "InvalidColumnIdException"
    assert (
        monday.error(CHANGE, board=monday.board, item=item, values='["x"]')["extensions"]["code"]
        == "ColumnValueException"
    )


def test_an_item_moves_to_a_group_of_its_board(monday: Monday) -> None:
    item = monday.create()
    move = "mutation ($i: ID, $g: String!) { move_item_to_group(item_id: $i, group_id: $g) { group { id } } }"

    assert monday.data(move, i=item, g="closed")["move_item_to_group"] == {"group": {"id": "closed"}}
    assert monday.error(move, i=item, g="nowhere")["extensions"]["code"] == "ResourceNotFoundException"


def test_an_archived_item_takes_no_more_values_and_a_deleted_one_is_gone(monday: Monday) -> None:
    archived, deleted = monday.create(), monday.create()
    monday.data("mutation ($i: ID) { archive_item(item_id: $i) { state } }", i=archived)
    monday.data("mutation ($i: ID) { delete_item(item_id: $i) { state } }", i=deleted)

    assert (
        "archived"
        in monday.error(CHANGE, board=monday.board, item=archived, values='{"key": "x"}')["message"]
    )
    error = monday.error(CHANGE, board=monday.board, item=deleted, values='{"key": "x"}')
    assert error["extensions"]["code"] == "ResourceNotFoundException"


def test_updates_are_read_back_with_their_replies(monday: Monday) -> None:
    item = monday.create()
    comment = "mutation ($i: ID, $p: ID, $b: String!) { create_update(item_id: $i, parent_id: $p, body: $b) { id } }"
    update = monday.data(comment, i=item, b="<p>Paid <b>today</b></p>")["create_update"]["id"]
    monday.data(comment, p=update, b="Thanks")

    query = "query ($u: [ID!]) { updates(ids: $u) { body text_body item_id creator { name } replies { body kind } } }"
    read = monday.data(query, u=[update])["updates"]

    assert read == [{"body": "<p>Paid <b>today</b></p>", "text_body": "Paid today", "item_id": item,
                     "creator": {"name": "Integration"}, "replies": [{"body": "Thanks", "kind": "reply"}]}]  # fmt: skip
    assert shown(monday, item)["updates"] == [{"text_body": "Paid today"}]
    assert monday.error(comment, i=item, b=" ")["extensions"]["code"] == "InvalidArgumentException"
    assert monday.error(comment, p="1", b="x")["extensions"]["code"] == "ResourceNotFoundException"


def test_a_board_is_empty_only_when_asked_for(monday: Monday) -> None:
    make = """mutation ($e: Boolean) { create_board(board_name: "New", board_kind: public, empty: $e) {
      id items_count columns { id } groups { id } } }"""

    empty, full = monday.data(make, e=True)["create_board"], monday.data(make, e=False)["create_board"]

    assert empty["items_count"] == 0 and empty["columns"] == [{"id": "name"}] and len(empty["groups"]) == 1
    assert full["items_count"] == 3 and len(full["groups"]) == 2
    assert monday.error(make.replace('"New"', '""'), e=True)["extensions"]["code"] == "CreateBoardException"


def test_groups_come_at_the_top_or_beside_another(monday: Monday) -> None:
    make = """mutation ($b: ID!, $n: String!, $r: String, $m: PositionRelative) {
      create_group(board_id: $b, group_name: $n, relative_to: $r, position_relative_method: $m) { id title color } }"""
    monday.data(make, b=monday.board, n="Top")
    monday.data(make, b=monday.board, n="Between", r="open", m="after_at")
    monday.data(make, b=monday.board, n="Last", r="closed", m="after_at")
    monday.data(make, b=monday.board, n="Second", r="open", m="before_at")

    groups = monday.data("query ($b: [ID!]) { boards(ids: $b) { groups { title } } }", b=[monday.board])[
        "boards"
    ][0]

    assert [group["title"] for group in groups["groups"]] == [
        "Top",
        "Second",
        "Open",
        "Between",
        "Closed",
        "Last",
    ]
    assert monday.error(make, b=monday.board, n="x" * 256)["extensions"]["code"] == "InvalidArgumentException"


def test_columns_get_made_up_ids_or_the_ones_asked_for(monday: Monday) -> None:
    make = """mutation ($b: ID!, $t: ColumnType!, $id: String, $d: JSON, $after: ID) {
      create_column(board_id: $b, title: "New", column_type: $t, id: $id, defaults: $d, after_column_id: $after) {
        id type settings } }"""
    one = monday.data(make, b=monday.board, t="text")["create_column"]
    labels = json.dumps({"labels": {"1": "Done", "2": "Stuck"}})
    two = monday.data(make, b=monday.board, t="status", id="phase", d=labels, after="name")["create_column"]

    assert one["id"].startswith("text_mk") and len(one["id"]) == 13
    assert [label["label"] for label in two["settings"]["labels"]] == ["Done", "Stuck"]
    columns = monday.data("query ($b: [ID!]) { boards(ids: $b) { columns { id } } }", b=[monday.board])[
        "boards"
    ][0]["columns"]
    assert columns[1] == {"id": "phase"}
    for wrong in ("phase", "Phase", "x" * 21, "a1"):
        assert (
            monday.error(make, b=monday.board, t="text", id=wrong)["extensions"]["code"]
            == "InvalidArgumentException"
        )
    assert "no file columns" in monday.error(make, b=monday.board, t="file")["message"]


def test_a_label_made_by_color_has_an_id_that_is_not_its_position(monday: Monday) -> None:
    made = monday.data(
        """mutation ($b: ID!) {
          create_status_column(board_id: $b, title: "Phase", defaults: { labels: [
            { label: "Stuck", color: stuck_red, index: 0 }, { label: "Done", color: done_green, index: 1, is_done: true }
          ] }) { id settings }
          create_dropdown_column(board_id: $b, title: "Kinds", defaults: {
            labels: [{ label: "A" }, { label: "B" }], limit_select: true, label_limit_count: 1 }) { id settings }
          create_column(board_id: $b, title: "Raw", column_type: dropdown, defaults: { labels: ["X"] }) { settings } }""",
        b=monday.board,
    )  # fmt: skip
    labels = made["create_status_column"]["settings"]["labels"]
    dropdown = made["create_dropdown_column"]["id"]

    assert [(label["label"], label["id"], label["index"]) for label in labels] == [
        ("Stuck", 2, 0),
        ("Done", 1, 1),
    ]
    item = monday.create(values={made["create_status_column"]["id"]: {"index": 2}})
    assert monday.cell(item, made["create_status_column"]["id"])["text"] == "Stuck"
    assert made["create_column"]["settings"]["labels"][0]["label"] == "X"
    error = monday.error(CREATE, board=monday.board, name="x", values=json.dumps({dropdown: {"ids": [1, 2]}}))
    assert "at most 1" in error["message"]


def test_a_full_board_takes_no_more_items(monday: Monday) -> None:
    monday.world.set_limits(items_per_board=2)
    monday.create("One")
    monday.create("Two")

    assert (
        monday.error(CREATE, board=monday.board, name="Three")["extensions"]["code"]
        == "ItemsLimitationException"
    )
    with pytest.raises(ValueError, match="limit of 2"):
        monday.world.create_item_as_person(monday.board, "By hand")


def test_an_item_can_be_placed_beside_another(monday: Monday) -> None:
    first = monday.create("First")
    monday.create("Last")
    create = """mutation ($b: ID!, $r: ID, $m: PositionRelative) { create_item(board_id: $b, item_name: "Placed",
      relative_to: $r, position_relative_method: $m) { id } }"""
    monday.data(create, b=monday.board, r=first, m="after_at")

    page = "query ($b: [ID!]) { boards(ids: $b) { items_page { items { name } } } }"
    items = monday.data(page, b=[monday.board])["boards"][0]["items_page"]["items"]
    assert [item["name"] for item in items] == ["First", "Placed", "Last"]


def test_aliases_are_no_transaction(monday: Monday) -> None:
    answer = monday.post(
        """mutation ($b: ID!) { a: create_item(board_id: $b, item_name: "A") { id }
          b: create_item(board_id: $b, item_name: "") { id } c: create_item(board_id: $b, item_name: "C") { id } }""",
        {"b": monday.board},
    ).json()

    assert answer["data"]["a"]["id"] and answer["data"]["c"]["id"] and answer["data"]["b"] is None
    assert [error["path"] for error in answer["errors"]] == [["b"]]
    call = monday.last_call()
    assert call["operation"] == "create_item×3" and call["mutations"] == 3
    assert call["detail"] == "ItemNameTooLongException"


def test_twenty_creates_in_one_call_take_well_under_fifty_milliseconds(monday: Monday) -> None:
    aliases = " ".join(
        f'a{n}: create_item(board_id: $b, item_name: "Row {n}", column_values: $v) {{ id name group {{ id }} }}'
        for n in range(20)
    )
    query = f"mutation ($b: ID!, $v: JSON) {{ {aliases} }}"
    values = json.dumps({"key": "K", "amount": "12.50", "status": "Posted", "due": "2026-03-01"})
    for _ in range(3):
        monday.data(query, b=monday.board, v=values)

    assert monday.last_call()["mutations"] == 20
    assert min(call["ms"] for call in monday.sandbox.calls.list()) < 50


def test_many_writers_at_once_lose_nothing(monday: Monday) -> None:
    monday.world.set_limits(concurrency=200)

    def write(number: int) -> str:
        values = json.dumps({"key": f"K{number}", "tags": f"Tag {number % 7}"})
        variables = {"board": monday.board, "name": f"Item {number}", "values": values, "labels": True}
        body: dict[str, dict[str, dict[str, str]]] = monday.post(CREATE, variables).json()
        return body["data"]["create_item"]["id"]

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(write, range(200)))

    assert len(set(ids)) == 200
    items = monday.world.dump()["boards"][0]["items"]
    assert {item["cells"]["key"]["text"] for item in items} == {f"K{number}" for number in range(200)}
    labels = monday.world.board(monday.board).columns["tags"].settings["labels"]
    assert len({label["label"] for label in labels}) == len(labels) == 9


def test_mutations_written_as_fragments_are_counted_all_the_same(monday: Monday) -> None:
    query = """mutation ($b: ID!) { ... on Mutation { a: create_item(board_id: $b, item_name: "A") { id } } ...Two }
      fragment Two on Mutation { b: create_item(board_id: $b, item_name: "B") { ...Part } complexity { query } }
      fragment Part on Item { id name }"""

    assert monday.data(query, b=monday.board)["b"]["name"] == "B"
    assert monday.last_call()["operation"] == "create_item×2" and monday.last_call()["mutations"] == 2


def test_a_fault_of_the_sandbox_itself_is_an_internal_error(
    monday: Monday, capsys: pytest.CaptureFixture[str]
) -> None:
    monday.world.store.boards[int(monday.board)].groups.clear()

    error = monday.error(CREATE, board=monday.board, name="x")

    assert error["message"] == "Internal server error"
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "Traceback" in capsys.readouterr().err
