"""Load a tenant's configuration from a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from connectors.vault import SecretUnreadable
from integration_portal.tenantfile import loading
from integration_portal.tenantfile.difference import Change
from integration_portal.tenantfile.findings import Refused
from integration_portal.tenantfile.loading import Loaded

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


class Command(BaseCommand):
    """`manage.py load_tenant FILE [--dry-run] [--prune] [--json]`; docs/reference/tenant-file.md describes the file."""

    help = "Make a tenant what a file says, all or nothing. Loading the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and how to treat it."""
        parser.add_argument("file", type=Path, help="YAML; docs/reference/tenant-file.md describes it")
        parser.add_argument("--dry-run", action="store_true", help="show what would change and write nothing")
        parser.add_argument("--prune", action="store_true", help="remove what the file does not name")
        parser.add_argument("--json", action="store_true", help="for tools: one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load it.

        Raises:
            CommandError: the file has problems, all of which are listed; nothing was changed.
        """
        path: Path = options["file"]
        try:
            loaded = loading.load(
                path.read_bytes(),
                path.name,
                environ=os.environ,
                allow_loopback_http=settings.ALLOW_LOOPBACK_HTTP,
                prune=options["prune"],
                dry_run=options["dry_run"],
            )
        except OSError as wrong:
            raise CommandError(f"{path} cannot be read: {wrong.strerror}.") from wrong
        except (Refused, SecretUnreadable) as wrong:
            raise CommandError(f"{wrong}\nNothing was changed.") from wrong
        if options["json"]:
            self.stdout.write(json.dumps(_for_tools(loaded, dry_run=options["dry_run"])))
            return
        for line in _for_people(loaded, dry_run=options["dry_run"], prune=options["prune"]):
            self.stdout.write(line)


def _for_tools(loaded: Loaded, *, dry_run: bool) -> dict[str, Any]:
    return {
        "tenant": loaded.slug,
        "dry_run": dry_run,
        "changes": [asdict(change) for change in loaded.changes],
        "missing": loaded.missing,
        "webhook_paths": {
            name: reverse("dynamics-webhook", args=[token]) for name, token in loaded.webhooks.items()
        },
    }


def _for_people(loaded: Loaded, *, dry_run: bool, prune: bool) -> Iterator[str]:
    for change in loaded.changes:
        yield f"{_SIGNS[change.how]} {change.word} {change.name}"
        if change.how == "changed":
            yield from _lines(change)
    if loaded.missing and not prune:
        yield f"Not in the file, left as it is (--prune removes it): {', '.join(loaded.missing)}."
    if not loaded.changes:
        yield f"{loaded.slug} is as the file says; nothing to change."
    elif dry_run:
        yield "This was a dry run: nothing was changed."
    else:
        yield f"{loaded.slug} is now as the file says."


def _lines(change: Change) -> Iterator[str]:
    for key in dict.fromkeys([*change.before, *change.after]):
        before, after = (_shown(values, key) for values in (change.before, change.after))
        yield f"    {key}: {before} → {after}"


def _shown(values: Any, key: str) -> str:
    return json.dumps(values[key], ensure_ascii=False) if key in values else "nothing"
