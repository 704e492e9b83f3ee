"""What a batch of records needs to know of people before it is translated, gathered with one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from mappings.catalogue.kind import Record
from mappings.rules import BoardRule
from mappings.texts import as_text
from mappings.transforms import PERSON


class People(Protocol):
    """One monday account, for its users."""

    def users_by_email(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """Find who has these addresses: address in lower case -> user id."""


def people_of(rule: BoardRule, records: Iterable[Record], items: People) -> Mapping[str, str]:
    """Find the monday users that the people columns of these records name by e-mail address.

    Args:
        items: asked once for all records, and not at all when none names anybody.

    Returns:
        address in lower case -> user id, as `mappings.translate.Lookups.people` wants it; who has no user is left out.

    Raises:
        ConnectorError: monday could not be asked.
    """
    fields = {column.field for column in rule.columns if column.transform == PERSON}
    named = {as_text(record.values.get(field)).strip().lower() for record in records for field in fields}
    addresses = sorted(text for text in named if "@" in text)
    return items.users_by_email(addresses) if addresses else {}
