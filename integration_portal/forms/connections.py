"""Forms of the connections."""

from __future__ import annotations

from connectors.models import DynamicsEnvironment, MondayAccount
from integration_portal.forms.secret import SecretsForm, clear_secret, new_secret


class EnvironmentForm(SecretsForm):
    """A Dynamics environment."""

    secrets = ("client_secret",)
    known = ("tenant",)
    new_client_secret = new_secret("Client secret")
    clear_client_secret = clear_secret("Clear the client secret")

    class Meta:
        model = DynamicsEnvironment
        fields = ("tenant", "name", "host", "directory_tenant", "client_id", "concurrency", "reference_hours")
        labels = {
            "directory_tenant": "Directory (tenant) ID",
            "client_id": "Application (client) ID",
            "concurrency": "Requests at the same time",
            "reference_hours": "Read every (hours)",
        }


class AccountForm(SecretsForm):
    """A monday account."""

    secrets = ("api_token", "signing_secret")
    known = ("tenant",)
    new_api_token = new_secret("API token")
    clear_api_token = clear_secret("Clear the API token")
    new_signing_secret = new_secret("App signing secret")
    clear_signing_secret = clear_secret("Clear the app signing secret")

    class Meta:
        model = MondayAccount
        fields = ("tenant", "name", "api_version")
        labels = {
            "api_version": "API version",
            "mutations_per_window": "Writes in a window",
            "window_seconds": "Length of the window (seconds)",
            "concurrency": "Requests at the same time",
            "batch_size": "Writes in one request",
        }
