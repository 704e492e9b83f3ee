"""A record that was posted takes over the item of the one it was."""

from __future__ import annotations

import pytest

from connectors.errors import ServerFault
from integration_portal.sync.ports import LaneBusy
from mappings import catalogue
from mappings.links import Link
from mappings.rules import ColumnRule
from tests.fakes.samples import BOARD, DUE, KEY, STATUS, invoice, pending_row, rule
from tests.unit.sync.bench import LOST, ONE, Bench

HEIR = rule(predecessor_id=6)
NAME = "usmf|us-104|inv-88412"


@pytest.fixture
def item_id(bench: Bench) -> str:
    """An item of the pending invoice, as agreed."""
    item = bench.monday.put(BOARD.id, "Pending", **{KEY: "usmf/H-1", STATUS: {"label": "EUR"}})
    agreed = {"name": "Pending", "group": "topics", "cells": {KEY: "usmf/H-1", STATUS: "EUR"}}
    bench.lanes.predecessors[NAME] = Link(77, "usmf/H-1", item.id, agreed, False, None)
    return item.id


def test_its_old_link_is_ended_and_the_item_is_its_own(bench: Bench, item_id: str) -> None:
    written = bench.one(made=HEIR)
    assert (written.created, written.changed) == (False, True)
    assert (written.ended.link_id, written.ended.item_id, written.ended.gone) == (77, "", True)
    assert bench.lanes.links[ONE].item_id == item_id
    assert len(bench.monday.updates[item_id]) == 1
    assert len(bench.items) == 1


def test_what_agrees_already_is_not_written(bench: Bench, item_id: str) -> None:
    bench.one(made=HEIR)
    [change] = [write for write in bench.monday.writes if hasattr(write, "values")]
    assert STATUS not in change.values


def test_a_record_with_an_item_of_its_own_keeps_it(bench: Bench) -> None:
    bench.one(made=HEIR)
    bench.lanes.predecessors[NAME] = Link(77, "usmf/H-1", "5", {}, False, None)
    assert bench.one(made=HEIR).ended is None


def test_of_two_records_of_one_name_one_takes_it_over(bench: Bench, item_id: str) -> None:
    written = bench.bring(invoice(), invoice(SourceKey=2), made=HEIR)
    assert [one.created for one in written] == [False, True]


def test_a_busy_lane_is_waited_for_and_the_others_go_on(bench: Bench, item_id: str) -> None:
    bench.lanes.busy_naturals = {NAME}
    other = invoice(SourceKey=2, InvoiceId="OTHER")
    busy, done = bench.bring(invoice(), other, made=HEIR)
    assert isinstance(busy.error, LaneBusy)
    assert done.created
    assert bench.lanes.held == set()


@pytest.mark.parametrize(("error", "uncertain"), [(ServerFault("No.", system="monday"), False), (LOST, True)])
def test_a_failure_leaves_the_item_with_its_old_link(
    bench: Bench, item_id: str, error: Exception, uncertain: bool
) -> None:
    for on in ("ChangeColumns", "AddUpdate"):
        bench.monday.fail(on, error)  # type: ignore[arg-type]
    written = bench.one(made=HEIR)
    assert (written.ended.link_id, written.ended.item_id, written.ended.gone) == (77, None, None)
    assert written.ended.uncertain is uncertain
    assert bench.lanes.links[ONE].item_id == ""
    assert bench.one(made=HEIR).error is None
    assert bench.lanes.links[ONE].item_id == item_id


def test_a_record_that_can_still_be_written_is_not_said_to_be_fixed(bench: Bench, item_id: str) -> None:
    kind = catalogue.kind("pending_invoice")
    made = rule(kind=kind, predecessor_id=6, columns=(ColumnRule(DUE, "DueDate"),))
    bench.one(kind.record(pending_row("H-2")), made=made)
    [note] = bench.monday.updates[item_id]
    assert note == "From now on this item shows: Pending vendor invoice INV-88412 of US-104 in usmf."
