"""Addresses as operators type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hosts import check_base_url, is_loopback


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://contoso.operations.dynamics.com", "https://contoso.operations.dynamics.com"),
        ("  HTTPS://Contoso.Operations.Dynamics.COM/ ", "https://contoso.operations.dynamics.com"),
        ("https://contoso.operations.dynamics.com:443//", "https://contoso.operations.dynamics.com"),
        ("https://contoso.operations.dynamics.com./", "https://contoso.operations.dynamics.com"),
        ("https://erp.example:8443", "https://erp.example:8443"),
        (
            "https://usnconeboxax1aos.cloud.onebox.dynamics.com",
            "https://usnconeboxax1aos.cloud.onebox.dynamics.com",
        ),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("https://127.0.0.1:9001", "https://127.0.0.1:9001"),
    ],
)
def test_an_address_is_brought_into_the_form_dynamics_compares_with(typed, meant):
    assert check_base_url(typed, allow_loopback_http=False) == meant


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "is blank"),
        ("   ", "is blank"),
        ("contoso.operations.dynamics.com", "write it like https://contoso.operations.dynamics.com"),
        ("//contoso.example", "write it like https://contoso.example"),
        ("http://contoso.example", "Write https://contoso.example"),
        ("ftp://contoso.example", "not ftp://"),
        ("https://", "no valid host name"),
        ("https://?x", "no valid host name"),
        ("https://-bad.example", "no valid host name"),
        ("https://a..example", "no valid host name"),
        ("https://" + "a" * 70 + ".example", "no valid host name"),
        ("https://user:pw@contoso.example", "user name or password. Write only https://contoso.example"),
        ("https://@contoso.example", "user name or password"),
        ("https://contoso.example/data", "without /data. Write only https://contoso.example"),
        ("https://contoso.example?cmp=usmf", "before any \\? or #"),
        ("https://contoso.example/#x", "before any \\? or #"),
        ("https://contoso.example:99999", "cannot be read"),
        ("https://contoso.example:port", "cannot be read"),
        ("https://contoso.example:0", "port 0"),
        ("https://[::1", "cannot be read"),
        ("https://con toso.example", "a blank, a line break or a backslash"),
        ("https://contoso.example\\@evil.example", "a blank, a line break or a backslash"),
        ("https://contoso.exa\x00mple", "a blank, a line break or a backslash"),
    ],
)
def test_a_wrong_address_is_refused_with_a_sentence(typed, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_base_url(typed, allow_loopback_http=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_plain_http_is_for_this_machine_and_only_when_allowed(host):
    assert check_base_url(f"http://{host}:8000/", allow_loopback_http=True) == f"http://{host}:8000"
    with pytest.raises(ValueError, match="only for the demo and tests"):
        check_base_url(f"http://{host}:8000", allow_loopback_http=False)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "0.0.0.0", "localhost.evil.example", "127.0.0.1.evil.example", "0x7f.1"]
)
def test_what_only_looks_like_this_machine_is_not(host):
    assert not is_loopback(host)
    with pytest.raises(ValueError, match="Plain http"):
        check_base_url(f"http://{host}", allow_loopback_http=True)


def test_a_path_stays_where_it_is_allowed():
    assert check_base_url("https://API.monday.com/v2/", allow_loopback_http=False, allow_path=True) == (
        "https://api.monday.com/v2"
    )


@given(st.text(max_size=40) | st.text("htps:/@?#[]%.:a1\\ ", max_size=30).map(lambda text: f"https://{text}"))
def test_any_text_is_either_refused_with_a_sentence_or_stays_as_it_is_when_checked_again(text):
    try:
        once = check_base_url(text, allow_loopback_http=True)
    except ValueError as error:
        assert str(error).startswith(("The address", "Plain http"))
    else:
        assert check_base_url(once, allow_loopback_http=True) == once
        assert "@" not in once
        assert once == once.lower()
