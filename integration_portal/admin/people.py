"""Who may use the portal. Users and groups belong to the installation: only superusers manage them.

The theme draws no borders around the fields of other admins, so both are registered anew with its own forms. The queue's pages
are taken away: their buttons go past the inbox.
"""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django_q import admin as queue_pages
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from integration_portal.admin.base import PortalAdmin

admin.site.unregister(User)
admin.site.unregister(Group)
QUEUE = (queue_pages.Schedule, queue_pages.Success, queue_pages.Failure, queue_pages.OrmQ)
# The last is registered only where the broker is the database.
admin.site.unregister([model for model in QUEUE if admin.site.is_registered(model)])


class SuperusersOnly(PortalAdmin):
    """What only a superuser sees, whatever permissions others have: changing users is a way to become one."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(User)
class UserAdmin(PlainUserAdmin, SuperusersOnly):  # type: ignore[type-arg, misc]
    """People, with the tenants they belong to."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser")


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, SuperusersOnly):  # type: ignore[misc]
    """Sets of permissions."""
