"""Desired minus agreed = plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.monday.model import ChangeColumns, CreateItem, MoveItem
from mappings.planner import Plan, plan
from mappings.translate import Desired, Wanted
from tests.fakes.samples import rule


def desired(name: str = "INV-1", group: str = "topics", **cells: str) -> Desired:
    return Desired(
        name, group, {column: Wanted((text and {"v": text}) or None, text) for column, text in cells.items()}
    )


def agreed(name: str = "INV-1", group: str = "topics", **cells: str) -> dict[str, Any]:
    return {"name": name, "group": group, "cells": cells}


def planned(want: Desired, baseline: Mapping[str, Any] | None = None, **more: Any) -> Plan:
    return plan(
        rule(),
        want,
        record_key="usmf/1",
        **{"item_id": "55" if baseline else "", "baseline": baseline or {}} | more,
    )


class TestCreate:
    def test_a_record_without_an_item_gets_one(self) -> None:
        made = planned(desired(key="usmf/1", amount="12", due=""), occasion="3")
        [write] = made.writes
        assert write == CreateItem(
            lane="7:usmf/1:3",
            board_id="9001",
            group_id="topics",
            name="INV-1",
            values={"key": {"v": "usmf/1"}, "amount": {"v": "12"}},
        )
        assert made.creates
        assert made.before == {}
        assert made.after == {"name": "INV-1", "group": "topics", "key": "usmf/1", "amount": "12"}
        assert made.baseline == agreed(key="usmf/1", amount="12", due="")


class TestChange:
    def test_only_what_differs_is_written(self) -> None:
        made = planned(
            desired(key="usmf/1", amount="13", due="2026-03-01"), agreed(key="usmf/1", amount="12")
        )
        assert made.writes == (
            ChangeColumns("7:usmf/1:", "9001", "55", {"amount": {"v": "13"}, "due": {"v": "2026-03-01"}}),
        )
        assert not made.creates
        assert made.before == {"amount": "12", "due": ""}
        assert made.after == {"amount": "13", "due": "2026-03-01"}
        assert made.baseline == agreed(key="usmf/1", amount="13", due="2026-03-01")

    def test_a_cell_that_became_empty_is_cleared(self) -> None:
        made = planned(desired(due=""), agreed(due="2026-03-01"))
        assert made.writes == (ChangeColumns("7:usmf/1:", "9001", "55", {"due": None}),)

    def test_a_new_name_goes_with_the_cells(self) -> None:
        made = planned(desired("INV-1 paid", amount="2"), agreed(amount="1"))
        assert made.writes == (
            ChangeColumns("7:usmf/1:", "9001", "55", {"amount": {"v": "2"}, "name": "INV-1 paid"}),
        )
        assert made.before == {"amount": "1", "name": "INV-1"}

    def test_another_group_is_a_move(self) -> None:
        made = planned(desired(group="paid"), agreed())
        assert made.writes == (MoveItem("7:usmf/1:", "55", "paid"),)
        assert (made.before, made.after) == ({"group": "topics"}, {"group": "paid"})

    def test_a_change_goes_before_the_move(self) -> None:
        made = planned(desired(group="paid", amount="2"), agreed(amount="1"))
        assert [type(write) for write in made.writes] == [ChangeColumns, MoveItem]

    def test_without_a_rule_the_item_stays_where_people_put_it(self) -> None:
        made = planned(desired(group=""), agreed(group="paid"))
        assert made.writes == ()
        assert made.baseline["group"] == "paid"

    def test_a_column_that_is_mapped_no_more_is_forgotten(self) -> None:
        made = planned(desired(amount="1"), agreed(amount="1", old="x"))
        assert made.writes == ()
        assert made.baseline["cells"] == {"amount": "1"}


class TestNothing:
    def test_agreement_needs_no_write(self) -> None:
        made = planned(desired(amount="1", due=""), agreed(amount="1"))
        assert made.writes == ()
        assert made.before == made.after == {}

    @given(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2"])),
        st.text(min_size=1),
        st.booleans(),
    )
    def test_what_was_planned_is_agreed_afterwards(
        self, cells: dict[str, str], name: str, moved: bool
    ) -> None:
        want = desired(name, "paid" if moved else "topics", **cells)
        first = planned(want, agreed(a="1", b="", c="2"))
        assert planned(want, first.baseline).writes == ()


class TestAnUnsureBaseline:
    def test_everything_is_written_when_a_change_may_have_been_half_done(self) -> None:
        made = planned(desired(amount="1", due=""), agreed(amount="1"), sure=False)
        assert made.writes == (
            ChangeColumns("7:usmf/1:", "9001", "55", {"amount": {"v": "1"}, "due": None, "name": "INV-1"}),
            MoveItem("7:usmf/1:", "55", "topics"),
        )
        assert made.before == {"amount": "1", "due": "", "name": "INV-1", "group": "topics"}

    def test_an_item_nobody_places_is_not_moved_even_then(self) -> None:
        made = planned(desired(group=""), agreed(), sure=False)
        assert [type(write) for write in made.writes] == [ChangeColumns]


class TestTheOccasion:
    def test_it_is_part_of_the_lane_of_every_write(self) -> None:
        made = planned(desired(group="paid", amount="2"), agreed(amount="1"), occasion="9")
        assert {write.lane for write in made.writes} == {"7:usmf/1:9"}

    def test_to_and_fro_are_different_writes(self) -> None:
        there = planned(desired(amount="2"), agreed(amount="1"), occasion="1")
        again = planned(desired(amount="2"), agreed(amount="1"), occasion="3")
        assert there.writes != again.writes
