"""Phone column: a number and its country, which monday checks together (developer.monday.com, "Phone")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from connectors.monday.columns.calling_codes import country_of
from connectors.monday.columns.codec import CannotEncode, is_empty, part, shown, wrong_kind
from connectors.monday.model import Cell, Column

_SEPARATORS = re.compile(r"[\s().\-/]")
_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Phone:
    """A number; `country` is an ISO code of two letters, "" to take it from an international number."""

    number: str
    country: str = ""


class PhoneCodec:
    """Phone, or the text of an international number <-> phone column."""

    type = "phone"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """Number without separators, and country.

        Raises:
            CannotEncode: no phone number, or one whose country is not known.
        """
        phone = _phone(value, column)
        if phone is None:
            return None
        if not _NUMBER.fullmatch(phone.number):
            raise CannotEncode(
                f"Column {column.title} takes a phone number such as +12025550169, not {shown(phone.number)}."
            )
        if not _COUNTRY.fullmatch(phone.country):
            raise CannotEncode(
                f"The country of the phone number {phone.number} for column {column.title} is not known. "
                "Write it with its country code, such as +12025550169."
            )
        return {"phone": phone.number, "countryShortName": phone.country}

    def decode(self, cell: Cell, column: Column) -> Phone | None:  # noqa: ARG002
        """Number and country as monday keeps them, None when empty."""
        number = part(cell, "phone")
        return Phone(str(number), part(cell, "countryShortName") or "") if number else None

    def canonical(self, value: Any, column: Column) -> str:
        """Digits and country. The plus sign is left out: monday may drop it."""
        phone = _phone(value, column)
        return f"{phone.number.removeprefix('+')} {phone.country}".strip() if phone else ""


def _phone(value: Any, column: Column) -> Phone | None:
    given = Phone(value) if isinstance(value, str) else value
    if is_empty(given):
        return None
    if not isinstance(given, Phone):
        raise wrong_kind(value, column, "a phone number")
    number = _SEPARATORS.sub("", given.number)
    if not number:
        return None
    return Phone(number, given.country.strip().upper() or country_of(number))
