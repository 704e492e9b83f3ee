"""A mapping's page: its schedule, its filter, the life of its items, its pause."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from integration_portal.models import InboundEvent, State
from mappings import store
from mappings.models import BoardMapping
from tests.integration.admin.conftest import House
from tests.integration.admin.pages import address, errors, press, said, save

PAGE_MOMENT = datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC)


def another(house: House, name: str = "Pending", **fields: object) -> BoardMapping:
    """A second mapping of the same board."""
    values = {
        "tenant": house.tenant,
        "name": name,
        "environment": house.environment,
        "account": house.account,
        "record_kind": "posted_invoice",
        "board_id": "4711",
        "key_column_id": "key",
    }
    return BoardMapping.objects.create(**(values | fields))


def reloaded(house: House) -> BoardMapping:
    return BoardMapping.objects.get(pk=house.mapping.pk)


class TestTheSchedule:
    def test_is_every_so_many_minutes(self, admin: Client, ours: House) -> None:
        save(admin, address(ours.mapping, "change"), every_minutes=15, listens=None, sweep_hours=6)
        mapping = reloaded(ours)
        assert (mapping.every_minutes, mapping.cron, mapping.listens, mapping.sweep_hours) == (
            15,
            "",
            False,
            6,
        )

    def test_is_a_time_table(self, admin: Client, ours: House) -> None:
        save(admin, address(ours.mapping, "change"), cron=" 15  6 * * 1-5 ")
        assert reloaded(ours).cron == "15 6 * * 1-5"

    def test_is_one_of_both(self, admin: Client, ours: House) -> None:
        answer = save(admin, address(ours.mapping, "change"), every_minutes=15, cron="15 6 * * *")
        assert "Choose one schedule" in errors(answer)

    @pytest.mark.parametrize("cron", ["61 * * * *", "* * * * * *", "@hourly", "15 6", "every day at six"])
    def test_is_refused_when_it_is_no_time_table(self, admin: Client, ours: House, cron: str) -> None:
        answer = save(admin, address(ours.mapping, "change"), cron=cron)
        assert "Write five parts" in errors(answer)

    def test_rests_for_a_minute_at_least(self, admin: Client, ours: House) -> None:
        answer = save(admin, address(ours.mapping, "change"), every_minutes=0)
        assert "Give 1 minute or more" in errors(answer)

    def test_begins_at_once_when_it_is_new(self, admin: Client, ours: House) -> None:
        BoardMapping.objects.update(every_minutes=60, next_run_at=PAGE_MOMENT)
        url = address(ours.mapping, "change")
        save(admin, url, name="Renamed")
        assert reloaded(ours).next_run_at == PAGE_MOMENT
        save(admin, url, every_minutes=5)
        assert reloaded(ours).next_run_at is None

    def test_shows_how_far_it_is(self, admin: Client, ours: House) -> None:
        url = address(ours.mapping, "change")
        page = admin.get(url).content.decode()
        assert "None: it has no schedule." in page
        assert "Not yet read." in page
        BoardMapping.objects.update(every_minutes=5)
        assert "As soon as it is active." in admin.get(url).content.decode()
        BoardMapping.objects.update(next_run_at=PAGE_MOMENT, watermark=PAGE_MOMENT, swept_at=PAGE_MOMENT)
        assert admin.get(url).content.decode().count("2026-03-02 09:41:07") == 3


class TestTheFilter:
    def test_is_typed_as_lines(self, admin: Client, ours: House) -> None:
        url = address(ours.mapping, "change")
        lines = "CurrencyCode is USD, EUR\r\n\r\nInvoiceAmount at_least 1000\r\n"
        save(admin, url, conditions=lines)
        stored = [
            {"field": "CurrencyCode", "is": ["USD", "EUR"]},
            {"field": "InvoiceAmount", "at_least": "1000"},
        ]
        assert reloaded(ours).conditions == stored
        assert len(store.as_rule(reloaded(ours)).conditions) == 2
        shown = admin.get(url).context["adminform"].form["conditions"].value()
        assert shown == "CurrencyCode is USD, EUR\nInvoiceAmount at_least 1000"
        save(admin, url)
        assert reloaded(ours).conditions == stored

    def test_names_every_line_that_is_wrong(self, admin: Client, ours: House) -> None:
        lines = "CurrencyCode USD\nNonsense is 1\nInvoiceAmount at_least much"
        told = errors(save(admin, address(ours.mapping, "change"), conditions=lines))
        assert "Line 1: write a field, one of is, is_not" in told
        assert "Line 2: Posted vendor invoice has no field Nonsense" in told
        assert "Line 3: InvoiceAmount holds numbers, and much is none" in told
        assert reloaded(ours).conditions == []

    def test_that_cannot_be_read_is_a_problem(self, admin: Client, ours: House) -> None:
        BoardMapping.objects.update(conditions=[{"field": "CurrencyCode"}])
        url = address(ours.mapping, "change")
        assert "The filter cannot be read." in admin.get(url).content.decode()


class TestTheLifeOfItems:
    def test_goes_on_from_a_mapping_of_the_same_board(
        self, admin: Client, ours: House, theirs: House
    ) -> None:
        before = another(ours)
        another(ours, "Elsewhere", board_id="4712")
        another(ours, "Orders", record_kind="purchase_order")
        url = address(ours.mapping, "change")
        offered = admin.get(url).context["adminform"].form.fields["predecessor"].queryset
        assert list(offered) == [before]
        save(admin, url, predecessor=before.pk, gone_group_id="topics")
        assert (reloaded(ours).predecessor, reloaded(ours).gone_group_id) == (before, "topics")
        answer = save(admin, url, predecessor=theirs.mapping.pk)
        assert "Select a valid choice" in errors(answer)

    def test_does_not_go_on_when_the_board_is_changed(self, admin: Client, ours: House) -> None:
        ours.link.delete()
        before = another(ours)
        answer = save(admin, address(ours.mapping, "change"), predecessor=before.pk, board_id="5")
        assert "Items go on only within one board" in errors(answer)

    def test_needs_names_that_last(self, admin: Client, ours: House) -> None:
        before = another(ours)
        BoardMapping.objects.filter(pk=ours.mapping.pk).update(
            record_kind="purchase_order", predecessor=before
        )
        page = admin.get(address(ours.mapping, "change")).content.decode()
        assert "Purchase orders have no name that lasts for life" in page


class TestAPause:
    def test_is_shown_and_ended_with_a_press(self, admin: Client, ours: House) -> None:
        BoardMapping.objects.update(paused_at=PAGE_MOMENT, paused_reason="Column amount is gone.")
        InboundEvent.objects.update(state=State.RETRYING, waits_for=f"mapping:{ours.mapping.pk}")
        page = admin.get(address(ours.mapping, "change")).content.decode()
        assert "Since 2026-03-02 09:41 UTC: Column amount is gone. Mend it, then press Resume." in page
        assert "Paused" in admin.get(address(BoardMapping)).content.decode()
        answer = press(admin, ours.mapping, "resume")
        assert "is no longer paused; 1 waiting event will be tried now." in said(answer)
        assert (reloaded(ours).paused_at, reloaded(ours).paused_reason) == (None, "")
        entry = AuditEntry.objects.filter(mapping_id=ours.mapping.pk).latest("pk")
        assert (entry.action, entry.actor) == ("mapping_resumed", "root")
        assert "Column amount is gone." in entry.detail

    def test_that_is_none_offers_no_press(self, admin: Client, ours: House) -> None:
        page = admin.get(address(ours.mapping, "change")).content.decode()
        assert "Not paused." in page
        assert "Resume" not in page
        assert "was not paused" in said(press(admin, ours.mapping, "resume"))

    def test_of_another_tenant_cannot_be_ended(self, member: Client, ours: House, theirs: House) -> None:
        BoardMapping.objects.update(paused_at=timezone.now(), paused_reason="x")
        assert press(member, theirs.mapping, "resume").status_code in (302, 403, 404)
        assert BoardMapping.objects.get(pk=theirs.mapping.pk).paused_at is not None

    def test_cannot_be_ended_by_those_who_only_look(self, onlooker: Client, ours: House) -> None:
        BoardMapping.objects.update(paused_at=timezone.now(), paused_reason="x")
        press(onlooker, ours.mapping, "resume")
        assert reloaded(ours).paused_at is not None
