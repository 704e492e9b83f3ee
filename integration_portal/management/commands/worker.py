"""Run the worker of this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from integration_portal import checks, supervisor


class Command(BaseCommand):
    """`manage.py worker`."""

    requires_system_checks = [checks.TAG]  # all of them would load every page
    help = "Run the worker: the task cluster, the dispatcher and their supervisor. Stop it with SIGTERM or Ctrl-C."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until stopped."""
        supervisor.Supervisor().run()
