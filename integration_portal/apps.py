from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "integration_portal"
    verbose_name = "Activity"

    def ready(self) -> None:
        from integration_portal import checks  # noqa: F401  registers the system checks
