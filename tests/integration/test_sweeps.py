"""What two sweeps in a row do not see is gone; what a sweep suddenly does not see is doubted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from audit import trail
from connectors.dynamics.client import Ping
from connectors.models import LegalEntity
from integration_portal import resuming, schedules
from integration_portal.batch import GONE
from integration_portal.models import InboundEvent, SyncRun
from mappings import catalogue, sightings, store
from mappings.models import BoardMapping, RecordLink
from tests.fakes.samples import INVOICES
from tests.integration.conftest import Portal
from tests.integration.rounds import read, read_seven, stamped, turn, work


@pytest.fixture
def seven(portal: Portal) -> Portal:
    """Seven invoices, read for the first time and on their board."""
    return read_seven(portal)


class TestWhatIsGone:
    def sweep(self, portal: Portal) -> SyncRun:
        return read(portal, everything=True)

    def test_a_record_is_gone_when_two_sweeps_miss_it(self, seven: Portal) -> None:
        del seven.dynamics.rows[INVOICES][2]
        assert self.sweep(seven).gone == 0
        run = self.sweep(seven)
        assert (run.state, run.gone) == ("done", 1)
        event = InboundEvent.objects.get(event_type=GONE)
        assert (event.company, event.hint) == ("usmf", {"SourceKey": 3})
        work(seven)
        assert seven.link("usmf/3").gone_at is not None
        assert self.sweep(seven).gone == 0

    def test_one_seen_in_between_is_not(self, seven: Portal) -> None:
        row = seven.dynamics.rows[INVOICES].pop(2)
        self.sweep(seven)
        seven.dynamics.rows[INVOICES].append(row)
        self.sweep(seven)
        seven.dynamics.rows[INVOICES].pop()
        assert self.sweep(seven).gone == 0
        assert not InboundEvent.objects.filter(event_type=GONE).exists()

    def test_one_that_comes_back_is_brought_again(self, seven: Portal) -> None:
        row = seven.dynamics.rows[INVOICES].pop(2)
        self.sweep(seven)
        self.sweep(seven)
        work(seven)
        seven.dynamics.rows[INVOICES].append(row)
        assert self.sweep(seven).changed == 1
        work(seven)
        assert seven.link("usmf/3").gone_at is None
        assert self.sweep(seven).changed == 0

    def test_a_round_over_what_changed_misses_nobody(self, seven: Portal) -> None:
        del seven.dynamics.rows[INVOICES][2]
        for _ in range(3):
            read(seven)
        assert not RecordLink.objects.filter(missed__gt=0).exists()

    def test_what_was_linked_during_the_sweep_need_not_be_seen(self, seven: Portal) -> None:
        schedules.open_run(BoardMapping.objects.get(), everything=True)
        RecordLink.objects.create(mapping=seven.mapping, record_key="usmf/99", item_id="99")
        assert turn().state == "done"
        assert RecordLink.objects.get(record_key="usmf/99").missed == 0

    def test_records_the_mapping_no_longer_wants_are_still_there(self, seven: Portal) -> None:
        BoardMapping.objects.update(conditions=[{"field": "CurrencyCode", "is": ["USD"]}])
        self.sweep(seven)
        assert self.sweep(seven).gone == 0

    def test_legal_entities_it_gave_up_are_not_missed(self, seven: Portal) -> None:
        seven.mapping.legal_entities.set(seven.environment.legal_entities.filter(data_area_id="demf"))
        self.sweep(seven)
        assert self.sweep(seven).gone == 0
        assert not RecordLink.objects.filter(missed__gt=0).exists()

    def test_a_sweep_that_misses_most_pauses_the_mapping_and_touches_nothing(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [stamped(number) for number in range(1, 31)]
        read(portal)
        work(portal)
        swept = BoardMapping.objects.get().swept_at
        portal.dynamics.rows[INVOICES] = portal.dynamics.rows[INVOICES][:20]
        run = self.sweep(portal)
        mapping = BoardMapping.objects.get()
        assert (run.state, run.reason) == ("failed", mapping.paused_reason)
        assert "saw only 20 of 30 records" in mapping.paused_reason
        assert mapping.swept_at == swept
        assert not RecordLink.objects.filter(missed__gt=0).exists()
        assert [e.action for e in portal.trail()].count(trail.Action.MAPPING_PAUSED) == 1

    def test_a_person_who_presses_resume_has_the_next_sweep_believed(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [stamped(number) for number in range(1, 31)]
        read(portal)
        work(portal)
        portal.dynamics.rows[INVOICES] = portal.dynamics.rows[INVOICES][:15]
        assert self.sweep(portal).state == "failed"
        resuming.resume(BoardMapping.objects.get(), actor="ann")
        run = self.sweep(portal)
        assert (run.state, run.gone) == ("done", 0)
        run = self.sweep(portal)
        assert (run.state, run.gone) == ("done", 15)
        work(portal)
        assert RecordLink.objects.filter(gone_at__isnull=False).count() == 15

    def test_a_legal_entity_that_is_hidden_pauses_the_mapping(self, portal: Portal) -> None:
        ours = [stamped(number) for number in range(1, 31)]
        theirs = [stamped(number, dataAreaId="demf") for number in range(31, 36)]
        portal.dynamics.rows[INVOICES] = ours + theirs
        read(portal)
        work(portal)
        portal.dynamics.rows[INVOICES] = ours
        run = self.sweep(portal)
        assert run.state == "failed"
        assert "saw no record of demf any more" in BoardMapping.objects.get().paused_reason
        assert not RecordLink.objects.filter(missed__gt=0).exists()
        resuming.resume(BoardMapping.objects.get(), actor="ann")
        assert [self.sweep(portal).gone, self.sweep(portal).gone] == [0, 5]

    def test_legal_entities_that_cannot_be_read_pause_the_mapping_before_its_first_round(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        portal.mapping.legal_entities.set(portal.environment.legal_entities.all())
        ping = Ping(version="10.0", default_company="usmf", companies=("USMF",))
        monkeypatch.setattr(portal.dynamics, "ping", lambda: ping, raising=False)
        read(portal)
        assert "may not read demf; it sees USMF." in BoardMapping.objects.get().paused_reason
        assert portal.dynamics.walked == []

    def test_legal_entities_that_can_all_be_read_are_read(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        portal.mapping.legal_entities.set(portal.environment.legal_entities.all())
        ping = Ping(version="10.0", default_company="usmf", companies=("USMF", "demf"))
        monkeypatch.setattr(portal.dynamics, "ping", lambda: ping, raising=False)
        assert read(portal).state == "done"

    def test_records_whose_key_does_not_begin_with_a_legal_entity_are_not_judged_by_it(
        self, portal: Portal
    ) -> None:
        rule = replace(store.as_rule(portal.mapping), kind=catalogue.kind("dimension_value"))
        links = [RecordLink(mapping=portal.mapping, record_key=f"usmf/{n}", item_id=str(n)) for n in range(9)]
        RecordLink.objects.bulk_create(links)
        later = timezone.now() + timedelta(minutes=1)
        assert sightings.hidden_companies(rule, ["usmf"], 1, before=later) == []
        assert sightings.unseen(rule, 1, before=later) == (9, 9)

    def test_after_access_came_back_the_next_loss_is_doubted_again(self, portal: Portal) -> None:
        everything = [stamped(number) for number in range(1, 31)]
        portal.dynamics.rows[INVOICES] = everything
        read(portal)
        work(portal)
        states = []
        for rows in (everything[:5], everything, everything[:5]):
            portal.dynamics.rows[INVOICES] = rows
            states.append(self.sweep(portal).state)
            resuming.resume(BoardMapping.objects.get(), actor="ann")
        assert states == ["failed", "done", "failed"]

    def test_missing_a_few_is_believed(self, portal: Portal) -> None:
        portal.dynamics.rows[INVOICES] = [stamped(number) for number in range(1, 31)]
        read(portal)
        work(portal)
        portal.dynamics.rows[INVOICES] = portal.dynamics.rows[INVOICES][:21]
        self.sweep(portal)
        assert self.sweep(portal).gone == 9
        assert InboundEvent.objects.filter(event_type=GONE).count() == 9


class TestHiddenLegalEntities:
    """Dynamics hides the records of a legal entity that its user may not read, without a word."""

    def test_one_that_vanishes_whole_pauses_the_mapping_and_touches_nothing(self, seven: Portal) -> None:
        others = [stamped(number, dataAreaId="demf") for number in range(21, 25)]
        seven.dynamics.rows[INVOICES] += others
        read(seven, everything=True)
        work(seven)
        seven.dynamics.rows[INVOICES] = [
            row for row in seven.dynamics.rows[INVOICES] if row.values["dataAreaId"] != "demf"
        ]
        assert read(seven, everything=True).state == "failed"
        assert "no record of demf any more" in BoardMapping.objects.get().paused_reason
        assert not RecordLink.objects.filter(missed__gt=0).exists()

    def test_one_that_cannot_be_read_from_the_start_is_told_before_the_first_round(
        self, portal: Portal
    ) -> None:
        portal.mapping.legal_entities.set(LegalEntity.objects.filter(data_area_id="demf"))
        portal.dynamics.companies = ("usmf",)
        run = read(portal)
        assert run.reason.endswith(
            "The Dynamics user may not read demf; it sees usmf. Give it access to that legal entity, or take it out of the "
            "mapping, then press Resume."
        )
        assert BoardMapping.objects.get().paused_at is not None
        assert portal.dynamics.walked == []
