"""From rows to ready clients, and back to paused rows."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone
from encrypted_model_fields import fields as package

from connectors import connections, registry
from connectors.dynamics.client import DynamicsClient
from connectors.errors import Misconfigured, RateLimited
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from connectors.monday.client import MondayClient
from connectors.transport import Exchange
from tests.fakes.samples import HOST
from tests.integration.conftest import Portal, make_tenant


@pytest.fixture
def rows(db: None) -> Portal:
    """The rows, with the real door in front of them."""
    return make_tenant()


class TestWebhookTokens:
    def test_every_environment_has_one_from_the_start(self, rows: Portal) -> None:
        token = rows.environment.webhook_token
        assert len(token) >= 43
        found = registry.environment_of_webhook(token)
        assert found == rows.environment
        other = make_tenant("Fabrikam")
        assert other.environment.webhook_token != token

    def test_saving_again_keeps_it(self, rows: Portal) -> None:
        before = rows.environment.webhook_token
        rows.environment.save()
        assert DynamicsEnvironment.objects.get().webhook_token == before

    @pytest.mark.parametrize("token", ["", "nonsense", "x" * 500, "ünïcode"])
    def test_nobody_else_has_one(self, rows: Portal, token: str) -> None:
        assert registry.environment_of_webhook(token) is None

    def test_the_table_alone_opens_no_door(self, rows: Portal) -> None:
        assert registry.environment_of_webhook(rows.environment.webhook_digest) is None

    def test_after_a_rotation_both_are_good_for_a_while(self, rows: Portal) -> None:
        old = rows.environment.webhook_token
        rows.environment.rotate_webhook_token(keep_old=timedelta(hours=24))
        assert rows.environment.webhook_token != old
        assert registry.environment_of_webhook(old) == rows.environment
        assert registry.environment_of_webhook(rows.environment.webhook_token) == rows.environment

    def test_then_the_old_one_is_not(self, rows: Portal) -> None:
        old = rows.environment.webhook_token
        rows.environment.rotate_webhook_token(keep_old=timedelta(hours=24))
        DynamicsEnvironment.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
        assert registry.environment_of_webhook(old) is None

    def test_two_rotations_leave_two(self, rows: Portal) -> None:
        first = rows.environment.webhook_token
        rows.environment.rotate_webhook_token(keep_old=timedelta(hours=24))
        rows.environment.rotate_webhook_token(keep_old=timedelta(hours=24))
        assert registry.environment_of_webhook(first) is None


class TestClients:
    def test_a_row_becomes_a_client(self, rows: Portal) -> None:
        assert isinstance(connections.dynamics(rows.environment), DynamicsClient)
        assert isinstance(connections.monday(rows.account), MondayClient)

    def test_a_missing_secret_is_said_before_anything_is_sent(self, rows: Portal) -> None:
        rows.environment.client_secret = ""
        with pytest.raises(Misconfigured, match="Contoso · Production has no client secret"):
            connections.dynamics(rows.environment)
        rows.account.api_token = ""
        with pytest.raises(Misconfigured, match="Contoso · Boards has no API token"):
            connections.monday(rows.account)

    @pytest.mark.parametrize(
        "host", ["http://contoso.operations.dynamics.com", f"{HOST}/data", "https://u:p@host", ""]
    )
    def test_so_is_a_host_no_token_should_go_to(self, rows: Portal, host: str) -> None:
        rows.environment.host = host
        with pytest.raises(Misconfigured):
            connections.dynamics(rows.environment)

    def test_so_is_a_bad_address_of_monday(self, rows: Portal, settings: Any) -> None:
        settings.MONDAY_API_URL = "http://api.monday.com/v2"
        with pytest.raises(Misconfigured):
            connections.monday(rows.account)

    def test_plain_http_on_this_machine_needs_the_setting(self, rows: Portal, settings: Any) -> None:
        rows.environment.host = "http://127.0.0.1:9000"
        settings.ALLOW_LOOPBACK_HTTP = True
        connections.dynamics(rows.environment)
        settings.ALLOW_LOOPBACK_HTTP = False
        with pytest.raises(Misconfigured):
            connections.dynamics(rows.environment)

    def test_tokens_are_kept_for_each_host_and_a_new_secret_starts_anew(self, rows: Portal) -> None:
        connections.dynamics(rows.environment)
        connections.dynamics(rows.environment)
        assert len(connections._tokens) == 1
        rows.environment.client_secret = "a new one"
        connections.dynamics(rows.environment)
        rows.environment.host = "https://other.operations.dynamics.com"
        connections.dynamics(rows.environment)
        assert len(connections._tokens) == 3
        assert "a new one" not in str(list(connections._tokens))

    def test_connections_stay_open_within_a_thread_and_are_never_shared(self, rows: Portal) -> None:
        connections.monday(rows.account)
        connections.monday(rows.account)
        assert len(connections._transports) == 1
        thread = threading.Thread(
            target=lambda: connections._transport("monday", f"account:{rows.account.pk}")
        )
        thread.start()
        thread.join()
        assert len(connections._transports) == 2


class TestBudgets:
    def test_an_environment_has_its_own_concurrency(self, rows: Portal) -> None:
        rows.environment.concurrency = 1
        connections.environment_budget(rows.environment).reserve()
        with pytest.raises(RateLimited):
            connections.environment_budget(rows.environment).reserve()

    def test_an_accounts_limits_come_from_its_row(self, rows: Portal) -> None:
        assert connections.account_budget(rows.account).headroom() == {
            "in_flight": 0,
            "places_left": 20,
            "requests_left": 1000,
            "mutations_left": 40,
            "complexity_left": 5_000_000,
            "calls_left_today": 1000,
        }

    def test_an_empty_cap_is_none(self, rows: Portal) -> None:
        rows.account.mutations_per_window = rows.account.calls_per_day = None
        assert set(connections.account_budget(rows.account).headroom()) == {
            "in_flight",
            "places_left",
            "requests_left",
            "complexity_left",
        }


class TestExchanges:
    EXCHANGE = Exchange("monday", "create_item", "POST", "https://api.monday.com/v2", 200, 12, "r-1", "", 1.0)

    def test_calls_inside_the_block_are_collected(self) -> None:
        connections._note(self.EXCHANGE)
        with connections.recorded_exchanges() as made:
            connections._note(self.EXCHANGE)
            with connections.recorded_exchanges() as inner:
                connections._note(self.EXCHANGE)
        connections._note(self.EXCHANGE)
        assert (made, inner) == ([self.EXCHANGE], [self.EXCHANGE])


class TestAKeyThatWasLost:
    def test_a_connection_whose_secrets_do_not_open_needs_a_person(
        self, rows: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(package, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))
        with pytest.raises(Misconfigured, match="does not open with FIELD_ENCRYPTION_KEY"):
            registry.load_environment(rows.environment.pk)
        with pytest.raises(Misconfigured, match="does not open with FIELD_ENCRYPTION_KEY"):
            registry.load_account(rows.account.pk)


class TestPausing:
    def test_the_first_pause_is_told_and_the_rest_are_not(self, rows: Portal) -> None:
        scope = f"account:{rows.account.pk}"
        assert registry.pause(scope, "Refused.")
        assert not registry.pause(scope, "Again.")
        account = registry.load_account(rows.account.pk)
        assert account.paused_at is not None
        assert account.paused_reason == "Refused."
        assert registry.paused_scopes() == {scope}

    def test_a_resumed_connection_is_called_again(self, rows: Portal) -> None:
        scope = f"environment:{rows.environment.pk}"
        assert not registry.resume(scope)
        registry.pause(scope, "Refused.")
        assert registry.resume(scope)
        environment = registry.load_environment(rows.environment.pk)
        assert (environment.paused_at, environment.paused_reason) == (None, "")
        assert registry.paused_scopes() == set()

    def test_a_tenant_that_is_off_takes_its_connections_with_it(self, rows: Portal) -> None:
        Tenant.objects.update(active=False)
        assert registry.paused_scopes() == {
            f"environment:{rows.environment.pk}",
            f"account:{rows.account.pk}",
        }


class TestRows:
    def test_a_host_is_brought_into_its_one_form(self, rows: Portal) -> None:
        rows.environment.host = "https://Contoso.Operations.Dynamics.com/"
        rows.environment.clean()
        assert rows.environment.host == HOST

    @pytest.mark.parametrize(
        "host", [f"{HOST}/namespaces/AXSF", "contoso.operations.dynamics.com", "ftp://x.y"]
    )
    def test_a_bad_host_is_refused_with_a_sentence(self, rows: Portal, host: str) -> None:
        rows.environment.host = host
        with pytest.raises(ValidationError) as raised:
            rows.environment.clean()
        assert "https://" in str(raised.value.message_dict["host"][0])

    def test_companies_are_lower_case_and_there_once(self, rows: Portal) -> None:
        entity = LegalEntity.objects.create(environment=rows.environment, data_area_id=" GBSI ")
        assert (entity.data_area_id, str(entity)) == ("gbsi", "gbsi")
        with pytest.raises(IntegrityError):
            LegalEntity.objects.create(environment=rows.environment, data_area_id="USMF")

    def test_a_host_is_there_once_for_a_tenant(self, rows: Portal) -> None:
        with pytest.raises(IntegrityError):
            DynamicsEnvironment.objects.create(tenant=rows.tenant, name="Again", host=HOST)

    def test_an_account_goes_by_its_name(self, rows: Portal) -> None:
        assert (str(rows.tenant), str(rows.account)) == ("Contoso", "Contoso · Boards")
        with pytest.raises(IntegrityError):
            MondayAccount.objects.create(tenant=rows.tenant, name="Boards")
