"""Email column: an address and the text shown for it; monday wants both (developer.monday.com, "Email")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from connectors.monday.columns.codec import CannotEncode, is_empty, part, shown, wrong_kind
from connectors.monday.model import Cell, Column

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True)
class Email:
    """An address; `text` "" shows the address itself."""

    address: str
    text: str = ""


class EmailCodec:
    """Email, or the text of an address <-> email column."""

    type = "email"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """Address and text.

        Raises:
            CannotEncode: it is no single address.
        """
        email = _email(value, column)
        if email and not _ADDRESS.fullmatch(email.address):
            raise CannotEncode(
                f"Column {column.title} takes one email address such as ap@example.com, "
                f"not {shown(email.address)}."
            )
        return {"email": email.address, "text": email.text} if email else None

    def decode(self, cell: Cell, column: Column) -> Email | None:  # noqa: ARG002
        """Address and text, None when empty."""
        address = part(cell, "email")
        return Email(address, part(cell, "text") or "") if address else None

    def canonical(self, value: Any, column: Column) -> str:
        """Address and text, a blank between."""
        email = _email(value, column)
        return f"{email.address} {email.text}" if email else ""


def _email(value: Any, column: Column) -> Email | None:
    given = Email(value) if isinstance(value, str) else value
    if is_empty(given):
        return None
    if not isinstance(given, Email):
        raise wrong_kind(value, column, "an email address")
    address = given.address.strip()
    return Email(address, given.text.strip() or address) if address else None
