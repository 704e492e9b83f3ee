"""The table of the bare view."""

from django.db import models


class Row(models.Model):
    """One delivery, kept as it came."""

    body = models.TextField()
