"""The one place that knows the admin theme: every page of the portal is a PortalAdmin.

What it adds to the theme's own class: rows, choices and saves stay inside the tenants of the person who is looking; lists are
made for large tables; actions that change something are dialogs, because the theme's plain actions run on a GET.
"""

# ruff: noqa: ARG002  the admin calls these methods with what it has, needed or not
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import escape
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action as theme_action
from unfold.decorators import display as theme_display
from unfold.forms import BaseDialogForm
from unfold.views import ChangeList

from integration_portal.admin.scope import joined, tenant_id_of, tenants_of, within

Method = TypeVar("Method", bound=Callable[..., Any])


def display(*, description: str, ordering: str | None = None) -> Callable[[Method], Method]:
    """Make a method a column or a read-only field."""
    return theme_display(description=description, ordering=ordering)  # type: ignore[no-any-return]


def dialog(
    *,
    title: str,
    description: str,
    submit: str,
    permission: str,
    icon: str,
    form: type[BaseDialogForm] = BaseDialogForm,
) -> Callable[[Method], Method]:
    """Make a method a button on the page of one object that asks first and acts on a POST.

    Args:
        permission: the name in `has_<permission>_permission`.
        form: what is asked; the method gets it, valid: (self, request, form, object_id).
    """
    asked = {"title": title, "description": description, "form_class": form, "form_submit_text": submit}
    return theme_action(  # type: ignore[no-any-return]
        description=title, permissions=[permission], icon=icon, dialog=asked
    )


class LightList(ChangeList):  # type: ignore[misc]
    """A list that leaves heavy columns in the database."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        rows = super().get_queryset(request, *args, **kwargs)
        return rows.defer(*self.model_admin.list_defer)  # type: ignore[no-any-return]


class PortalFields:
    """Form fields of pages and inlines. Related rows to choose from are those their own page would show to the same person."""

    admin_site: Any

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Help texts are sentences, not markup: what stands in <angle brackets> is to be seen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and db_field.help_text:
            field.help_text = escape(db_field.help_text)
        return field

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Nothing is chosen beforehand, unless the model has a default."""
        blank = db_field.blank or not db_field.has_default()
        kwargs["choices"] = db_field.get_choices(include_blank=blank, blank_choice=[("", "Choose")])
        return super().formfield_for_choice_field(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.visible(db_field.remote_field.model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.visible(db_field.remote_field.model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def visible(self, model: type[Model], request: HttpRequest) -> QuerySet[Any]:
        """Find the rows of another model that this person may choose from; none when it has no page of its own."""
        page = self.admin_site._registry.get(model)
        rows = page.get_queryset(request) if page else model._default_manager.all()
        return rows if page or request.user.is_superuser else rows.none()


class PortalAdmin(PortalFields, ModelAdmin):  # type: ignore[misc]
    """Base of every page.

    Attributes:
        tenant_path: look-up from a row to its tenant; None: superusers only.
        joins: look-ups to related rows that are always loaded too.
        list_defer: columns a list does not load.
        fixed: fields that can be chosen once and never changed afterwards.
        continue_after_add: after adding go on to the full page, because part of it depends on what was chosen.
    """

    tenant_path: str | None = None
    joins: Sequence[str] = ()
    list_defer: Sequence[str] = ()
    fixed: Sequence[str] = ()
    continue_after_add = False
    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    show_facets = ShowFacets.NEVER  # a count for each choice of each filter: too slow on a full inbox

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LightList]:
        return LightList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every list, page, action and autocomplete starts here."""
        return joined(within(super().get_queryset(request), request.user, self.tenant_path), self.joins)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        fixed = self.fixed if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the tenant for those who have only one."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        tenants = list(tenants_of(request.user).values_list("pk", flat=True)[:2])
        return {"tenant": tenants[0]} | initial if len(tenants) == 1 else initial

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """Save, unless the row would end up with a tenant this person does not belong to.

        Raises:
            PermissionDenied: it would.
        """
        user = request.user
        if not user.is_superuser:
            tenant_id = tenant_id_of(obj, self.tenant_path) if self.tenant_path else None
            if not tenants_of(user).filter(pk=tenant_id or 0).exists():
                raise PermissionDenied
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the full page where the first one was only the beginning."""
        if self.continue_after_add and not {"_popup", "_addanother"} & set(request.POST):
            posted = request.POST.copy()
            posted["_continue"] = "1"
            request.POST = posted  # type: ignore[assignment]
        return super().response_add(request, obj, post_url_continue)  # type: ignore[no-any-return]

    def may_change(self, request: HttpRequest) -> bool:
        """Say whether somebody has the model's change permission: actions hang on it also where the page is read-only."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_view_permission(request, obj)
        return allowed and self._has_tenant(request)

    def _has_tenant(self, request: HttpRequest) -> bool:
        return request.user.is_superuser or self.tenant_path is not None

    # --- For dialogs --------------------------------------------------------------------------------------------------------

    def load(self, request: HttpRequest, object_id: str) -> Any:
        """Load the object of a dialog through `get_queryset`.

        Raises:
            Http404: it does not exist, or not for this person.
        """
        found = self.get_object(request, unquote(str(object_id)))
        if found is None:
            raise Http404
        return found

    def back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return from a dialog to the page of its object, by the theme's own way or by an ordinary redirect."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        address = reverse(name, args=[object_id])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)

    def tell(self, request: HttpRequest, sentence: str, *, good: bool = True) -> None:
        """Show a sentence on the next page."""
        self.message_user(request, sentence, messages.SUCCESS if good else messages.ERROR)


class ReadOnlyAdmin(PortalAdmin):
    """A window: nothing is added or changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PortalInline(PortalFields, TabularInline):  # type: ignore[misc]
    """Rows that belong to the object of a page."""

    extra = 0
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see or change the object may see or change what it consists of."""
        return self._may(request, "view") or self._may(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        return self._may(request, "change")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change")

    def _may(self, request: HttpRequest, what: str) -> bool:
        meta = self.parent_model._meta
        return request.user.has_perm(f"{meta.app_label}.{what}_{meta.model_name}")
