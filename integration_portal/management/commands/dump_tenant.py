"""Write a tenant's configuration as a file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.vault import SecretUnreadable
from integration_portal.tenantfile import loading, writing
from integration_portal.tenantfile.findings import Refused


class Command(BaseCommand):
    """`manage.py dump_tenant SLUG > FILE.yaml`; docs/reference/tenant-file.md describes the file."""

    help = "Print a tenant as a file that load_tenant reads. Secrets are named, never shown."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant."""
        parser.add_argument("slug", help="which tenant")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print it.

        Raises:
            CommandError: there is no such tenant, or it cannot be said in a file.
        """
        try:
            self.stdout.write(writing.write(loading.dump(options["slug"])), ending="")
        except (Refused, SecretUnreadable) as wrong:
            raise CommandError(str(wrong)) from wrong
