"""The sandbox's page: what it shows, what a person can do on it, and that nothing on it can be misused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from sandbox.core import Sandbox
from sandbox.page import create_app
from sandbox.page.board import SHOWN
from sandbox.page.format import day, decimals, number
from tests.sandbox.monday_client import COLUMNS, GROUPS


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    sandbox.monday.reset()
    sandbox.faults.clear()
    sandbox.calls.clear()
    sandbox.monday.create_board("Invoices", COLUMNS, GROUPS)
    yield Client(create_app(sandbox))


def board_id(sandbox: Sandbox) -> str:
    return str(next(iter(sandbox.monday.store.boards)))


def add(sandbox: Sandbox, name: str = "Invoice 1", **values: Any) -> str:
    return str(sandbox.monday.create_item_as_person(board_id(sandbox), name, values))


def act(client: Client, action: str, **body: Any) -> TestResponse:
    return client.post(f"/page/{action}", json=body)


def test_the_page_shows_boards_records_and_counters(client: Client, sandbox: Sandbox) -> None:
    add(sandbox, "INV-1", status="Posted")
    page = client.get("/").text

    assert "Invoices" in page and "INV-1" in page and "Vendors" in page and "no faults" in page
    assert "$" not in re.sub(r"<script.*?</script>", "", page, flags=re.S), "a placeholder was left"
    for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        assert client.get(asset).status_code == 200
    assert not re.findall(r'(?:href|src|url\()\s*=?["\']?https?://', page), "the page asks no other host"


def test_every_type_of_cell_is_drawn(client: Client, sandbox: Sandbox) -> None:
    add(sandbox, "All", key="K-1", notes={"text": "A note"}, amount="1234567.5", status="Posted", tags="Urgent, Disputed",
        due="2026-03-01 13:25:00", period={"from": "2026-03-01", "to": "2026-03-15"}, record="https://x.example/1 Open",
        mail="a@b.example Ann", phone="+12025550169 US", owner="77, 78", paid={"checked": "true"}, stars={"rating": 3},
        country={"countryCode": "DK", "countryName": "Denmark"})  # fmt: skip
    sandbox.monday.update_as_person(next(iter(sandbox.monday.store.items)), "Checked")
    part = client.get("/page/board").text

    for shown in ("€1,234,567.50", ">Posted<", "--l:#00c875", ">Urgent<", "Mar 1, 2026 13:25", "Mar 15, 2026",
                  'href="https://x.example/1"', ">Ann<", "Maya Lindqvist", ">ML<", "✓", "★★★", "Denmark", "A note",
                  "+12025550169", 'title="Checked"'):  # fmt: skip
        assert shown in part, shown


def test_linked_items_are_drawn_by_name(client: Client, sandbox: Sandbox) -> None:
    item = add(sandbox, "Acme <Ltd>")
    columns = [
        {"id": "vendor", "title": "Vendor", "type": "board_relation", "board_ids": [board_id(sandbox)]}
    ]
    orders = sandbox.monday.create_board("Orders", columns)["board_id"]
    sandbox.monday.create_item_as_person(orders, "PO", {"vendor": {"item_ids": [item]}})

    assert '<span class="linked">Acme &lt;Ltd&gt;</span>' in client.get(f"/page/board?board={orders}").text


def test_groups_show_their_sum_and_their_mix_of_statuses(client: Client, sandbox: Sandbox) -> None:
    for number_, label in ((10, "Posted"), (5.25, "Posted"), (-1, None)):
        add(sandbox, "x", amount=number_, status=label)
    part = client.get("/page/board").text

    assert "€14.25<small>sum</small>" in part
    assert 'title="Posted 2"' in part and 'title="(empty) 1"' in part


def test_a_search_narrows_the_board(client: Client, sandbox: Sandbox) -> None:
    add(sandbox, "Alpha", key="INV-1")
    add(sandbox, "Beta", status="Posted")

    assert "Beta" not in client.get("/page/board?q=inv-1").text
    assert "Alpha" not in client.get("/page/board?q=POSTED").text
    assert "0 items" in client.get("/page/board?q=nothing").text


def test_a_long_group_is_cut(client: Client, sandbox: Sandbox) -> None:
    for number_ in range(SHOWN + 3):
        add(sandbox, f"Item {number_}")
    part = client.get("/page/board").text

    assert part.count("<tr data-item") == SHOWN and "and 3 more" in part
    assert f"Item {SHOWN + 2}" in part, "the newest is shown"


def test_without_a_board_the_page_says_how_one_comes(client: Client, sandbox: Sandbox) -> None:
    sandbox.monday.reset()
    assert "No board yet" in client.get("/").text
    assert "No boards yet" in client.get("/page/nav").text


def test_cells_are_edited_items_moved_renamed_added_and_removed(client: Client, sandbox: Sandbox) -> None:
    item, gone = add(sandbox), add(sandbox, "Gone")
    steps = [
        act(client, "edit", item_id=item, column_id="status", value={"index": 1}),
        act(client, "edit", item_id=item, column_id="amount", value="12.50"),
        act(client, "move", item_id=item, group_id="closed"),
        act(client, "rename", item_id=item, name="Renamed"),
        act(client, "archive", item_id=gone),
        act(client, "add", board_id=board_id(sandbox), name="Added", group_id="closed"),
        act(client, "delete", item_id=add(sandbox, "Deleted")),
    ]

    assert [step.status_code for step in steps] == [200] * len(steps)
    items = {one["name"]: one for one in sandbox.monday.dump()["boards"][0]["items"]}
    assert (
        items["Renamed"]["cells"]["status"]["text"] == "Posted" and items["Renamed"]["group_id"] == "closed"
    )
    assert items["Added"]["group_id"] == "closed"
    assert (items["Gone"]["state"], items["Deleted"]["state"]) == ("archived", "deleted")


def test_a_refusal_is_a_sentence(client: Client, sandbox: Sandbox) -> None:
    item = add(sandbox)

    refused = act(client, "edit", item_id=item, column_id="amount", value="many")
    assert refused.status_code == 400 and "not a number" in refused.json["error"]
    assert act(client, "edit", wrong=1).status_code == 400
    assert client.post("/page/edit", data="{", content_type="application/json").status_code == 400


def test_an_action_has_to_be_json_so_no_foreign_form_can_send_it(client: Client, sandbox: Sandbox) -> None:
    item = add(sandbox)
    assert client.post("/page/delete", data={"item_id": item}).status_code == 415
    assert (
        client.post("/page/delete", data=json.dumps({"item_id": item}), content_type="text/plain").status_code
        == 415
    )
    assert sandbox.monday.item(item).state == "active"


def test_nothing_people_type_becomes_markup(client: Client, sandbox: Sandbox) -> None:
    evil = "<script>alert(1)</script>\"'>"
    board = sandbox.monday.create_board(evil, [{"id": "s", "title": evil, "type": "status", "labels": ["</script><b>"]},
                                               {"id": "l", "title": "L", "type": "link"}], [{"title": evil}])  # fmt: skip
    item = sandbox.monday.create_item_as_person(
        board["board_id"], evil, {"s": "</script><b>", "l": "mailto:x@y.example x"}
    )
    sandbox.monday.update_as_person(item, evil)
    page = client.get(f"/?board={board['board_id']}&q={'%3Cscript%3E'}&rq=%22%3E%3Cb%3E").text

    assert "<script>alert" not in page and "</script><b>" not in page and '"><b>' not in page
    assert 'href="mailto' not in page


def test_an_unchanged_part_is_not_sent_again(client: Client, sandbox: Sandbox) -> None:
    item = add(sandbox)
    first = client.get("/page/board")
    tag = first.headers["ETag"]

    assert client.get("/page/board", headers={"If-None-Match": tag}).status_code == 304
    sandbox.monday.edit_as_person(item, "key", "changed")
    assert client.get("/page/board", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("tab", "shown"),
    [("posted", "APIN-"), ("pending", 'data-path="/dynamics/post-invoice"'),
     ("orders", 'data-path="/dynamics/confirm-order"'), ("vendors", "Contoso")],
)  # fmt: skip
def test_records_are_shown_in_tabs(client: Client, tab: str, shown: str) -> None:
    part = client.get(f"/page/records?tab={tab}").text
    assert shown in part and "1900" not in part
    assert part.count('class="tab on"') == 1


def test_records_can_be_searched(client: Client, sandbox: Sandbox) -> None:
    vendor = sandbox.dynamics.state("VendorsV2")[0]["VendorAccountNumber"]
    part = client.get(f"/page/records?tab=vendors&rq={vendor.lower()}").text

    assert vendor in part and part.count("<tr data-k") < 5
    assert "0 records" in client.get("/page/records?tab=vendors&rq=zzzzzz").text


def test_the_bar_shows_calls_faults_latency_and_the_cap(client: Client, sandbox: Sandbox) -> None:
    sandbox.calls.add("monday", "create_item×3", 200, mutations=3, ms=12)
    sandbox.calls.add("monday", "boards", 429, detail="MINUTE_RATE_LIMIT_EXCEEDED")
    sandbox.faults.set(
        "monday", [{"kind": "429", "rate": 0.05, "operation": "create"}, {"kind": "500", "times": 0}]
    )
    sandbox.faults.set_latency({"dynamics": 100})
    sandbox.monday.set_limits(plan="standard", mutations_per_window=40)
    bar = client.get("/page/bar").text
    sandbox.faults.set_latency({"dynamics": 0})

    for shown in ("<b>2</b>", "3 mutations", "1 failed", "monday 429 · 5% · create", "dynamics +100 ms",
                  "Standard plan", "of 1,000 calls today", "of 40 mutations in 60 s"):  # fmt: skip
        assert shown in bar, shown
    assert "500" not in bar
    calls = client.get("/page/calls").text
    assert "create_item×3" in calls and "MINUTE_RATE_LIMIT_EXCEEDED" in calls
    assert calls.index("boards") < calls.index("create_item")


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for path in ("/nothing", "/static/app.py", "/static/../app.py", "/static/"):
        assert client.get(path).status_code == 404
    assert client.post("/").status_code == 404
    assert client.get("/favicon.ico").status_code == 204


def test_numbers_and_days_are_written_for_people() -> None:
    assert decimals(["1", "2"]) == 0 and decimals(["1.5", "2"]) == 2 and decimals(["0.1234"]) == 4
    assert (
        number("1234567", 0) == "1,234,567" and number("-1234.5", 2) == "-1,234.50" and number("x", 2) == "x"
    )
    assert day("2026-03-01T12:00:00Z") == "Mar 1, 2026" and day("1900-01-01") == "" and day("soon") == "soon"
