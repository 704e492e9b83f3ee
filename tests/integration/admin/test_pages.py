"""Every page of every model opens."""

from __future__ import annotations

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from tests.integration.admin.conftest import MODELS, House
from tests.integration.admin.pages import address, save

READ_ONLY = {"boardsnapshot", "recordlink", "referencevalue", "inboundevent", "syncrun", "auditentry"}


def test_exactly_these_models_have_pages() -> None:
    assert set(django_admin.site._registry) == {*MODELS, User, Group}


@pytest.mark.parametrize("model", [*MODELS, User, Group], ids=lambda model: model.__name__)
def test_a_list_opens(admin: Client, ours: House, theirs: House, model: type) -> None:
    answer = admin.get(address(model))
    assert answer.status_code == 200
    searched = admin.get(address(model), {"q": "4711 'x"})
    assert searched.status_code == 200


@pytest.mark.parametrize("model", [*MODELS, User, Group], ids=lambda model: model.__name__)
def test_an_add_page_opens_unless_nothing_is_added_by_hand(admin: Client, ours: House, model: type) -> None:
    expected = 403 if model._meta.model_name in READ_ONLY else 200
    assert admin.get(address(model, "add")).status_code == expected


def test_every_change_page_and_history_opens(admin: Client, ours: House, superuser: User) -> None:
    for row in [*ours.rows(), superuser, Group.objects.create(name="Operators")]:
        assert admin.get(address(row, "change")).status_code == 200, row
        assert admin.get(address(row, "history")).status_code == 200, row


def test_every_filter_choice_can_be_pressed(admin: Client, ours: House, theirs: House) -> None:
    for model in MODELS:
        answer = admin.get(address(model))
        for spec in answer.context["cl"].filter_specs:
            for choice in spec.choices(answer.context["cl"]):
                pressed = admin.get(address(model) + choice["query_string"])
                assert pressed.status_code == 200, (model, choice)


def test_the_index_and_the_search_open(admin: Client, ours: House) -> None:
    assert admin.get("/admin/").status_code == 200
    assert admin.get("/admin/search/", {"s": "event"}).status_code == 200


def test_the_first_page_leads_to_every_list_one_may_see(admin: Client, member: Client, ours: House) -> None:
    everything = admin.get("/admin/").content.decode()
    own = member.get("/admin/").content.decode()
    for model in MODELS:
        assert f'href="{address(model)}"' in everything
        assert f'href="{address(model)}"' in own
    for model in (User, Group):
        assert f'href="{address(model)}"' in everything
        assert f'href="{address(model)}"' not in own


def test_no_page_needs_an_inline_script(admin: Client, ours: House) -> None:
    for row in ours.rows():
        page = admin.get(address(row, "change")).content.decode()
        for tag in page.split("<script")[1:]:
            opening, _, rest = tag.partition(">")
            assert "src=" in opening or "json" in opening or not rest.partition("</script>")[0].strip(), row


def test_who_may_change_an_object_may_change_its_parts(ours: House) -> None:
    person = User.objects.create_user("editor", "e@example.com", "pw", is_staff=True)
    person.user_permissions.set(
        Permission.objects.filter(codename__in=["change_boardmapping", "change_dynamicsenvironment"])
    )
    ours.tenant.members.add(person)
    client = Client()
    client.force_login(person)
    save(
        client,
        address(ours.mapping, "change"),
        **{"columns-0-labels": "USD = Dollar", "groups-0-DELETE": "on"},
    )
    column = ours.mapping.columns.get()
    assert [pair.value for pair in column.values.all()] == ["USD"]
    assert not ours.mapping.groups.exists()
    save(client, address(ours.environment, "change"), **{"legal_entities-0-name": "Renamed"})
    ours.entity.refresh_from_db()
    assert ours.entity.name == "Renamed"
