"""A tenant sees itself only: lists, pages, filters, autocompletes, choices, actions, saves."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from connectors.models import DynamicsEnvironment, MondayAccount, Tenant
from integration_portal.models import InboundEvent, State
from mappings.models import BoardMapping, EventRule, RecordLink
from tests.integration.admin.conftest import MODELS, House
from tests.integration.admin.pages import address, errors, filled, press, save

FOREIGN = "Bravo"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_holds_nothing_of_another_tenant(
    member: Client, ours: House, theirs: House, model: type[Model]
) -> None:
    assert FOREIGN.lower() not in member.get(address(model)).content.decode().lower()
    searched = member.get(address(model), {"q": FOREIGN})
    assert searched.status_code == 200
    assert searched.context["cl"].result_count == 0


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_holds_the_own_rows(member: Client, ours: House, theirs: House, model: type[Model]) -> None:
    assert member.get(address(model)).context["cl"].result_count == 1


def test_no_page_of_a_foreign_row_opens(member: Client, ours: House, theirs: House) -> None:
    for row in theirs.rows():
        for page in ("change", "delete", "history"):
            answer = member.get(address(row, page), follow=True)
            assert answer.redirect_chain or answer.status_code in (403, 404), (row, page)
            assert FOREIGN not in answer.content.decode(), (row, page)


def test_every_own_page_opens_and_names_no_other_tenant(member: Client, ours: House, theirs: House) -> None:
    for row in ours.rows():
        answer = member.get(address(row, "change"))
        assert answer.status_code == 200, row
        assert FOREIGN not in answer.content.decode(), row


def test_add_pages_offer_nothing_of_another_tenant(member: Client, ours: House, theirs: House) -> None:
    for model in (DynamicsEnvironment, MondayAccount, BoardMapping, EventRule):
        answer = member.get(address(model, "add"))
        assert answer.status_code == 200
        assert FOREIGN not in answer.content.decode(), model


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (DynamicsEnvironment, "tenant"),
        (MondayAccount, "tenant"),
        (BoardMapping, "environment"),
        (BoardMapping, "account"),
        (EventRule, "environment"),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_an_autocomplete_finds_own_rows_only(
    member: Client, ours: House, theirs: House, source: type[Model], field: str
) -> None:
    query = {"app_label": source._meta.app_label, "model_name": source._meta.model_name, "field_name": field}
    found = member.get(reverse("admin:autocomplete"), query).json()["results"]
    assert len(found) == 1
    assert "Alpha" in found[0]["text"]


def test_a_mapping_cannot_be_given_a_foreign_connection(member: Client, ours: House, theirs: House) -> None:
    data = {
        "name": "Stolen",
        "environment": theirs.environment.pk,
        "account": theirs.account.pk,
        "record_kind": "posted_invoice",
        "board_id": "1",
        "key_column_id": "k",
    }
    answer = member.post(address(BoardMapping, "add"), data)
    assert answer.status_code == 200
    assert "Select a valid choice" in errors(answer)
    assert not BoardMapping.objects.filter(name="Stolen").exists()


def test_a_mapping_across_two_tenants_is_refused_even_to_a_superuser(
    admin: Client, ours: House, theirs: House
) -> None:
    data = {
        "name": "Mixed",
        "environment": ours.environment.pk,
        "account": theirs.account.pk,
        "record_kind": "posted_invoice",
        "board_id": "1",
        "key_column_id": "k",
    }
    assert "belongs to another tenant" in errors(admin.post(address(BoardMapping, "add"), data))


def test_a_connection_cannot_be_added_to_a_foreign_tenant(member: Client, ours: House, theirs: House) -> None:
    data = {**filled(member, address(MondayAccount, "add")), "name": "x", "tenant": theirs.tenant.pk}
    assert "Select a valid choice" in errors(member.post(address(MondayAccount, "add"), data))


def test_a_save_that_leads_to_a_foreign_tenant_is_refused_whatever_the_form_says(
    member: Client, ours: House, theirs: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration_portal.admin.base.within", lambda rows, user, path: rows)
    data = {**filled(member, address(MondayAccount, "add")), "name": "x", "tenant": theirs.tenant.pk}
    assert member.post(address(MondayAccount, "add"), data).status_code == 403
    assert not MondayAccount.objects.filter(name="x").exists()


def test_an_event_rule_cannot_be_added_to_a_foreign_environment(
    member: Client, ours: House, theirs: House
) -> None:
    data = {"environment": theirs.environment.pk, "event_type": "E", "record_kind": "posted_invoice"}
    assert "Select a valid choice" in errors(member.post(address(EventRule, "add"), data))


def test_a_mapping_offers_the_companies_of_its_own_environment_only(
    admin: Client, ours: House, theirs: House
) -> None:
    url = address(ours.mapping, "change")
    offered = admin.get(url).context["adminform"].form.fields["legal_entities"].queryset
    assert list(offered) == [ours.entity]
    assert "Select a valid choice" in errors(save(admin, url, legal_entities=[theirs.entity.pk]))


def test_no_button_works_on_a_foreign_row(member: Client, ours: House, theirs: House) -> None:
    before = AuditEntry.objects.count()
    for row, action in (
        (theirs.environment, "check_connection"),
        (theirs.environment, "rotate_url"),
        (theirs.environment, "resume"),
        (theirs.account, "check_connection"),
        (theirs.account, "resume"),
        (theirs.event, "retry"),
        (theirs.event, "replay"),
    ):
        assert press(member, row, action).status_code == 404, (row, action)
    assert AuditEntry.objects.count() == before


def test_a_list_action_leaves_foreign_rows_alone(member: Client, ours: House, theirs: House) -> None:
    for action in ("retry_selected", "replay_selected"):
        data = {
            "action": action,
            "_selected_action": [theirs.event.pk],
            "apply": "1",
            "_form_submitted": "on",
        }
        member.post(address(InboundEvent), data, follow=True)
    theirs.event.refresh_from_db()
    assert theirs.event.state == State.DEAD
    assert theirs.event.replays.count() == 0


def test_deleting_foreign_links_deletes_nothing(member: Client, theirs: House) -> None:
    data = {"action": "delete_selected", "_selected_action": [theirs.link.pk], "post": "yes"}
    member.post(address(RecordLink), data)
    theirs.link.refresh_from_db()


def test_a_filter_by_a_foreign_tenant_shows_nothing(member: Client, ours: House, theirs: House) -> None:
    answer = member.get(address(InboundEvent), {"tenant": theirs.tenant.pk})
    assert FOREIGN not in answer.content.decode()
    answer = member.get(address(InboundEvent), {"environment": theirs.environment.pk})
    assert answer.context["cl"].result_count == 0


def test_somebody_without_a_tenant_sees_nothing(ours: House) -> None:
    stranger = User.objects.create_user("stranger", "s@example.com", "pw", is_staff=True)
    stranger.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(stranger)
    for model in MODELS:
        assert client.get(address(model)).context["cl"].result_count == 0, model


def test_users_and_groups_are_for_superusers_whatever_permissions_one_has(member: Client) -> None:
    for model in (User, Group):
        assert member.get(address(model)).status_code == 403
        assert member.get(address(model, "add")).status_code == 403
    user = User.objects.get(username="member")
    assert member.get(address(user, "change")).status_code == 403
    assert "Users" not in member.get("/admin/").content.decode()


def test_a_member_chooses_no_members(member: Client, ours: House) -> None:
    stranger = User.objects.create_user("stranger")
    save(member, address(ours.tenant, "change"), name="Alpha Limited", members=[stranger.pk])
    ours.tenant.refresh_from_db()
    assert ours.tenant.name == "Alpha Limited"
    assert stranger not in ours.tenant.members.all()
    assert member.get(address(Tenant, "add")).status_code == 403
    assert member.get(address(ours.tenant, "delete")).status_code == 403


def test_the_only_tenant_is_chosen_beforehand(member: Client, ours: House, theirs: House) -> None:
    form = member.get(address(MondayAccount, "add")).context["adminform"].form
    assert form["tenant"].value() == ours.tenant.pk


def test_an_onlooker_can_look_and_nothing_else(onlooker: Client, ours: House) -> None:
    for row in ours.rows():
        page = onlooker.get(address(row, "change"))
        assert page.status_code == 200, row
        assert "/webhooks/dynamics/" not in page.content.decode()
        assert 'name="new_' not in page.content.decode()
    for row, action in (
        (ours.environment, "check_connection"),
        (ours.environment, "rotate_url"),
        (ours.account, "resume"),
        (ours.event, "retry"),
        (ours.event, "replay"),
    ):
        assert press(onlooker, row, action).status_code == 403, (row, action)
    data = {
        "action": "retry_selected",
        "_selected_action": [ours.event.pk],
        "apply": "1",
        "_form_submitted": "on",
    }
    onlooker.post(address(InboundEvent), data)
    ours.event.refresh_from_db()
    assert ours.event.state == State.DEAD
