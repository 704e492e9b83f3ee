"""Webhook subscriptions: the challenge when one is made, and who hears of a change.

One subscription is one board, one event and one URL; nothing keeps one from making the same twice. A delivery is
signed only for subscriptions made with an app's token: a JWT that proves the sender, not the content.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests

from sandbox.clock import Clock
from sandbox.monday.accounts import Viewer
from sandbox.monday.delivery import Deliveries, Delivery
from sandbox.monday.errors import InvalidArgument, NotFound
from sandbox.monday.model import Board, Change
from sandbox.monday.payloads import TYPES, common, event_body, wanted
from sandbox.monday.store import Store

URL_MAX = 255
CHALLENGE_TIMEOUT_S = 5
CONFIGURED = {
    "change_specific_column_value": "columnId",
    "change_status_column_value": "columnId",
    "item_moved_to_specific_group": "groupId",
}


@dataclass(frozen=True)
class Subscription:
    """One webhook. ``config`` is kept as it was given, as JSON text."""

    id: int
    board_id: int
    event: str
    url: str
    viewer: Viewer
    config: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


class Webhooks:
    """The subscriptions of every board. Registered as a listener of the store."""

    def __init__(self, store: Store, clock: Clock, deliveries: Deliveries) -> None:
        self._store = store
        self._clock = clock
        self._deliveries = deliveries
        self._lock = threading.Lock()
        self._ids = itertools.count(466_000_001)
        self._by_board: dict[int, list[Subscription]] = {}

    def create(self, viewer: Viewer, board: Board, url: str, event: str, config: Any) -> Subscription:
        """Make a subscription after its URL has echoed a challenge. Raises InvalidArgument."""
        if len(url) > URL_MAX or urlsplit(url).scheme not in ("http", "https"):
            raise InvalidArgument(f"The webhook URL is an http(s) address of at most {URL_MAX} characters")
        settings = config if isinstance(config, dict) else {}
        if event in CONFIGURED and not isinstance(settings.get(CONFIGURED[event]), str):
            raise InvalidArgument(f"The event {event} needs a config with {CONFIGURED[event]}")
        self._challenge(viewer, url)
        subscription = Subscription(
            next(self._ids),
            board.id,
            event,
            url,
            viewer,
            json.dumps(config) if config is not None else None,
            settings,
        )
        with self._lock:
            self._by_board.setdefault(board.id, []).append(subscription)
        return subscription

    def _challenge(self, viewer: Viewer, url: str) -> None:
        challenge = {"challenge": secrets.token_hex(16)}
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    url,
                    json=challenge,
                    headers=signed(viewer, url, self._clock.now()),
                    timeout=CHALLENGE_TIMEOUT_S,
                    allow_redirects=False,
                )
            echoed = answer.status_code == 200 and answer.json() == challenge
        except (requests.RequestException, ValueError):
            echoed = False
        if not echoed:
            raise InvalidArgument(
                "The webhook URL did not answer the challenge with HTTP 200 and the same JSON"
            )

    def delete(self, viewer: Viewer, webhook_id: str) -> Subscription:
        """Remove a subscription of the token's account. Raises NotFound."""
        with self._lock:
            for subscriptions in self._by_board.values():
                for one in subscriptions:
                    if str(one.id) == str(webhook_id) and one.viewer.account.id == viewer.account.id:
                        subscriptions.remove(one)
                        return one
        raise NotFound(f"The webhook {webhook_id} was not found", resource_type="webhook")

    def of_board(self, board_id: int) -> list[Subscription]:
        """Return the subscriptions of one board."""
        with self._lock:
            return list(self._by_board.get(board_id, ()))

    def __call__(self, change: Change) -> None:
        """Queue the deliveries a change causes. Quick: called under the store's lock."""
        subscriptions = self.of_board(change.board.id)
        if not subscriptions:
            return
        body: dict[str, Any] | None = None
        for one in subscriptions:
            if wanted(one.event, one.settings, change):
                body = body or event_body(change)
                event = common(TYPES[change.kind], one.id, change.user_id, change.at) | body
                event["triggerUuid"] = self._store.new_uuid().replace("-", "")
                self._deliveries.add(Delivery(one.url, {"event": event}, one.event, one.viewer))


def signed(viewer: Viewer, url: str, now: float) -> dict[str, str]:
    """Return the headers of a delivery: a fresh five-minute JWT for an app's subscription, nothing otherwise."""
    if viewer.app_id is None:
        return {}
    claims = {
        "accountId": viewer.account.id,
        "userId": viewer.user.id,
        "aud": url,
        "iat": int(now),
        "exp": int(now) + 300,
    }
    # HMAC pads a short key with zeros anyway: doing it here signs alike and spares the warning about its length.
    key = viewer.signing_secret.encode().ljust(32, b"\0")
    return {"Authorization": jwt.encode(claims, key, algorithm="HS256")}
