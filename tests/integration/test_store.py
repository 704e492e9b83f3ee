"""Mappings as rules, boards as last read, and the lanes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils import timezone

from connectors.models import LegalEntity
from mappings import store
from mappings.catalogue.kind import EventKeys
from mappings.links import LinkUpdate
from mappings.models import (
    BoardMapping,
    BoardSnapshot,
    ColumnMapping,
    EventRule,
    GroupMapping,
    RecordLink,
    ValueMap,
)
from mappings.rules import ColumnRule
from tests.fakes.samples import AMOUNT, BOARD, DUE, KEY, STATUS
from tests.integration.conftest import Portal, make_mapping, make_tenant


class TestRules:
    def test_a_mappings_rows_become_one_rule(self, portal: Portal) -> None:
        portal.mapping.legal_entities.add(LegalEntity.objects.get(data_area_id="usmf"))
        GroupMapping.objects.create(mapping=portal.mapping, value="Paid", group_id="group_paid")
        BoardMapping.objects.update(group_field="Payment", trust_keys_minutes=5)
        [rule] = store.rules_for(portal.environment.pk, "posted_invoice")
        assert (rule.mapping_id, rule.name, rule.account_id) == (
            portal.mapping.pk,
            "Posted invoices",
            portal.account.pk,
        )
        assert (rule.board_id, rule.key_column_id, rule.kind.name) == (BOARD.id, KEY, "posted_invoice")
        assert rule.columns == (
            ColumnRule(AMOUNT, "InvoiceAmount"),
            ColumnRule(STATUS, "CurrencyCode", {"USD": "US dollar"}),
            ColumnRule(DUE, "DueDate"),
        )
        assert rule.companies == frozenset({"usmf"})
        assert (rule.group_field, dict(rule.groups), rule.default_group_id) == (
            "Payment",
            {"Paid": "group_paid"},
            "topics",
        )
        assert (rule.trust_keys_s, rule.keys_read_at) == (300.0, None)

    def test_columns_keep_their_order(self, portal: Portal) -> None:
        ColumnMapping.objects.filter(column_id=DUE).update(position=0)
        ColumnMapping.objects.filter(column_id=AMOUNT).update(position=9)
        [rule] = store.rules_for(portal.environment.pk, "posted_invoice")
        assert [column.column_id for column in rule.columns] == [DUE, STATUS, AMOUNT]

    def test_only_active_mappings_of_the_environment_and_kind_count(self, portal: Portal) -> None:
        make_mapping(portal.environment, portal.account, name="Off", active=False)
        make_mapping(portal.environment, portal.account, name="Orders", record_kind="purchase_order")
        make_tenant("Fabrikam")
        assert [rule.name for rule in store.rules_for(portal.environment.pk, "posted_invoice")] == [
            "Posted invoices"
        ]

    def test_loading_takes_the_same_number_of_queries_for_any_number_of_mappings(
        self, portal: Portal, django_assert_num_queries: Any
    ) -> None:
        for number in range(3):
            make_mapping(portal.environment, portal.account, name=f"Mapping {number}")
        with django_assert_num_queries(5):
            assert len(store.rules_for(portal.environment.pk, "posted_invoice")) == 4

    def test_when_the_keys_were_read_is_kept(self, portal: Portal) -> None:
        store.mark_keys_read(portal.mapping.pk, 1_700_000_000.25)
        [rule] = store.rules_for(portal.environment.pk, "posted_invoice")
        assert rule.keys_read_at == 1_700_000_000.25

    def test_an_environments_own_event_rules_are_loaded_by_their_event(self, portal: Portal) -> None:
        EventRule.objects.create(
            environment=portal.environment,
            event_type="OurEvent",
            record_kind="posted_invoice",
            keys={"InvoiceId": "No"},
        )
        EventRule.objects.create(
            environment=make_tenant("Fabrikam").environment, event_type="Theirs", record_kind="posted_invoice"
        )
        assert store.event_rules(portal.environment.pk) == {
            "OurEvent": EventKeys("posted_invoice", {"InvoiceId": "No"})
        }


class TestBoards:
    def test_a_board_comes_back_as_it_was_kept(self, portal: Portal) -> None:
        assert store.snapshot(portal.account.pk, BOARD.id) is None
        store.keep_snapshot(portal.account.pk, BOARD)
        kept = store.snapshot(portal.account.pk, BOARD.id)
        assert kept is not None
        assert kept[0] == BOARD
        assert timezone.now() - kept[1] < timedelta(seconds=5)

    def test_a_newer_reading_takes_the_place_of_the_older(self, portal: Portal) -> None:
        store.keep_snapshot(portal.account.pk, BOARD)
        BoardSnapshot.objects.update(read_at=timezone.now() - timedelta(hours=1))
        store.keep_snapshot(portal.account.pk, BOARD)
        assert timezone.now() - BoardSnapshot.objects.get().read_at < timedelta(seconds=5)

    def test_two_accounts_may_have_a_board_of_the_same_id(self, portal: Portal) -> None:
        store.keep_snapshot(portal.account.pk, BOARD)
        store.keep_snapshot(make_tenant("Fabrikam").account.pk, BOARD)
        assert BoardSnapshot.objects.count() == 2


def lease(portal: Portal, *keys: str, owner: str = "me", seconds: float = 60.0) -> dict[str, Any]:
    return store.lease(portal.mapping.pk, keys, owner=owner, seconds=seconds)


class TestLanes:
    def test_a_lane_exists_before_its_item_does(self, portal: Portal) -> None:
        leased = lease(portal, "usmf/1", "usmf/2")
        assert set(leased) == {"usmf/1", "usmf/2"}
        assert leased["usmf/1"].item_id == ""
        assert leased["usmf/1"].baseline == {}
        assert not leased["usmf/1"].uncertain
        assert leased["usmf/1"].settled_at is None
        assert store.lane_owners() == {"me"}

    def test_a_lane_somebody_holds_is_left_out(self, portal: Portal) -> None:
        lease(portal, "usmf/1", owner="other")
        assert set(lease(portal, "usmf/1", "usmf/2")) == {"usmf/2"}

    def test_a_lease_that_passed_is_taken_over_and_the_lane_unsure(self, portal: Portal) -> None:
        lease(portal, "usmf/1", owner="other", seconds=-1)
        taken = lease(portal, "usmf/1")
        assert taken["usmf/1"].uncertain

    def test_a_lane_that_was_given_back_is_as_sure_as_it_was(self, portal: Portal) -> None:
        first = lease(portal, "usmf/1")["usmf/1"]
        store.settle_links([LinkUpdate(first.id)], owner="me")
        assert not lease(portal, "usmf/1")["usmf/1"].uncertain
        store.settle_links([LinkUpdate(first.id, uncertain=True)], owner="me")
        assert lease(portal, "usmf/1")["usmf/1"].uncertain

    def test_settling_keeps_what_was_learned_and_gives_the_lane_back(self, portal: Portal) -> None:
        link = lease(portal, "usmf/1")["usmf/1"]
        learned = LinkUpdate(
            link.id, item_id="1001", baseline={"name": "x"}, settled_at=1_700_000_000.5, answered=True
        )
        store.settle_links([learned], owner="me")
        assert store.lane_owners() == set()
        again = lease(portal, "usmf/1")["usmf/1"]
        assert (again.item_id, again.baseline, again.settled_at, again.answers) == (
            "1001",
            {"name": "x"},
            1_700_000_000.5,
            1,
        )

    def test_what_was_not_learned_stays(self, portal: Portal) -> None:
        link = lease(portal, "usmf/1")["usmf/1"]
        store.settle_links(
            [LinkUpdate(link.id, item_id="1001", baseline={"name": "x"}, settled_at=5.0)], owner="me"
        )
        lease(portal, "usmf/1")
        store.settle_links([LinkUpdate(link.id)], owner="me")
        row = RecordLink.objects.get()
        assert (row.item_id, row.baseline, row.answers) == ("1001", {"name": "x"}, 0)
        assert row.settled_at is not None

    def test_a_lane_that_was_taken_from_us_is_left_alone(self, portal: Portal) -> None:
        link = lease(portal, "usmf/1", owner="slow", seconds=-1)["usmf/1"]
        lease(portal, "usmf/1", owner="quick")
        store.settle_links([LinkUpdate(link.id, item_id="1001")], owner="slow")
        row = RecordLink.objects.get()
        assert (row.lease_owner, row.item_id) == ("quick", "")

    def test_the_lanes_of_the_dead_are_freed_and_unsure(self, portal: Portal) -> None:
        lease(portal, "usmf/1", owner="dead")
        lease(portal, "usmf/2", owner="alive")
        assert store.free_lanes({"dead"}) == 1
        assert store.lane_owners() == {"alive"}
        assert lease(portal, "usmf/1")["usmf/1"].uncertain

    def test_two_mappings_have_their_own_lanes(self, portal: Portal) -> None:
        other = make_mapping(portal.environment, portal.account, name="Second")
        lease(portal, "usmf/1", owner="other")
        assert set(store.lease(other.pk, ["usmf/1"], owner="me", seconds=60)) == {"usmf/1"}


class TestAdopting:
    def test_items_are_linked_with_what_was_read(self, portal: Portal) -> None:
        assert (
            store.adopt(portal.mapping.pk, {"usmf/1": ("1001", {"name": "a"}), "usmf/2": ("1002", {})}) == 2
        )
        row = RecordLink.objects.get(record_key="usmf/1")
        assert (row.item_id, row.baseline) == ("1001", {"name": "a"})

    def test_a_record_that_has_an_item_keeps_it(self, portal: Portal) -> None:
        store.adopt(portal.mapping.pk, {"usmf/1": ("1001", {})})
        assert store.adopt(portal.mapping.pk, {"usmf/1": ("2002", {})}) == 0
        assert RecordLink.objects.get().item_id == "1001"

    def test_an_item_never_stands_for_two_records(self, portal: Portal) -> None:
        store.adopt(portal.mapping.pk, {"usmf/1": ("1001", {})})
        assert store.adopt(portal.mapping.pk, {"usmf/2": ("1001", {})}) == 0
        assert RecordLink.objects.get(record_key="usmf/2").item_id == ""

    def test_nothing_found_is_fine(self, portal: Portal) -> None:
        assert store.adopt(portal.mapping.pk, {}) == 0

    def test_linked_items_are_told(self, portal: Portal) -> None:
        store.adopt(portal.mapping.pk, {"usmf/1": ("1001", {})})
        lease(portal, "usmf/2")
        assert store.linked_items(portal.mapping.pk, ["1001", "1002", ""]) == {"1001"}


class TestTables:
    def test_one_record_has_one_lane_for_a_mapping(self, portal: Portal) -> None:
        lease(portal, "usmf/1")
        with pytest.raises(IntegrityError):
            RecordLink.objects.create(mapping=portal.mapping, record_key="usmf/1")

    def test_one_item_belongs_to_one_record(self, portal: Portal) -> None:
        RecordLink.objects.create(mapping=portal.mapping, record_key="usmf/1", item_id="1001")
        with pytest.raises(IntegrityError):
            RecordLink.objects.create(mapping=portal.mapping, record_key="usmf/2", item_id="1001")

    def test_a_mapping_stays_inside_its_tenant(self, portal: Portal) -> None:
        other = make_tenant("Fabrikam")
        portal.mapping.account = other.account
        with pytest.raises(ValidationError, match="This account belongs to another tenant"):
            portal.mapping.clean()
        portal.mapping.account = portal.account
        portal.mapping.environment = other.environment
        with pytest.raises(ValidationError, match="This environment belongs to another tenant"):
            portal.mapping.clean()

    def test_an_incomplete_mapping_is_checked_as_far_as_it_goes(self) -> None:
        BoardMapping().clean()

    def test_rows_say_what_they_are(self, portal: Portal) -> None:
        assert str(portal.mapping) == "Posted invoices"
        assert str(portal.mapping.columns.get(column_id=AMOUNT)) == f"{AMOUNT} ← InvoiceAmount"
        assert str(ValueMap.objects.get()) == "USD → US dollar"
        assert str(GroupMapping(value="Paid", group_id="done")) == "Paid → done"
        assert str(EventRule(event_type="OurEvent")) == "OurEvent"
        assert str(BoardSnapshot(board_id="9", structure={"name": "Invoices"})) == "Invoices (9)"
        assert str(RecordLink(record_key="usmf/1")) == "usmf/1 ↔ no item yet"
        assert str(RecordLink(record_key="usmf/1", item_id="7")) == "usmf/1 ↔ 7"


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    @pytest.fixture
    def busy(self, transactional_db: None) -> Iterator[Portal]:
        yield make_tenant()

    def test_no_lane_is_ever_held_twice(self, busy: Portal) -> None:
        keys = [f"usmf/{number}" for number in range(30)]
        start, held, errors = threading.Barrier(4), [], []

        def worker(name: str) -> None:
            try:
                start.wait()
                order = keys if name in ("w0", "w2") else list(reversed(keys))
                held.extend(store.lease(busy.mapping.pk, order, owner=name, seconds=60))
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=worker, args=(f"w{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert sorted(held) == sorted(keys)
        assert RecordLink.objects.count() == len(keys)
