"""What the portal did: an append-only record."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone


class Action(models.TextChoices):
    """The vocabulary of the trail."""

    ITEM_CREATED = "item_created", "Item created"
    ITEM_CHANGED = "item_changed", "Item changed"
    ITEM_ADOPTED = "item_adopted", "Existing item adopted"
    ITEM_GONE = "item_gone", "Record gone from Dynamics"
    MAPPING_PAUSED = "mapping_paused", "Mapping paused"
    MAPPING_RESUMED = "mapping_resumed", "Mapping resumed"
    EVENT_DEAD = "event_dead", "Event given up"
    EVENT_RETRIED = "event_retried", "Retry pressed"
    EVENT_REPLAYED = "event_replayed", "Replay pressed"
    CONNECTION_PAUSED = "connection_paused", "Connection paused"
    CONNECTION_RESUMED = "connection_resumed", "Connection resumed"
    CONNECTION_TESTED = "connection_tested", "Connection tested"
    TOKEN_ROTATED = "token_rotated", "Webhook URL rotated"
    TENANT_LOADED = "tenant_loaded", "Configuration loaded"


class AuditEntry(models.Model):
    """One fact. Only its note and its resolved mark may change afterwards.

    Other rooms are named by plain ids: the trail outlives what it speaks of.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    tenant_id = models.PositiveBigIntegerField(editable=False)
    action = models.CharField(max_length=30, choices=Action, editable=False)
    actor = models.CharField(max_length=150, default="portal", editable=False)
    subject = models.CharField(
        max_length=250, editable=False, help_text="The record, connection or event in words."
    )
    event_id = models.PositiveBigIntegerField(null=True, editable=False)
    mapping_id = models.PositiveBigIntegerField(null=True, editable=False)
    item_id = models.CharField(max_length=30, blank=True, editable=False)
    before = models.JSONField(default=dict, editable=False)
    after = models.JSONField(default=dict, editable=False)
    calls = models.JSONField(
        default=list, editable=False, help_text="Every request made, with the vendor's request id."
    )
    detail = models.TextField(blank=True, editable=False)
    note = models.TextField(blank=True)
    resolved = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="audit_of_tenant"),
            models.Index(fields=["event_id"], name="audit_of_event"),
            models.Index(fields=["mapping_id", "item_id"], name="audit_of_item"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry, or the note and mark of an old one."""
        if not self._state.adding:
            kwargs["update_fields"] = ["note", "resolved"]
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: the trail is append-only.

        Raises:
            TypeError: always.
        """
        raise TypeError("The audit trail is append-only.")
