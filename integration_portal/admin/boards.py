"""Boards as last read, and which record is which item."""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from connectors.monday.model import Board
from integration_portal.admin import tables
from integration_portal.admin.base import ReadOnlyAdmin, display
from integration_portal.admin.filters import TenantOfAccount, TenantOfMapping
from mappings.models import BoardSnapshot, RecordLink


@admin.register(BoardSnapshot)
class BoardSnapshotAdmin(ReadOnlyAdmin):
    """Boards as last read: the place to look up column, group and label names."""

    tenant_path = "account__tenant"
    joins = ("account__tenant",)
    list_display = ("board_name", "board_id", "account_name", "read")
    list_filter = (TenantOfAccount,)
    search_fields = ("board_id",)
    fields = ("board_name", "board_id", "account_name", "read", "columns", "groups")
    readonly_fields = ("board_name", "account_name", "read", "columns", "groups")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is read again when it is needed, and must not keep its account from being deleted."""
        user = request.user
        return user.has_perm("mappings.delete_boardsnapshot") or user.has_perm(
            "connectors.delete_mondayaccount"
        )

    @display(description="Read", ordering="read_at")
    def read(self, board: BoardSnapshot) -> SafeString | str:
        return tables.moment(board.read_at)

    @display(description="Board")
    def board_name(self, board: BoardSnapshot) -> str:
        return str(board.structure.get("name", ""))

    @display(description="monday account", ordering="account__name")
    def account_name(self, board: BoardSnapshot) -> str:
        return board.account.name

    @display(description="Columns")
    def columns(self, board: BoardSnapshot) -> SafeString:
        rows = [
            (
                one.title,
                one.id,
                one.type,
                ", ".join(label.text for label in one.labels if not label.deactivated),
            )
            for one in Board.from_json(board.structure).columns
        ]
        return tables.table(("Title", "Column id", "Type", "Labels"), rows)

    @display(description="Groups")
    def groups(self, board: BoardSnapshot) -> SafeString:
        rows = [(one.title, one.id) for one in Board.from_json(board.structure).groups]
        return tables.table(("Title", "Group id"), rows)


@admin.register(RecordLink)
class RecordLinkAdmin(ReadOnlyAdmin):
    """Which record is which item. Deleting a link makes the portal look the item up by its key, and create it if it is gone."""

    tenant_path = "mapping__tenant"
    joins = ("mapping",)
    list_display = ("record_key", "item_id", "mapping_name", "kind", "standing", "settled")
    list_filter = (TenantOfMapping, "mapping__record_kind", "uncertain")
    list_defer = ("baseline",)
    search_fields = ("record_key", "item_id__exact")
    search_help_text = "Part of a record's key, or a whole item id"
    fields = (
        "record_key",
        "item_id",
        "mapping",
        "standing",
        "settled",
        "agreed",
        ("lease_owner", "lease_until"),
        ("created_at", "answers"),
    )
    readonly_fields = ("standing", "settled", "agreed")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("mappings.delete_recordlink")

    @display(description="Mapping", ordering="mapping__name")
    def mapping_name(self, link: RecordLink) -> str:
        return link.mapping.name

    @display(description="Record kind", ordering="mapping__record_kind")
    def kind(self, link: RecordLink) -> str:
        return link.mapping.get_record_kind_display()

    @display(description="State")
    def standing(self, link: RecordLink) -> SafeString:
        if link.lease_owner:
            return tables.badge("A worker is at it", "primary")
        if link.uncertain:
            return tables.badge("A create may have happened unseen", "warning")
        return tables.badge("Linked", "success") if link.item_id else tables.badge("No item yet", "info")

    @display(description="Last agreed", ordering="settled_at")
    def settled(self, link: RecordLink) -> SafeString | str:
        return tables.moment(link.settled_at)

    @display(description="Last agreed values")
    def agreed(self, link: RecordLink) -> SafeString | str:
        return tables.pairs(tables.flat(link.baseline).items()) if link.baseline else "None yet."
