"""What any webhook boils down to: something may have changed, go and look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Notification:
    """A hint from one of the two systems.

    Attributes:
        event_type: the sender's own name of the event, e.g. "PurchaseOrderConfirmedBusinessEvent".
        event_key: what makes two deliveries the same event within one connection; at most 200 characters.
        company: legal entity (`dataAreaId`), lower case, "" when the event names none.
        control_number: Dynamics' increasing number, None when absent.
        occurred_at: aware UTC time the sender gives, None when absent or unreadable.
        fields: the contract fields of the event, flat, as sent (numbers may be int, str or Decimal).
        is_test: the sender only checks that the endpoint answers.
    """

    event_type: str
    event_key: str
    company: str = ""
    control_number: int | None = None
    occurred_at: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    is_test: bool = False
