"""Links between pages of the admin."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def link_to(page: str, pk: Any, text: str) -> SafeString | str:
    """Link to the page of one row.

    Args:
        page: "<app>_<model>".
        pk: None gives "", a row that is gone leads to the list with a message.
    """
    return (
        format_html('<a href="{}" class="text-link">{}</a>', reverse(f"admin:{page}_change", args=[pk]), text)
        if pk
        else ""
    )


def link_to_list(page: str, text: str, **query: Any) -> SafeString:
    """Link to a list, searched or filtered by `query`."""
    address = f"{reverse(f'admin:{page}_changelist')}?{urlencode(query)}"
    return format_html('<a href="{}" class="text-link">{}</a>', address, text)
