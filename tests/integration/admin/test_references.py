"""Reference values in the admin: the list, the button on an environment, findings on a mapping."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connectors import connections, registry
from connectors.models import DynamicsEnvironment
from integration_portal import queueing
from mappings import reference_reading
from mappings.models import BoardMapping, ReferenceReading, ReferenceValue
from tests.integration.admin.conftest import House
from tests.integration.admin.pages import address, press, said, save


def known(environment: DynamicsEnvironment, value: str, **more: object) -> ReferenceValue:
    values: dict[str, object] = {"kind": "currency", "folded": value.casefold(), "changed_at": timezone.now()}
    ReferenceReading.objects.get_or_create(
        environment=environment, kind="currency", defaults={"read_at": timezone.now()}
    )
    return ReferenceValue.objects.create(environment=environment, value=value, **(values | more))


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


class TestList:
    @pytest.fixture(autouse=True)
    def values(self, ours: House, theirs: House) -> None:
        known(ours.environment, "Aaa", name="In order", company=ours.entity.data_area_id)
        known(ours.environment, "Bbb", suspended=True, kind="payment_terms")
        known(ours.environment, "Ccc", gone=True, kind="nothing any more")
        known(theirs.environment, "Ddd")

    def test_shows_a_member_the_values_of_the_own_tenant(self, member: Client) -> None:
        page = text(member, address(ReferenceValue))
        for part in ("Aaa", "In order", "Bbb", "Ccc", "Suspended", "Gone", "Currency", "nothing any more"):
            assert part in page
        assert "Ddd" not in page

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("kind=currency", {"Aaa"}),
            ("suspended__exact=1", {"Bbb"}),
            ("gone__exact=1", {"Ccc"}),
            ("q=order", {"Aaa"}),
            ("q=bb", {"Bbb"}),
            ("company=alpf", {"Aaa"}),
        ],
    )
    def test_filters_and_searches(self, member: Client, query: str, shown: set[str]) -> None:
        answer = member.get(f"{address(ReferenceValue)}?{query}")
        assert {one.value for one in answer.context["cl"].result_list} - {"Alpha-US-104"} == shown

    def test_filters_by_environment(self, admin: Client, theirs: House) -> None:
        answer = admin.get(f"{address(ReferenceValue)}?environment={theirs.environment.pk}")
        assert {one.value for one in answer.context["cl"].result_list} == {"Ddd", "Bravo-US-104"}

    def test_a_value_is_only_looked_at(self, admin: Client) -> None:
        value = ReferenceValue.objects.get(value="Bbb")
        assert "Suspended" in text(admin, address(value, "change"))
        assert admin.get(address(ReferenceValue, "add")).status_code == 403

    def test_values_of_others_are_not_there(self, member: Client) -> None:
        value = ReferenceValue.objects.get(value="Ddd")
        assert member.get(address(value, "change")).status_code == 302


class TestEnvironment:
    @pytest.fixture
    def queue(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        called: list[int] = []
        monkeypatch.setattr(queueing, "read_references", lambda pk: called.append(pk) or True)
        monkeypatch.setattr(connections, "dynamics", None)  # nothing is asked while the page waits
        return called

    def test_the_button_only_queues_the_reading(self, member: Client, ours: House, queue: list[int]) -> None:
        answer = press(member, ours.environment, "read_references")
        assert said(answer) == "The reference data will be read by the next free worker."
        assert queue == [ours.environment.pk]
        assert reference_reading.due_environments(timezone.now()) == [ours.environment.pk]

    def test_the_button_says_that_a_paused_environment_waits(
        self, member: Client, ours: House, queue: list[int]
    ) -> None:
        registry.pause(f"environment:{ours.environment.pk}", "Off.")
        answer = press(member, ours.environment, "read_references")
        assert said(answer).endswith("once the environment is no longer paused.")

    def test_the_button_is_not_for_onlookers_nor_for_other_tenants(
        self, onlooker: Client, member: Client, ours: House, theirs: House, queue: list[int]
    ) -> None:
        press(onlooker, ours.environment, "read_references")
        press(member, theirs.environment, "read_references")
        assert queue == []
        assert not ReferenceReading.objects.exists()

    def test_the_page_tells_what_was_read_and_what_stood_in_the_way(self, admin: Client, ours: House) -> None:
        known(ours.environment, "EUR")
        problem = "The payment terms were not read: no privilege."
        ReferenceReading.objects.create(environment=ours.environment, kind="payment_terms", problem=problem)
        page = text(admin, address(ours.environment, "change"))
        assert problem in page
        assert "Never" in page

    def test_the_hours_are_kept(self, admin: Client, ours: House) -> None:
        save(admin, address(ours.environment, "change"), reference_hours="6")
        ours.environment.refresh_from_db()
        assert ours.environment.reference_hours == 6
        assert reference_reading.due_kinds(
            ours.environment.pk, hours=6, now=timezone.now() + timedelta(hours=6)
        )


class TestMapping:
    def test_the_page_tells_which_values_have_no_label(self, admin: Client, ours: House) -> None:
        known(ours.environment, "GBP")
        known(ours.environment, "EUR", suspended=True)
        page = text(admin, address(ours.mapping, "change"))
        assert "Alpha currency has no label for these currencies: GBP." in page
        assert "Currency EUR is suspended in Dynamics." in page

    def test_the_page_says_when_nothing_is_found(self, admin: Client, ours: House) -> None:
        assert "Nothing found." in text(admin, address(ours.mapping, "change"))

    def test_a_kind_that_is_no_longer_there_does_no_harm(self, admin: Client, ours: House) -> None:
        BoardMapping.objects.update(record_kind="nothing")
        assert "Nothing found." not in text(admin, address(ours.mapping, "change"))
