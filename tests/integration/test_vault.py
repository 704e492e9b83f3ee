"""Secrets at rest: what the package below leaves open is closed."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.forms import modelform_factory
from encrypted_model_fields import fields as package

from connectors.models import DynamicsEnvironment, MondayAccount
from connectors.vault import MASK, SecretUnreadable, digest, fingerprint, is_secret
from tests.integration.conftest import Portal


def stored(portal: Portal) -> str:
    """What really stands in the table."""
    with connection.cursor() as cursor:
        cursor.execute("select api_token from connectors_mondayaccount where id = %s", [portal.account.pk])
        return str(cursor.fetchone()[0])


def reread(portal: Portal) -> str:
    return MondayAccount.objects.get(pk=portal.account.pk).api_token


class TestAtRest:
    def test_a_secret_is_encrypted_in_the_table_and_plain_in_the_program(self, portal: Portal) -> None:
        assert "monday-token" not in stored(portal)
        assert reread(portal) == "monday-token"

    def test_two_equal_secrets_do_not_look_alike(self, portal: Portal) -> None:
        first = stored(portal)
        portal.account.save()
        assert stored(portal) != first
        assert reread(portal) == "monday-token"

    def test_an_update_encrypts_too(self, portal: Portal) -> None:
        MondayAccount.objects.update(api_token="other")
        assert stored(portal) != "other"
        assert reread(portal) == "other"

    def test_an_empty_secret_stays_empty(self, portal: Portal) -> None:
        assert MondayAccount.objects.get().signing_secret == ""

    def test_other_characters_come_through(self, portal: Portal) -> None:
        MondayAccount.objects.update(api_token="pä$$ wörd\n\u4e2d")
        assert reread(portal) == "pä$$ wörd\n\u4e2d"

    def test_nothing_is_nothing(self) -> None:
        assert MondayAccount._meta.get_field("api_token").from_db_value(None, None, None) is None


class TestTheFiveHoles:
    def test_a_bulk_update_is_refused_instead_of_encrypting_its_own_sql(self, portal: Portal) -> None:
        portal.account.api_token = "new"
        with (
            pytest.raises(FieldError, match="api_token is a secret: save it through the model"),
            transaction.atomic(),
        ):
            MondayAccount.objects.bulk_update([portal.account], ["api_token"])
        assert reread(portal) == "monday-token"

    @pytest.mark.parametrize("expression", [F("name"), Value("x"), Concat(F("name"), Value("x"))])
    def test_so_is_an_update_by_an_expression(self, portal: Portal, expression: Any) -> None:
        with pytest.raises(FieldError), transaction.atomic():
            MondayAccount.objects.update(api_token=expression)
        assert reread(portal) == "monday-token"

    def test_a_wrong_key_is_an_error_and_never_hands_out_the_ciphertext(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(package, "CRYPTER", MultiFernet([Fernet(Fernet.generate_key())]))
        with pytest.raises(
            SecretUnreadable, match=r"The stored MondayAccount\.api_token does not open"
        ) as raised:
            MondayAccount.objects.get()
        assert "Put the key it was written with back" in str(raised.value)

    def test_a_second_key_in_the_list_opens_what_it_wrote(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new = MultiFernet([Fernet(Fernet.generate_key()), *package.CRYPTER._fernets])
        monkeypatch.setattr(package, "CRYPTER", new)
        assert reread(portal) == "monday-token"

    def test_a_ciphertext_that_is_pasted_in_stays_a_text(self, portal: Portal) -> None:
        ciphertext = stored(portal)
        assert MondayAccount._meta.get_field("signing_secret").to_python(ciphertext) == ciphertext
        portal.account.signing_secret = ciphertext
        portal.account.full_clean()
        portal.account.save()
        assert MondayAccount.objects.get().signing_secret == ciphertext

    @pytest.mark.parametrize(
        "lookup", ["", "__exact", "__in", "__contains", "__startswith", "__gt", "__iexact"]
    )
    def test_it_cannot_be_searched(self, portal: Portal, lookup: str) -> None:
        value = ["monday-token"] if lookup == "__in" else "monday-token"
        with pytest.raises(FieldError, match="api_token is a secret and cannot be searched"):
            MondayAccount.objects.filter(**{f"api_token{lookup}": value}).exists()

    def test_whether_there_is_one_may_be_asked(self, portal: Portal) -> None:
        assert MondayAccount.objects.filter(api_token__isnull=False).exists()

    def test_a_dump_shows_a_mask(self, portal: Portal) -> None:
        out = StringIO()
        call_command("dumpdata", "connectors", stdout=out)
        assert "monday-token" not in out.getvalue()
        assert "dynamics-secret" not in out.getvalue()
        assert portal.environment.webhook_token not in out.getvalue()
        assert f'"api_token": "{MASK}"' in out.getvalue()
        assert '"signing_secret": ""' in out.getvalue()

    def test_a_form_made_from_the_model_has_no_field_for_it(self) -> None:
        assert set(modelform_factory(MondayAccount, fields=["name", "api_token"]).base_fields) == {"name"}


class TestNames:
    def test_secret_fields_are_told_from_others(self) -> None:
        secret = [field.name for field in DynamicsEnvironment._meta.get_fields() if is_secret(field)]
        assert secret == ["client_secret", "webhook_token"]

    def test_a_fingerprint_names_a_secret_without_showing_it(self, settings: Any) -> None:
        assert fingerprint("") == ""
        assert len(fingerprint("a")) == 8
        assert fingerprint("a") == fingerprint("a") != fingerprint("b")
        before = fingerprint("a")
        settings.SECRET_KEY = "another installation"
        assert fingerprint("a") != before

    def test_a_digest_is_for_looking_up(self) -> None:
        assert digest("a") == digest("a") != digest("b")
        assert len(digest("a")) == 64
