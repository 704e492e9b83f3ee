"""The doorman: settings that would hurt later are refused at start, each with how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from connectors.hosts import check_base_url

TAG = "portal"

HOW_TO_MAKE_KEYS = (
    "`make demo` writes both into .env for a trial. For production put them into the environment: SECRET_KEY is 50 random "
    "characters; FIELD_ENCRYPTION_KEY comes from "
    "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`. Keep a copy of the latter: "
    "without it the stored tokens cannot be read."
)


@register(TAG)
def keys_are_given(**_kwargs: Any) -> list[CheckMessage]:
    """Both keys are there, and the encryption keys are Fernet keys."""
    found: list[CheckMessage] = [
        Error(f"{name} is not set.", hint=HOW_TO_MAKE_KEYS, id="portal.E001")
        for name in settings.MISSING_KEYS
    ]
    for key in settings.FIELD_ENCRYPTION_KEY:
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error("FIELD_ENCRYPTION_KEY is not a Fernet key.", hint=HOW_TO_MAKE_KEYS, id="portal.E002")
            )
    return found


@register(TAG)
def addresses_are_safe(**_kwargs: Any) -> list[CheckMessage]:
    """monday and Entra are spoken to over https, or over http on this machine only when allowed."""
    found: list[CheckMessage] = []
    for name in ("MONDAY_API_URL", "ENTRA_URL"):
        try:
            check_base_url(
                getattr(settings, name),
                allow_loopback_http=settings.ALLOW_LOOPBACK_HTTP,
                allow_path=name == "MONDAY_API_URL",
            )
        except ValueError as wrong:
            hint = (
                "Leave it out for the vendor's own address. For the sandbox set ALLOW_LOOPBACK_HTTP=true too."
            )
            found.append(Error(f"{name}: {wrong}", hint=hint, id="portal.E003"))
    return found


@register(TAG)
def sizes_make_sense(**_kwargs: Any) -> list[CheckMessage]:
    """Numbers are in their range."""
    rules: list[tuple[str, Callable[[float], bool], str]] = [
        ("WORKERS", lambda value: value >= 1, "at least 1"),
        (
            "TASK_TIMEOUT_S",
            lambda value: value >= 150,
            "at least 150: a first answer of Dynamics may take two minutes",
        ),
        (
            "WORKER_SILENCE_S",
            lambda value: value >= 6,
            "at least 6: a sign of life is asked for every 2 seconds",
        ),
        ("RETRY_BASE_S", lambda value: 0 < value <= 60, "between 0 and 60"),
        ("MAX_WEBHOOK_BYTES", lambda value: value >= 65_536, "at least 65536"),
    ]
    return [
        Error(f"{name} is {getattr(settings, name)}.", hint=f"It should be {range_}.", id="portal.E004")
        for name, fits, range_ in rules
        if not fits(getattr(settings, name))
    ]


@register(TAG, deploy=True)
def outside_is_https(**_kwargs: Any) -> list[CheckMessage]:
    """Webhooks come in over https."""
    if settings.HTTPS:
        return []
    hint = "Set PORTAL_URL to the public https address; both vendors deliver webhooks to https only."
    return [Warning("PORTAL_URL is not https.", hint=hint, id="portal.W001")]
