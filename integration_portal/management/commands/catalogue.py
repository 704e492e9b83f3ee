"""Print the record kinds, their entity sets and fields."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mappings.catalogue import KINDS
from mappings.catalogue.listing import entries, usable


class Command(BaseCommand):
    """`manage.py catalogue [--json]`."""

    help = "Print the catalogue of record kinds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json."""
        parser.add_argument("--json", action="store_true", help="for tools: a JSON array")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print it."""
        if options["json"]:
            self.stdout.write(json.dumps(list(entries()), indent=2))
            return
        for kind in KINDS.values():
            self.stdout.write(f"\n{kind.name}  ({kind.entity.entity_set}, key {', '.join(kind.entity.keys)})")
            for name, field in usable(kind):
                writable = "writable" if kind.writable(name) else ""
                self.stdout.write(f"  {name:<34} {field.type:<26} {writable:<8} {field.label}".rstrip())
