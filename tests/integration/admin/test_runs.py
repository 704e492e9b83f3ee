"""Runs in the admin, and the buttons that open one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from integration_portal.models import SyncRun
from mappings.models import BoardMapping
from tests.integration.admin.conftest import House
from tests.integration.admin.pages import address, press, said


@pytest.fixture
def active(ours: House) -> House:
    BoardMapping.objects.filter(pk=ours.mapping.pk).update(active=True, swept_at=timezone.now())
    return ours


def opened(house: House) -> SyncRun | None:
    return SyncRun.objects.filter(mapping=house.mapping, state="open").first()


class TestTheList:
    def test_says_what_each_run_found(self, admin: Client, ours: House) -> None:
        page = admin.get(address(SyncRun)).content.decode()
        for text in ("Alpha invoices", "Everything", "Done", "2000", "10", "Alpha: as it should be."):
            assert text in page

    def test_shows_the_own_tenants_only(self, member: Client, ours: House, theirs: House) -> None:
        page = member.get(address(SyncRun)).content.decode()
        assert "Alpha invoices" in page
        assert "Bravo" not in page
        assert member.get(address(theirs.run, "change")).status_code == 302

    def test_filters_by_mapping_purpose_and_state(self, admin: Client, ours: House, theirs: House) -> None:
        rows = admin.get(address(SyncRun), {"mapping": ours.mapping.pk}).context["cl"].result_list
        assert list(rows) == [ours.run]
        assert not admin.get(address(SyncRun), {"state__exact": "failed"}).context["cl"].result_list
        assert len(admin.get(address(SyncRun), {"purpose__exact": "sweep"}).context["cl"].result_list) == 2

    def test_is_reached_from_the_first_page(self, admin: Client, ours: House) -> None:
        assert f'href="{address(SyncRun)}"' in admin.get("/admin/").content.decode()

    def test_asks_the_database_the_same_for_many(
        self, admin: Client, ours: House, django_assert_max_num_queries: object
    ) -> None:
        SyncRun.objects.bulk_create(
            [SyncRun(mapping=ours.mapping, purpose="changes", state="done") for _ in range(40)]
        )
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            admin.get(address(SyncRun))


class TestARun:
    def test_is_not_changed_by_hand(self, admin: Client, ours: House) -> None:
        assert admin.post(address(ours.run, "change"), {"read": 1}).status_code == 403

    def test_does_not_keep_its_mapping_from_being_deleted(self, ours: House) -> None:
        person = User.objects.create_user("tidy", "t@example.com", "pw", is_staff=True)
        codes = ["view_boardmapping", "delete_boardmapping", "delete_recordlink"]
        inner = ["delete_columnmapping", "delete_valuemap", "delete_groupmapping"]
        person.user_permissions.set(Permission.objects.filter(codename__in=codes + inner))
        ours.tenant.members.add(person)
        client = Client()
        client.force_login(person)
        client.post(address(ours.mapping, "delete"), {"post": "yes"})
        assert not BoardMapping.objects.exists()

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({}, "It has ended."),
            ({"state": "open"}, "With the next free worker."),
            ({"state": "open", "lease_owner": "me"}, "A worker is at it."),
        ],
    )
    def test_says_when_it_goes_on(
        self, admin: Client, ours: House, values: dict[str, str], words: str
    ) -> None:
        SyncRun.objects.update(**values)
        assert words in admin.get(address(ours.run, "change")).content.decode()

    def test_says_until_when_it_waits(self, admin: Client, ours: House) -> None:
        at = timezone.now() + timedelta(hours=1)
        SyncRun.objects.update(state="open", next_attempt_at=at)
        page = admin.get(address(ours.run, "change")).content.decode()
        assert timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") in page

    def test_says_that_it_waits_for_its_mapping(self, admin: Client, ours: House) -> None:
        SyncRun.objects.update(state="open")
        BoardMapping.objects.update(paused_at=timezone.now())
        assert "Once its mapping is resumed." in admin.get(address(ours.run, "change")).content.decode()


class TestReadNow:
    def test_opens_a_run_over_what_changed(self, admin: Client, active: House) -> None:
        assert "was opened: the next free worker reads." in said(press(admin, active.mapping, "read_now"))
        assert opened(active).purpose == "changes"

    def test_opens_a_run_over_everything(self, admin: Client, active: House) -> None:
        press(admin, active.mapping, "read_everything")
        assert opened(active).purpose == "sweep"

    def test_says_when_one_is_under_way(self, admin: Client, active: House) -> None:
        press(admin, active.mapping, "read_now")
        assert "is under way already" in said(press(admin, active.mapping, "read_everything"))
        assert SyncRun.objects.filter(state="open").count() == 1

    def test_says_that_a_pause_comes_first(self, admin: Client, active: House) -> None:
        BoardMapping.objects.update(paused_at=timezone.now())
        assert "once the mapping is resumed" in said(press(admin, active.mapping, "read_now"))

    def test_is_not_for_a_mapping_that_is_not_active(self, admin: Client, ours: House) -> None:
        assert "is not active" in said(press(admin, ours.mapping, "read_now"))
        assert opened(ours) is None

    def test_is_not_for_those_who_only_look(self, onlooker: Client, active: House) -> None:
        press(onlooker, active.mapping, "read_now")
        assert opened(active) is None
        assert "Read everything now" not in onlooker.get(address(active.mapping, "change")).content.decode()

    def test_is_not_for_other_tenants(self, member: Client, active: House, theirs: House) -> None:
        BoardMapping.objects.update(active=True)
        press(member, theirs.mapping, "read_now")
        assert opened(theirs) is None
