"""What is shown and what is not."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.redaction import HIDDEN, redact_text, redact_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/data/VendorsV2?$filter=a", "https://h/data/VendorsV2?$filter=a"),
        ("https://u:p@h:8/x", "https://h:8/x"),
        ("/webhooks/dynamics/AbC-123/", "/webhooks/dynamics/[redacted]/"),
        ("https://h/webhooks/monday/tok?x=1", "https://h/webhooks/monday/[redacted]?x=1"),
        (
            "https://h/x?code=1&Sig=2&$skiptoken=3&%24skiptoken=4",
            "https://h/x?code=[redacted]&Sig=[redacted]&$skiptoken=3&%24skiptoken=4",
        ),
        (
            "https://h/x?access_token=1&client-secret=2&page=3",
            "https://h/x?access_token=[redacted]&client-secret=[redacted]&page=3",
        ),
        ("https://h/x#access_token=1", "https://h/x"),
        ("https://h/x?flag&page=1", "https://h/x?flag&page=1"),
        ("https://h/x?flag&key=1", "https://h/x?flag&key=[redacted]"),
        ("http://[broken", "[unreadable address]"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url, shown):
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    "text",
    [
        "sent Authorization: Bearer abc.DEF-1==",
        "token eyJhbGciOi.eyJzdWIi.c2ln was refused",
        "body client_secret=abc%2B1&scope=x",
    ],
)
def test_what_looks_like_a_token_is_hidden_even_when_nobody_named_it(text):
    shown = redact_text(text)
    assert HIDDEN in shown
    assert not any(part in shown for part in ("abc", "eyJ"))


def test_ordinary_sentences_stay_as_they_are():
    text = "The value 'Local' in field 'Customer group' is not found (code 12)."
    assert redact_text(text, ["", "  "]) == text


@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_hidden_in_every_spelling(secret, before, after):
    assume(
        secret.strip() and secret not in HIDDEN and secret not in before + HIDDEN + HIDDEN + HIDDEN + after
    )
    try:
        secret.encode()
    except UnicodeEncodeError:
        assume(False)
    for spelling in (secret, quote_plus(secret), json.dumps(secret)[1:-1]):
        assert secret not in redact_text(f"{before}{HIDDEN}{spelling}{HIDDEN}{after}", [secret])
