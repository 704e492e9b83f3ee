"""What corresponds to what, and which record is which item."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from mappings import catalogue


class BoardMapping(models.Model):
    """A board shows the records of one kind of one environment."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="mappings")
    name = models.CharField(max_length=120)
    environment = models.ForeignKey(DynamicsEnvironment, on_delete=models.PROTECT, related_name="mappings")
    account = models.ForeignKey(MondayAccount, on_delete=models.PROTECT, related_name="mappings")
    record_kind = models.CharField(max_length=40, choices=catalogue.choices)
    legal_entities = models.ManyToManyField(
        LegalEntity,
        blank=True,
        related_name="mappings",
        help_text="None chosen: all legal entities of the environment.",
    )
    board_id = models.CharField(max_length=30)
    key_column_id = models.CharField(
        max_length=60, help_text="A text column that keeps the record's key, by which an item is found again."
    )
    name_template = models.CharField(
        max_length=200,
        blank=True,
        help_text="Item name, for example {InvoiceId} · {InvoiceAccount}. Empty: the kind's own.",
    )
    group_field = models.CharField(
        max_length=80, blank=True, help_text="The field whose value decides the group."
    )
    default_group_id = models.CharField(
        max_length=60, blank=True, help_text="Group of items that no rule places."
    )
    active = models.BooleanField(default=False)
    trust_keys_minutes = models.PositiveIntegerField(
        default=60,
        help_text="How long after the board's keys were read an unknown record is created without looking first. "
        "0: always look (one more monday call for each batch of new records).",
    )
    keys_read_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["tenant", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="mapping_name_once_per_tenant")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Keep the three parts inside one tenant.

        Raises:
            ValidationError: the environment or the account belongs to another tenant.
        """
        for part in ("environment", "account"):
            connection = getattr(self, part, None)
            if connection and self.tenant_id and connection.tenant_id != self.tenant_id:
                raise ValidationError({part: f"This {part} belongs to another tenant."})


class ColumnMapping(models.Model):
    """A column shows a field."""

    mapping = models.ForeignKey(BoardMapping, on_delete=models.CASCADE, related_name="columns")
    column_id = models.CharField(max_length=60)
    field = models.CharField(
        max_length=80, help_text="A field of the record kind, or @link for the link back to Dynamics."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "column_id"], name="column_once_per_mapping")
        ]

    def __str__(self) -> str:
        return f"{self.column_id} ← {self.field}"


class ValueMap(models.Model):
    """A value of the field stands as this label in the column."""

    column = models.ForeignKey(ColumnMapping, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(max_length=120, help_text="As Dynamics gives it, for example Backorder.")
    label = models.CharField(max_length=120, help_text="As the board shows it, for example Open order.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["column", "value"], name="value_once_per_column")]

    def __str__(self) -> str:
        return f"{self.value} → {self.label}"


class GroupMapping(models.Model):
    """A value of the group field puts the item into this group."""

    mapping = models.ForeignKey(BoardMapping, on_delete=models.CASCADE, related_name="groups")
    value = models.CharField(max_length=120)
    group_id = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "value"], name="group_value_once_per_mapping")
        ]

    def __str__(self) -> str:
        return f"{self.value} → {self.group_id}"


class EventRule(models.Model):
    """How a business event of one environment names its record; without a row the catalogue's own rules hold."""

    environment = models.ForeignKey(DynamicsEnvironment, on_delete=models.CASCADE, related_name="event_rules")
    event_type = models.CharField(max_length=150, verbose_name="BusinessEventId")
    record_kind = models.CharField(max_length=40, choices=catalogue.choices)
    sample = models.TextField(
        blank=True,
        help_text='Paste what "Download schema" of the business events catalogue gives for this event.',
    )
    keys = models.JSONField(
        default=dict,
        help_text='Which field of the event names which field of the record: {"InvoiceId": "InvoiceNumber"}.',
    )

    class Meta:
        ordering = ["environment", "event_type"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "event_type"], name="rule_once_per_event")
        ]

    def __str__(self) -> str:
        return self.event_type


class BoardSnapshot(models.Model):
    """A board's columns, labels and groups as last read, so that a write needs no call to check them."""

    account = models.ForeignKey(MondayAccount, on_delete=models.CASCADE, related_name="boards")
    board_id = models.CharField(max_length=30)
    structure = models.JSONField(default=dict)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "board_id"], name="snapshot_once_per_board")
        ]

    def __str__(self) -> str:
        return f"{self.structure.get('name', '')} ({self.board_id})"


class RecordLink(models.Model):
    """A record and its item, and the lane both directions take: whoever holds its lease works on this record alone.

    It exists before the item does. `baseline` is what both sides last agreed on: {"name", "group", "cells": {column id: canonical
    text}}. `uncertain` says that a write may have happened unseen: look the key up before creating again, write everything when
    there is an item.
    """

    mapping = models.ForeignKey(BoardMapping, on_delete=models.CASCADE, related_name="links")
    record_key = models.CharField(max_length=200)
    item_id = models.CharField(max_length=30, blank=True, default="")
    baseline = models.JSONField(default=dict)
    uncertain = models.BooleanField(default=False)
    answers = models.PositiveIntegerField(
        default=0, help_text="Writes monday gave a definite answer to. Part of the idempotency key."
    )
    settled_at = models.DateTimeField(
        null=True, help_text="When the record that the baseline stands for was read."
    )
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "record link"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "record_key"], name="link_once_per_record"),
            models.UniqueConstraint(
                fields=["mapping", "item_id"], condition=~Q(item_id=""), name="link_once_per_item"
            ),
        ]
        indexes = [models.Index(fields=["lease_owner"], condition=~Q(lease_owner=""), name="link_leased")]

    def __str__(self) -> str:
        return f"{self.record_key} ↔ {self.item_id or 'no item yet'}"
