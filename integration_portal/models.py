"""The inbox, and who is alive."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.models import DynamicsEnvironment, Tenant
from mappings.models import BoardMapping


class State(models.TextChoices):
    """The life of an event; drawn in docs/explanation/architecture.md."""

    PENDING = "pending", "Waiting"
    RUNNING = "running", "Running"
    RETRYING = "retrying", "Will try again"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Nothing to do"
    SUPERSEDED = "superseded", "Superseded"
    DEAD = "dead", "Dead"


OPEN_STATES = (State.PENDING, State.RETRYING)
END_STATES = (State.DONE, State.SKIPPED, State.SUPERSEDED, State.DEAD)


class InboundEvent(models.Model):
    """One stored notification: one unit of work.

    `stream` groups events that are worked on together: one environment and one record kind. `hint` is what the event says about
    its record; the record itself is always read fresh.
    """

    # Both are the first part of an index below; every further index is paid for at each delivery.
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="events", db_index=False)
    environment = models.ForeignKey(
        DynamicsEnvironment, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    event_key = models.CharField(max_length=200)
    event_type = models.CharField(max_length=150)
    stream = models.CharField(max_length=80, blank=True)
    record_kind = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=10, blank=True)
    subject = models.CharField(
        max_length=120, blank=True, help_text="The key the event names, for people and for search."
    )
    hint = models.JSONField(default=dict)
    control_number = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField(null=True)
    payload = models.TextField(help_text="The sender's own words.")

    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    reason = models.TextField(blank=True, help_text="Why it stands where it stands, in a sentence.")
    who_acts = models.CharField(max_length=12, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    waits_for = models.CharField(
        max_length=40, blank=True, help_text="A paused connection, as environment:<id> or account:<id>."
    )
    alone = models.BooleanField(
        default=False,
        help_text="monday failed on the whole request it was part of; worked on by itself from then on.",
    )
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)

    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    replay_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="replays", db_index=False
    )

    class Meta:
        verbose_name = "event"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "event_key"], name="event_once_per_environment")
        ]
        indexes = [
            models.Index(
                fields=["stream", "next_attempt_at"],
                condition=Q(state__in=["pending", "retrying"], waits_for=""),
                name="event_due",
            ),
            models.Index(fields=["lease_owner"], condition=Q(state="running"), name="event_running"),
            models.Index(fields=["tenant", "state", "-id"], name="event_of_tenant"),
            models.Index(fields=["waits_for"], condition=~Q(waits_for=""), name="event_waiting"),
            models.Index(fields=["replay_of"], condition=Q(replay_of__isnull=False), name="event_replayed"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.subject}".strip()


class SyncRun(models.Model):
    """One round of a mapping's schedule: what changed since the last, or a sweep over everything.

    It goes on where it was after a limit, a fault or a crash: `position` is where its walk stands.
    """

    class Purpose(models.TextChoices):
        """What a run is for."""

        CHANGES = "changes", "What changed"
        SWEEP = "sweep", "Everything"

    class RunState(models.TextChoices):
        """Where a run stands."""

        OPEN = "open", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    mapping = models.ForeignKey(BoardMapping, on_delete=models.CASCADE, related_name="runs")
    purpose = models.CharField(max_length=10, choices=Purpose)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.OPEN)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    source = models.PositiveSmallIntegerField(
        default=0, help_text="Which of the kind's change sources is being read."
    )
    position = models.JSONField(null=True)
    newest = models.DateTimeField(null=True, help_text="The greatest stamp seen.")
    read = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "run"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["mapping"], condition=Q(state="open"), name="one_open_run_per_mapping"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mapping}: {self.get_purpose_display().lower()}"


class Heartbeat(models.Model):
    """The last sign of life of one process, and the lease on a task that only one machine may do."""

    name = models.CharField(max_length=120, primary_key=True)
    owner = models.CharField(max_length=80, blank=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
