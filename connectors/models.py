"""Who is connected: tenants, their Dynamics environments and monday accounts, and the budgets both share between workers."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from connectors.hosts import check_base_url
from connectors.vault import SecretField, digest


class Tenant(models.Model):
    """One customer of this installation. Tenants never see each other."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    active = models.BooleanField(default=True, help_text="Switched off, its events are kept and wait.")
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="tenants",
        blank=True,
        help_text="Who may see and operate this tenant.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """What both kinds of connection have in common: a tenant, a name and a pause."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="%(class)ss")
    name = models.CharField(max_length=120)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_reason = models.TextField(blank=True, editable=False)
    kept_in = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text='Where a tenant file said the secrets are kept: {"api_token": {"env": "CONTOSO_TOKEN"}}. Never the secrets.',
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.tenant} · {self.name}"


class DynamicsEnvironment(Connection):
    """One Dynamics 365 F&O host, the Entra application the portal uses there, and the URL its business events come in by."""

    host = models.CharField(
        max_length=200,
        help_text="https://<environment>.operations.dynamics.com, without a path. Every environment has its own token.",
    )
    directory_tenant = models.CharField(
        max_length=80, help_text="Directory (tenant) ID of the Entra directory the environment belongs to."
    )
    client_id = models.CharField(
        max_length=80, help_text="Application (client) ID, also registered inside F&O."
    )
    client_secret = SecretField(blank=True, default="")
    concurrency = models.PositiveSmallIntegerField(
        default=4,
        validators=[MinValueValidator(1)],
        help_text="Requests at the same time. F&O throttles by the load of its servers: more is rarely faster.",
    )
    reference_hours = models.PositiveSmallIntegerField(
        default=24,
        verbose_name="read reference data every (hours)",
        help_text="Vendor accounts, dimension values, payment terms and the like are read in full. 0: only when asked for.",
    )
    webhook_token = SecretField(blank=True, default="", editable=False)
    webhook_digest = models.CharField(max_length=64, unique=True, editable=False)
    previous_digest = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Connection.Meta):
        verbose_name = "Dynamics environment"
        ordering = ["tenant", "name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "host"], name="environment_once_per_tenant")]

    def clean(self) -> None:
        """Bring the host into its one form.

        Raises:
            ValidationError: the host has a path, credentials, a wrong scheme or none.
        """
        try:
            self.host = check_base_url(self.host, allow_loopback_http=settings.ALLOW_LOOPBACK_HTTP)
        except ValueError as wrong:
            raise ValidationError({"host": str(wrong)}) from wrong

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with a webhook token from the start."""
        if not self.webhook_digest:
            self.webhook_token = secrets.token_urlsafe(32)
            self.webhook_digest = digest(self.webhook_token)
        super().save(*args, **kwargs)

    def rotate_webhook_token(self, *, keep_old: timedelta) -> None:
        """Give the webhook a new URL; the old one goes on working for `keep_old`."""
        self.previous_digest, self.previous_until = self.webhook_digest, timezone.now() + keep_old
        self.webhook_token = secrets.token_urlsafe(32)
        self.webhook_digest = digest(self.webhook_token)
        self.save()


class LegalEntity(models.Model):
    """A company inside an environment: Dynamics' `dataAreaId`, always lower case here."""

    environment = models.ForeignKey(
        DynamicsEnvironment, on_delete=models.CASCADE, related_name="legal_entities"
    )
    data_area_id = models.CharField(max_length=10, verbose_name="legal entity (dataAreaId)")
    name = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name_plural = "legal entities"
        ordering = ["environment", "data_area_id"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "data_area_id"], name="legal_entity_once")
        ]

    def __str__(self) -> str:
        return self.data_area_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save in lower case, as Dynamics answers it."""
        self.data_area_id = self.data_area_id.strip().lower()
        super().save(*args, **kwargs)


class MondayAccount(Connection):
    """One monday.com account, the token the portal uses there, and the limits it keeps to."""

    api_token = SecretField(blank=True, default="")
    signing_secret = SecretField(blank=True, default="")
    api_version = models.CharField(max_length=7, default="2026-10", help_text="YYYY-MM, sent as API-Version.")
    mutations_per_window = models.PositiveIntegerField(
        default=40,
        null=True,
        blank=True,
        help_text="Creates, changes and moves in any rolling window. Empty: no cap of ours.",
    )
    window_seconds = models.FloatField(default=60.0, validators=[MinValueValidator(1.0)])
    requests_per_minute = models.PositiveIntegerField(
        default=1000, help_text="1,000 on Standard, 2,500 on Pro, 5,000 on Enterprise."
    )
    complexity_per_minute = models.PositiveIntegerField(default=5_000_000)
    concurrency = models.PositiveSmallIntegerField(
        default=20, help_text="monday allows 40, 100 or 250 by plan."
    )
    calls_per_day = models.PositiveIntegerField(
        default=1000,
        null=True,
        blank=True,
        help_text="1,000 on Standard, 10,000 on Pro, 25,000 on Enterprise.",
    )
    batch_size = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1)], help_text="Mutations in one request."
    )

    class Meta(Connection.Meta):
        verbose_name = "monday account"
        ordering = ["tenant", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="account_name_once_per_tenant")
        ]


class Budget(models.Model):
    """What one account or environment has used of its limits, shared by all workers of all machines.

    `usage` is the state of `connectors.limits`; a writer replaces it only where `version` is still the one it read.
    """

    scope = models.CharField(max_length=40, unique=True, help_text="environment:<id> or account:<id>")
    usage = models.JSONField(default=dict)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.scope
