"""``python -m sandbox``: Entra, Dynamics and monday on loopback, with a control API and a page."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence

from sandbox import control, entra
from sandbox.core import Sandbox
from sandbox.dynamics import app as dynamics
from sandbox.monday import app as monday
from sandbox.serving import Server, WsgiApp, make_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the first line on stdout says where everything listens."""
    options = _options(arguments)
    # Blocked before any thread starts, so that the signal waits for sigwait() and for nobody else.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    sandbox = Sandbox(seed=options.seed, scale=options.scale, latency_ms=options.latency_ms)
    try:
        start(sandbox, options.port)
    except OSError as error:
        print(
            f"The sandbox cannot listen on port {options.port} and the three after it: {error}.",
            file=sys.stderr,
        )
        return 1
    print(json.dumps({**sandbox.urls, "pid": os.getpid()}), flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(0)  # at once: deliveries may still be waiting for an answer


def start(sandbox: Sandbox, port: int) -> list[Server]:
    """Start the four listeners and note their addresses.

    Args:
        port: the control API's port; Entra, Dynamics and monday take the next three. 0 = four free ones.

    Raises: OSError when a port is taken; listeners started so far are stopped again.
    """
    apps: dict[str, WsgiApp] = {
        "control": control.create_app(sandbox),
        "entra": entra.create_app(sandbox),
        "dynamics": dynamics.create_app(sandbox),
        "monday": monday.create_app(sandbox),
    }
    servers: list[Server] = []
    try:
        for offset, (name, app) in enumerate(apps.items()):
            server = make_server(app, port + offset if port else 0)
            servers.append(server)
            sandbox.urls[name] = f"{server.url}/v2" if name == "monday" else server.url
    except OSError:
        for server in servers:
            server.stop()
        raise
    return servers


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8700, help="control API; the three systems follow (0: free ports)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed gives the same data and the same faults"
    )
    parser.add_argument(
        "--latency-ms", type=float, default=0, help="added to every call of the three systems"
    )
    parser.add_argument(
        "--scale", type=int, default=1, help="how many times the 300 posted invoices are there"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
