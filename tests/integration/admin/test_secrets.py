"""Secrets go into the admin and never come out of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from connectors.models import DynamicsEnvironment, MondayAccount
from connectors.vault import fingerprint
from tests.integration.admin.conftest import MODELS, SECRETS, House
from tests.integration.admin.pages import address, errors, save

FIELDS = [
    ("environment", "client_secret", SECRETS[0]),
    ("account", "api_token", SECRETS[1]),
    ("account", "signing_secret", SECRETS[2]),
]


def stored(row: Any, name: str) -> str:
    return str(getattr(type(row).objects.get(pk=row.pk), name))


def test_no_page_shows_a_secret(admin: Client, ours: House) -> None:
    urls = [address(model) for model in MODELS]
    urls += [address(row, page) for row in ours.rows() for page in ("change", "history")]
    for url in urls:
        page = admin.get(url).content.decode()
        for secret in SECRETS:
            assert secret not in page, url


@pytest.mark.parametrize(("part", "name", "secret"), FIELDS)
def test_blank_keeps_it(admin: Client, ours: House, part: str, name: str, secret: str) -> None:
    row = getattr(ours, part)
    save(admin, address(row, "change"), name="Renamed")
    assert stored(row, "name") == "Renamed"
    assert stored(row, name) == secret


@pytest.mark.parametrize(("part", "name", "secret"), FIELDS)
def test_a_new_one_replaces_it_without_leaving_a_trace(
    admin: Client, ours: House, part: str, name: str, secret: str
) -> None:
    row = getattr(ours, part)
    answer = save(admin, address(row, "change"), **{f"new_{name}": "  fresh-canary\n"}, _continue="1")
    assert stored(row, name) == "fresh-canary"
    assert "fresh-canary" not in answer.content.decode()
    change = LogEntry.objects.get()
    assert "fresh-canary" not in change.change_message
    assert "ecret" in change.change_message or "token" in change.change_message


@pytest.mark.parametrize(("part", "name", "secret"), FIELDS)
def test_the_box_clears_it(admin: Client, ours: House, part: str, name: str, secret: str) -> None:
    row = getattr(ours, part)
    save(admin, address(row, "change"), **{f"clear_{name}": "on"})
    assert stored(row, name) == ""
    assert "Not set." in admin.get(address(row, "change")).content.decode()


def test_entering_and_clearing_at_once_is_refused(admin: Client, ours: House) -> None:
    url = address(ours.environment, "change")
    answer = save(admin, url, new_client_secret="x", clear_client_secret="on")
    assert "not both" in errors(answer)
    assert stored(ours.environment, "client_secret") == SECRETS[0]


def test_what_was_typed_is_not_sent_back_with_an_error(admin: Client, ours: House) -> None:
    answer = save(
        admin, address(ours.environment, "change"), new_client_secret="typed-canary", host="nonsense"
    )
    assert errors(answer)
    assert "typed-canary" not in answer.content.decode()


def test_a_fingerprint_tells_secrets_apart(admin: Client, ours: House) -> None:
    page = admin.get(address(ours.account, "change")).content.decode()
    assert f"fingerprint {fingerprint(SECRETS[1])}" in page
    assert f"fingerprint {fingerprint(SECRETS[2])}" in page


def test_a_new_connection_takes_its_secret(admin: Client, ours: House) -> None:
    data = {
        "tenant": ours.tenant.pk,
        "name": "Second",
        "host": "https://second.operations.dynamics.com/",
        "directory_tenant": "d",
        "client_id": "c",
        "concurrency": 4,
        "new_client_secret": "second-secret",
        "legal_entities-TOTAL_FORMS": 0,
        "legal_entities-INITIAL_FORMS": 0,
    }
    admin.post(address(DynamicsEnvironment, "add"), data)
    made = DynamicsEnvironment.objects.get(name="Second")
    assert made.client_secret == "second-secret"
    assert made.host == "https://second.operations.dynamics.com"
    assert made.webhook_token


def test_a_lost_key_spoils_no_list_and_says_what_to_do(admin: Client, ours: House) -> None:
    with connection.cursor() as cursor:
        for model, columns in (
            (DynamicsEnvironment, ("client_secret", "webhook_token")),
            (MondayAccount, ("api_token", "signing_secret")),
        ):
            for column in columns:
                cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = 'gAAAAA-of-another-key'")
    for model in MODELS:
        assert admin.get(address(model)).status_code == 200, model
    for row in ours.rows():
        assert admin.get(address(row, "change")).status_code == 200, row
    page = admin.get(address(ours.environment, "change")).content.decode()
    assert "does not open with FIELD_ENCRYPTION_KEY" in page
    save(admin, address(ours.environment, "change"), new_client_secret="anew")
    assert DynamicsEnvironment.objects.defer("webhook_token").get().client_secret == "anew"
