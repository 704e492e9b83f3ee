"""Make a demo tenant from a description on standard input."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from mappings import rules, store
from mappings.models import BoardMapping, ColumnMapping, GroupMapping, ValueMap


class Command(BaseCommand):
    """`manage.py seed_demo < description.json`; docs/reference/seed.md describes the form."""

    help = "Make a tenant, its connections and mappings from a JSON description on standard input."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them all or nothing, and print the webhook's path.

        Raises:
            CommandError: a mapping has problems; nothing was made.
        """
        wanted = json.load(sys.stdin)
        with transaction.atomic():
            tenant = Tenant.objects.create(**wanted["tenant"])
            environment = DynamicsEnvironment(tenant=tenant, **wanted["environment"])
            environment.full_clean(exclude=["webhook_digest"])
            environment.save()
            for company in wanted["legal_entities"]:
                LegalEntity.objects.create(environment=environment, data_area_id=company)
            account = MondayAccount.objects.create(tenant=tenant, **wanted["account"])
            for mapping in wanted["mappings"]:
                self._mapping(tenant, environment, account, mapping)
            for user in wanted["users"]:
                get_user_model().objects.create_superuser(user["name"], password=user["password"])
        path = reverse("dynamics-webhook", args=[environment.webhook_token])
        self.stdout.write(json.dumps({"webhook_path": path}))

    def _mapping(
        self, tenant: Tenant, environment: DynamicsEnvironment, account: MondayAccount, wanted: dict[str, Any]
    ) -> None:
        columns, groups = wanted.pop("columns"), wanted.pop("groups")
        mapping = BoardMapping.objects.create(
            tenant=tenant, environment=environment, account=account, active=True, **wanted
        )
        for position, column in enumerate(columns):
            row = ColumnMapping.objects.create(
                mapping=mapping, column_id=column["column_id"], field=column["field"], position=position
            )
            ValueMap.objects.bulk_create(
                [ValueMap(column=row, value=value, label=label) for value, label in column["labels"].items()]
            )
        GroupMapping.objects.bulk_create(
            [GroupMapping(mapping=mapping, value=value, group_id=group) for value, group in groups.items()]
        )
        found = rules.problems(store.as_rule(mapping))
        if found:
            raise CommandError(f"Mapping {mapping.name}: {' '.join(found)}")
