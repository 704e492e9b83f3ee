"""Addresses of the admin's pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.urls import reverse


def address(model: type[Model] | Model, page: str = "changelist", *args: Any) -> str:
    """Find a page of a model, or of one row: page is "changelist", "add", "change", "delete", "history" or an action's name."""
    meta = model._meta
    if isinstance(model, Model) and not args:
        args = (model.pk,)
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)
