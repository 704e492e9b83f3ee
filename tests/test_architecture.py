"""Who may know whom. Each rule is also shown to fail, on a module that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import Code, Module

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("audit", "connectors", "mappings", "integration_portal")
CODE = Code.of_folders(ROOT, *ROOMS)
SANDBOX = Code.of_folders(ROOT, "sandbox")

# Every room may also write the trail, and knows itself.
MAY_KNOW = {
    "audit": set[str](),
    "connectors": set[str](),
    "mappings": {"connectors"},
    "integration_portal": {"connectors", "mappings"},
}

PAGES = ("integration_portal.admin", "integration_portal.forms")

# Outside packages that have one door each.
DOORS: dict[str, tuple[str, ...]] = {
    "requests": ("connectors.transport",),
    "urllib3": ("connectors.transport", "connectors.deadline", "connectors.no_answer"),
    "jwt": ("connectors.monday.webhooks",),
    "msal": ("connectors.dynamics.auth",),
    "django_q": ("integration_portal.queueing", "integration_portal.admin"),
    "croniter": (
        "integration_portal.schedules",
        "integration_portal.tenantfile.checking",
        "mappings.timetable",
    ),
    "encrypted_model_fields": ("connectors.vault",),
    "environ": ("integration_portal.settings",),
    "yaml": ("integration_portal.tenantfile",),
    "urllib.request": (),
    "httpx": (),
    "aiohttp": (),
}

# Tables: the room's own door, foreign keys, and those that are handed a row by a door and name its type.
TABLES: dict[str, dict[str, str]] = {
    "audit.models": {"audit.trail": "door"},
    "connectors.models": {
        "connectors.registry": "door",
        "connectors.budgets": "door",
        "connectors.connections": "is handed rows",
        "mappings.models": "foreign keys",
        "integration_portal.models": "foreign keys",
        "integration_portal.batch": "is handed rows",
        "integration_portal.doors": "is handed rows",
        "integration_portal.greeting": "is handed rows",
        "integration_portal.pausing": "is handed rows",
        "integration_portal.processor": "is handed rows",
        "integration_portal.references": "is handed rows",
        "integration_portal.tenantfile.standing": "reads a tenant for its file",
        "integration_portal.tenantfile.loading": "makes a file's rows",
        "integration_portal.tenantfile.applying": "makes a file's rows",
    },
    "mappings.models": {
        "mappings.store": "door",
        "mappings.reference_store": "door",
        "mappings.reference_reading": "door",
        "mappings.sightings": "door",
        "integration_portal.models": "foreign keys",
        "integration_portal.schedules": "is handed rows",
        "integration_portal.resuming": "is handed rows",
        "integration_portal.tenantfile.standing": "reads a tenant for its file",
        "integration_portal.tenantfile.loading": "makes a file's rows",
        "integration_portal.tenantfile.applying": "makes a file's rows",
        "integration_portal.tenantfile.columns": "makes a file's rows",
    },
    "integration_portal.models": {
        "integration_portal.inbox": "door",
        "integration_portal.heartbeat": "door",
        "integration_portal.replay": "door",
        "integration_portal.schedules": "door to the runs",
        "integration_portal.batch": "is handed rows",
        "integration_portal.farewell": "names an event's end",
        "integration_portal.processor": "is handed rows",
        "integration_portal.runs": "is handed rows",
    },
}

# Modules that must import no Django, neither themselves nor by what they import.
PURE = (
    "connectors.backoff",
    "connectors.deadline",
    "connectors.dynamics",
    "connectors.errors",
    "connectors.hosts",
    "connectors.limits",
    "connectors.monday",
    "connectors.no_answer",
    "connectors.notification",
    "connectors.redaction",
    "connectors.transport",
    "connectors.windows",
    "integration_portal.sync",
    "integration_portal.tenantfile.checking",
    "integration_portal.tenantfile.difference",
    "integration_portal.tenantfile.findings",
    "integration_portal.tenantfile.form",
    "integration_portal.tenantfile.reading",
    "integration_portal.tenantfile.scalars",
    "integration_portal.tenantfile.secrets",
    "integration_portal.tenantfile.source",
    "integration_portal.tenantfile.writing",
    "mappings.catalogue",
    "mappings.fingerprints",
    "mappings.links",
    "mappings.planner",
    "mappings.reference",
    "mappings.rules",
    "mappings.surroundings",
    "mappings.texts",
    "mappings.timetable",
    "mappings.transforms",
    "mappings.translate",
)

MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 50


def inside(name: str, *packages: str) -> bool:
    """Whether a module is one of these or stands inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


# --- The rules: each lists who breaks it ----------------------------------------------------------------------


def wrong_rooms(code: Code) -> list[str]:
    """A room knows the rooms below it; of the trail, its writer."""
    return [
        f"{name} imports {known}"
        for name, module in code.modules.items()
        for known in sorted(code.known_by(name))
        if (room := known.partition(".")[0]) in (*ROOMS, "sandbox", "tests")
        and room != module.room
        and room not in MAY_KNOW[module.room]
        and not (known == "audit.trail" and module.room != "audit")
        and not (known == "audit.models" and inside(name, *PAGES))
    ]


def systems_that_know_each_other(code: Code) -> list[str]:
    """Each of the two systems is a package that knows only itself."""
    pairs = (("connectors.dynamics", "connectors.monday"), ("connectors.monday", "connectors.dynamics"))
    return [
        f"{name} imports {known}"
        for one, other in pairs
        for name in code.modules
        if inside(name, one)
        for known in sorted(code.known_by(name))
        if inside(known, other)
    ]


def side_doors(code: Code) -> list[str]:
    """An outside package comes in by its door only."""
    return [
        f"{name} imports {package}"
        for package, doors in DOORS.items()
        for name in sorted(code.who_knows(package))
        if not inside(name, *doors)
    ]


def open_tables(code: Code) -> list[str]:
    """A table is used through its room's door; Django's registry is no way around it."""
    found = [
        f"{name} imports {models}"
        for models, users in TABLES.items()
        for name in sorted(code.who_knows(models))
        if name not in users and not inside(name, *PAGES)
    ]
    return found + [
        f"{name} calls get_model" for name, module in code.modules.items() if module.calls("get_model")
    ]


def impure_modules(code: Code) -> list[str]:
    """What is pure knows no Django."""
    return [
        f"{name} reaches {known}"
        for name in code.modules
        if inside(name, *PURE)
        for known in sorted(code.reached_from(name))
        if inside(known, "django", "django_q", "rest_framework")
    ]


def prints(code: Code) -> list[str]:
    """Only commands print."""
    return [
        name
        for name, module in code.modules.items()
        if module.calls("print") and "management.commands" not in name
    ]


def catch_alls(code: Code) -> list[str]:
    """One place catches everything."""
    return [
        name
        for name, module in code.modules.items()
        if module.catches_everything() and name != "integration_portal.processor"
    ]


def too_long(code: Code) -> list[str]:
    """Modules and functions stay small."""
    modules = [
        f"{name} has {module.lines} lines"
        for name, module in code.modules.items()
        if module.lines > MOST_MODULE_LINES
    ]
    return modules + [
        f"{name}.{function} has {lines} lines"
        for name, module in code.modules.items()
        for function, lines in module.functions()
        if lines > MOST_FUNCTION_LINES
    ]


Rule = Callable[[Code], list[str]]
RULES: tuple[Rule, ...] = (
    wrong_rooms,
    systems_that_know_each_other,
    side_doors,
    open_tables,
    impure_modules,
    prints,
    catch_alls,
    too_long,
    Code.cycles,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_portal_keeps_the_rule(rule: Rule) -> None:
    assert rule(CODE) == []


# --- The sandbox ------------------------------------------------------------------------------------------------


def test_the_sandbox_knows_no_portal_code() -> None:
    assert {
        f"{name} imports {known}"
        for name in SANDBOX.modules
        for known in SANDBOX.known_by(name)
        if known.partition(".")[0] in (*ROOMS, "tests")
    } == set()


def test_the_sandbox_stays_small_too() -> None:
    assert too_long(SANDBOX) == []


# --- The lists --------------------------------------------------------------------------------------------------


def test_the_list_of_who_may_use_a_table_names_nobody_else() -> None:
    idle = {
        f"{name} does not use {models}"
        for models, users in TABLES.items()
        for name in users
        if name not in CODE.who_knows(models)
    }
    assert idle == set()


def test_every_rooms_tables_have_a_list() -> None:
    assert set(TABLES) == {name for name in CODE.modules if name.endswith(".models")}


def test_every_pure_module_exists() -> None:
    assert [package for package in PURE if package not in CODE.modules] == []


# --- The rules do fail ------------------------------------------------------------------------------------------

BROKEN: list[tuple[Rule, str, str]] = [
    (wrong_rooms, "connectors.bad", "from mappings import rules"),
    (wrong_rooms, "connectors.bad", "def f():\n    from mappings.rules import BoardRule"),
    (
        wrong_rooms,
        "connectors.bad",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mappings.rules",
    ),
    (wrong_rooms, "connectors.bad", "import importlib\nimportlib.import_module('integration_portal.inbox')"),
    (wrong_rooms, "connectors.bad", "__import__('mappings.store')"),
    (wrong_rooms, "mappings.bad", "from integration_portal import inbox"),
    (wrong_rooms, "mappings.bad", "from sandbox.core import Sandbox"),
    (wrong_rooms, "integration_portal.bad", "from tests.fakes import monday"),
    (wrong_rooms, "audit.bad", "from connectors import errors"),
    (wrong_rooms, "audit.bad", "from ..connectors import errors\nfrom connectors.errors import Transient"),
    (wrong_rooms, "mappings.bad", "from audit import models"),
    (wrong_rooms, "integration_portal.bad", "from audit.models import AuditEntry"),
    (wrong_rooms, "integration_portal.bad", "from audit.trail import AuditEntry"),
    (systems_that_know_each_other, "connectors.monday.bad", "from connectors.dynamics.model import Row"),
    (systems_that_know_each_other, "connectors.dynamics.bad", "from ..monday import model"),
    (side_doors, "connectors.bad", "import requests"),
    (side_doors, "connectors.monday.bad", "from requests.adapters import HTTPAdapter"),
    (side_doors, "connectors.bad", "import urllib.request"),
    (side_doors, "connectors.bad", "from urllib import request"),
    (side_doors, "integration_portal.webhooks_more", "import jwt"),
    (side_doors, "connectors.bad", "def f():\n    import msal"),
    (side_doors, "integration_portal.bad", "from django_q.tasks import async_task"),
    (side_doors, "integration_portal.runs", "from croniter import croniter"),
    (open_tables, "integration_portal.sync.bad", "from mappings.models import RecordLink"),
    (open_tables, "integration_portal.bad", "from mappings import models"),
    (open_tables, "integration_portal.bad", "from mappings.store import RecordLink"),
    (open_tables, "integration_portal.webhooks_more", "from integration_portal.models import InboundEvent"),
    (open_tables, "integration_portal.bad", "apps.get_model('connectors', 'Tenant')"),
    (impure_modules, "mappings.catalogue.bad", "from django.utils import timezone"),
    (impure_modules, "integration_portal.sync.bad", "import integration_portal.inbox"),
    (impure_modules, "connectors.monday.bad", "def f():\n    import django"),
    (prints, "mappings.bad", "print('x')"),
    (catch_alls, "mappings.bad", "try:\n    pass\nexcept Exception:\n    pass"),
    (catch_alls, "mappings.bad", "try:\n    pass\nexcept:\n    pass"),
    (catch_alls, "mappings.bad", "try:\n    pass\nexcept (ValueError, BaseException) as e:\n    pass"),
    (too_long, "mappings.bad", "x = 1\n" * 401),
    (too_long, "mappings.bad", "class A:\n  async def f(self):\n" + "    x = 1\n" * 50),
    (Code.cycles, "connectors.errors", "def f():\n    from connectors import transport"),
]


@pytest.mark.parametrize(("rule", "name", "source"), BROKEN)
def test_one_forbidden_line_breaks_the_rule(rule: Rule, name: str, source: str) -> None:
    found = rule(CODE.with_source(name, source))
    assert any(name in one for one in found)


FINE: list[tuple[Rule, str, str]] = [
    (wrong_rooms, "connectors.good", "from audit import trail\nfrom audit.trail import Fact\nimport decimal"),
    (wrong_rooms, "integration_portal.admin.good", "from audit.models import AuditEntry"),
    (
        wrong_rooms,
        "mappings.good",
        "from . import rules\nfrom .catalogue import kind\nfrom connectors import errors",
    ),
    (side_doors, "integration_portal.admin.good", "from django_q.models import Task"),
    (side_doors, "connectors.good", "from urllib.parse import quote\nimport requestsx"),
    (open_tables, "integration_portal.admin.good", "from mappings.models import RecordLink"),
    (
        open_tables,
        "integration_portal.good",
        "from connectors.limits import Budget\nfrom mappings.store import lease",
    ),
    (prints, "integration_portal.management.commands.good", "print('x')"),
    (catch_alls, "mappings.good", "try:\n    pass\nexcept (ValueError, KeyError):\n    pass"),
    (too_long, "mappings.good", "x = 1\n" * 400),
]


@pytest.mark.parametrize(("rule", "name", "source"), FINE)
def test_a_line_that_is_allowed_does_not(rule: Rule, name: str, source: str) -> None:
    assert [one for one in rule(CODE.with_source(name, source)) if name in one] == []


class TestReading:
    def test_a_module_taken_out_of_a_package_goes_by_its_own_name(self) -> None:
        code = CODE.with_source("mappings.x", "from connectors import errors, limits")
        assert code.known_by("mappings.x") == {"connectors.errors", "connectors.limits"}

    def test_relative_imports_start_at_the_package(self) -> None:
        inner = Module("a.b.c", "from . import d\nfrom .e import f\nfrom .. import g")
        assert [base for base, _ in inner.imports] == ["a.b", "a.b.e", "a"]
        package = Module("a.b", "from . import d\nfrom .. import g", is_package=True)
        assert [base for base, _ in package.imports] == ["a.b", "a"]

    def test_what_a_module_reaches_goes_on_through_others(self) -> None:
        assert "connectors.errors" in CODE.reached_from("integration_portal.tasks")
