"""The pieces the three systems share."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Request, Response

from sandbox.calls import CallLog
from sandbox.clock import Clock
from sandbox.core import Sandbox
from sandbox.faults import Faults
from sandbox.serving import DropConnection, Server, make_server


@Request.application
def echo(request: Request) -> Response:
    if request.path == "/drop":
        raise DropConnection
    if request.path == "/environ":
        request.environ["sandbox.drop"] = True
    if request.path == "/broken":
        raise RuntimeError("a fault of the sandbox")
    if request.path == "/nothing":
        return Response(status=204)
    return Response(f"{request.method} {request.path} {request.get_data(as_text=True)}")


@pytest.fixture
def server() -> Iterator[Server]:
    one = make_server(echo, 0)
    yield one
    one.stop()


def test_a_clock_pushed_forward_stays_ahead() -> None:
    clock = Clock()
    clock.advance(3600)
    assert 3599 < clock.now() - time.time() < 3601
    assert clock.utc().timestamp() == pytest.approx(clock.now(), abs=1)
    clock.reset()
    assert clock.now() == pytest.approx(time.time(), abs=1)


def test_the_call_log_numbers_calls_and_counts_them() -> None:
    log = CallLog(Clock())
    log.add("monday", "CreateItem", 200, idempotency_key="k", ms=3.14159, mutations=2)
    log.add("dynamics", "GET VendorsV2", "dropped", detail="x")
    log.add("monday", "CreateItem", 429)
    assert [call["n"] for call in log.list(since=1)] == [2, 3]
    assert [call["system"] for call in log.list(system="monday")] == ["monday", "monday"]
    assert log.list()[0]["idempotency_key"] == "k"
    assert log.counts()["monday"] == {
        "calls": 2,
        "mutations": 2,
        "by_status": {"200": 1, "429": 1},
        "by_operation": {"CreateItem": 2},
    }
    log.clear()
    assert log.list() == [] and log.add("entra", "token", 200) == 1


def test_the_same_seed_throws_the_same_dice() -> None:
    def throws(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.set("monday", [{"kind": "429", "rate": 0.3}])
        return [faults.pick("monday", "CreateItem") is not None for _ in range(200)]

    assert throws(1) == throws(1) != throws(2)
    assert 30 < sum(throws(1)) < 90


def test_a_rule_strikes_only_its_operation_and_only_so_often() -> None:
    faults = Faults()
    faults.set("dynamics", [{"kind": "500", "operation": "PATCH", "times": 2}])
    assert faults.pick("dynamics", "GET VendorsV2") is None
    assert faults.pick("monday", "PATCH") is None
    struck = [faults.pick("dynamics", "PATCH VendorsV2(key)") for _ in range(3)]
    assert [rule.kind if rule else None for rule in struck] == ["500", "500", None]
    assert faults.rules()["dynamics"][0]["times"] == 0
    faults.clear()
    assert faults.pick("dynamics", "PATCH") is None


def test_slow_waits_and_lets_the_call_through_while_timeout_drops_it() -> None:
    faults = Faults()
    faults.set("entra", [{"kind": "slow", "ms": 30, "times": 1}, {"kind": "timeout"}])
    faults.set_latency({"entra": 20})
    begun = time.perf_counter()
    assert faults.begin("entra", "token") is None
    assert time.perf_counter() - begun >= 0.05
    with pytest.raises(DropConnection):
        faults.begin("entra", "token")


@pytest.mark.parametrize(
    ("system", "rule"),
    [
        ("sap", {"kind": "429"}),
        ("monday", {"rate": 1}),
        ("monday", {"kind": "429", "rate": 2}),
        ("monday", {"kind": "x", "y": 1}),
    ],
)
def test_a_bad_rule_is_refused_with_a_sentence(system: str, rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\."):
        Faults().set(system, [rule])


def test_a_bad_latency_is_refused() -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        Faults().set_latency({"monday": -1})


def test_the_server_keeps_connections_open_and_reads_every_kind_of_body(server: Server) -> None:
    with requests.Session() as session:
        assert session.get(f"{server.url}/a%20b?x=1").text == "GET /a b "
        assert session.post(f"{server.url}/x", data="hello").text == "POST /x hello"
        assert session.patch(f"{server.url}/y", data=iter([b"one", b"two"])).text == "PATCH /y onetwo"
        assert session.get(f"{server.url}/nothing").status_code == 204
        assert session.head(f"{server.url}/z").text == ""
        assert len(session.adapters["http://"].poolmanager.pools) == 1
        pool = next(iter(session.adapters["http://"].poolmanager.pools._container.values()))
        assert pool.num_connections == 1


@pytest.mark.parametrize("path", ["/drop", "/environ"])
def test_a_dropped_call_gets_no_answer_and_the_server_lives_on(server: Server, path: str) -> None:
    with requests.Session() as session:
        with pytest.raises(requests.ConnectionError):
            session.post(server.url + path, data="x")
        assert session.get(f"{server.url}/").status_code == 200


def test_a_fault_of_the_sandbox_itself_is_seen(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    answer = requests.get(f"{server.url}/broken", timeout=5)
    assert answer.status_code == 500 and "a fault of the sandbox" in answer.text
    assert "RuntimeError" in capsys.readouterr().err


def test_a_request_line_beyond_reason_is_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n")
        assert b" 414 " in raw.recv(1000)


def test_stopping_closes_open_connections_at_once() -> None:
    server = make_server(echo, 0)
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(1000)
        server.stop()
        raw.settimeout(1)
        assert raw.recv(1000) == b""


def test_a_reset_puts_everything_back_to_the_seeded_start() -> None:
    sandbox = Sandbox()
    first = sandbox.dynamics.state()
    row = sandbox.dynamics.table("VendorsV2").get({"dataAreaId": "usmf", "VendorAccountNumber": "US-104"})
    assert row is not None
    sandbox.dynamics.change("VendorsV2", row, {"Notes": "changed"})
    sandbox.clock.advance(100)
    sandbox.calls.add("entra", "token", 200)
    sandbox.faults.set("monday", [{"kind": "429"}])
    assert sandbox.dynamics.state() != first
    sandbox.reset()
    assert sandbox.dynamics.state() == first
    assert sandbox.calls.list() == [] and sandbox.faults.rules() == {}
    assert sandbox.clock.now() == pytest.approx(time.time(), abs=1)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_listens_and_stops_at_once(stop: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-m", "sandbox", "--port", "0"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        assert urls["pid"] == process.pid and urls["monday"].endswith("/v2")
        assert requests.get(f"{urls['control']}/calls/summary", timeout=5).json() == {}
        process.send_signal(stop)
        assert process.wait(2) == 0
        with pytest.raises(requests.ConnectionError):
            requests.get(urls["entra"], timeout=1)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_taken_port_ends_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "--port", port],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert done.returncode == 1
    assert f"cannot listen on port {port}" in done.stderr
