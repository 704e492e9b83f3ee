"""The demo's tenant as the file an operator would write, and what else the portal is told from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from sandbox.demo.processes import Processes

LOGIN = {"name": "demo", "password": "demo"}
APPLICATION = {"directory_tenant": "11111111-2222-3333-4444-555555555555", "client_id": "portal-client"}
# The file only names them; the process that loads it has them in its environment.
SECRETS = {"CONTOSO_CLIENT_SECRET": "portal-secret+/=&", "CONTOSO_API_TOKEN": "monday-token"}
ENVIRONMENT = ACCOUNT = "Sandbox"


def write(
    path: Path,
    *,
    dynamics: str,
    mappings: Sequence[dict[str, Any]],
    account: dict[str, Any] | None = None,
    reference_hours: int = 24,
) -> None:
    """Write the tenant file.

    Args:
        dynamics: base address of the sandbox's Dynamics.
        mappings: as `sandbox.demo.boards.mapping_request` makes them.
        account: limits of the monday account.
        reference_hours: how often reference data is read, 0: never.
    """
    file = {
        "version": 1,
        "tenant": {"name": "Contoso", "slug": "contoso"},
        "environments": [
            {
                "name": ENVIRONMENT,
                "host": dynamics,
                **APPLICATION,
                "client_secret": {"env": "CONTOSO_CLIENT_SECRET"},
                "legal_entities": ["usmf", "demf"],
                "reference_hours": reference_hours,
            }
        ],
        "accounts": [{"name": ACCOUNT, "api_token": {"env": "CONTOSO_API_TOKEN"}, **(account or {})}],
        "mappings": [_entry(mapping) for mapping in mappings],
    }
    # Through JSON, so that what two mappings share is written out in each.
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps(file)), sort_keys=False, allow_unicode=True), encoding="utf-8"
    )


def load(processes: Processes, file: Path) -> str:
    """Let the portal load a tenant file.

    Returns:
        Path of the environment's webhook.
    """
    loaded = json.loads(processes.run("manage.py", "load_tenant", str(file), "--json", env=SECRETS))
    return str(loaded["webhook_paths"][ENVIRONMENT])


def make_login(processes: Processes) -> None:
    """Make the demo's login."""
    processes.run(
        *(
            "manage.py",
            "createsuperuser",
            "--noinput",
            "--username",
            LOGIN["name"],
            "--email",
            "demo@example.com",
        ),
        env={"DJANGO_SUPERUSER_PASSWORD": LOGIN["password"]},
    )


def _entry(mapping: dict[str, Any]) -> dict[str, Any]:
    columns = [_said(column) for column in mapping["columns"]]
    said = {"name": mapping["name"], "environment": ENVIRONMENT, "account": ACCOUNT, "active": True}
    return said | _said(mapping) | {"columns": columns}


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave out what has no value: a file for people says only what matters."""
    return {key: value for key, value in entry.items() if value not in (None, "", {}, [])}
