"""Sending business events to registered endpoints over HTTP, with the service's own few tries."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from sandbox.dynamics import events
from sandbox.dynamics.events import Event

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

FIRST_CONTROL_NUMBER = 5_637_985_363
GAPS = 40  # control numbers grow by 1 to this many


class EndpointRefused(Exception):
    """The endpoint did not answer the handshake or the test event as it must; ``answer`` is what came back."""

    def __init__(self, sentence: str, answer: dict[str, Any]) -> None:
        super().__init__(sentence)
        self.answer = answer


@dataclass(frozen=True)
class Endpoint:
    """Where events go."""

    url: str
    envelope: str = "flat"
    events: tuple[str, ...] = ()  # empty = all
    companies: tuple[str, ...] = ()  # empty = all

    def wants(self, event: Event) -> bool:
        """Say whether this endpoint was activated for the event in its company."""
        return (not self.events or event.name in self.events) and (
            not self.companies or event.company in self.companies
        )


@dataclass(frozen=True)
class Delivery:
    """How one delivery ended."""

    events: tuple[Event, ...]
    status: int | None
    tries: int
    at: float  # when the last try set out, epoch seconds of the sandbox's clock
    error: str = ""

    @property
    def accepted(self) -> bool:
        """Any 2xx is an acceptance."""
        return self.status is not None and 200 <= self.status < 300


class Outbox:
    """Endpoints, control numbers, and the deliveries."""

    def __init__(self, world: DynamicsWorld) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="events")
        self.endpoints: list[Endpoint] = []
        self.errors: list[Delivery] = []  # what an administrator would see on the Errors tab

    def reset(self) -> None:
        """Forget endpoints and errors, start the numbers anew."""
        with self._lock:
            self.endpoints = []
            self.errors = []
            self._control_number = FIRST_CONTROL_NUMBER
            self._dice = random.Random(f"{self._world.sandbox.seed}/events")

    def new_control_number(self) -> int:
        """Return the next control number: higher than the last, with a gap."""
        with self._lock:
            self._control_number += self._dice.randint(1, GAPS)
            return self._control_number

    def new_event_id(self) -> str:
        """Return a new event id, an upper-case GUID."""
        with self._lock:
            return str(uuid.UUID(int=self._dice.getrandbits(128), version=4)).upper()

    def register(self, ask: Mapping[str, Any]) -> dict[str, Any]:
        """Register an endpoint after its handshake and the test event.

        Args:
            ask: {"url", "envelope", "events": [...], "companies": [...]}.

        Raises: ValueError for a bad envelope; EndpointRefused when the endpoint does not take the test event.
        """
        envelope = str(ask.get("envelope", "flat"))
        if envelope not in events.ENVELOPES:
            raise ValueError(f"An envelope is one of {', '.join(events.ENVELOPES)}, not {envelope!r}.")
        endpoint = Endpoint(
            str(ask["url"]), envelope, tuple(ask.get("events", ())), tuple(ask.get("companies", ()))
        )
        if envelope.startswith("eventgrid"):
            self._validate_grid(endpoint)
        elif envelope == "cloudevents":
            self._validate_cloud(endpoint)
        body, headers = events.on_wire(envelope, [events.test_event(self._world)])
        answer = self._call("POST", endpoint.url, body, headers)
        if not 200 <= (answer["status"] or 0) < 300:
            raise EndpointRefused("Unable to send test event to endpoint.", answer)
        with self._lock:
            self.endpoints.append(endpoint)
        return {"registered": endpoint.url, "envelope": envelope, "test_event": answer}

    def clear_endpoints(self) -> int:
        """Remove every endpoint; returns how many there were."""
        with self._lock:
            count, self.endpoints = len(self.endpoints), []
        return count

    def raise_event(self, event: Event) -> None:
        """Deliver one event in the background, as the service does after a commit."""
        for endpoint in self._wanting(event):
            self._pool.submit(self._deliver, endpoint, (event,), self._world.settings.event_tries)

    def send(self, ask: Mapping[str, Any]) -> dict[str, Any]:
        """Raise events and deliver them to every endpoint that wants them; waits until all is done.

        Args:
            ask: {"events": [...], "duplicates": share of the events sent twice, "shuffle", "seed",
                "concurrency", "retries" (tries per delivery), "batch" (events per Event Grid array)}.

        Returns: {"sent", "distinct", "accepted", "failed", "events"}; "sent" and "accepted" count single events
            per endpoint, "failed" lists what no try got through, an event's "delivered_at" is when its first
            accepted try set out (epoch seconds; None = never accepted).
        """
        with self._world.lock:
            raised = [events.build(self._world, one) for one in ask.get("events", ())]
        return self.resend(raised, ask)

    def resend(self, raised: Sequence[Event], ask: Mapping[str, Any]) -> dict[str, Any]:
        """Deliver events that exist already, with the options of ``send``."""
        dice = random.Random(str(ask.get("seed", self._world.sandbox.seed)))
        queue = _with_duplicates(raised, float(ask.get("duplicates", 0)), dice)
        if ask.get("shuffle", False):
            dice.shuffle(queue)
        tries = int(ask.get("retries", self._world.settings.event_tries))
        jobs = [
            (endpoint, batch)
            for endpoint in list(self.endpoints)
            for batch in _batches([event for event in queue if endpoint.wants(event)], endpoint, ask)
        ]
        with ThreadPoolExecutor(max_workers=max(1, int(ask.get("concurrency", 4)))) as pool:
            done = list(pool.map(lambda job: self._deliver(job[0], job[1], tries), jobs))
        arrived: dict[str, float] = {}
        for delivery in done:
            for event in delivery.events if delivery.accepted else ():
                arrived[event.event_id] = min(delivery.at, arrived.get(event.event_id, delivery.at))
        return {
            "sent": sum(len(delivery.events) for delivery in done),
            "distinct": len({event.event_id for event in raised}),
            "accepted": sum(len(delivery.events) for delivery in done if delivery.accepted),
            "failed": [
                {"event_id": event.event_id, "status": delivery.status, "error": delivery.error}
                for delivery in done
                if not delivery.accepted
                for event in delivery.events
            ],
            "events": [{**event.summary(), "delivered_at": arrived.get(event.event_id)} for event in raised],
        }

    def failures(self) -> list[dict[str, Any]]:
        """Return what an administrator sees on the Errors tab: events no try got through."""
        with self._lock:
            failed = [(event, delivery) for delivery in self.errors for event in delivery.events]
        return [
            {**event.summary(), "status": delivery.status, "tries": delivery.tries, "error": delivery.error}
            for event, delivery in failed
        ]

    def resend_failures(self, ask: Mapping[str, Any]) -> dict[str, Any]:
        """Do as an administrator who presses Resend: the same events, with their ids, once more.

        Args:
            ask: {"event_ids": [...]} (all when left out) and the options of ``send``.
        """
        wanted = ask.get("event_ids")
        with self._lock:
            failed = {event.event_id: event for delivery in self.errors for event in delivery.events}
            chosen = [failed[one] for one in (failed if wanted is None else wanted) if one in failed]
            gone = {event.event_id for event in chosen}
            self.errors = [one for one in self.errors if not gone & {event.event_id for event in one.events}]
        return self.resend(chosen, ask)

    def _wanting(self, event: Event) -> list[Endpoint]:
        with self._lock:
            return [endpoint for endpoint in self.endpoints if endpoint.wants(event)]

    def _deliver(self, endpoint: Endpoint, batch: Sequence[Event], tries: int) -> Delivery:
        body, headers = events.on_wire(endpoint.envelope, batch)
        answer: dict[str, Any] = {"status": None, "body": "no try was allowed"}
        attempt, at = 0, 0.0
        for attempt in range(1, tries + 1):
            if attempt > 1:
                time.sleep(self._world.settings.event_wait_s)
            at = self._world.sandbox.clock.now()
            answer = self._call("POST", endpoint.url, body, headers)
            if answer["status"] is not None and 200 <= answer["status"] < 300:
                break
        delivery = Delivery(tuple(batch), answer["status"], attempt, at, answer["body"])
        if not delivery.accepted:
            with self._lock:
                self.errors.append(delivery)
        return delivery

    def _call(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        begun = time.perf_counter()
        try:
            answer = session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=self._world.settings.event_timeout_s,
                allow_redirects=False,
            )
            read: dict[str, Any] = {
                "status": answer.status_code,
                "body": answer.text[:2000],
                "headers": dict(answer.headers),
            }
        except requests.RequestException as error:
            read = {"status": None, "body": f"{type(error).__name__}: {error}"[:2000], "headers": {}}
        ms = (time.perf_counter() - begun) * 1000
        status = read["status"] if read["status"] is not None else "no answer"
        self._world.sandbox.calls.add("events", f"{method} business event", status, ms=ms)
        return read

    def _validate_grid(self, endpoint: Endpoint) -> None:
        code = self.new_event_id().lower()
        body, headers = events.grid_validation(code)
        answer = self._call("POST", endpoint.url, body, headers)
        try:
            echoed = json.loads(answer["body"]).get("validationResponse")
        except (ValueError, AttributeError):
            echoed = None
        if answer["status"] != 200 or echoed != code:
            raise EndpointRefused(
                "The endpoint did not return Event Grid's validation code with 200.", answer
            )

    def _validate_cloud(self, endpoint: Endpoint) -> None:
        headers = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
        answer = self._call("OPTIONS", endpoint.url, b"", headers)
        allowed = {name.lower(): value for name, value in answer["headers"].items()}.get(
            "webhook-allowed-origin"
        )
        if answer["status"] != 200 or allowed not in ("eventgrid.azure.net", "*"):
            raise EndpointRefused("The endpoint did not allow the CloudEvents origin with 200.", answer)


def _with_duplicates(raised: Sequence[Event], share: float, dice: random.Random) -> list[Event]:
    twice = set(dice.sample(range(len(raised)), round(len(raised) * min(share, 1.0))))
    return [event for number, event in enumerate(raised) for _ in range(2 if number in twice else 1)]


def _batches(
    queue: Sequence[Event], endpoint: Endpoint, ask: Mapping[str, Any]
) -> Iterable[tuple[Event, ...]]:
    size = max(1, int(ask.get("batch", 1))) if endpoint.envelope.startswith("eventgrid") else 1
    return [tuple(queue[start : start + size]) for start in range(0, len(queue), size)]
