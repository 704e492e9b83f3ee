"""Run the worker of this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integration_portal import checks, supervisor


class Command(BaseCommand):
    """`manage.py worker`."""

    requires_system_checks = [checks.TAG]  # all of them would load every page
    help = "Run the worker: the task cluster, the dispatcher and their supervisor. Stop it with SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --cluster."""
        parser.add_argument(
            "--cluster", action="store_true", help="used by the supervisor to start its cluster"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until stopped."""
        if options["cluster"]:
            supervisor.run_cluster()
        else:
            supervisor.Supervisor().run()
