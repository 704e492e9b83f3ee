"""The trail is written once and then only noted upon."""

from __future__ import annotations

import pytest

from audit import trail
from audit.models import AuditEntry

pytestmark = pytest.mark.django_db

FACT = trail.Fact(
    tenant_id=4,
    action=trail.Action.ITEM_CHANGED,
    subject="Posted vendor invoice INV-1 of US-104 in usmf",
    event_id=9,
    mapping_id=7,
    item_id="1001",
    before={"amount": "1"},
    after={"amount": "2"},
    calls=[{"system": "monday", "status": 200, "request_id": "r-1"}],
    detail="It was cut.",
)


def test_a_fact_is_kept_whole() -> None:
    trail.record(FACT)
    entry = AuditEntry.objects.get()
    assert str(entry) == "Item changed: Posted vendor invoice INV-1 of US-104 in usmf"
    assert (entry.tenant_id, entry.event_id, entry.mapping_id, entry.item_id) == (4, 9, 7, "1001")
    assert (entry.before, entry.after) == ({"amount": "1"}, {"amount": "2"})
    assert entry.calls == [{"system": "monday", "status": 200, "request_id": "r-1"}]
    assert (entry.actor, entry.detail, entry.note, entry.resolved) == ("portal", "It was cut.", "", False)


def test_many_facts_are_one_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        trail.record_all([FACT, FACT, FACT])
    assert AuditEntry.objects.count() == 3


def test_nothing_to_record_is_fine() -> None:
    trail.record_all([])
    assert not AuditEntry.objects.exists()


def test_long_names_are_cut_to_what_fits() -> None:
    trail.record(trail.Fact(1, trail.Action.EVENT_RETRIED, "s" * 300, actor="a" * 200))
    entry = AuditEntry.objects.get()
    assert (len(entry.subject), len(entry.actor)) == (250, 150)


def test_what_was_done_for_an_event_comes_newest_first() -> None:
    trail.record(FACT)
    trail.record(trail.Fact(4, trail.Action.EVENT_DEAD, "x", event_id=9))
    trail.record(trail.Fact(4, trail.Action.EVENT_DEAD, "y", event_id=8))
    assert [entry.action for entry in trail.for_event(9)] == ["event_dead", "item_changed"]


def test_only_the_note_and_the_mark_can_change() -> None:
    trail.record(FACT)
    entry = AuditEntry.objects.get()
    entry.note, entry.resolved, entry.subject, entry.after = "Seen.", True, "forged", {}
    entry.save()
    entry.refresh_from_db()
    assert (entry.note, entry.resolved) == ("Seen.", True)
    assert entry.subject == FACT.subject
    assert entry.after == {"amount": "2"}


def test_nothing_can_be_deleted() -> None:
    trail.record(FACT)
    with pytest.raises(TypeError, match="append-only"):
        AuditEntry.objects.get().delete()
    assert AuditEntry.objects.exists()
