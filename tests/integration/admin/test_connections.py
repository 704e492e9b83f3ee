"""Pages of environments and accounts: what they show, Test connection, Resume, Rotate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Action, AuditEntry
from connectors import connections, registry
from connectors.dynamics.model import Ping
from connectors.errors import AuthFailed, ConnectorError
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount
from connectors.monday.model import Me
from integration_portal.models import InboundEvent, State
from tests.integration.admin.conftest import House, event_of
from tests.integration.admin.pages import address, errors, press, said, save

COMPANIES = tuple(f"c{number:02}" for number in range(25))
ME = Me("1", "Ann Bell", "ann@example.com", "9", "Alpha Boards", "alpha", "pro", "2026-10")


@dataclass
class FakeDynamics:
    answer: Ping | ConnectorError

    def ping(self) -> Ping:
        if isinstance(self.answer, ConnectorError):
            raise self.answer
        return self.answer


@dataclass
class FakeMonday:
    answer: Me | ConnectorError

    def me(self) -> Me:
        if isinstance(self.answer, ConnectorError):
            raise self.answer
        return self.answer


def answering(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    """Put fakes in place of both clients."""
    monkeypatch.setattr(connections, "dynamics", lambda environment: FakeDynamics(answer))  # type: ignore[arg-type]
    monkeypatch.setattr(connections, "monday", lambda account: FakeMonday(answer))  # type: ignore[arg-type]


def trail_of(action: Action) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


class TestTestConnection:
    def test_tells_what_dynamics_answered(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, Ping("10.0.43", "usmf", COMPANIES))
        answer = press(admin, ours.environment, "check_connection")
        for part in ("10.0.43", "default company usmf", "c00, c01", "and 5 more"):
            assert part in said(answer)
        entry = trail_of(Action.CONNECTION_TESTED)
        assert (entry.actor, entry.tenant_id) == ("root", ours.tenant.pk)
        assert entry.detail == said(answer)

    def test_tells_that_nothing_can_be_read(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, Ping("", "", ()))
        sentence = said(press(admin, ours.environment, "check_connection"))
        assert "No legal entity is visible" in sentence
        assert "its version is not shown" in sentence

    def test_tells_what_monday_answered(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, ME)
        sentence = said(press(admin, ours.account, "check_connection"))
        for part in ("Ann Bell", "ann@example.com", "Alpha Boards", "pro plan", "2026-10 is served."):
            assert part in sentence

    def test_tells_when_another_version_is_served(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        MondayAccount.objects.update(api_version="2026-07")
        answering(monkeypatch, Me("1", "Ann", "a@x", "9", "Alpha", "alpha", "", "2026-10"))
        sentence = said(press(admin, ours.account, "check_connection"))
        assert "although 2026-07 was asked for" in sentence
        assert "plan" not in sentence

    @pytest.mark.parametrize("part", ["environment", "account"])
    def test_shows_the_sentence_of_a_failure_and_keeps_the_pause(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        row = getattr(ours, part)
        registry.pause(f"{part}:{row.pk}", "Refused.")
        answering(
            monkeypatch, AuthFailed("The secret has expired. Make a new one.", system="entra", status=401)
        )
        answer = press(admin, row, "check_connection")
        assert "The secret has expired. Make a new one." in said(answer)
        row.refresh_from_db()
        assert row.paused_at
        assert "expired" in trail_of(Action.CONNECTION_TESTED).detail

    @pytest.mark.parametrize("part", ["environment", "account"])
    def test_resumes_a_paused_connection_and_wakes_what_waited(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        row = getattr(ours, part)
        scope = f"{part}:{row.pk}"
        registry.pause(scope, "Refused.")
        later = timezone.now() + timedelta(hours=1)
        event = event_of(ours.environment, "waiting", waits_for=scope, next_attempt_at=later)
        answering(monkeypatch, Ping("10", "usmf", ("usmf",)) if part == "environment" else ME)
        answer = press(admin, row, "check_connection")
        assert "1 waiting event will be tried now" in said(answer)
        row.refresh_from_db()
        event.refresh_from_db()
        assert row.paused_at is None
        assert event.waits_for == "" and event.next_attempt_at <= timezone.now()
        assert trail_of(Action.CONNECTION_RESUMED).detail == "The test succeeded."

    @pytest.mark.parametrize(("part", "name"), [("environment", "client_secret"), ("account", "api_token")])
    def test_says_that_a_secret_is_missing(self, admin: Client, ours: House, part: str, name: str) -> None:
        row = getattr(ours, part)
        setattr(row, name, "")
        row.save()
        assert "Enter one and press Test connection" in said(press(admin, row, "check_connection"))

    def test_changes_nothing_when_only_looked_at(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, ME)
        before = AuditEntry.objects.count()
        for row, actions in (
            (ours.environment, ("check_connection", "resume", "rotate_url")),
            (ours.account, ("check_connection", "resume")),
        ):
            for action in actions:
                url = reverse(f"admin:connectors_{row._meta.model_name}_{action}", args=[row.pk])
                assert admin.get(url).status_code == 200
        assert AuditEntry.objects.count() == before

    def test_returns_the_theme_s_own_way_when_asked_from_a_dialog(
        self, admin: Client, ours: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answering(monkeypatch, ME)
        url = reverse("admin:connectors_mondayaccount_check_connection", args=[ours.account.pk])
        answer = admin.post(url, {"_form_submitted": "on"}, headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"] == address(ours.account, "change")


class TestResume:
    def test_wakes_what_waited(self, admin: Client, ours: House) -> None:
        scope = f"account:{ours.account.pk}"
        registry.pause(scope, "Refused.")
        event_of(ours.environment, "one", waits_for=scope)
        event_of(ours.environment, "two", waits_for=scope)
        sentence = said(press(admin, ours.account, "resume"))
        assert "no longer paused; 2 waiting events will be tried now." in sentence
        assert trail_of(Action.CONNECTION_RESUMED).actor == "root"

    def test_says_when_nothing_waited(self, admin: Client, ours: House) -> None:
        registry.pause(f"account:{ours.account.pk}", "Refused.")
        assert "no event waited for it" in said(press(admin, ours.account, "resume"))

    def test_says_when_it_was_not_paused(self, admin: Client, ours: House) -> None:
        assert "was not paused" in said(press(admin, ours.account, "resume"))
        assert not AuditEntry.objects.filter(action=Action.CONNECTION_RESUMED).exists()

    def test_is_offered_only_where_something_is_paused(self, admin: Client, ours: House) -> None:
        url = address(ours.account, "change")
        resume = reverse("admin:connectors_mondayaccount_resume", args=[ours.account.pk])
        assert resume not in admin.get(url).content.decode()
        registry.pause(f"account:{ours.account.pk}", "The token was refused.")
        page = admin.get(url).content.decode()
        assert resume in page
        assert "The token was refused." in page


class TestRotate:
    def test_makes_a_new_url_and_keeps_the_old_one_for_a_day(self, admin: Client, ours: House) -> None:
        old = ours.environment.webhook_token
        answer = press(admin, ours.environment, "rotate_url")
        now = DynamicsEnvironment.objects.get(pk=ours.environment.pk)
        assert now.webhook_token != old
        assert now.client_secret == ours.environment.client_secret
        for token in (old, now.webhook_token):
            found = registry.environment_of_webhook(token)
            assert found and found.pk == now.pk
        assert now.previous_until and timedelta(hours=23) < now.previous_until - timezone.now() <= timedelta(
            hours=24
        )
        assert "another 24 hours" in said(answer)
        assert now.webhook_token in answer.content.decode()
        assert old not in answer.content.decode()
        entry = trail_of(Action.TOKEN_ROTATED)
        assert entry.actor == "root" and now.webhook_token not in str(entry.__dict__)

    def test_the_page_says_until_when_the_old_one_works(self, admin: Client, ours: House) -> None:
        url = address(ours.environment, "change")
        assert "Never rotated." in admin.get(url).content.decode()
        ours.environment.rotate_webhook_token(keep_old=timedelta(hours=1))
        assert "Works until" in admin.get(url).content.decode()
        ours.environment.rotate_webhook_token(keep_old=timedelta(hours=-1))
        assert "Worked until" in admin.get(url).content.decode()


class TestPages:
    def test_the_webhook_url_is_shown_with_a_button_to_copy_it(
        self, admin: Client, ours: House, settings: object
    ) -> None:
        settings.PORTAL_URL = "https://portal.example.com"  # type: ignore[attr-defined]
        page = admin.get(address(ours.environment, "change")).content.decode()
        assert f"https://portal.example.com/webhooks/dynamics/{ours.environment.webhook_token}/" in page
        assert 'data-copy="copy-source"' in page
        assert "integration_portal/copy.js" in page

    def test_what_is_left_of_the_limits_is_shown(self, admin: Client, ours: House) -> None:
        connections.account_budget(ours.account).reserve(mutations=3)
        connections.environment_budget(ours.environment).reserve()
        page = admin.get(address(ours.account, "change")).content.decode()
        assert "Writes left in this window" in page and ">37<" in page
        page = admin.get(address(ours.environment, "change")).content.decode()
        assert "Calls that may start now" in page and ">3<" in page

    def test_a_host_with_a_path_is_refused_with_a_sentence(self, admin: Client, ours: House) -> None:
        url = address(ours.environment, "change")
        assert "without /data" in errors(save(admin, url, host="https://x.operations.dynamics.com/data"))

    def test_a_name_that_is_taken_is_refused_although_the_tenant_is_fixed(
        self, admin: Client, ours: House
    ) -> None:
        MondayAccount.objects.create(tenant=ours.tenant, name="Second")
        answer = save(admin, address(ours.account, "change"), name="Second")
        assert answer.status_code == 200
        assert "already exists" in errors(answer)

    def test_a_help_text_shows_its_angle_brackets(self, admin: Client, ours: House) -> None:
        page = admin.get(address(ours.environment, "change")).content.decode()
        assert "https://&lt;environment&gt;.operations.dynamics.com" in page

    def test_legal_entities_are_edited_with_their_environment(self, admin: Client, ours: House) -> None:
        changes = {
            "legal_entities-TOTAL_FORMS": "2",
            "legal_entities-1-data_area_id": " USMF ",
            "legal_entities-1-name": "Contoso Entertainment",
            "legal_entities-1-environment": ours.environment.pk,
        }
        save(admin, address(ours.environment, "change"), **changes)
        assert LegalEntity.objects.filter(environment=ours.environment, data_area_id="usmf").exists()

    def test_lists_say_what_is_paused_or_switched_off(
        self, admin: Client, ours: House, theirs: House
    ) -> None:
        registry.pause(f"environment:{ours.environment.pk}", "Refused.")
        theirs.tenant.active = False
        theirs.tenant.save()
        page = admin.get(address(DynamicsEnvironment)).content.decode()
        assert "Paused" in page and "Tenant switched off" in page
        shown = admin.get(address(DynamicsEnvironment), {"paused": "yes"}).context["cl"].result_list
        assert list(shown) == [ours.environment]

    def test_deleting_an_environment_with_events_is_refused(self, admin: Client, ours: House) -> None:
        page = admin.get(address(ours.environment, "delete")).content.decode()
        assert "protected" in page or "permission" in page
        assert InboundEvent.objects.filter(state=State.DEAD).exists()
