"""Link, email and phone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from connectors.monday.columns import Email, Link, Phone
from connectors.monday.columns.calling_codes import country_of
from connectors.monday.columns.email import EmailCodec
from connectors.monday.columns.link import LinkCodec
from connectors.monday.columns.phone import PhoneCodec
from connectors.monday.model import Cell, Column
from tests.unit.connectors.monday.columns.contract import CodecContract

labels = st.text(max_size=30)
words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
urls = words.map(lambda word: f"https://{word}.operations.dynamics.com/?cmp=usmf&mi={word}")
addresses = st.tuples(words, words).map(lambda parts: f"{parts[0]}@{parts[1]}.example")
international = st.integers(10**7, 10**9).map(lambda digits: f"+49 {digits}")


class TestLink(CodecContract):
    column = Column("link", "Dynamics", "link")
    values = st.one_of(urls, st.builds(Link, urls, labels))
    empty_values = (None, "", Link(""), Link(" ", "text"))
    refused = (
        ("www.example.com", "https://example.com/page"),
        ("javascript:alert(1)", "https://example.com/page"),
        ("https://example.com/a b", "https://example.com/page"),
        (5, "takes a link"),
    )

    def stored(self, encoded: Any) -> Cell:
        if encoded is None:
            return Cell("link", "link", text="", value=None)
        return Cell("link", "link", text=f"{encoded['text']} - {encoded['url']}", value=dict(encoded))

    def test_a_link_without_a_text_shows_its_address(self) -> None:
        sent = LinkCodec().encode("https://example.com", self.column)
        assert sent == {"url": "https://example.com", "text": "https://example.com"}

    def test_a_link_that_a_person_wrote_strangely_can_still_be_compared(self) -> None:
        read = LinkCodec().decode(
            Cell("link", "link", value={"url": "example.com", "text": None}), self.column
        )
        assert read == Link("example.com", "")
        assert LinkCodec().canonical(read, self.column) == "example.com example.com"


class TestEmail(CodecContract):
    column = Column("email", "Contact", "email")
    values = st.one_of(addresses, st.builds(Email, addresses, labels))
    empty_values = (None, "", Email(""), Email(" ", "text"))
    refused = (
        ("ap at example.com", "one email address"),
        ("ap@example", "one email address"),
        ("a@b.example; c@d.example", "one email address"),
        (5, "takes an email address"),
    )

    def stored(self, encoded: Any) -> Cell:
        return Cell("email", "email", text=encoded["email"] if encoded else "", value=encoded)

    def test_address_and_text_are_both_sent(self) -> None:
        assert EmailCodec().encode("ap@example.com", self.column) == {
            "email": "ap@example.com",
            "text": "ap@example.com",
        }
        assert EmailCodec().encode(Email("ap@example.com", "AP"), self.column)["text"] == "AP"


class TestPhone(CodecContract):
    column = Column("phone", "Phone", "phone")
    values = st.one_of(international, international.map(lambda number: Phone(number, "de")))
    empty_values = (None, "", Phone(""), Phone(" - ", "US"))
    refused = (
        ("425-555-0101", "country"),
        ("+999 12345678", "country"),
        (Phone("12345678", "Germany"), "country"),
        ("call me", "a phone number such as"),
        ("112", "a phone number such as"),
        (5, "takes a phone number"),
    )

    def stored(self, encoded: Any) -> Cell:
        # monday may keep the number without its plus sign.
        value = encoded and {**encoded, "phone": encoded["phone"].removeprefix("+")}
        return Cell("phone", "phone", text=value["phone"] if value else "", value=value)

    def test_separators_are_left_out_and_the_country_is_found(self) -> None:
        assert PhoneCodec().encode("+1 (202) 555-0169", self.column) == {
            "phone": "+12025550169",
            "countryShortName": "US",
        }

    @pytest.mark.parametrize(
        ("number", "country"),
        [
            ("+12025550169", "US"),
            ("+4930123456", "DE"),
            ("+358401234567", "FI"),
            ("+999", ""),
            ("0301234", ""),
        ],
    )
    def test_the_calling_code_tells_the_country(self, number: str, country: str) -> None:
        assert country_of(number) == country

    def test_a_cell_without_a_country_is_read(self) -> None:
        read = PhoneCodec().decode(Cell("phone", "phone", value={"phone": 12025550169}), self.column)
        assert read == Phone("12025550169", "")
