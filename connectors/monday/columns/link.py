"""Link column: an address and the text shown for it (developer.monday.com, "Link")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.monday.columns.codec import CannotEncode, is_empty, part, shown, wrong_kind
from connectors.monday.model import Cell, Column

# A person clicks on it: nothing that runs in a browser.
SCHEMES = ("http", "https", "mailto")


@dataclass(frozen=True)
class Link:
    """An address; `text` "" shows the address itself."""

    url: str
    text: str = ""


class LinkCodec:
    """Link, or the text of an address <-> link column."""

    type = "link"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, str] | None:
        """Address and text.

        Raises:
            CannotEncode: the address has no scheme, or one that nobody should click on.
        """
        link = _link(value, column)
        return {"url": link.url, "text": link.text} if link else None

    def decode(self, cell: Cell, column: Column) -> Link | None:  # noqa: ARG002
        """Address and text, None when empty."""
        url = part(cell, "url")
        return Link(url, part(cell, "text") or "") if url else None

    def canonical(self, value: Any, column: Column) -> str:
        """Address and text, a blank between."""
        link = _link(value, column, check=False)
        return f"{link.url} {link.text}" if link else ""


def _link(value: Any, column: Column, *, check: bool = True) -> Link | None:
    given = Link(value) if isinstance(value, str) else value
    if is_empty(given):
        return None
    if not isinstance(given, Link):
        raise wrong_kind(value, column, "a link")
    url = given.url.strip()
    if not url:
        return None
    if check and (urlsplit(url).scheme not in SCHEMES or any(mark.isspace() for mark in url)):
        raise CannotEncode(
            f"Column {column.title} takes a link such as https://example.com/page, not {shown(url)}."
        )
    return Link(url, given.text.strip() or url)
