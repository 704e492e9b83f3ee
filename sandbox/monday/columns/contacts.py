"""Link, email, phone and people: ways to reach something or somebody."""

# ruff: noqa: ARG002 - every column type has the same methods, whatever it needs of their arguments

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.monday.accounts import User
from sandbox.monday.columns.base import Codec, Reading, Writing
from sandbox.monday.model import Column

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?\d{5,15}")


class LinkCodec(Codec):
    """An address with a scheme, and the text shown for it."""

    type, typename, wire_type, title = "link", "LinkValue", "link", "Link"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take "https://host/path label"."""
        if text == "":
            return None
        url, _, label = text.partition(" ")
        return self.structured(writing, column, {"url": url, "text": label})

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"url": "https://...", "text": "label"}."""
        self.keys(column, value, {"url"}, {"text"})
        url, label = value["url"], value.get("text") or ""
        if url in (None, "") and not label:
            return None
        if not isinstance(url, str) or not isinstance(label, str):
            self.refuse(column, value, "url and text of a link are strings")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "mailto", "ftp") or not (parts.netloc or parts.path):
            self.refuse(column, value, f"invalid value, the link '{url}' needs a scheme such as https://")
        return {"url": url, "text": label}

    def text(self, reading: Reading) -> str:
        """Show label and address."""
        url, label = reading.value["url"], reading.value["text"]
        return f"{label} - {url}" if label else url

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give address and label."""
        value = reading.value or {}
        return {"url": value.get("url"), "url_text": value.get("text"), "updated_at": reading.updated_at}

    def search_text(self, reading: Reading) -> str:
        """Compare by the label when there is one."""
        return "" if reading.cell is None else reading.value["text"] or reading.value["url"]


class EmailCodec(Codec):
    """An e-mail address and the text shown for it; both are required."""

    type, typename, wire_type, title = "email", "EmailValue", "email", "Email"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take "a@b.example label"."""
        if text == "":
            return None
        address, _, label = text.partition(" ")
        return self.structured(writing, column, {"email": address, "text": label or address})

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"email": "a@b.example", "text": "label"}."""
        self.keys(column, value, {"email", "text"})
        address, label = value["email"], value["text"]
        if address == "" and label == "":
            return None
        if not isinstance(address, str) or not isinstance(label, str):
            self.refuse(column, value, "email and text of an email column are strings")
        if not _EMAIL.fullmatch(address):
            self.refuse(column, value, f"invalid value, '{address}' is not an e-mail address")
        return {"email": address, "text": label}

    def text(self, reading: Reading) -> str:
        """Show the address."""
        return str(reading.value["email"])

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give address and label."""
        value = reading.value or {}
        return {"email": value.get("email"), "label": value.get("text"), "updated_at": reading.updated_at}

    def search_text(self, reading: Reading) -> str:
        """Compare by the label when there is one."""
        return "" if reading.cell is None else reading.value["text"] or reading.value["email"]


class PhoneCodec(Codec):
    """A phone number with its country. monday asks libphonenumber; here the shape alone is checked."""

    type, typename, wire_type, title = "phone", "PhoneValue", "phone", "Phone"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take "+12025550169 US"."""
        if text == "":
            return None
        number, _, country = text.rpartition(" ") if re.search(r" [A-Z]{2}$", text) else (text, "", "")
        return self._checked(column, number, country, text)

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"phone": "+12025550169", "countryShortName": "US"}."""
        self.keys(column, value, {"phone"}, {"countryShortName"})
        if value["phone"] in (None, ""):
            return None
        return self._checked(column, value["phone"], value.get("countryShortName") or "", value)

    def _checked(self, column: Column, number: Any, country: Any, value: Any) -> Any:
        if not isinstance(number, str) or not isinstance(country, str):
            self.refuse(column, value, "phone and countryShortName of a phone column are strings")
        digits = re.sub(r"[\s().-]", "", number)
        if not _PHONE.fullmatch(digits):
            self.refuse(column, value, f"invalid value, '{number}' is not a phone number")
        if country and not re.fullmatch("[A-Z]{2}", country):
            self.refuse(column, value, f"invalid value, '{country}' is not an upper-case ISO 2 country code")
        if not country and not digits.startswith("+"):
            self.refuse(column, value, "invalid value, a phone number has a country code or starts with +")
        return {"phone": digits, "countryShortName": country}

    def text(self, reading: Reading) -> str:
        """Show the number."""
        return str(reading.value["phone"])

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give number and country."""
        value = reading.value or {}
        return {
            "phone": value.get("phone"),
            "country_short_name": value.get("countryShortName"),
            "updated_at": reading.updated_at,
        }


class PeopleCodec(Codec):
    """Users of the account. Teams and agents are taken by id without a look."""

    type, typename, wire_type, title = "people", "PeopleValue", "multiple-person", "People"

    def simple(self, writing: Writing, column: Column, text: str) -> Any:
        """Take "123, 456": ids of users."""
        ids = [part.strip() for part in text.split(",") if part.strip()]
        return self._checked(writing, column, [{"id": one, "kind": "person"} for one in ids], text)

    def structured(self, writing: Writing, column: Column, value: dict[str, Any]) -> Any:
        """Take {"personsAndTeams": [{"id": 123, "kind": "person"}]}."""
        self.keys(column, value, {"personsAndTeams"})
        return self._checked(writing, column, value["personsAndTeams"], value)

    def _checked(self, writing: Writing, column: Column, entries: Any, value: Any) -> Any:
        if not isinstance(entries, list):
            self.refuse(column, value, "personsAndTeams is a list of {id, kind}")
        people = []
        users = writing.store.accounts.by_id[writing.board.account_id].users
        for entry in entries:
            if not isinstance(entry, dict) or entry.get("kind") not in ("person", "team", "agent"):
                self.refuse(
                    column, value, "an entry of personsAndTeams has an id and a kind (person or team)"
                )
            number = str(entry.get("id", ""))
            if not number.isdigit() or (entry["kind"] == "person" and not _assignable(users, int(number))):
                self.refuse(column, value, f"The user {number} does not exist or may not see this board")
            people.append({"id": int(number), "kind": entry["kind"]})
        return {"personsAndTeams": people} if people else None

    def text(self, reading: Reading) -> str:
        """Show the names."""
        names = []
        for entry in reading.value["personsAndTeams"]:
            user = reading.store.accounts.user(entry["id"]) if entry["kind"] == "person" else None
            names.append(user.name if user else str(entry["id"]))
        return ", ".join(names)

    def typed(self, reading: Reading) -> dict[str, Any]:
        """Give ids and kinds."""
        people = None if reading.cell is None else reading.value["personsAndTeams"]
        return {"persons_and_teams": people or [], "updated_at": reading.updated_at}


def _assignable(users: dict[int, User], number: int) -> bool:
    return number in users and users[number].status != "INACTIVE"
