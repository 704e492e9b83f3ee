"""Every address of the portal."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from integration_portal import health, webhooks

admin.autodiscover()

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/", permanent=False)),
    path("admin/", admin.site.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("webhooks/dynamics/<str:token>/", webhooks.dynamics, name="dynamics-webhook"),
]
