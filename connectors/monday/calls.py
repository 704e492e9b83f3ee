"""One call to monday: leave from the budget, send, read the answer, tell the budget."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from connectors.errors import RateLimited
from connectors.limits import Budget, Grant, Observed
from connectors.monday.faults import SYSTEM, to_error
from connectors.monday.graphql import Reply, body, decode
from connectors.transport import Request, Transport

# A place in the budget is held a little longer than a call can take.
HOLD_S = 5.0


class Calls:
    """What every call needs: address, token, transport, budget. Arguments as in `MondayClient`."""

    def __init__(
        self,
        token: str,
        transport: Transport,
        budget: Budget,
        *,
        api_url: str,
        api_version: str,
        timeout_s: float,
    ) -> None:
        self._headers = {
            "Authorization": token.strip(),
            "API-Version": api_version,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        self._transport = transport
        self._budget = budget
        self._url = api_url
        self._timeout_s = timeout_s

    def ask(self, operation: str, variables: Mapping[str, Any]) -> Reply:
        """Read something. Part of an answer is no answer: any fault in it is raised.

        Args:
            operation: of operations.graphql.

        Raises:
            ConnectorError: as the first fault says, or as the transport or the budget says.
        """
        reply = self.send(operation, body(operation, variables), self.reserve(operation))
        if reply.faults:
            raise to_error(
                reply.faults[0], http_status=reply.status, operation=operation, request_id=reply.request_id
            )
        return reply

    def send(self, operation: str, content: bytes, grant: Grant, *, key: str = "") -> Reply:
        """Send a body and read the answer, faults and all.

        Args:
            operation: what it does, for people.
            grant: used up by this call.
            key: Idempotency-Key; monday heeds it on mutations.

        Raises:
            ConnectorError: the transport got no answer.
        """
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        observed = Observed()
        try:
            response = self._transport.send(
                Request("POST", self._url, headers, content, self._timeout_s, operation)
            )
            reply = decode(response.status, response.headers, response.body)
            observed = reply.observed
            return reply
        finally:
            self.settle(grant, observed)

    def reserve(self, operation: str, mutations: int = 0) -> Grant:
        """Leave for one call with so many writes, or for fewer.

        Raises:
            RateLimited: the account's budget has no room now.
        """
        try:
            return self._budget.reserve(mutations=mutations, hold_s=self._timeout_s + HOLD_S)
        except RateLimited as error:
            error.system, error.operation = SYSTEM, operation
            raise

    def settle(self, grant: Grant, observed: Observed) -> None:
        """Give a place back. An answer must not be lost because the budget is busy: the place frees itself."""
        with suppress(RateLimited):
            self._budget.settle(grant, observed)
