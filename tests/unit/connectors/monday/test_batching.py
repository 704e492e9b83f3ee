"""Batches: what is sent, under which key, and what became of each write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Misconfigured, NotFound, RateLimited, Rejected, ServerFault
from connectors.monday.batching import compose, outcomes, whole_failure
from connectors.monday.graphql import Reply, decode
from connectors.monday.model import AddUpdate, ChangeColumns, CreateItem, MoveItem

CREATE = CreateItem("m1:usmf|V001", "100", "topics", "Contoso", {"text_1": "usmf|V001", "n": "12.5"})
CHANGE = ChangeColumns("m1:usmf|V002", "100", "200", {"status": {"label": "Done"}, "date4": None})
MOVE = MoveItem("m1:usmf|V002", "200", "done")
REMARK = AddUpdate("m1:usmf|V002:gone", "200", 'Gone: A <b> & "C".')


def reply(data: Any, *errors: dict[str, Any], status: int = 200) -> Reply:
    payload = {"data": data, "errors": list(errors), "extensions": {"request_id": "r1"}}
    return decode(status, {}, json.dumps(payload).encode())


def error(code: str, *path: str, message: str = "No") -> dict[str, Any]:
    extra = {"path": list(path)} if path else {}
    return {"message": message, "extensions": {"code": code}, **extra}


class TestWhatIsSent:
    def test_is_one_document_with_numbered_variables(self) -> None:
        sent = json.loads(compose([CREATE, CHANGE, MOVE], "n").body)
        assert sent["operationName"] == "Batch"
        assert "a0: create_item(" in sent["query"]
        assert sent["variables"] == {
            "boardId0": "100",
            "groupId0": "topics",
            "itemName0": "Contoso",
            "columnValues0": '{"n": "12.5", "text_1": "usmf|V001"}',
            "boardId1": "100",
            "itemId1": "200",
            "columnValues1": '{"date4": null, "status": {"label": "Done"}}',
            "itemId2": "200",
            "groupId2": "done",
        }

    def test_without_a_group_leaves_the_choice_to_the_board(self) -> None:
        sent = json.loads(compose([CreateItem("l", "100", "", "A", {})], "n").body)
        assert "groupId0" not in sent["variables"]
        assert sent["variables"]["columnValues0"] == "{}"

    def test_a_remark_is_text_and_no_markup(self) -> None:
        sent = json.loads(compose([REMARK], "n").body)
        assert "a0: create_update(" in sent["query"]
        assert sent["variables"] == {"itemId0": "200", "body0": 'Gone: A &lt;b&gt; &amp; "C".'}

    def test_is_named_for_people(self) -> None:
        assert compose([CREATE, CREATE, MOVE], "n").operation == "create_item x2, move_item_to_group"


class TestTheKey:
    def test_of_a_create_is_the_same_in_every_process(self) -> None:
        again = CreateItem(
            CREATE.lane, "100", "topics", "Contoso", dict(reversed(list(CREATE.values.items())))
        )
        assert compose([CREATE], "one").key == compose([again], "two").key

    def test_of_absolute_writes_is_new_each_time(self) -> None:
        # A -> B -> A within half an hour: the third write must not be answered from monday's memory.
        assert compose([CHANGE, MOVE], "one").key != compose([CHANGE, MOVE], "two").key
        assert compose([CHANGE, MOVE], "one").key == compose([CHANGE, MOVE], "one").key

    def test_of_a_remark_is_the_same_in_every_process(self) -> None:
        # Made twice, people would read it twice.
        assert compose([CHANGE, REMARK], "one").key == compose([CHANGE, REMARK], "two").key
        assert compose([REMARK], "one", anew=True).key != compose([REMARK], "two", anew=True).key

    @settings(deadline=None)
    @given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
    def test_differs_with_lane_and_content(self, lane: str, name: str, value: str) -> None:
        base = compose([CREATE], "n").key
        other = CreateItem(f"x{lane}", "100", "topics", f"y{name}", {"text_1": value})
        assert compose([other], "n").key != base
        assert compose([CREATE, CREATE], "n").key != base
        assert compose([CreateItem(CREATE.lane, "100", "", "Contoso", CREATE.values)], "n").key != base

    def test_fits_a_header(self) -> None:
        key = compose([CREATE], "n").key
        assert len(key) == 64
        assert key.isascii()


class TestWhatBecame:
    def test_of_every_write_is_told_in_order(self) -> None:
        batch = compose([CREATE, CHANGE], "n")
        created, changed = outcomes(batch, reply({"a1": {"id": "200"}, "a0": {"id": 201}, "complexity": {}}))
        assert (created.item_id, created.error, created.request_id) == ("201", None, "r1")
        assert changed.item_id == "200"

    def test_of_one_does_not_touch_the_others(self) -> None:
        batch = compose([CREATE, CHANGE, MOVE], "n")
        answer = reply(
            {"a0": None, "a1": {"id": "200"}, "a2": None},
            error("ColumnValueException", "a0", message="The label 'Dome' does not exist"),
            error("ResourceNotFoundException", "a2"),
        )
        refused, done, missing = outcomes(batch, answer)
        assert isinstance(refused.error, Rejected)
        assert refused.error.operation == "create_item"
        assert "Dome" in refused.error.detail
        assert done.error is None
        assert isinstance(missing.error, NotFound)
        assert missing.error.operation == "move_item_to_group"

    def test_with_an_error_deeper_in_its_result_is_done(self) -> None:
        batch = compose([CREATE], "n")
        (done,) = outcomes(batch, reply({"a0": {"id": "1"}}, error("Odd", "a0", "group")))
        assert (done.item_id, done.error) == ("1", None)

    def test_under_an_error_without_a_path_is_that_error_where_nothing_came_back(self) -> None:
        batch = compose([CREATE, CHANGE], "n")
        done, limited = outcomes(batch, reply({"a0": {"id": "1"}}, error("RATE_LIMIT_EXCEEDED")))
        assert done.item_id == "1"
        assert isinstance(limited.error, RateLimited)

    def test_prefers_the_writes_own_error(self) -> None:
        batch = compose([CREATE], "n")
        answer = reply(None, error("RATE_LIMIT_EXCEEDED"), error("ColumnValueException", "a0"))
        (refused,) = outcomes(batch, answer)
        assert isinstance(refused.error, Rejected)

    @pytest.mark.parametrize("data", [None, {}, {"a0": None}, {"a0": {}}, {"a0": "?"}])
    def test_unknown_is_not_failed_and_not_done(self, data: Any) -> None:
        batch = compose([CREATE, CHANGE], "n")
        unknown, refused = outcomes(batch, reply(data, error("ColumnValueException", "a1")))
        assert isinstance(unknown.error, ServerFault)
        assert unknown.error.may_have_applied
        assert isinstance(refused.error, Rejected)


class TestTheWholeCall:
    BATCH = compose([CREATE, CHANGE], "n")

    def test_failed_when_only_an_error_without_a_path_came(self) -> None:
        fault = whole_failure(self.BATCH, reply(None, error("USER_ACCESS_DENIED"), status=403))
        assert fault is not None
        assert fault.code == "USER_ACCESS_DENIED"

    @pytest.mark.parametrize(
        "answer",
        [
            reply({"a0": {"id": "1"}, "a1": None}, error("RATE_LIMIT_EXCEEDED")),
            reply({"a0": None, "a1": None}, error("ColumnValueException", "a0"), error("Odd")),
            reply({"a0": None, "a1": None}),
        ],
    )
    def test_did_not_fail_when_single_writes_have_an_answer(self, answer: Reply) -> None:
        assert whole_failure(self.BATCH, answer) is None

    def test_fails_each_of_its_writes(self) -> None:
        answer = reply(None, error("USER_ACCESS_DENIED"), status=403)
        assert all(isinstance(one.error, Misconfigured) for one in outcomes(self.BATCH, answer))
