"""The transport: bounded, without redirects or cookies, honest about what may have been done."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
from pathlib import Path

import pytest
import responses

from connectors import transport as transport_module
from connectors.errors import Misconfigured, ProtocolFault, Unreachable
from connectors.transport import Exchange, HttpTransport, Request, Response
from tests.unit.connectors.loopback import answer, dripping, serving


def _get(url: str, timeout_s: float = 2.0, **options: object) -> Response:
    return HttpTransport("dynamics", **options).send(Request("GET", url, timeout_s=timeout_s))  # type: ignore[arg-type]


class TestAnAnswer:
    def test_comes_with_status_body_and_headers_in_lower_case(self):
        with serving(answer(b"gone", "410 Gone", "X-Request-ID: r1", "ETag: x")) as server:
            response = _get(server.url)
        assert (response.status, response.body) == (410, b"gone")
        assert response.headers["x-request-id"] == "r1"
        assert response.headers["etag"] == "x"

    def test_is_the_answer_to_what_was_sent(self):
        with serving(answer()) as server:
            HttpTransport("monday").send(
                Request("POST", f"{server.url}/v2?a=b%20c", {"Authorization": "t", "X-Y": "z"}, b'{"q":1}')
            )
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /v2?a=b%20c HTTP/1.1\r\n")
        assert b"\r\nAuthorization: t" in head
        assert b"\r\nX-Y: z" in head
        assert b"\r\nUser-Agent: integration-portal" in head
        assert body == b'{"q":1}'

    def test_is_unpacked_when_it_is_compressed(self):
        with serving(answer(gzip.compress(b"plain"), "200 OK", "Content-Encoding: gzip")) as server:
            assert _get(server.url).body == b"plain"

    def test_comes_over_the_same_connection_as_the_one_before(self):
        with serving(answer()) as server:
            transport = HttpTransport("monday")
            for _ in range(3):
                transport.send(Request("GET", server.url))
        assert (server.connections, len(server.requests)) == (1, 3)

    def test_comes_over_a_new_connection_in_a_forked_process(self, monkeypatch):
        with serving(answer()) as server:
            transport = HttpTransport("monday")
            transport.send(Request("GET", server.url))
            monkeypatch.setattr(transport_module.os, "getpid", lambda: -1)
            transport.send(Request("GET", server.url))
        assert server.connections == 2


class TestRedirectsAndCookies:
    def test_a_redirect_is_returned_and_not_followed(self):
        with serving(answer(b"moved", "302 Found", "Location: /login")) as server:
            response = _get(server.url)
        assert (response.status, response.headers["location"], response.body) == (302, "/login", b"moved")
        assert len(server.requests) == 1

    def test_a_redirect_to_nonsense_is_an_answer_too(self):
        with serving(answer(b"", "301 Moved", "Location: http://[nonsense")) as server:
            assert _get(server.url).status == 301

    def test_a_cookie_is_not_sent_back(self):
        with serving(answer(b"{}", "200 OK", "Set-Cookie: affinity=node1; Path=/")) as server:
            transport = HttpTransport("dynamics")
            for _ in range(2):
                transport.send(Request("GET", server.url))
        assert b"cookie" not in server.requests[1].lower()


class TestTheTimeLimit:
    @pytest.mark.parametrize(
        ("start", "drop"),
        [
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x", id="body"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", b"x", id="inside a chunk"
            ),
            pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", id="header"),
            pytest.param(b"", b"", id="silence"),
        ],
    )
    def test_bounds_an_answer_that_drips(self, start, drop):
        with serving(dripping(start, drop)) as server:
            begun = time.monotonic()
            with pytest.raises(Unreachable, match=r"gave no complete answer within 0\.15 s") as caught:
                _get(server.url, timeout_s=0.15)
        assert 0.14 < time.monotonic() - begun < 0.6
        assert caught.value.may_have_applied

    def test_bounds_a_request_nobody_takes(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            request = Request(
                "POST",
                f"http://127.0.0.1:{listener.getsockname()[1]}",
                body=bytes(30_000_000),
                timeout_s=0.15,
            )
            begun = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                HttpTransport("monday").send(request)
        assert time.monotonic() - begun < 0.6
        assert caught.value.may_have_applied

    def test_that_has_passed_already_leaves_no_time_to_send(self):
        with serving(answer()) as server, pytest.raises(Unreachable) as caught:
            _get(server.url, timeout_s=1e-9)
        assert not caught.value.may_have_applied
        assert server.requests == []


class TestTheSizeLimit:
    def test_refuses_a_longer_body(self):
        with serving(answer(b"x" * 2_000_000)) as server, pytest.raises(ProtocolFault) as caught:
            _get(server.url, max_body_bytes=1024 * 1024)
        assert "longer than 1 MiB" in caught.value.detail
        assert caught.value.may_have_applied

    def test_counts_what_comes_out_of_compression(self):
        packed = gzip.compress(bytes(5_000_000))
        with (
            serving(answer(packed, "200 OK", "Content-Encoding: gzip")) as server,
            pytest.raises(ProtocolFault),
        ):
            _get(server.url, max_body_bytes=1024 * 1024)

    def test_lets_a_body_of_just_that_size_through(self):
        with serving(answer(b"x" * 1000)) as server:
            assert len(_get(server.url, max_body_bytes=1000).body) == 1000


class TestACallWithoutAnAnswer:
    def test_was_not_done_when_the_connection_was_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{port} cannot be connected to") as caught:
            _get(f"http://127.0.0.1:{port}")
        assert not caught.value.may_have_applied
        assert caught.value.system == "dynamics"

    def test_was_not_done_when_the_name_is_unknown(self, monkeypatch):
        def unknown(*_args, **_kwargs):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(Unreachable, match=r"The name nowhere\.example is not known") as caught:
            _get("https://nowhere.example/data")
        assert not caught.value.may_have_applied

    def test_was_not_done_when_the_other_side_speaks_no_tls(self):
        def refuse_everybody():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=refuse_everybody, daemon=True).start()
            with pytest.raises(Unreachable, match="No safe connection") as caught:
                _get(f"https://127.0.0.1:{listener.getsockname()[1]}")
        assert not caught.value.may_have_applied

    @pytest.mark.parametrize(
        "start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"no HTTP at all\r\n\r\n"]
    )
    def test_may_have_been_done_when_the_connection_breaks(self, start):
        def drop(connection, _request):
            connection.sendall(start)
            connection.shutdown(socket.SHUT_RDWR)

        with serving(drop) as server, pytest.raises(Unreachable, match="broke before the answer") as caught:
            HttpTransport("monday").send(Request("POST", server.url, body=b"{}"))
        assert caught.value.may_have_applied

    def test_may_have_been_done_when_the_body_cannot_be_unpacked(self):
        with (
            serving(answer(b"no gzip", "200 OK", "Content-Encoding: gzip")) as server,
            pytest.raises(Unreachable),
        ):
            _get(server.url)


class TestCertificates:
    def test_of_an_unknown_authority_are_refused_with_the_reason(self, own_tls):
        context, _ = own_tls
        with serving(answer(), context) as server, pytest.raises(Unreachable) as caught:
            _get(server.url)
        assert "self-signed certificate" in caught.value.detail
        assert not caught.value.may_have_applied
        assert server.requests == []

    def test_of_a_configured_authority_are_trusted(self, own_tls):
        context, ca_file = own_tls
        with serving(answer(b"safe"), context) as server:
            assert _get(server.url, ca_bundle=str(ca_file)).body == b"safe"


class TestTheEnvironment:
    def test_has_no_say_by_netrc(self, monkeypatch, tmp_path: Path):
        netrc = tmp_path / ".netrc"
        netrc.write_text("machine 127.0.0.1 login mallory password stolen\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        with serving(answer()) as server:
            HttpTransport("monday").send(Request("GET", server.url, {"Authorization": "ours"}))
            HttpTransport("monday").send(Request("GET", server.url))
        assert b"Authorization: ours" in server.requests[0]
        assert b"Authorization" not in server.requests[1]

    def test_has_no_say_by_proxy_and_certificate_variables(self, monkeypatch):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
        with serving(answer(b"direct")) as server:
            assert _get(server.url).body == b"direct"


class TestAProxy:
    def test_is_used_when_it_is_configured(self):
        with serving(answer(b"by proxy")) as proxy:
            response = _get("http://erp.example/data", proxy=proxy.url)
        assert response.body == b"by proxy"
        assert proxy.requests[0].startswith(b"GET http://erp.example/data HTTP/1.1")

    def test_that_refuses_a_tunnel_leaves_the_call_undone(self):
        with (
            serving(answer(b"", "403 Forbidden")) as proxy,
            pytest.raises(Unreachable, match="proxy did not let the call to erp") as caught,
        ):
            _get("https://erp.example/data", proxy=proxy.url)
        assert proxy.requests[0].startswith(b"CONNECT erp.example:443")
        assert not caught.value.may_have_applied

    def test_tunnels_to_a_safe_host(self, own_tls):
        context, ca_file = own_tls

        def tunnel(connection, request):
            port = int(request.split(b" ")[1].split(b":")[1])
            with socket.create_connection(("127.0.0.1", port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
                back.start()
                _pump(connection, onward)
                back.join(1)

        with serving(answer(b"inside"), context) as server, serving(tunnel) as proxy:
            assert _get(server.url, proxy=proxy.url, ca_bundle=str(ca_file)).body == b"inside"


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return


class TestWhatCannotBeSent:
    @pytest.mark.parametrize(
        ("url", "headers"),
        [
            ("erp.example/data", {}),
            ("gopher://erp.example", {}),
            ("http://", {}),
            ("https://erp.example", {"Authorization": "two\nlines"}),
            ("http://127.0.0.1:1", {"Authorization": "Bearer …"}),
        ],
    )
    def test_is_a_matter_of_setup(self, url, headers):
        with pytest.raises(Misconfigured) as caught:
            HttpTransport("monday").send(Request("GET", url, headers))
        assert "two" not in caught.value.detail

    def test_a_header_no_http_can_carry_is_named(self):
        with serving(answer()) as server, pytest.raises(Misconfigured, match="Paste the token"):
            HttpTransport("monday").send(Request("GET", server.url, {"Authorization": "Bearer …"}))


class TestAnExchange:
    @responses.activate
    def test_tells_of_a_call_without_its_secrets(self):
        responses.get(
            "https://erp.example/webhooks/dynamics/s3cret", headers={"request-id": "r7"}, status=503
        )
        told: list[Exchange] = []
        HttpTransport("dynamics", on_exchange=told.append).send(
            Request(
                "GET",
                "https://erp.example/webhooks/dynamics/s3cret?code=hidden",
                {"Authorization": "Bearer hidden"},
                operation="GET VendorsV2",
            )
        )
        assert [(each.status, each.request_id, each.error) for each in told] == [(503, "r7", "")]
        text = json.dumps(told[0].as_dict())
        assert "s3cret" not in text
        assert "hidden" not in text
        assert abs(told[0].at - time.time()) < 60

    @responses.activate
    def test_carries_the_request_id_we_sent_before_any_other(self):
        responses.get("https://erp.example/", headers={"x-request-id": "theirs"})
        told: list[Exchange] = []
        HttpTransport("dynamics", on_exchange=told.append).send(
            Request("GET", "https://erp.example/", {"X-MS-Client-Request-Id": "ours"})
        )
        assert told[0].request_id == "ours"

    def test_tells_of_a_failure_too(self):
        told: list[Exchange] = []
        with pytest.raises(Unreachable):
            _get("http://127.0.0.1:1/", on_exchange=told.append)
        assert (told[0].status, told[0].request_id) == (None, "")
        assert "cannot be connected to" in told[0].error

    @responses.activate
    def test_is_logged_in_one_line_without_query_headers_or_body(self, caplog):
        responses.get("https://erp.example/data/VendorsV2", body="private", headers={"x-request-id": "r1"})
        with caplog.at_level(logging.INFO, "connectors.transport"):
            HttpTransport("dynamics").send(
                Request(
                    "GET", "https://erp.example/data/VendorsV2?$filter=secret", {"Authorization": "Bearer t"}
                )
            )
        (line,) = [record.getMessage() for record in caplog.records if record.name == "connectors.transport"]
        assert line.startswith("dynamics GET /data/VendorsV2 -> 200 in ")
        assert line.endswith("ms (request r1)")


def test_requests_and_responses_keep_their_content_out_of_repr():
    shown = repr(Request("GET", "https://h/?code=c", {"Authorization": "t"}, b"b")) + repr(
        Response(200, {"x": "t"}, b"b", 1)
    )
    assert "Authorization" not in shown
    assert "code" not in shown
    assert "b'" not in shown
