"""Print the record kinds, their entity sets and fields."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mappings.catalogue.listing import entries


class Command(BaseCommand):
    """`manage.py catalogue [--json]`."""

    help = "Print the catalogue of record kinds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json."""
        parser.add_argument("--json", action="store_true", help="for tools: a JSON array")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print it."""
        listed = list(entries())
        if options["json"]:
            self.stdout.write(json.dumps(listed, indent=2))
            return
        for entry in listed:
            self.stdout.write(f"\n{entry['kind']}  ({entry['entity_set']}, key {', '.join(entry['keys'])})")
            for field in entry["fields"]:
                self.stdout.write(
                    f"  {field['name']:<28} {field['type']:<24} {'writable' if field['writable'] else ''}"
                )
