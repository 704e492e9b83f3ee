"""Tokens: the real msal, talking to Entra through a scripted transport."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs

import msal
import pytest

from connectors.dynamics import auth
from connectors.dynamics.auth import TokenSource
from connectors.errors import AuthFailed, Misconfigured, RateLimited, ServerFault, Unreachable
from connectors.transport import Request, Response
from tests.unit.connectors.scripted import Answer, ScriptedTransport, json_response, page_response

HOST = "https://contoso.operations.dynamics.com"
TENANT = "11111111-2222-4333-8444-555555555555"
SECRET = "s3cr+t&/="


class Entra(ScriptedTransport):
    """Describes itself as Entra does and answers token requests from the script."""

    def __init__(self, *answers: Answer, base: str = "https://login.microsoftonline.com") -> None:
        super().__init__(*(answers or (self.issue,)))
        self.base = base
        self.issued = 0

    def issue(self, _request: Request) -> Response:
        self.issued += 1
        return json_response(
            {"token_type": "Bearer", "expires_in": 3599, "access_token": f"token-{self.issued}"}
        )

    def send(self, request: Request) -> Response:
        if request.method == "POST":
            return super().send(request)
        self.requests.append(request)
        root = f"{self.base}/{TENANT}"
        return json_response(
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
            }
        )

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.requests]


def _source(transport: ScriptedTransport, **options: object) -> TokenSource:
    return TokenSource(HOST, TENANT, "client-1", SECRET, transport, **options)  # type: ignore[arg-type]


def _refusal(code: int, text: str, error: str = "invalid_client", status: int = 401) -> Response:
    return json_response(
        {
            "error": error,
            "error_description": f"AADSTS{code}: {text}\r\nTrace ID: t-1",
            "error_codes": [code],
            "correlation_id": "c-1",
        },
        status,
    )


class TestAToken:
    def test_is_asked_for_with_the_environments_own_address(self):
        entra = Entra()
        assert _source(entra).token() == "token-1"
        assert entra.calls == [
            f"GET https://login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration",
            f"POST https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token",
        ]
        form = parse_qs((entra.requests[1].body or b"").decode())
        assert form["scope"] == [f"{HOST}/.default"]
        assert form["client_secret"] == [SECRET]
        assert form["grant_type"] == ["client_credentials"]
        assert entra.requests[1].headers["Content-Type"] == "application/x-www-form-urlencoded"

    def test_is_asked_for_once_and_kept(self):
        entra = Entra()
        source = _source(entra)
        assert [source.token() for _ in range(3)] == ["token-1"] * 3
        assert len(entra.requests) == 2

    def test_is_a_fresh_one_after_it_was_dropped(self):
        entra = Entra()
        source = _source(entra)
        source.token()
        source.drop()
        assert source.token() == "token-2"
        assert len(entra.requests) == 3  # Entra does not have to describe itself again

    def test_can_be_dropped_before_there_is_one(self):
        entra = Entra()
        _source(entra).drop()
        assert entra.requests == []

    def test_is_asked_for_once_by_many_threads(self):
        entra = Entra()
        source = _source(entra)
        threads = [threading.Thread(target=source.token) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert entra.issued == 1

    def test_is_not_shared_with_a_forked_process(self, monkeypatch):
        entra = Entra()
        source = _source(entra)
        source.token()
        monkeypatch.setattr(auth.os, "getpid", lambda: -1)
        assert source.token() == "token-2"

    def test_costs_no_call_before_it_is_needed(self):
        entra = Entra()
        _source(entra)
        assert entra.requests == []

    def test_comes_over_plain_http_from_an_entra_on_this_machine(self):
        entra = Entra(base="https://127.0.0.1:9001")
        source = _source(entra, authority_url="http://127.0.0.1:9001", allow_loopback_http=True)
        assert source.token() == "token-1"
        assert [call.split("/")[0] + "//" + call.split("/")[2] for call in entra.calls] == [
            "GET http://127.0.0.1:9001",
            "POST http://127.0.0.1:9001",
        ]


class TestARefusal:
    @pytest.mark.parametrize(
        ("answer", "kind", "words"),
        [
            (_refusal(7000215, "Invalid client secret provided."), AuthFailed, "not its id"),
            (_refusal(7000222, "The provided client secret keys are expired."), AuthFailed, "has expired"),
            (
                _refusal(700016, "Application not found.", "unauthorized_client", 400),
                Misconfigured,
                "client id",
            ),
            (
                _refusal(7000112, "Application is disabled.", "unauthorized_client", 400),
                Misconfigured,
                "disabled",
            ),
            (
                _refusal(90002, "Tenant not found.", "invalid_request", 400),
                Misconfigured,
                "tenant does not exist",
            ),
            (
                _refusal(500011, "The resource principal was not found.", "invalid_resource", 400),
                Misconfigured,
                "address",
            ),
            (_refusal(53003, "Blocked by policy."), AuthFailed, "conditional access"),
            (_refusal(1, "Something new.", "invalid_scope", 400), Misconfigured, "Something new."),
            (_refusal(1, "Something new."), AuthFailed, "Something new."),
            (_refusal(1, "Busy.", "temporarily_unavailable", 400), ServerFault, "Busy."),
            (json_response({"error": "invalid_client"}, 401), AuthFailed, "invalid_client"),
            (
                json_response(
                    {"error": "x", "error_codes": "y", "error_description": "AADSTS7000222: Old."}, 401
                ),
                AuthFailed,
                "has expired",
            ),
            (json_response({"access_token": 5}), AuthFailed, "gives no reason"),
        ],
    )
    def test_says_what_to_mend(self, answer, kind, words):
        with pytest.raises(kind) as caught:
            _source(Entra(answer)).token()
        assert type(caught.value) is kind
        assert words in caught.value.detail
        assert caught.value.system == "entra"

    def test_carries_entras_id_and_neither_trace_nor_secret(self):
        with pytest.raises(AuthFailed) as caught:
            _source(Entra(_refusal(7000215, f"Invalid client secret {SECRET} provided."))).token()
        assert caught.value.request_id == "c-1"
        assert "Trace" not in caught.value.detail
        assert SECRET not in caught.value.detail

    def test_is_not_remembered_once_the_cause_is_mended(self):
        entra = Entra(
            _refusal(700016, "Not yet.", "unauthorized_client", 400), json_response({"access_token": "t"})
        )
        source = _source(entra)
        with pytest.raises(Misconfigured):
            source.token()
        assert source.token() == "t"

    def test_comes_from_the_directory_itself_when_it_does_not_exist(self):
        answer = _refusal(90002, "Tenant 'x' not found.", "invalid_tenant", 400)
        with pytest.raises(Misconfigured, match="tenant does not exist") as caught:
            _source(ScriptedTransport(answer)).token()
        assert caught.value.status == 400

    @pytest.mark.parametrize("tenant", ["", "common", "Organizations", "a/b", "..", "two words"])
    def test_meets_a_tenant_that_is_none_before_any_call(self, tenant):
        entra = Entra()
        with pytest.raises(Misconfigured, match="no directory tenant"):
            TokenSource(HOST, tenant, "client-1", SECRET, entra).token()
        assert entra.requests == []

    @pytest.mark.parametrize("url", ["http://login.example", "http://127.0.0.1:1", "login.example", ""])
    def test_meets_an_unsafe_address_of_entra_before_any_call(self, url):
        entra = Entra()
        with pytest.raises(Misconfigured, match="https://"):
            _source(entra, authority_url=url).token()
        assert entra.requests == []


class TestEntrasOwnTrouble:
    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (json_response({"error": "server_error"}, 500), ServerFault),
            (page_response("<html>Bad Gateway</html>", 502), ServerFault),
            (page_response("<html>Sign in to the hotel</html>", 200), Unreachable),
            (page_response("<html>Forbidden</html>", 403), Unreachable),
            (json_response(["no", "object"]), Unreachable),
            (Response(200, {}, b"[" * 100_000), Unreachable),
            (page_response("", 302, location="/"), Misconfigured),
            (Unreachable("no answer", may_have_applied=True), Unreachable),
        ],
    )
    @pytest.mark.parametrize("when", ["describing itself", "issuing a token"])
    def test_is_told_as_what_it_is(self, answer, kind, when):
        transport = ScriptedTransport(answer) if when == "describing itself" else Entra(answer)
        with pytest.raises(kind) as caught:
            _source(transport).token()
        assert type(caught.value) is kind

    @pytest.mark.parametrize(("header", "seconds"), [("17", 17), ("soon", 30)])
    def test_of_too_many_requests_says_how_long_to_wait(self, header, seconds):
        with pytest.raises(RateLimited) as caught:
            _source(Entra(json_response({}, 429, retry_after=header))).token()
        assert caught.value.retry_after_s == seconds

    def test_is_over_when_it_is_over(self):
        entra = Entra(json_response({}, 503, retry_after="3600"), json_response({"access_token": "t"}))
        source = _source(entra)
        with pytest.raises(ServerFault):
            source.token()
        assert source.token() == "t"

    def test_a_page_of_json_that_is_not_entras_is_a_wrong_address(self):
        with pytest.raises(Misconfigured, match="not as Entra does"):
            _source(ScriptedTransport(json_response({"hello": "world"}))).token()

    def test_whatever_else_msal_raises_is_a_fault_of_the_service(self, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise msal.exceptions.MsalServiceError(error="e", error_description="d")

        monkeypatch.setattr(auth.msal, "ConfidentialClientApplication", refuse)
        with pytest.raises(ServerFault):
            _source(Entra()).token()


def test_the_answer_msal_reads_is_never_raised_by_itself():
    answer = auth._Answer(json_response({"error": "x"}, 400))
    answer.raise_for_status()
    auth._HttpClient(Entra(), plain_host="").close()
    assert answer.status_code == 400
