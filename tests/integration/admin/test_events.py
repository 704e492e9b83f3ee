"""The inbox and the trail: what their pages tell, Retry and Replay."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import trail
from audit.models import Action, AuditEntry
from integration_portal.admin import presses
from integration_portal.models import END_STATES, InboundEvent, State
from tests.integration.admin.conftest import House, event_of
from tests.integration.admin.pages import address, press, said, save


def choose(client: Client, action: str, *events: InboundEvent, **fields: object) -> object:
    """Run an action of the list on some events."""
    data = {"action": action, "_selected_action": [event.pk for event in events], **fields}
    return client.post(address(InboundEvent), data, follow=True)


class TestPage:
    def test_tells_all_about_an_event(self, admin: Client, ours: House) -> None:
        page = admin.get(address(ours.event, "change")).content.decode()
        for part in (
            "Alpha: the vendor is unknown.",
            "Dead",
            "5637144576",
            "key/Alpha-INV-1",
            "&quot;InvoiceAccount&quot;: &quot;V1&quot;",
            "ChangeColumns",
            "r-1",
            "USD",
            "EUR",
            "Item 990011",
        ):
            assert part in page, part
        assert 'name="_save"' not in page

    def test_shows_a_payload_as_text_and_never_as_markup(self, admin: Client, ours: House) -> None:
        event = event_of(ours.environment, "x", payload='{"a": "<script>alert(1)</script>{{ 7 }}"}')
        page = admin.get(address(event, "change")).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_shows_what_is_not_json_as_it_came(self, admin: Client, ours: House) -> None:
        event = event_of(ours.environment, "x", payload="not json at all")
        assert "not json at all" in admin.get(address(event, "change")).content.decode()

    def test_cuts_a_huge_payload_and_says_so(self, admin: Client, ours: House) -> None:
        event = event_of(ours.environment, "x", payload=json.dumps({"a": "y" * 300_000}))
        answer = admin.get(address(event, "change"))
        assert "more characters" in answer.content.decode()
        assert len(answer.content) < 300_000

    def test_says_what_it_waits_for(self, admin: Client, ours: House) -> None:
        waiting = event_of(ours.environment, "a", waits_for="account:3")
        running = event_of(
            ours.environment, "b", state=State.RUNNING, lease_owner="worker-7", lease_until=timezone.now()
        )
        assert "When account:3 is no longer paused." in admin.get(address(waiting, "change")).content.decode()
        assert "worker-7 until" in admin.get(address(running, "change")).content.decode()

    def test_an_unknown_event_opens(self, admin: Client, ours: House) -> None:
        event = event_of(
            ours.environment, "", record_kind="", stream="", hint={}, control_number=None, state=State.SKIPPED
        )
        page = admin.get(address(event, "change")).content.decode()
        assert "Nothing." in page and "Nothing yet." in page
        assert "Names no record" in admin.get(address(InboundEvent)).content.decode()

    def test_offers_only_buttons_that_would_do_something(self, admin: Client, ours: House) -> None:
        for state in State:
            event = event_of(ours.environment, state, state=state)
            page = admin.get(address(event, "change")).content.decode()
            assert (f"/{event.pk}/retry/" in page) == (state == State.DEAD), state
            assert (f"/{event.pk}/replay/" in page) == (state in END_STATES), state


class TestList:
    def test_leaves_payloads_in_the_database(self, admin: Client, ours: House) -> None:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            admin.get(address(InboundEvent))
        assert not any('"payload"' in query["sql"] or "secret" in query["sql"] for query in queries)

    def test_needs_no_more_queries_for_more_events(self, admin: Client, ours: House, theirs: House) -> None:
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                admin.get(address(InboundEvent))
            return len(queries)

        few = count()
        for number in range(20):
            event_of((ours if number % 2 else theirs).environment, f"more-{number}")
        assert count() == few

    @pytest.mark.parametrize("words", ["INV-1", "5637144576", "key/Alpha-INV-1", "vendorinvoiceposted"])
    def test_finds_an_event(self, admin: Client, ours: House, words: str) -> None:
        assert admin.get(address(InboundEvent), {"q": words}).context["cl"].result_count == 1

    def test_finds_control_numbers_and_keys_only_whole(self, admin: Client, ours: House) -> None:
        for words in ("563714", "key/Alpha"):
            assert admin.get(address(InboundEvent), {"q": words}).context["cl"].result_count == 0

    def test_filters(self, admin: Client, ours: House) -> None:
        event_of(ours.environment, "a", record_kind="", company="demf", who_acts="operator")
        for query, count in (
            ({"kind": "-"}, 1),
            ({"kind": "posted_invoice"}, 1),
            ({"who": "operator"}, 1),
            ({"company": "demf"}, 1),
            ({"environment": "nonsense"}, 2),
            ({"environment": ours.environment.pk}, 2),
            ({"state__exact": "dead"}, 1),
        ):
            assert admin.get(address(InboundEvent), query).context["cl"].result_count == count, query

    def test_shortens_long_reasons(self, admin: Client, ours: House) -> None:
        event_of(ours.environment, "a", reason="word " * 100)
        assert "word…" in admin.get(address(InboundEvent)).content.decode()


class TestRetry:
    def test_tries_a_dead_event_again(self, admin: Client, ours: House) -> None:
        answer = press(admin, ours.event, "retry", reason="The vendor is there now")
        ours.event.refresh_from_db()
        assert ours.event.state == State.PENDING
        assert "1 event will be tried again." in said(answer)
        entry = AuditEntry.objects.get(action=Action.EVENT_RETRIED)
        assert (entry.actor, entry.detail, entry.event_id) == (
            "root",
            "The vendor is there now",
            ours.event.pk,
        )

    def test_leaves_others_alone_and_says_so(self, admin: Client, ours: House) -> None:
        done = event_of(ours.environment, "done", state=State.DONE)
        answer = press(admin, done, "retry")
        assert "0 events will be tried again. 1 left alone" in said(answer)

    def test_asks_first_and_changes_nothing_when_only_looked_at(self, admin: Client, ours: House) -> None:
        url = address(ours.event, "retry")
        answer = admin.get(url)
        assert "Reason" in answer.content.decode()
        assert admin.post(url, {"reason": "no consent"}).status_code == 200
        ours.event.refresh_from_db()
        assert ours.event.state == State.DEAD

    def test_works_on_many_from_the_list(self, admin: Client, ours: House) -> None:
        second = event_of(ours.environment, "two", state=State.DEAD)
        done = event_of(ours.environment, "three", state=State.DONE)
        asked = choose(admin, "retry_selected", ours.event, second, done)
        assert "3 events chosen" in asked.content.decode()  # type: ignore[attr-defined]
        answer = choose(
            admin, "retry_selected", ours.event, second, done, apply="1", _form_submitted="on", reason="Again"
        )
        assert "2 events will be tried again. 1 left alone" in said(answer)  # type: ignore[arg-type]
        assert AuditEntry.objects.filter(action=Action.EVENT_RETRIED, detail="Again").count() == 2
        assert InboundEvent.objects.filter(state=State.PENDING).count() == 2


class TestReplay:
    @pytest.mark.parametrize("state", END_STATES)
    def test_processes_an_ended_event_anew(self, admin: Client, ours: House, state: State) -> None:
        event = event_of(ours.environment, "x", state=state)
        answer = press(admin, event, "replay", reason="New mapping")
        again = InboundEvent.objects.get(replay_of=event)
        assert again.payload == event.payload
        assert "1 event will be processed anew." in said(answer)
        assert f"Event {again.pk}" in admin.get(address(event, "change")).content.decode()
        assert f"Event {event.pk}" in admin.get(address(again, "change")).content.decode()
        assert AuditEntry.objects.get(action=Action.EVENT_REPLAYED).detail == "New mapping"

    def test_leaves_open_events_alone(self, admin: Client, ours: House) -> None:
        event = event_of(ours.environment, "x")
        assert "0 events will be processed anew. 1 left alone" in said(press(admin, event, "replay"))

    def test_keeps_the_order_of_many(self, admin: Client, ours: House) -> None:
        events = [event_of(ours.environment, f"n{number}", state=State.DONE) for number in range(5)]
        choose(admin, "replay_selected", *reversed(events), apply="1", _form_submitted="on")
        replays = InboundEvent.objects.filter(replay_of__isnull=False).order_by("id")
        assert [one.replay_of_id for one in replays] == [event.pk for event in events]

    def test_takes_all_pages_when_all_are_chosen(self, admin: Client, ours: House) -> None:
        for number in range(60):
            event_of(ours.environment, f"n{number}", state=State.DONE)
        event = InboundEvent.objects.latest("id")
        asked = choose(admin, "replay_selected", event, select_across="1")
        assert "61 events chosen" in asked.content.decode()  # type: ignore[attr-defined]
        choose(admin, "replay_selected", event, select_across="1", apply="1", _form_submitted="on")
        assert InboundEvent.objects.filter(replay_of__isnull=False).count() == 61

    def test_refuses_too_many_at_once(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("integration_portal.admin.activity.MOST_AT_ONCE", 1)
        event_of(ours.environment, "x", state=State.DONE)
        answer = choose(admin, "replay_selected", ours.event, select_across="1")
        assert "at most 1 events" in said(answer)  # type: ignore[arg-type]
        assert presses.MOST_AT_ONCE == 1000


class TestTrail:
    def test_an_entry_tells_what_changed_and_which_calls_were_made(self, admin: Client, ours: House) -> None:
        page = admin.get(address(ours.entry, "change")).content.decode()
        for part in ("Item changed", "USD", "EUR", "ChangeColumns", "r-1", f"Event {ours.event.pk}"):
            assert part in page

    def test_nested_values_and_lost_answers_are_shown(self, admin: Client, ours: House) -> None:
        fact = trail.Fact(
            tenant_id=ours.tenant.pk,
            action=Action.CONNECTION_PAUSED,
            subject="x",
            before={"cells": {"status": "a"}},
            after={"cells": {"status": "b", "due": None}},
            calls=[{"system": "dynamics", "operation": "GET x", "status": None, "error": "timeout"}],
        )
        trail.record(fact)
        entry = AuditEntry.objects.get(subject="x")
        page = admin.get(address(entry, "change")).content.decode()
        for part in ("cells.status", "cells.due", "timeout"):
            assert part in page

    def test_only_note_and_mark_can_be_changed(self, admin: Client, ours: House) -> None:
        save(admin, address(ours.entry, "change"), note="Asked the vendor", resolved="on", subject="forged")
        ours.entry.refresh_from_db()
        assert (ours.entry.note, ours.entry.resolved) == ("Asked the vendor", True)
        assert ours.entry.subject == "Alpha posted vendor invoice"

    def test_nothing_is_added_or_deleted(self, admin: Client, ours: House) -> None:
        assert admin.get(address(AuditEntry, "add")).status_code == 403
        assert admin.post(address(ours.entry, "delete"), {"post": "yes"}).status_code == 403
        assert AuditEntry.objects.count() == 1

    def test_old_entries_are_found_by_item(self, admin: Client, ours: House) -> None:
        assert admin.get(address(AuditEntry), {"q": "990011"}).context["cl"].result_count == 1
        assert admin.get(address(AuditEntry), {"q": "9900"}).context["cl"].result_count == 0


def test_times_stand_to_the_second(admin: Client, ours: House) -> None:
    at = timezone.now().replace(microsecond=0) - timedelta(days=1)
    event_of(ours.environment, "x", received_at=at, occurred_at=at)
    assert at.strftime("%Y-%m-%d %H:%M:%S") in admin.get(address(InboundEvent)).content.decode()
