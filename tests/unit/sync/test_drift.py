"""Is it the record, or is the board no longer as the mapping says?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.errors import AuthFailed, Misconfigured, NotFound, NotUsable, Rejected, ServerFault
from connectors.monday.model import Board
from tests.fakes.samples import AMOUNT, BOARD, KEY, invoice, rule
from tests.unit.sync.bench import ONE, Bench

WITHOUT_KEY = replace(BOARD, columns=tuple(one for one in BOARD.columns if one.id != KEY))
WITHOUT_AMOUNT = replace(BOARD, columns=tuple(one for one in BOARD.columns if one.id != AMOUNT))
REFUSED = Rejected("This column ID doesn't exist for the board.", system="monday")


def change_after_reading(bench: Bench, board: Board | None) -> None:
    """Let the board be read, and changed at once."""
    bench.lanes.keep_board(rule(), BOARD)
    bench.monday.boards = {BOARD.id: board} if board else {}


def test_a_refused_write_on_a_board_that_lost_its_column_is_the_boards_fault(bench: Bench) -> None:
    change_after_reading(bench, WITHOUT_AMOUNT)
    written = bench.one()
    assert isinstance(written.error, NotUsable)
    assert "has no column numbers_amount" in str(written.error)
    assert (
        bench.lanes.links[ONE].answers == 1
    )  # the next create is another one, not this refusal out of monday's memory


@pytest.mark.parametrize(
    "error", [REFUSED, NotFound("No.", system="monday"), Misconfigured("No.", system="monday")]
)
def test_a_refusal_on_a_board_that_fits_stays_what_it_is(bench: Bench, error: Exception) -> None:
    bench.lanes.keep_board(rule(), BOARD)
    bench.monday.fail("CreateItem", error)  # type: ignore[arg-type]
    assert bench.one().error is error
    assert len(bench.monday.called("board")) == 1


@pytest.mark.parametrize(
    "error", [ServerFault("Later.", system="monday"), AuthFailed("No.", system="monday")]
)
def test_other_errors_have_nobody_look_at_the_board(bench: Bench, error: Exception) -> None:
    bench.lanes.keep_board(rule(), BOARD)
    bench.monday.fail("CreateItem", error)  # type: ignore[arg-type]
    assert bench.one().error is error
    assert bench.monday.called("board") == []


def test_a_board_that_cannot_be_seen_any_more_says_so(bench: Bench) -> None:
    change_after_reading(bench, None)
    bench.monday.fail("CreateItem", Misconfigured("Unauthorized.", system="monday"))
    assert "cannot see board 9001" in str(bench.one().error)


def test_a_board_that_cannot_be_read_now_leaves_the_refusal_as_it_was(bench: Bench) -> None:
    bench.lanes.keep_board(rule(), BOARD)
    bench.monday.fail("CreateItem", REFUSED)
    bench.monday.fail("board", ServerFault("Later.", system="monday"))
    assert bench.one().error is REFUSED


def test_the_board_is_read_again_once_for_many_refusals(bench: Bench) -> None:
    change_after_reading(bench, WITHOUT_AMOUNT)
    written = bench.bring(invoice(), invoice(SourceKey=2), invoice(SourceKey=3))
    assert [type(one.error) for one in written] == [NotUsable] * 3
    assert len(bench.monday.called("board")) == 1


def test_a_value_that_monday_refuses_is_the_records_fault_also_when_it_no_longer_fits(bench: Bench) -> None:
    status = next(one for one in BOARD.columns if one.type == "status")
    fewer = replace(status, labels=tuple(one for one in status.labels if one.text != "EUR"))
    columns = tuple(fewer if one is status else one for one in BOARD.columns)
    change_after_reading(bench, replace(BOARD, columns=columns))
    assert isinstance(bench.one().error, Rejected)  # the mapping names no label for EUR


@pytest.mark.parametrize("on", ["walk_items", "items_by_key"])
def test_keys_that_cannot_be_read_because_their_column_is_gone_pause_the_mapping(
    bench: Bench, on: str
) -> None:
    change_after_reading(bench, WITHOUT_KEY)
    bench.monday.fail(on, REFUSED)
    if on == "walk_items":
        bench.lanes.keys_read_at = None
        with pytest.raises(NotUsable, match="has no column text_key"):
            bench.one()
    else:
        assert isinstance(bench.one(made=rule(trust_keys_s=0.0)).error, NotUsable)


def test_a_board_that_fits_no_record_is_not_searched_for_keys(bench: Bench) -> None:
    bench.monday.boards[BOARD.id] = WITHOUT_KEY
    bench.lanes.keys_read_at = None
    assert isinstance(bench.one().error, NotUsable)
    assert bench.monday.called("walk_items") == []
    assert bench.lanes.held == set()
    assert bench.lanes.keys_read_at is None
