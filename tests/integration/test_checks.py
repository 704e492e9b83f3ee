"""The doorman: what would hurt later is refused at start, with how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks

from integration_portal import checks

Check = Callable[..., list[CheckMessage]]


def found(check: Check) -> list[tuple[str | None, str]]:
    messages = check()
    assert all(message.hint for message in messages)
    return [(message.id, str(message.msg)) for message in messages]


def test_the_settings_of_the_tests_pass() -> None:
    assert run_checks(tags=[checks.TAG]) == []


class TestKeys:
    def test_a_missing_key_is_named(self, settings: Any) -> None:
        settings.MISSING_KEYS = ["SECRET_KEY", "FIELD_ENCRYPTION_KEY"]
        assert found(checks.keys_are_given) == [
            ("portal.E001", "SECRET_KEY is not set."),
            ("portal.E001", "FIELD_ENCRYPTION_KEY is not set."),
        ]

    @pytest.mark.parametrize("key", ["short", "x" * 44, "dGVzdA=="])
    def test_what_is_no_key_is_refused_without_being_shown(self, settings: Any, key: str) -> None:
        settings.FIELD_ENCRYPTION_KEY = [*settings.FIELD_ENCRYPTION_KEY, key]
        [(id_, message)] = found(checks.keys_are_given)
        assert (id_, key in message) == ("portal.E002", False)


class TestAddresses:
    @pytest.mark.parametrize(
        ("name", "address", "fine"),
        [
            ("MONDAY_API_URL", "https://api.monday.com/v2", True),
            ("MONDAY_API_URL", "http://127.0.0.1:9000/v2", True),
            ("MONDAY_API_URL", "http://api.monday.com/v2", False),
            ("MONDAY_API_URL", "api.monday.com", False),
            ("ENTRA_URL", "https://login.microsoftonline.com", True),
            ("ENTRA_URL", "https://login.microsoftonline.com/common", False),
            ("ENTRA_URL", "https://user:pw@login.microsoftonline.com", False),
        ],
    )
    def test_they_are_hosts_a_token_may_go_to(
        self, settings: Any, name: str, address: str, fine: bool
    ) -> None:
        settings.ALLOW_LOOPBACK_HTTP = True
        setattr(settings, name, address)
        messages = found(checks.addresses_are_safe)
        assert ([id_ for id_, _ in messages] == []) == fine
        assert all(id_ == "portal.E003" and message.startswith(name) for id_, message in messages)

    def test_plain_http_needs_the_setting_even_here(self, settings: Any) -> None:
        settings.ALLOW_LOOPBACK_HTTP, settings.MONDAY_API_URL = False, "http://127.0.0.1:9000/v2"
        assert len(found(checks.addresses_are_safe)) == 1


class TestSizes:
    @pytest.mark.parametrize(
        ("name", "value", "fine"),
        [
            ("WORKERS", 1, True),
            ("WORKERS", 0, False),
            ("TASK_TIMEOUT_S", 150, True),
            ("TASK_TIMEOUT_S", 149, False),
            ("WORKER_SILENCE_S", 5.9, False),
            ("RETRY_BASE_S", 0.5, True),
            ("RETRY_BASE_S", 0.0, False),
            ("RETRY_BASE_S", 61.0, False),
            ("MAX_WEBHOOK_BYTES", 65_535, False),
        ],
    )
    def test_numbers_are_in_their_range(self, settings: Any, name: str, value: float, fine: bool) -> None:
        setattr(settings, name, value)
        assert found(checks.sizes_make_sense) == ([] if fine else [("portal.E004", f"{name} is {value}.")])


class TestTheOutside:
    def test_plain_http_is_warned_of(self, settings: Any) -> None:
        settings.HTTPS = False
        assert found(checks.outside_is_https) == [("portal.W001", "PORTAL_URL is not https.")]

    def test_https_is_fine(self, settings: Any) -> None:
        settings.HTTPS = True
        assert found(checks.outside_is_https) == []
