"""One HTTP call, the only way this product makes them: bounded, without redirects or cookies, and logged.

The only module that may use `requests`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError

from connectors.deadline import POOLS, Call, time_limit
from connectors.errors import Misconfigured, ProtocolFault, Unreachable
from connectors.no_answer import why
from connectors.redaction import redact_url

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_MIB = 1024 * 1024
_THREADS = 10  # connections kept per host; more threads than that only open short-lived ones
# Where the id stands that a vendor wants quoted in a support ticket. Ours goes first: the caller chose it.
_SENT_ID = "x-ms-client-request-id"
_RECEIVED_IDS = ("x-request-id", "request-id", "x-ms-request-id", "ms-dyn-aid")
_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidProxyURL,
)


@dataclass(frozen=True)
class Request:
    """A call to make. Headers and body stay out of repr(): they hold tokens and secrets.

    Attributes:
        timeout_s: for the whole call, from connecting to the last byte of the answer, seconds.
        operation: what is tried, for people, e.g. "GET VendorsV2".
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float = 30.0
    operation: str = ""


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed_ms: int = 0


@dataclass(frozen=True)
class Exchange:
    """What may be kept of one call: nothing secret, nothing of the content.

    Attributes:
        status: None when no answer came; `error` then says why.
        at: when the call began, epoch seconds.
    """

    system: str
    operation: str
    method: str
    url: str
    status: int | None
    elapsed_ms: int
    request_id: str
    error: str
    at: float

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, as it stands in an audit entry."""
        return asdict(self)


class Transport(Protocol):
    """Moves one request; everything that speaks to a vendor is handed one of these."""

    def send(self, request: Request) -> Response: ...


class _Adapter(HTTPAdapter):
    """Connections that count against the whole call's time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(POOLS)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = dict(POOLS)
        return manager


class _NoCookies(RequestsCookieJar):
    """Keeps nothing: Dynamics' affinity cookie would pin us to one server; threads would share cookies."""

    def set_cookie(self, *_args: Any, **_kwargs: Any) -> None:
        return


class _Session(requests.Session):
    def get_redirect_target(self, _resp: Any) -> None:
        """No answer is a redirect: requests would read the whole answer to prepare a call never made."""
        return


class HttpTransport:
    """The real one.

    Args:
        system: "dynamics", "entra" or "monday"; stands in errors, log lines and exchanges.
        on_exchange: told about every call, also a failed one.
        connect_timeout_s: for reaching the host; the whole call is bounded by the request's own time.
        max_body_bytes: a longer answer (counted after decompression) is refused.
        ca_bundle: path of a file with trusted certificates, "" for the usual ones.
        proxy: address of an outgoing proxy, "" for none. Environment variables and .netrc are never looked at
            (the latter would replace our Authorization header).
    """

    def __init__(
        self,
        system: str,
        *,
        on_exchange: Callable[[Exchange], None] | None = None,
        connect_timeout_s: float = 5.0,
        max_body_bytes: int = 64 * _MIB,
        ca_bundle: str = "",
        proxy: str = "",
    ) -> None:
        self._system = system
        self._on_exchange = on_exchange
        self._connect_timeout_s = connect_timeout_s
        self._max_body_bytes = max_body_bytes
        self._ca_bundle = ca_bundle
        self._proxy = proxy
        self._live: tuple[int, requests.Session] | None = None

    def send(self, request: Request) -> Response:
        """Make the call and return the answer whatever its status is, redirects included.

        Raises:
            Unreachable: no complete answer; `may_have_applied` is False when the request never left
                (refused, unknown host, TLS).
            ProtocolFault: the answer is longer than `max_body_bytes`.
            Misconfigured: the address or a header cannot be sent at all.
        """
        at, start = time.time(), time.monotonic()
        response: Response | None = None
        problem = ""
        try:
            with time_limit(request.timeout_s) as call:
                response = self._answer(request, call, start)
            return response
        except (Unreachable, ProtocolFault, Misconfigured) as error:
            problem = error.detail
            raise
        finally:
            self._tell(request, response, problem, at=at, elapsed_ms=_ms_since(start))

    def _answer(self, request: Request, call: Call, start: float) -> Response:
        try:
            answer = self._begin(request)
            with answer:
                body = self._read(answer, request)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, headers, body, _ms_since(start))
        except _UNUSABLE as error:
            self._refuse(
                request, f"The call cannot be sent: {type(error).__name__}. Check the address and the token."
            )
        except UnicodeError:
            self._refuse(
                request, "A header holds a character HTTP cannot carry. Paste the token or secret again."
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Unreachable(
                why(error, urlsplit(redact_url(request.url)).netloc, call, request.timeout_s),
                **self._facts(request),
                may_have_applied=call.sent,
            ) from error

    def _begin(self, request: Request) -> requests.Response:
        session = self._session()
        prepared = session.prepare_request(
            requests.Request(request.method, request.url, dict(request.headers), data=request.body)
        )
        connect_s = min(self._connect_timeout_s, request.timeout_s)
        return session.send(
            prepared,
            timeout=(connect_s, request.timeout_s),
            allow_redirects=False,
            stream=True,
            verify=self._ca_bundle or True,
            proxies={"http": self._proxy, "https": self._proxy} if self._proxy else {},
        )

    def _read(self, answer: requests.Response, request: Request) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_content(_CHUNK):
            size += len(part)
            if size > self._max_body_bytes:
                raise ProtocolFault(
                    f"The answer is longer than {self._max_body_bytes / _MIB:g} MiB. Ask for less at once.",
                    **self._facts(request),
                    status=answer.status_code,
                    may_have_applied=True,
                )
            parts.append(part)
        return b"".join(parts)

    def _session(self) -> requests.Session:
        # A socket carried over a fork mixes the answers of both processes, and so of different customers.
        pid = os.getpid()
        if self._live is None or self._live[0] != pid:
            session = _Session()
            session.trust_env = False
            session.cookies = _NoCookies()
            session.headers["User-Agent"] = "integration-portal"
            for prefix in ("https://", "http://"):
                session.mount(prefix, _Adapter(pool_maxsize=_THREADS, max_retries=0))
            self._live = (pid, session)
        return self._live[1]

    def _facts(self, request: Request) -> dict[str, Any]:
        return {"system": self._system, "operation": request.operation or request.method}

    def _refuse(self, request: Request, sentence: str) -> NoReturn:
        raise Misconfigured(sentence, **self._facts(request)) from None

    def _tell(
        self, request: Request, response: Response | None, problem: str, *, at: float, elapsed_ms: int
    ) -> None:
        status = response.status if response else None
        url = redact_url(request.url)
        request_id = _request_id(request, response)
        logger.info(
            "%s %s %s -> %s in %d ms (request %s)",
            self._system,
            request.method,
            urlsplit(url).path,
            status or "no answer",
            elapsed_ms,
            request_id or "-",
        )
        if self._on_exchange is not None:
            self._on_exchange(
                Exchange(
                    self._system,
                    request.operation,
                    request.method,
                    url,
                    status,
                    elapsed_ms,
                    request_id,
                    problem,
                    at,
                )
            )


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _request_id(request: Request, response: Response | None) -> str:
    sent = {name.lower(): value for name, value in request.headers.items()}
    if _SENT_ID in sent:
        return sent[_SENT_ID]
    received = response.headers if response else {}
    return next((received[name] for name in _RECEIVED_IDS if received.get(name)), "")
