"""Text, long text, numbers, checkbox, rating and country: values that stand for themselves."""

# ruff: noqa: ARG002 - every column type has the same methods, whatever it needs of their arguments

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sandbox.monday.columns.base import Codec, Reading, Writing
from sandbox.monday.model import Column

LONG_TEXT_MAX = 2000  # "Long text": the limit of the column
_NUMBER = re.compile(r"-?\d+(\.\d+)?|-?\.\d+")


class TextCodec(Codec):
    """Any text; an object such as {"text": "x"} is refused. No limit but the item's total."""

    type, typename, wire_type, title = "text", "TextValue", "text", "Text"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Keep the text as it is; the empty string clears."""
        return text or None

    def event_value(self, reading: Reading) -> Any:
        """Wrap the text as deliveries do."""
        return {} if reading.cell is None else {"value": reading.value}


class LongTextCodec(Codec):
    """Text of at most 2,000 characters."""

    type, typename, wire_type, title = "long_text", "LongTextValue", "long-text", "Long text"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Keep the text when it is short enough."""
        if len(text) > LONG_TEXT_MAX:
            self.refuse(
                column, text, f"A long text holds at most {LONG_TEXT_MAX:,} characters, not {len(text):,}"
            )
        return {"text": text} if text else None

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"text": "..."}."""
        self.keys(column, value, {"text"})
        if not isinstance(value["text"], str):
            self.refuse(column, value, "The text of a long text column is a string")
        return self.simple(writing, column, value["text"])

    def text(self, reading: Reading) -> str:
        """Show the text."""
        return str(reading.value["text"])

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the time of the last change."""
        return {"updated_at": reading.updated_at}

    def event_value(self, reading: Reading) -> Any:
        """Wrap the text as deliveries do."""
        return {} if reading.cell is None else {"value": reading.value["text"]}


class NumbersCodec(Codec):
    """A number, written as a string with a decimal point and read without trailing zeros."""

    type, typename, wire_type, title = "numbers", "NumbersValue", "numeric", "Numbers"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take a plain decimal number."""
        if text == "":
            return None
        if not _NUMBER.fullmatch(text) or len(text) > 50:
            self.refuse(column, text, f"invalid value, '{text}' is not a number")
        number = Decimal(text)
        plain = format(number, "f")  # normalize() would round to the 28 digits of the context
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) if number else "0"

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the number as a Float, with the column's unit."""
        unit = reading.column.settings.get("unit") or {}
        return {
            "number": None if reading.cell is None else float(reading.value),
            "symbol": unit.get("symbol"),
            "direction": unit.get("direction"),
        }

    def event_value(self, reading: Reading) -> Any:
        """Give the number as JSON's own."""
        if reading.cell is None:
            return {}
        number = float(reading.value)
        return {"value": int(number) if number.is_integer() else number, "unit": None}


class CheckboxCodec(Codec):
    """Ticked or not; only null unticks."""

    type, typename, wire_type, title = "checkbox", "CheckboxValue", "boolean", "Checkbox"

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"checked": "true"} or {"checked": true}: the documentation shows both."""
        self.keys(column, value, {"checked"})
        if value["checked"] not in ("true", True) or (value["checked"] == 1 and value["checked"] is not True):
            self.refuse(column, value, 'A checkbox is ticked by {"checked": "true"} and cleared by null')
        return {"checked": True}

    def text(self, reading: Reading) -> str:
        """Show a tick as monday does."""
        return "v"

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the state."""
        return {"checked": None if reading.cell is None else True, "updated_at": reading.updated_at}


class RatingCodec(Codec):
    """A number of stars."""

    type, typename, wire_type, title = "rating", "RatingValue", "rating", "Rating"
    scale = 5

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"rating": 1..5}."""
        self.keys(column, value, {"rating"})
        rating = value["rating"]
        if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= self.scale:
            self.refuse(column, value, f"A rating is a whole number from 1 to {self.scale}")
        return {"rating": rating}

    def text(self, reading: Reading) -> str:
        """Show the number of stars."""
        return str(reading.value["rating"])

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give the number of stars."""
        rating = None if reading.cell is None else reading.value["rating"]
        return {"rating": rating, "updated_at": reading.updated_at}


class CountryCodec(Codec):
    """A country by code and name, both required."""

    type, typename, wire_type, title = "country", "CountryValue", "country", "Country"

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"countryCode": "US", "countryName": "United States"}."""
        self.keys(column, value, {"countryCode", "countryName"})
        code, name = value["countryCode"], value["countryName"]
        if not (isinstance(code, str) and re.fullmatch("[A-Z]{2}", code) and isinstance(name, str) and name):
            self.refuse(column, value, "A country has an upper-case ISO 2 code and a name")
        return {"countryCode": code, "countryName": name}

    def text(self, reading: Reading) -> str:
        """Show the country's name."""
        return str(reading.value["countryName"])

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give code and name."""
        country = None
        if reading.cell is not None:
            country = {"code": reading.value["countryCode"], "name": reading.value["countryName"]}
        return {"country": country, "updated_at": reading.updated_at}
