"""Addresses of the admin's pages, and what a browser would send from them."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


def address(model: type[Model] | Model, page: str = "changelist", *args: Any) -> str:
    """Find a page of a model, or of one row: page is "changelist", "add", "change", "delete", "history" or an action's name."""
    meta = model._meta
    if isinstance(model, Model) and not args:
        args = (model.pk,)
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def filled(client: Client, url: str) -> dict[str, Any]:
    """Open a form and collect what stands in it, as a browser would send it."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False and value != "":
                data[field.html_name] = value
    return data


def save(client: Client, url: str, **changes: Any) -> HttpResponse:
    """Open a form, change something in it and save; None leaves a field out."""
    data = {**filled(client, url), **changes}
    return client.post(url, {name: value for name, value in data.items() if value is not None}, follow=True)


def press(client: Client, row: Model, action: str, **fields: Any) -> HttpResponse:
    """Press a dialog's button on the page of a row."""
    name = f"{row._meta.app_label}_{row._meta.model_name}_{action}"
    url = reverse(f"admin:{name}", args=[row.pk])
    return client.post(url, {"_form_submitted": "on", **fields}, follow=True)


def said(answer: HttpResponse) -> str:
    """Read the messages on a page."""
    return " ".join(str(message) for message in answer.context["messages"])


def errors(answer: HttpResponse) -> str:
    """Read everything a form complains about, its inlines included."""
    context = answer.context
    found = [str(context["adminform"].form.errors)]
    for inline in context["inline_admin_formsets"]:
        found += [str(inline.formset.non_form_errors()), *(str(form.errors) for form in inline.formset.forms)]
    return " ".join(found)
