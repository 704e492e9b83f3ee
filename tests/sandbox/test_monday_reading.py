"""Boards, items, pages and searches as a token sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_required_argument

from tests.sandbox.monday_client import CREATE, Monday, running

PAGE = """query ($board: [ID!], $query: ItemsQuery, $limit: Int!, $cursor: String) { boards(ids: $board) {
  items_page(query_params: $query, limit: $limit, cursor: $cursor) { cursor items { id name } } } }"""
NEXT = "query ($cursor: String!) { next_items_page(cursor: $cursor, limit: 2) { cursor items { id name } } }"
BY_VALUE = """query ($board: ID!, $columns: [ItemsPageByColumnValuesQuery!], $cursor: String, $limit: Int! = 25) {
  items_page_by_column_values(board_id: $board, columns: $columns, cursor: $cursor, limit: $limit) {
    cursor items { id name } } }"""


@pytest.fixture
def monday() -> Iterator[Monday]:
    with running() as one:
        yield one


def names(monday: Monday, query: dict[str, Any] | None = None, limit: int = 25) -> list[str]:
    boards = monday.data(PAGE, board=[monday.board], query=query, limit=limit)["boards"]
    return [item["name"] for item in boards[0]["items_page"]["items"]]


def found(monday: Monday, column: str, *values: str | None) -> list[str]:
    page = monday.data(
        BY_VALUE, board=monday.board, columns=[{"column_id": column, "column_values": list(values)}]
    )
    return [item["name"] for item in page["items_page_by_column_values"]["items"]]


def test_me_and_account_tell_whose_token_it_is(monday: Monday) -> None:
    data = monday.data("""{ me { id name email account { id name slug tier } }
      account { id plan { tier max_users } } version { value kind } versions { value kind }
      platform_api { daily_limit { base total } } users(emails: ["maya@contoso-finance.example"]) { id name } }""")

    assert data["me"]["id"] == "67" and data["me"]["account"]["name"] == "Contoso Finance"
    assert data["me"]["account"]["tier"] == data["account"]["plan"]["tier"] == "pro"
    assert data["version"] == {"value": "2026-10", "kind": "current"}
    assert {"value": "2026-07", "kind": "maintenance"} in data["versions"]
    assert data["platform_api"]["daily_limit"] == {"base": 10_000, "total": 10_000}
    assert data["users"] == [{"id": "77", "name": "Maya Lindqvist"}]


def test_users_who_left_are_told_of_only_when_asked_for(monday: Monday) -> None:
    question = "query ($s: [UserStatus!]) { users(status: $s) { id status } }"

    assert "80" not in [user["id"] for user in monday.data("{ users { id } }")["users"]]
    assert monday.data(question, s=["INACTIVE"])["users"] == [{"id": "80", "status": "INACTIVE"}]


def test_a_board_shows_its_columns_settings_and_groups(monday: Monday) -> None:
    board = monday.data(
        """query ($b: [ID!]) { boards(ids: $b) { id name state type hierarchy_type items_count items_limit permissions
          columns { id title type archived settings settings_str revision } groups { id title position archived deleted }
          top_group { id } } }""",
        b=[monday.board],
    )["boards"][0]
    columns = {column["id"]: column for column in board["columns"]}

    assert board["type"] == "board" and board["hierarchy_type"] == "classic" and board["items_count"] == 0
    assert [group["id"] for group in board["groups"]] == ["open", "closed"] and board["top_group"][
        "id"
    ] == "open"
    assert columns["name"]["type"] == "name" and columns["amount"]["type"] == "numbers"
    posted = columns["status"]["settings"]["labels"][1]
    assert posted == {"id": 1, "label": "Posted", "color": "done_green", "index": 1, "is_done": False,
                      "is_deactivated": False, "hex": "#00c875"}  # fmt: skip
    assert json.loads(columns["status"]["settings_str"])["labels"]["1"] == "Posted"
    assert json.loads(columns["tags"]["settings_str"])["labels"][0] == {"id": 1, "name": "Urgent"}


def test_every_field_of_the_schema_can_be_asked_for(monday: Monday) -> None:
    item = monday.create(values={"key": "K", "status": "Posted", "owner": "77"})
    update = monday.data(
        'mutation ($i: ID!) { create_update(item_id: $i, body: "<p>Hi</p>") { id } }', i=item
    )
    monday.data(
        'mutation ($u: ID!) { create_update(parent_id: $u, body: "yes") { id } }',
        u=update["create_update"]["id"],
    )
    schema = monday.world.engine.schema

    def selection(kind: Any, depth: int) -> str:
        kind = get_named_type(kind)
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        parts = [
            f"{name} {selection(field.type, depth - 1)}"
            for name, field in kind.fields.items()
            if not any(is_required_argument(argument) for argument in field.args.values())
            and (
                depth > 0
                or not isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType)
            )
        ]
        if isinstance(kind, GraphQLInterfaceType):
            for concrete in schema.get_possible_types(kind):
                own = [name for name in concrete.fields if name not in kind.fields]
                parts += [
                    f"... on {concrete.name} {{ {concrete.name}_{name}: {name} "
                    f"{selection(concrete.fields[name].type, 0)} }}"
                    for name in own
                ]
        return "{ " + " ".join(parts) + " }"

    monday.world.set_limits(complexity_per_minute=2_000_000_000)
    for name, field in schema.query_type.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        for depth in (2, 3) if name in ("boards", "items") else (3,):
            answer = monday.post(f"{{ {name} {selection(field.type, depth)} }}").json()
            problems = [
                e
                for e in answer.get("errors", ())
                if e.get("extensions", {}).get("code") != "COMPLEXITY_BUDGET_EXHAUSTED"
            ]
            assert not problems, (name, problems[:2])


def test_boards_of_another_account_are_not_there(monday: Monday) -> None:
    query = "query ($b: [ID!]) { boards(ids: $b) { id } }"
    item = monday.create()

    others = monday.post(query, {"b": [monday.board]}, token="monday-token-2").json()
    items = monday.post(
        "query ($i: [ID!]) { items(ids: $i) { id } }", {"i": [item]}, token="monday-token-2"
    ).json()
    write = monday.post(CREATE, {"board": monday.board, "name": "x"}, token="monday-token-2").json()

    assert others["data"] == {"boards": []} and items["data"] == {"items": []}
    assert write["data"] == {"create_item": None}
    assert write["errors"][0]["extensions"]["code"] == "InvalidBoardIdException"
    assert monday.data(query, b=[monday.board, "1", "x"])["boards"] == [{"id": monday.board}]


def test_a_board_can_be_hidden_from_one_token(monday: Monday) -> None:
    query = "{ boards { id } }"

    monday.world.hide_board(monday.board, "monday-token")
    assert monday.data(query)["boards"] == []
    assert monday.post(query, token="monday-app-token").json()["data"]["boards"] == [{"id": monday.board}]
    monday.world.hide_board(monday.board, "monday-token", hidden=False)
    assert monday.data(query)["boards"] == [{"id": monday.board}]


def test_items_by_id_are_cut_at_25_unless_a_limit_is_given(monday: Monday) -> None:
    ids = [monday.world.create_item_as_person(monday.board, f"Item {n}") for n in range(30)]

    assert len(monday.data("query ($i: [ID!]) { items(ids: $i) { id } }", i=ids)["items"]) == 25
    assert len(monday.data("query ($i: [ID!]) { items(ids: $i, limit: 100) { id } }", i=ids)["items"]) == 30
    assert len(monday.data("{ items(limit: 10, page: 3) { id } }")["items"]) == 10
    error = monday.error("query ($i: [ID!]) { items(ids: $i) { id } }", i=[str(n) for n in range(101)])
    assert error["extensions"]["code"] == "InvalidArgumentException"


def test_archived_and_deleted_items_leave_pages_but_not_items_by_id(monday: Monday) -> None:
    kept, archived, deleted = (monday.create(name) for name in ("Kept", "Archived", "Deleted"))
    monday.data("mutation ($i: ID) { archive_item(item_id: $i) { id } }", i=archived)
    monday.data("mutation ($i: ID) { delete_item(item_id: $i) { state } }", i=deleted)

    query = "query ($i: [ID!], $only: Boolean) { items(ids: $i, exclude_nonactive: $only) { name state } }"
    items = monday.data(query, i=[kept, archived, deleted])["items"]

    assert names(monday) == ["Kept"]
    assert [(item["name"], item["state"]) for item in items] == [
        ("Kept", "active"), ("Archived", "archived"), ("Deleted", "deleted"),
    ]  # fmt: skip
    assert len(monday.data(query, i=[kept, archived, deleted], only=True)["items"]) == 1


def test_a_walk_reaches_every_item_once_and_ends_with_a_null_cursor(monday: Monday) -> None:
    for number in range(5):
        monday.create(f"Item {number}")
    page = monday.data(PAGE, board=[monday.board], limit=2)["boards"][0]["items_page"]
    seen = [item["name"] for item in page["items"]]
    monday.create("Late")

    while page["cursor"]:
        page = monday.data(NEXT, cursor=page["cursor"])["next_items_page"]
        seen += [item["name"] for item in page["items"]]

    assert seen == [f"Item {number}" for number in range(5)]


def test_a_cursor_dies_an_hour_after_the_first_request_however_often_it_is_used(monday: Monday) -> None:
    for number in range(8):
        monday.create(f"Item {number}")
    cursor = monday.data(PAGE, board=[monday.board], limit=2)["boards"][0]["items_page"]["cursor"]
    monday.sandbox.clock.advance(3500)
    cursor = monday.data(NEXT, cursor=cursor)["next_items_page"]["cursor"]
    monday.sandbox.clock.advance(101)

    answer = monday.post(NEXT, {"cursor": cursor})

    assert answer.status_code == 200
    body = answer.json()
    assert body["error_code"] == "CursorException" and "CursorExpiredError" in body["error_message"]
    assert monday.post(NEXT, {"cursor": "nonsense"}).json()["error_code"] == "CursorException"
    assert monday.last_call()["detail"] == "CursorException"


def test_a_cursor_belongs_to_its_account(monday: Monday) -> None:
    for number in range(3):
        monday.create(f"Item {number}")
    cursor = monday.data(PAGE, board=[monday.board], limit=2)["boards"][0]["items_page"]["cursor"]

    assert "error_code" in monday.post(NEXT, {"cursor": cursor}, token="monday-token-2").json()


def test_a_page_takes_no_filter_beside_a_cursor_and_at_most_500_items(monday: Monday) -> None:
    assert (
        monday.error(PAGE, board=[monday.board], limit=501)["extensions"]["code"]
        == "InvalidArgumentException"
    )
    error = monday.error(PAGE, board=[monday.board], limit=5, cursor="x", query={"rules": []})
    assert error["extensions"]["code"] == "CursorException" or "combined" in error["message"]
    columns = [{"column_id": "key", "column_values": ["x"]}]
    assert "combined" in monday.error(BY_VALUE, board=monday.board, columns=columns, cursor="x")["message"]
    assert "needed" in monday.error(BY_VALUE, board=monday.board)["message"]


@pytest.fixture
def stocked(monday: Monday) -> Monday:
    monday.create("Alpha", {"key": "INV-1", "amount": "10", "status": "Draft", "due": "2026-03-01", "tags": "Urgent",
                            "owner": "77", "record": "https://x.example Link", "notes": "please pay soon"})  # fmt: skip
    monday.create("beta", {"key": "inv-2", "amount": "20.50", "status": "Posted", "due": "2026-03-10",
                           "tags": "Urgent, Disputed"}, group="closed")  # fmt: skip
    monday.create("Gamma", {"key": "INV-3", "amount": "-5"})
    return monday


def rule(column: str, value: Any, operator: str = "any_of", **more: Any) -> dict[str, Any]:
    return {"rules": [{"column_id": column, "compare_value": value, "operator": operator, **more}]}


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    (rule("key", ["INV-2"]), {"beta"}),
    (rule("key", ["INV-2"], "not_any_of"), {"Alpha", "Gamma"}),
    (rule("key", ["inv"], "starts_with"), {"Alpha", "beta", "Gamma"}),
    (rule("key", ["-3"], "ends_with"), {"Gamma"}),
    (rule("name", ["ALPHA"]), {"Alpha"}),
    (rule("name", ["am"], "contains_text"), {"Gamma"}),
    (rule("name", ["a"], "not_contains_text"), set()),
    (rule("notes", "pay soon", "contains_terms"), {"Alpha"}),
    (rule("group", ["closed"]), {"beta"}),
    (rule("status", [1]), {"beta"}),
    (rule("status", [0, 5]), {"Alpha", "Gamma"}),
    (rule("status", [], "is_empty"), {"Gamma"}),
    (rule("status", [], "is_not_empty"), {"Alpha", "beta"}),
    (rule("status", ["Posted"], "contains_terms"), {"beta"}),
    (rule("amount", ["20.5"]), {"beta"}),
    (rule("amount", ["$$$blank$$$"]), set()),
    (rule("amount", [0], "greater_than"), {"Alpha", "beta"}),
    (rule("amount", ["10"], "lower_than_or_equal"), {"Alpha", "Gamma"}),
    (rule("amount", [-5, 10], "between"), {"Alpha", "Gamma"}),
    (rule("due", ["EXACT", "2026-03-10"]), {"beta"}),
    (rule("due", ["EXACT", "2026-03-01"], "greater_than"), {"beta"}),
    (rule("due", ["2026-03-01", "2026-03-09"], "between"), {"Alpha"}),
    (rule("tags", [2]), {"beta"}),
    (rule("owner", ["person-77"]), {"Alpha"}),
    (rule("owner", ["assigned_to_me"]), set()),
    (rule("record", ["Link"]), {"Alpha"}),
    (rule("__last_updated__", ["TODAY"], compare_attribute="UPDATED_AT"), {"Alpha", "beta", "Gamma"}),
    (rule("__creation_log__", ["YESTERDAY"]), set()),
    (
        {"operator": "or", "rules": rule("key", ["INV-1"])["rules"], "groups": [rule("status", [1])]},
        {"Alpha", "beta"},
    ),
]


def test_rules_choose_items(stocked: Monday) -> None:
    for query, expected in FILTERS:
        assert set(names(stocked, query)) == expected, query


def test_rules_that_fit_nothing_are_refused(stocked: Monday) -> None:
    for query in (rule("formula", ["x"]), rule("amount", ["x"], "between"), rule("key", ["1"], "greater_than"),
                  rule("due", ["x"], "within_the_next"), rule("__last_updated__", ["2026-01-01"]),
                  rule("group", ["open"], "contains_text"), rule("zzz", ["1"]), {"ids": ["1"] * 101}):  # fmt: skip
        error = stocked.error(PAGE, board=[stocked.board], query=query, limit=5)
        assert error["extensions"]["code"] in ("InvalidArgumentException", "InvalidColumnIdException"), query


def test_ids_choose_items(stocked: Monday) -> None:
    item = stocked.create("Delta")
    assert names(stocked, {"ids": [item]}) == ["Delta"]


def test_order_by_sorts_by_name_number_and_age(stocked: Monday) -> None:
    def order(*keys: tuple[str, str]) -> list[str]:
        return names(stocked, {"order_by": [{"column_id": column, "direction": way} for column, way in keys]})

    assert order(("name", "asc")) == ["Alpha", "beta", "Gamma"]
    assert order(("amount", "desc")) == ["beta", "Alpha", "Gamma"]
    assert order(("__creation_log__", "desc")) == ["Gamma", "beta", "Alpha"]
    assert order(("status", "asc"), ("name", "desc")) == ["Gamma", "Alpha", "beta"]
    stocked.sandbox.clock.advance(60)
    stocked.change(
        stocked.data(PAGE, board=[stocked.board], limit=1)["boards"][0]["items_page"]["items"][0]["id"],
        {"key": "new"},
    )
    assert order(("__last_updated__", "desc"))[0] == "Alpha"


def test_a_search_by_column_value_is_whole_and_ignores_case(stocked: Monday) -> None:
    assert found(stocked, "key", "inv-1") == ["Alpha"]
    assert found(stocked, "key", "INV-2", "INV-3") == ["beta", "Gamma"]
    assert found(stocked, "key", "INV") == []
    assert found(stocked, "name", "GAMMA") == ["Gamma"]
    assert found(stocked, "status", "posted") == ["beta"]
    assert found(stocked, "status", "") == ["Gamma"] == found(stocked, "status", None)
    assert found(stocked, "amount", "20.50") == ["beta"]
    assert found(stocked, "tags", "disp") == ["beta"]
    assert found(stocked, "record", "Link") == ["Alpha"]
    assert found(stocked, "due", "2026-03-10") == ["beta"]


def test_a_search_follows_every_change(stocked: Monday) -> None:
    assert found(stocked, "key", "INV-1") == ["Alpha"]
    assert found(stocked, "name", "Alpha") == ["Alpha"]
    item = stocked.create("Delta", {"key": "INV-1"})
    stocked.change(item, {"key": "INV-9", "name": "Epsilon"})
    assert found(stocked, "key", "INV-1") == ["Alpha"] and found(stocked, "key", "INV-9") == ["Epsilon"]
    assert found(stocked, "name", "Delta") == [] and found(stocked, "name", "epsilon") == ["Epsilon"]
    stocked.change(item, {"key": ""})
    assert found(stocked, "key", "") == ["Epsilon"]
    stocked.world.delete_as_person(item)
    assert found(stocked, "key", "") == []


def test_several_columns_of_a_search_must_all_match(stocked: Monday) -> None:
    columns = [{"column_id": "status", "column_values": ["Draft", "Posted"]},
               {"column_id": "key", "column_values": ["INV-2"]}]  # fmt: skip
    page = stocked.data(BY_VALUE, board=stocked.board, columns=columns)["items_page_by_column_values"]
    assert [item["name"] for item in page["items"]] == ["beta"]


def test_some_columns_can_not_be_searched(stocked: Monday) -> None:
    for column, values in (("formula", ["x"]), ("stars", ["3"]), ("tags", ["a", "b"])):
        columns = [{"column_id": column, "column_values": values}]
        error = stocked.error(BY_VALUE, board=stocked.board, columns=columns)
        assert error["extensions"]["code"] == "InvalidArgumentException"


def test_a_search_of_twenty_thousand_items_is_quick(monday: Monday) -> None:
    monday.world.set_limits(items_per_board=30_000)
    for number in range(20_000):
        monday.world.create_item_as_person(monday.board, f"Item {number}", {"key": f"K-{number}"})

    assert found(monday, "key", "K-1") == ["Item 1"]
    assert found(monday, "key", "K-19999") == ["Item 19999"]
    assert monday.last_call()["ms"] < 50


def test_malformed_requests_are_told_apart(monday: Monday) -> None:
    headers = {"Authorization": "monday-token"}
    session, url = monday.session, monday.url

    assert session.get(url, headers=headers).status_code == 405
    assert session.post(f"{monday.server.url}/v3", headers=headers).status_code == 404
    not_json = session.post(url, data=b"{", headers=headers)
    assert not_json.status_code == 400
    assert not_json.json()["errors"][0]["extensions"]["code"] == "JsonParseException"
    assert session.post(url, json={"q": 1}, headers=headers).status_code == 400
    assert session.post(url, json=["x"], headers=headers).status_code == 400
    assert monday.error("{ nope }")["extensions"]["code"] == "undefinedField"
    assert monday.error("{ nope")["message"].startswith("Parse error on")
    assert monday.error("query A { me { id } } query B { me { id } }")["message"].startswith(
        "The document needs"
    )
    body = {"query": "query A { me { id } } query B { account { id } }", "operationName": "B"}
    assert session.post(url, json=body, headers=headers).json()["data"] == {"account": {"id": "25"}}


@pytest.mark.parametrize("value", ["{bad", {"key": "x"}, ["x"], 3])
def test_a_json_variable_has_to_be_a_string_of_json(monday: Monday, value: Any) -> None:
    error = monday.error(CREATE, board=monday.board, name="x", values=value)

    assert error["message"] == "Variable $values of type JSON was provided invalid value"
    assert error["extensions"]["problems"][0]["explanation"]
    assert names(monday) == []


def test_an_object_written_into_the_query_is_no_column_value(monday: Monday) -> None:
    query = f'mutation {{ create_item(board_id: {monday.board}, item_name: "x", column_values: {{key: "x"}}) {{ id }} }}'
    assert monday.error(query)["extensions"]["code"] == "ColumnValueException"
    quoted = query.replace('{key: "x"}', '"{\\"key\\": \\"x\\"}"')
    assert monday.data(quoted)["create_item"]["id"]


@pytest.mark.parametrize("token", ["", "wrong", "Bearer monday-token"])
def test_an_unknown_token_is_answered_401(monday: Monday, token: str) -> None:
    answer = monday.post("{ me { id } }", token=token)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "Unauthorized"
    assert answer.headers["RateLimit"]


@pytest.mark.parametrize(
    ("header", "served"),
    [(None, "2026-10"), ("default", "2026-10"), ("2026-10", "2026-10"), ("2026-07", "2026-07"), ("2027-01", "2027-01"),
     ("2026-08", "2026-10"), ("2024-10", "2025-04"), ("2025-01", "2025-04"), ("2019-01", "2026-10"), ("dev", "dev")],
)  # fmt: skip
def test_the_answer_names_the_version_that_served_it(monday: Monday, header: str | None, served: str) -> None:
    headers = {} if header is None else {"API_Version": header}
    answer = monday.post("{ version { value } }", **headers)

    assert answer.headers["API-Version"] == served
    assert answer.json()["data"]["version"]["value"] == served


@pytest.mark.parametrize("header", ["10-2026", "2026-13", "latest", "v2"])
def test_a_malformed_version_is_refused(monday: Monday, header: str) -> None:
    answer = monday.post("{ version { value } }", API_Version=header)

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "InvalidVersionException"


def test_every_answer_carries_its_request_id_twice(monday: Monday) -> None:
    answers = [monday.post("{ me { id } }"), monday.post("{ me { id } }"), monday.post("{ nope }")]

    for answer in answers:
        assert answer.headers["x-request-id"] == answer.json()["extensions"]["request_id"]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
