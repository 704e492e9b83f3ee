"""What each column type takes, refuses and reads back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.monday_client import CHANGE, CREATE, Monday, running


@pytest.fixture(scope="module")
def monday() -> Iterator[Monday]:
    with running() as one:
        yield one


GOOD: list[tuple[str, Any, str | None, Any]] = [  # column, written, text read, value read (without changed_at)
    ("key", "INV-1", "INV-1", "INV-1"),
    ("key", "Müller & Söhne, 東京 ", "Müller & Söhne, 東京 ", "Müller & Söhne, 東京 "),
    ("notes", {"text": "Two\nlines"}, "Two\nlines", {"text": "Two\nlines"}),
    ("notes", "short", "short", {"text": "short"}),
    ("amount", "1234.50", "1234.5", "1234.5"),
    ("amount", "-0.10", "-0.1", "-0.1"),
    ("amount", "0.00", "0", "0"),
    ("amount", "12000000000000.01", "12000000000000.01", "12000000000000.01"),
    ("status", {"label": "Posted"}, "Posted", {"index": 1, "post_id": None}),
    ("status", {"index": 2}, "Cancelled", {"index": 2, "post_id": None}),
    ("status", {"index": "2"}, "Cancelled", {"index": 2, "post_id": None}),
    ("status", "Draft", "Draft", {"index": 0, "post_id": None}),
    ("status", "1", "Posted", {"index": 1, "post_id": None}),
    ("tags", {"labels": ["Urgent", "Disputed"]}, "Urgent, Disputed", {"ids": [1, 2]}),
    ("tags", {"ids": [2]}, "Disputed", {"ids": [2]}),
    ("tags", {"ids": ["1"]}, "Urgent", {"ids": [1]}),
    ("tags", "2,1", "Disputed, Urgent", {"ids": [2, 1]}),
    ("tags", "Urgent", "Urgent", {"ids": [1]}),
    ("due", {"date": "2026-03-01"}, "2026-03-01", {"date": "2026-03-01", "time": None, "icon": None}),
    ("due", "2026-03-01", "2026-03-01", {"date": "2026-03-01", "time": None, "icon": None}),
    ("due", "1900-01-01", "1900-01-01", {"date": "1900-01-01", "time": None, "icon": None}),
    ("due", {"date": "2026-03-01", "time": "23:30:00"}, "2026-03-02 01:30",
     {"date": "2026-03-01", "time": "23:30:00", "icon": None}),
    ("period", {"from": "2026-03-01", "to": "2026-03-15"}, "2026-03-01 - 2026-03-15",
     {"from": "2026-03-01", "to": "2026-03-15", "visualization_type": None}),
    ("record", {"url": "https://x.example/a?b=1", "text": "Open"}, "Open - https://x.example/a?b=1",
     {"url": "https://x.example/a?b=1", "text": "Open"}),
    ("record", "https://x.example Open it", "Open it - https://x.example",
     {"url": "https://x.example", "text": "Open it"}),
    ("record", {"url": "https://x.example"}, "https://x.example", {"url": "https://x.example", "text": ""}),
    ("mail", {"email": "a@b.example", "text": "Ann"}, "a@b.example", {"email": "a@b.example", "text": "Ann"}),
    ("mail", "a@b.example Ann", "a@b.example", {"email": "a@b.example", "text": "Ann"}),
    ("phone", {"phone": "+12025550169", "countryShortName": "US"}, "+12025550169",
     {"phone": "+12025550169", "countryShortName": "US"}),
    ("phone", "202-555-0169 US", "2025550169", {"phone": "2025550169", "countryShortName": "US"}),
    ("owner", {"personsAndTeams": [{"id": 77, "kind": "person"}]}, "Maya Lindqvist",
     {"personsAndTeams": [{"id": 77, "kind": "person"}]}),
    ("owner", "77, 78", "Maya Lindqvist, Tomás Herrera",
     {"personsAndTeams": [{"id": 77, "kind": "person"}, {"id": 78, "kind": "person"}]}),
    ("owner", {"personsAndTeams": [{"id": "9", "kind": "team"}]}, "9", {"personsAndTeams": [{"id": 9, "kind": "team"}]}),
    ("paid", {"checked": "true"}, "v", {"checked": True}),
    ("paid", {"checked": True}, "v", {"checked": True}),
    ("stars", {"rating": 4}, "4", {"rating": 4}),
    ("country", {"countryCode": "DK", "countryName": "Denmark"}, "Denmark",
     {"countryCode": "DK", "countryName": "Denmark"}),
]  # fmt: skip


@pytest.mark.parametrize(("column", "written", "text", "value"), GOOD)
def test_a_good_value_reads_back(monday: Monday, column: str, written: Any, text: str, value: Any) -> None:
    cell = monday.cell(monday.create(values={column: written}), column)

    assert cell["text"] == text
    read = json.loads(cell["value"])
    if isinstance(read, dict):
        assert read.pop("changed_at").endswith("Z")
    assert read == value


BAD: list[tuple[str, Any]] = [
    ("key", {"text": "x"}), ("key", 3), ("key", ["x"]), ("key", True),
    ("notes", {"text": "x" * 2001}), ("notes", "x" * 2001), ("notes", {"body": "x"}), ("notes", {"text": 3}),
    ("amount", "12,50"), ("amount", "1e3"), ("amount", "abc"), ("amount", 12.5), ("amount", {"value": "3"}),
    ("amount", "NaN"), ("amount", "9" * 51),
    ("status", {"label": "Nope"}), ("status", "nope"), ("status", "2023"), ("status", {"index": 99}),
    ("status", {"label": "Draft", "index": 1}), ("status", {"text": "Draft"}), ("status", {"index": True}),
    ("tags", {"labels": ["Nope"]}), ("tags", {"ids": [1], "labels": ["Urgent"]}), ("tags", {"ids": [99]}),
    ("tags", {"labels": "Urgent"}), ("tags", {"labels": [3]}), ("tags", {"ids": [True]}),
    ("due", "01/03/2026"), ("due", {"date": "2026-02-30"}), ("due", {"date": "2026-03-01", "time": "25:00:00"}),
    ("due", {"date": "2026-03-01", "time": 3}), ("due", {"day": "2026-03-01"}), ("due", "2026-03-01T00:00:00Z"),
    ("period", "2026-03-01"), ("period", {"from": "2026-03-01"}), ("period", {"from": "2026-03-02", "to": "2026-03-01"}),
    ("period", {"from": "x", "to": "y"}),
    ("record", {"url": "www.x.example", "text": "x"}), ("record", "x.example"), ("record", {"text": "only"}),
    ("record", {"url": 3}),
    ("mail", {"email": "a@b.example"}), ("mail", "nobody"), ("mail", {"email": 1, "text": "x"}),
    ("phone", {"phone": "12", "countryShortName": "US"}), ("phone", {"phone": "2025550169"}),
    ("phone", {"phone": "+12025550169", "countryShortName": "us"}), ("phone", {"phone": 12025550169}),
    ("owner", {"personsAndTeams": [{"id": 999, "kind": "person"}]}), ("owner", {"personsAndTeams": [{"id": 77}]}),
    ("owner", {"personsAndTeams": 77}), ("owner", "Maya"),
    ("paid", {"checked": "false"}), ("paid", {"checked": False}), ("paid", "true"), ("paid", {"checked": 1}),
    ("stars", {"rating": 6}), ("stars", {"rating": True}), ("stars", "5"),
    ("country", {"countryCode": "dk", "countryName": "Denmark"}), ("country", {"countryCode": "DK"}),
    ("number", "1"), ("formula", "1"), ("item_id", "1"), ("made", "x"), ("changed", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "written"), BAD)
def test_a_bad_value_is_refused(monday: Monday, column: str, written: Any) -> None:
    error = monday.error(CREATE, board=monday.board, name="Bad", values=json.dumps({column: written}))

    assert error["extensions"]["code"] == "ColumnValueException"
    assert error["extensions"]["error_data"]["column_id"] == column


CLEARS: list[tuple[str, Any]] = [
    ("key", ""), ("key", None), ("notes", {}), ("notes", ""), ("amount", ""), ("amount", None), ("status", None),
    ("status", {}), ("status", ""), ("status", {"index": 5}), ("tags", {"labels": []}), ("tags", ""), ("tags", None),
    ("due", {}), ("due", ""), ("due", None), ("due", {"date": ""}), ("period", None), ("period", {}),
    ("record", {}), ("record", ""), ("mail", None), ("mail", ""), ("phone", ""), ("phone", None),
    ("owner", {}), ("owner", ""), ("owner", {"personsAndTeams": []}), ("paid", None), ("stars", {}), ("country", {}),
]  # fmt: skip


@pytest.mark.parametrize(("column", "empty"), CLEARS)
def test_an_empty_value_clears_the_cell(monday: Monday, column: str, empty: Any) -> None:
    filled = next(written for name, written, *_ in GOOD if name == column)
    item = monday.create(values={column: filled})

    monday.change(item, {column: empty})

    cell = monday.cell(item, column)
    assert cell["value"] is None
    assert cell["text"] == (None if column in ("status", "tags") else "")


def test_one_bad_column_leaves_nothing_behind(monday: Monday) -> None:
    item = monday.create("Whole", {"key": "before"})
    values = json.dumps(
        {"key": "after", "name": "Renamed", "tags": {"labels": ["Brand new"]}, "amount": "many"}
    )

    error = monday.error(CHANGE, board=monday.board, item=item, values=values, labels=True)

    assert error["extensions"]["error_data"]["column_id"] == "amount"
    assert monday.cell(item, "key")["text"] == "before"
    assert monday.data("query ($i: ID!) { items(ids: [$i]) { name } }", i=item)["items"][0]["name"] == "Whole"
    assert "Brand new" not in str(monday.world.board(monday.board).columns["tags"].settings)


def test_a_missing_label_is_answered_with_the_labels_there_are(monday: Monday) -> None:
    status = monday.error(CREATE, board=monday.board, name="x", values='{"status": "Psoted"}')
    tags = monday.error(CREATE, board=monday.board, name="x", values='{"tags": "Urgnet"}')

    assert status["message"].endswith("possible statuses are: {0: Draft, 1: Posted, 2: Cancelled}")
    assert "1: Urgent" in tags["message"]


def test_labels_are_made_only_when_asked_for(monday: Monday) -> None:
    item = monday.create()

    monday.change(item, {"status": {"label": "On hold"}, "tags": {"labels": ["Late", "Urgent"]}}, labels=True)

    assert monday.cell(item, "status")["text"] == "On hold"
    assert monday.cell(item, "tags")["text"] == "Late, Urgent"
    columns = monday.data("query ($b: [ID!]) { boards(ids: $b) { columns(ids: [\"status\"]) { settings revision } } }",
                          b=[monday.board])["boards"][0]["columns"]  # fmt: skip
    assert [label["label"] for label in columns[0]["settings"]["labels"]][-1] == "On hold"
    assert int(columns[0]["revision"]) > 0


def test_made_labels_have_limits(monday: Monday) -> None:
    board = monday.world.create_board(
        "Labels", [{"id": "s", "title": "S", "type": "status", "labels": ["A"]}]
    )
    for number in range(39):
        values = json.dumps({"s": f"Label {number}"})
        monday.data(CREATE, board=board["board_id"], name="x", values=values, labels=True)

    full = monday.error(CREATE, board=board["board_id"], name="x", values='{"s": "One more"}', labels=True)
    long = monday.error(
        CREATE, board=monday.board, name="x", values=json.dumps({"status": "x" * 31}), labels=True
    )

    assert "40 labels" in full["message"]
    assert "30 characters" in long["message"]


def test_a_label_of_digits_is_written_by_its_id(monday: Monday) -> None:
    labels = [{"id": 7, "label": "2023"}, {"id": 9, "label": "Other"}]
    board = monday.world.create_board(
        "Years", [{"id": "year", "title": "Year", "type": "status", "labels": labels}]
    )

    by_text = monday.error(CREATE, board=board["board_id"], name="x", values='{"year": "2023"}')
    made = monday.data(CREATE, board=board["board_id"], name="x", values='{"year": {"index": 7}}')

    assert by_text["extensions"]["code"] == "ColumnValueException"
    assert monday.cell(made["create_item"]["id"], "year")["text"] == "2023"


def test_fragments_give_typed_values(monday: Monday) -> None:
    item = monday.create(values={"status": "Posted", "amount": "12.5", "tags": "Urgent", "mail": "a@b.example Ann",
                                 "record": "https://x.example X", "due": "2026-03-01 22:30:00",
                                 "period": {"from": "2026-03-01", "to": "2026-03-02"}, "paid": {"checked": "true"},
                                 "phone": "+12025550169 US", "owner": "77", "stars": {"rating": 3}})  # fmt: skip
    values = monday.data(
        """query ($i: ID!) { items(ids: [$i]) { column_values { id
          ... on StatusValue { label index is_done label_style { color border } update_id updated_at }
          ... on NumbersValue { number symbol direction }
          ... on DropdownValue { values { id label } }
          ... on EmailValue { email mail_label: label } ... on LinkValue { url url_text } ... on DateValue { date time icon }
          ... on TimelineValue { from to visualization_type } ... on CheckboxValue { checked }
          ... on PhoneValue { phone country_short_name } ... on PeopleValue { persons_and_teams { id kind } }
          ... on RatingValue { rating } ... on ItemIdValue { item_id } ... on CreationLogValue { creator_id }
          ... on LastUpdatedValue { updater { name } } ... on FormulaValue { display_value } } } }""",
        i=item,
    )["items"][0]["column_values"]
    by_id = {value.pop("id"): value for value in values}

    assert by_id["status"]["label"] == "Posted" and by_id["status"]["index"] == 1
    assert by_id["status"]["label_style"]["color"] == "#00c875"
    assert by_id["amount"] == {"number": 12.5, "symbol": "€", "direction": "left"}
    assert by_id["tags"] == {"values": [{"id": "1", "label": "Urgent"}]}
    assert by_id["mail"] == {"email": "a@b.example", "mail_label": "Ann"}
    assert by_id["record"] == {"url": "https://x.example", "url_text": "X"}
    assert by_id["due"] == {"date": "2026-03-02", "time": "00:30:00", "icon": None}
    assert by_id["period"]["from"] == "2026-03-01T00:00:00+00:00"
    assert by_id["paid"] == {"checked": True}
    assert by_id["phone"] == {"phone": "+12025550169", "country_short_name": "US"}
    assert by_id["owner"] == {"persons_and_teams": [{"id": "77", "kind": "person"}]}
    assert by_id["stars"] == {"rating": 3}
    assert by_id["item_id"] == {"item_id": item}
    assert by_id["made"] == {"creator_id": "67"}
    assert by_id["changed"] == {"updater": {"name": "Integration"}}
    assert by_id["formula"] == {"display_value": ""}
    assert by_id["number"] == {}


def test_connected_boards_link_only_items_of_connected_boards(monday: Monday) -> None:
    vendors = monday.world.create_board("Vendors", [{"id": "no", "title": "No", "type": "text"}])["board_id"]
    vendor = monday.world.create_item_as_person(vendors, "Acme", {"no": "V-1"})
    orders = monday.world.create_board("Orders", [
        {"id": "vendor", "title": "Vendor", "type": "board_relation", "board_ids": [vendors]},
        {"id": "vendor_no", "title": "Vendor no", "type": "mirror",
         "settings": {"relation_column": {"vendor": True}, "displayed_linked_columns": {vendors: ["no"]}}},
    ])["board_id"]  # fmt: skip
    made = monday.data(CREATE, board=orders, name="PO", values=json.dumps({"vendor": {"item_ids": [vendor]}}))
    order = made["create_item"]["id"]
    stranger = monday.create("Stranger")

    cell = monday.cell(order, "vendor")
    typed = monday.data(
        """query ($i: ID!) { items(ids: [$i]) { column_values { text value
          ... on BoardRelationValue { display_value linked_item_ids linked_items { name } }
          ... on MirrorValue { display_value mirrored_items { linked_board_id linked_item { name } } } } } }""",
        i=order,
    )["items"][0]["column_values"]

    assert cell["text"] is None and cell["value"] is None
    assert typed[0]["linked_item_ids"] == [vendor] and typed[0]["display_value"] == "Acme"
    assert (
        typed[1]["display_value"] == "V-1" and typed[1]["mirrored_items"][0]["linked_item"]["name"] == "Acme"
    )
    for wrong in ({"item_ids": [stranger]}, {"linkedPulseIds": [{"linkedPulseId": vendor}]}, {"item_ids": vendor},
                  {"item_ids": ["x"]}):  # fmt: skip
        error = monday.error(CHANGE, board=orders, item=order, values=json.dumps({"vendor": wrong}))
        assert error["extensions"]["code"] == "ColumnValueException"
    single = monday.error(
        """mutation ($b: ID!, $i: ID!, $v: JSON!) {
          change_column_value(board_id: $b, item_id: $i, column_id: "vendor", value: $v) { id } }""",
        b=orders, i=order, v=json.dumps({"item_ids": [vendor]}),
    )  # fmt: skip
    assert "change_multiple_column_values" in single["message"]


def test_the_values_of_one_item_hold_64_kilobytes(monday: Monday) -> None:
    monday.create(values={"key": "x" * 60_000})
    error = monday.error(CREATE, board=monday.board, name="x", values=json.dumps({"key": "x" * 70_000}))

    assert error["extensions"]["code"] == "ColumnValueException"
