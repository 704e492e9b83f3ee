"""Tokens and refusals of the imitated Entra."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import msal
import pytest
import requests

from sandbox.entra import CLIENT_ID, CLIENT_SECRET, TENANT
from tests.sandbox.dynamics_client import Client, running


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    shared.sandbox.reset()
    shared.token = shared.new_token()
    return shared


def ping(client: Client) -> int:
    return client.get("Companies", top=1).status_code


def test_a_token_opens_the_environment_it_was_issued_for(client: Client) -> None:
    answer = client.ask_token().json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == answer["ext_expires_in"] == 3600
    client.token = answer["access_token"]
    assert ping(client) == 200


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000215),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"tenant": "99999999-2222-3333-4444-555555555555"}, 400, "invalid_request", 90002),
        ({"scope": "https://other.operations.dynamics.com/.default"}, 400, "invalid_resource", 500011),
        ({"scope": "user_impersonation"}, 400, "invalid_scope", 1002012),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_a_refusal_has_entras_own_shape(
    client: Client, changes: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = client.ask_token(**changes)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= set(body)


def test_a_secret_that_is_not_url_encoded_is_a_wrong_secret(client: Client) -> None:
    raw = (
        f"grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&scope=x/.default"
    )
    url = f"{client.sandbox.urls['entra']}/{TENANT}/oauth2/v2.0/token"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.session.post(url, data=raw, headers=headers)
    assert answer.json()["error_codes"] == [7000215]


def test_client_id_and_secret_may_come_in_a_basic_header(client: Client) -> None:
    pair = base64.b64encode(f"{CLIENT_ID}:portal-secret%2B%2F%3D%26".encode()).decode()
    answer = client.session.post(
        f"{client.sandbox.urls['entra']}/{TENANT}/oauth2/v2.0/token",
        data={"grant_type": "client_credentials", "scope": f"{client.sandbox.urls['dynamics']}/.default"},
        headers={"Authorization": f"Basic {pair}"},
    )
    assert answer.status_code == 200


def test_an_expired_secret_is_told_from_a_wrong_one(client: Client) -> None:
    client.control("/entra", {"secret_expired": True})
    assert client.ask_token().json()["error_codes"] == [7000222]
    assert client.ask_token(client_secret="wrong").json()["error_codes"] == [7000215]
    client.control("/entra", {"secret_expired": False, "secret": "new"})
    assert client.ask_token(client_secret="new").status_code == 200


@pytest.mark.parametrize("scope", ["{url}//.default", "http://LOCALHOST:{port}/.default"])
def test_an_address_written_differently_gives_a_token_nobody_takes(client: Client, scope: str) -> None:
    url = client.sandbox.urls["dynamics"]
    scope = scope.format(url=url, port=url.rpartition(":")[2])
    if "LOCALHOST" in scope:  # the environment's name in capitals
        client.sandbox.urls["dynamics"] = url.replace("127.0.0.1", "localhost")
    answer = client.ask_token(scope=scope)
    client.sandbox.urls["dynamics"] = url
    assert answer.status_code == 200
    client.token = answer.json()["access_token"]
    assert ping(client) == 401


def test_tokens_run_out_and_can_be_revoked(client: Client) -> None:
    assert client.control("/entra", {"token_lifetime_s": 30}).json()["token_lifetime_s"] == 30
    assert client.ask_token().json()["expires_in"] == 30
    client.token = client.new_token()
    assert ping(client) == 200
    client.control("/clock/advance", {"seconds": 31})
    assert ping(client) == 401
    client.token = client.new_token()
    assert ping(client) == 200
    assert client.control("/entra/revoke").json()["revoked"] >= 1
    assert ping(client) == 401


def test_the_discovery_document_names_https_addresses_of_this_host(client: Client) -> None:
    url = client.sandbox.urls["entra"]
    answer = client.session.get(f"{url}/{TENANT}/v2.0/.well-known/openid-configuration").json()
    host = url.removeprefix("http://")
    assert answer["token_endpoint"] == f"https://{host}/{TENANT}/oauth2/v2.0/token"
    assert answer["issuer"] == f"https://{host}/{TENANT}/v2.0"
    unknown = client.session.get(f"{url}/other/v2.0/.well-known/openid-configuration")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_tenant")
    assert client.session.get(f"{url}/favicon.ico").status_code == 404


def test_only_post_gets_a_token_and_only_known_switches_turn(client: Client) -> None:
    url = f"{client.sandbox.urls['entra']}/{TENANT}/oauth2/v2.0/token"
    assert client.session.get(url).status_code == 400
    assert "switches" in client.control("/entra", {"colour": "red"}).json()["error"]


@pytest.mark.parametrize(
    ("kind", "status"), [("429", 429), ("429_no_header", 429), ("500", 500), ("502_html", 502), ("503", 503)]
)
def test_faults_strike_the_token_endpoint(client: Client, kind: str, status: int) -> None:
    client.control(
        "/faults", {"system": "entra", "rules": [{"kind": kind, "operation": "token", "times": 1}]}
    )
    answer = client.ask_token()
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (kind in ("429", "503"))
    assert client.ask_token().status_code == 200


def test_an_answer_can_get_lost(client: Client) -> None:
    client.control("/faults", {"system": "entra", "rules": [{"kind": "lost_response", "times": 1}]})
    with pytest.raises(requests.ConnectionError):
        client.ask_token()
    assert client.sandbox.calls.list(system="entra")[-1]["status"] == "dropped"


class PlainHttp:
    """msal refuses http authorities, so its client speaks https and this rewrites it, as the portal's does."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.session.get(url.replace("https://", "http://"), **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self.session.post(url.replace("https://", "http://"), **options)

    def close(self) -> None:
        self.session.close()


def test_msal_gets_its_token_here(client: Client) -> None:
    http = PlainHttp()
    app = msal.ConfidentialClientApplication(
        CLIENT_ID,
        authority=f"{client.sandbox.urls['entra'].replace('http:', 'https:')}/{TENANT}",
        client_credential=CLIENT_SECRET,
        http_client=http,
        instance_discovery=False,
    )
    scope = f"{client.sandbox.urls['dynamics']}/.default"
    answer = app.acquire_token_for_client(scopes=[scope])
    http.close()
    assert answer["token_source"] == "identity_provider"
    client.token = answer["access_token"]
    assert ping(client) == 200
