"""What corresponds to what, and which record is which item."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from mappings import catalogue, transforms


class Direction(models.TextChoices):
    """Which way a column goes."""

    TO_MONDAY = "to_monday", "to monday"
    TO_DYNAMICS = "to_dynamics", "to Dynamics"
    BOTH = "both", "both ways"


class Owner(models.TextChoices):
    """Who wins when both sides changed."""

    DYNAMICS = "dynamics", "Dynamics"
    MONDAY = "monday", "monday"
    ASK = "ask", "ask"


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
    listens = models.BooleanField(
        default=True, verbose_name="by events", help_text="Business events bring records at once."
    )
    every_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Read what changed every so many minutes, on top of events or instead of them.",
    )
    cron = models.CharField(
        max_length=60, blank=True, help_text="Or at these times, in UTC, as cron writes them: 15 6 * * 1-5."
    )
    sweep_hours = models.PositiveIntegerField(
        default=24, help_text="How often a schedule also looks for records that are gone."
    )
    conditions = models.JSONField(
        default=list,
        blank=True,
        help_text='Only such records: [{"field": "CurrencyCode", "is": ["USD", "EUR"]}, {"field": "InvoiceAmount", '
        '"at_least": "1000"}].',
    )
    predecessor = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="successors",
        help_text="Items of this mapping go on as ours: pending invoices that were posted keep their item.",
    )
    gone_group_id = models.CharField(
        max_length=60,
        blank=True,
        help_text="Group of items whose record is gone from Dynamics. Empty: they stay.",
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_reason = models.TextField(blank=True, editable=False)
    next_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    watermark = models.DateTimeField(null=True, blank=True, editable=False)
    swept_at = models.DateTimeField(null=True, blank=True, editable=False)
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
    direction = models.CharField(max_length=12, choices=Direction, default=Direction.TO_MONDAY)
    owner = models.CharField(
        max_length=10, choices=Owner, default=Owner.DYNAMICS, help_text="Who wins when both sides changed."
    )
    transform = models.CharField(max_length=20, blank=True, choices=transforms.choices)
    argument = models.CharField(
        max_length=60, blank=True, help_text="What the transform needs: decimal places, a prefix."
    )
    linked_mapping = models.ForeignKey(
        BoardMapping,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="linked_from",
        help_text="For a Connect Boards column: the mapping whose items it points at.",
    )

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
    natural = models.CharField(
        max_length=200, blank=True, default="", help_text="Names the thing behind the record for life."
    )
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Of the record's values and the mapping at the last settlement.",
    )
    seen_run = models.BigIntegerField(default=0, help_text="The last sweep that saw the record.")
    missed = models.PositiveSmallIntegerField(default=0, help_text="Sweeps in a row that did not.")
    gone_at = models.DateTimeField(null=True, help_text="When the record was found to be gone.")
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
        indexes = [
            models.Index(fields=["mapping", "natural"], condition=~Q(natural=""), name="link_natural"),
            models.Index(fields=["lease_owner"], condition=~Q(lease_owner=""), name="link_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.record_key} ↔ {self.item_id or 'no item yet'}"


class ReferenceValue(models.Model):
    """A value that records of one environment may refer to, as last read: payment terms, vendor accounts, dimension values."""

    environment = models.ForeignKey(
        DynamicsEnvironment, on_delete=models.CASCADE, related_name="reference_values"
    )
    kind = models.CharField(max_length=40)
    company = models.CharField(
        max_length=10, blank=True, default="", verbose_name="legal entity", help_text="Empty: holds in all."
    )
    within = models.CharField(
        max_length=120, blank=True, default="", help_text="The dimension or chart of accounts it belongs to."
    )
    value = models.CharField(max_length=120)
    folded = models.CharField(max_length=250, editable=False, help_text="As Dynamics compares it.")
    name = models.CharField(max_length=200, blank=True, default="")
    suspended = models.BooleanField(default=False, help_text="It exists in Dynamics but is out of use.")
    gone = models.BooleanField(default=False, help_text="Dynamics no longer has it.")
    changed_at = models.DateTimeField(
        help_text="When it was first seen, or last seen to be different. Unchanged values are not written."
    )

    class Meta:
        verbose_name = "reference value"
        ordering = ["environment", "kind", "company", "within", "value"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "kind", "folded", "company", "within"], name="reference_value_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.value} · {self.name}" if self.name else self.value


class ReferenceReading(models.Model):
    """When the reference values of one kind were last read in full, and what stood in the way."""

    environment = models.ForeignKey(
        DynamicsEnvironment, on_delete=models.CASCADE, related_name="reference_readings"
    )
    kind = models.CharField(max_length=40)
    read_at = models.DateTimeField(
        null=True, help_text="The last full reading. Empty: never, so nothing is known."
    )
    due_at = models.DateTimeField(
        null=True, help_text="The next reading, where it is not due by the environment's hours."
    )
    attempts = models.PositiveIntegerField(default=0, help_text="Since the last full reading.")
    problem = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["environment", "kind"]
        constraints = [models.UniqueConstraint(fields=["environment", "kind"], name="reference_reading_once")]

    def __str__(self) -> str:
        return self.kind
