"""The addresses operators type in: checked and normalised before any token is sent there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_DEFAULT_PORT = {"https": 443, "http": 80}


def check_base_url(url: str, *, allow_loopback_http: bool, allow_path: bool = False) -> str:
    """Return the address as "https://host[:port]", lower case, without a trailing slash.

    Dynamics compares the token's audience with its own address letter by letter: a trailing slash or an
    upper-case letter ends in 401 (learn.microsoft.com, "Troubleshoot service authentication").

    Args:
        url: what was typed, e.g. "https://contoso.operations.dynamics.com/".
        allow_loopback_http: True lets plain http through for this machine itself (demo and tests).
        allow_path: True keeps a path, e.g. "https://api.monday.com/v2".

    Raises:
        ValueError: with a sentence that says what is wrong and how to write it right.
    """
    text = url.strip()
    if not text:
        raise ValueError("The address is blank. Write it like https://contoso.operations.dynamics.com")
    if any(char.isspace() or not char.isprintable() or char == "\\" for char in text):
        raise ValueError("The address has a blank, a line break or a backslash in it. Write it without.")
    if "://" not in text:
        raise ValueError(f"The address must start with https:// — write it like https://{text.lstrip('/')}")
    parts = _split(text)
    host = _host(parts)
    _refuse_extras(parts, host, allow_path=allow_path)
    _check_scheme(parts.scheme, host, allow_loopback_http=allow_loopback_http)
    path = parts.path.rstrip("/") if allow_path else ""
    return f"{parts.scheme}://{_netloc(parts, host)}{path}"


def is_loopback(host: str) -> bool:
    """True when `host` (a name or an IP address, without brackets) is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        port = parts.port  # reading it is what checks it
    except ValueError as error:
        raise ValueError(
            f"The address cannot be read: {error}. Write it like https://host or https://host:8443"
        ) from error
    if port == 0:
        raise ValueError("The address names port 0, which does not exist. Write it like https://host:8443")
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:  # urlsplit has already checked what stands in brackets
        return host
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    if not host or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError(
            "The address has no valid host name. Write it like https://contoso.operations.dynamics.com"
        )
    return host


def _netloc(parts: SplitResult, host: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if parts.port in (None, _DEFAULT_PORT[parts.scheme]) else f"{name}:{parts.port}"


def _refuse_extras(parts: SplitResult, host: str, *, allow_path: bool) -> None:
    if "@" in parts.netloc:
        raise ValueError(
            f"The address must not hold a user name or password. Write only {parts.scheme}://{host}"
        )
    if parts.query or parts.fragment or parts.path.endswith("?"):
        raise ValueError(f"The address must end before any ? or #. Write only {parts.scheme}://{host}")
    if not allow_path and parts.path.strip("/"):
        raise ValueError(
            f"The address must end after the host, without {parts.path}. Write only {parts.scheme}://{host}"
        )


def _check_scheme(scheme: str, host: str, *, allow_loopback_http: bool) -> None:
    if scheme == "https":
        return
    if scheme != "http":
        raise ValueError(
            f"The address must start with https://, not {scheme}://. Write it like https://{host}"
        )
    if not is_loopback(host):
        raise ValueError(f"Plain http would show the token to everybody on the way. Write https://{host}")
    if not allow_loopback_http:
        raise ValueError(f"Plain http is only for the demo and tests on this machine. Write https://{host}")
