"""Loading and dumping tenants, on real tables."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from audit.models import Action, AuditEntry
from connectors import registry
from connectors.models import DynamicsEnvironment, LegalEntity, MondayAccount, Tenant
from integration_portal.tenantfile import applying, form, loading
from mappings import store
from mappings.models import BoardMapping, ColumnMapping, EventRule, GroupMapping, ValueMap
from tests.unit.tenantfile.samples import CONTOSO, changed

SECRETS = {"CONTOSO_SECRET": "dynamics-secret", "CONTOSO_TOKEN": "monday-token"}


@pytest.fixture(autouse=True)
def environment_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)


class Files:
    """Runs the two commands on files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, text: str, *options: str, name: str = "contoso.yaml") -> dict[str, Any]:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        out = io.StringIO()
        call_command("load_tenant", str(path), "--json", *options, stdout=out)
        return dict(json.loads(out.getvalue()))

    def told(self, text: str, *options: str) -> str:
        """What people read."""
        path = self.folder / "contoso.yaml"
        path.write_text(text, encoding="utf-8")
        out = io.StringIO()
        call_command("load_tenant", str(path), *options, stdout=out)
        return out.getvalue()

    def refusal(self, text: str, *options: str) -> str:
        with pytest.raises(CommandError) as refused:
            self.load(text, *options)
        return str(refused.value)

    def dump(self, slug: str = "contoso") -> str:
        out = io.StringIO()
        call_command("dump_tenant", slug, stdout=out)
        return out.getvalue()


@pytest.fixture
def files(db: None, tmp_path: Path) -> Files:
    return Files(tmp_path)


def hows(loaded: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change["how"], f"{change['word']} {change['name']}") for change in loaded["changes"]]


def rows() -> dict[str, list[Any]]:
    """Everything the tables of a tenant hold, with their ids."""
    models = (
        Tenant,
        DynamicsEnvironment,
        LegalEntity,
        MondayAccount,
        BoardMapping,
        ColumnMapping,
        ValueMap,
        GroupMapping,
        EventRule,
    )
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


class TestLoading:
    def test_a_tenant_is_made_whole(self, files: Files) -> None:
        loaded = files.load(CONTOSO)
        assert hows(loaded) == [
            ("added", "tenant Contoso"),
            ("added", "environment Sandbox"),
            ("added", "account Main"),
            ("added", "mapping Orders"),
            ("added", "mapping Invoices"),
        ]
        environment = registry.environment_of_webhook(loaded["webhook_paths"]["Sandbox"].split("/")[-2])
        assert environment is not None
        environment = registry.load_environment(environment.pk)
        assert (environment.host, environment.client_secret) == (
            "https://contoso.operations.dynamics.com",
            "dynamics-secret",
        )
        assert {one.data_area_id: one.name for one in environment.legal_entities.all()} == {
            "usmf": "Contoso US",
            "demf": "",
        }
        [rule] = store.rules_for(environment.pk, "purchase_order")
        assert registry.load_account(rule.account_id).api_token == "monday-token"
        assert [(one.column_id, one.field) for one in rule.columns] == [
            ("status", "PurchaseOrderStatus"),
            ("amount", "confirmation.TotalConfirmedAmount"),
            ("dynamics", "@link"),
        ]
        assert dict(rule.columns[0].labels) == {"Backorder": "Open order", "No": "Not yet", "00123": "1_000"}
        assert (rule.columns[1].transform, rule.columns[1].argument) == ("round", "2")
        assert dict(rule.groups) == {"usmf": "group_us", "demf": "group_de"}
        assert store.event_rules(environment.pk)["OrderAgain"].keys == {"PurchaseOrderNumber": "Number"}
        orders = BoardMapping.objects.get(name="Orders")
        assert (orders.cron, orders.every_minutes, orders.listens) == ("15 6 * * 1-5", None, False)
        assert [one.values for one in rule.conditions] == [("USD", "EUR"), ("1000",)]

    def test_loading_twice_changes_nothing(self, files: Files) -> None:
        files.load(CONTOSO)
        before, entries = rows(), AuditEntry.objects.count()
        again = files.load(CONTOSO)
        assert again["changes"] == []
        assert rows() == before
        assert AuditEntry.objects.count() == entries
        assert "nothing to change" in files.told(CONTOSO)

    def test_only_what_differs_is_written(self, files: Files) -> None:
        files.load(CONTOSO)
        before = rows()
        loaded = files.load(changed("Open order", "Ordered"))
        [change] = loaded["changes"]
        assert (change["before"], change["after"]) == (
            {"columns.status.labels.Backorder": "Open order"},
            {"columns.status.labels.Backorder": "Ordered"},
        )
        after = rows()
        assert [name for name in after if after[name] != before[name]] == ["ValueMap"]

    def test_a_dry_run_says_it_all_and_writes_nothing(self, files: Files) -> None:
        loaded = files.load(CONTOSO, "--dry-run")
        assert len(loaded["changes"]) == 5
        assert loaded["webhook_paths"] == {}
        assert not Tenant.objects.exists()
        assert not AuditEntry.objects.exists()
        assert "dry run" in files.told(CONTOSO, "--dry-run")

    def test_a_dry_run_finds_what_only_the_tables_know(self, files: Files) -> None:
        Tenant.objects.create(name="Contoso", slug="other")
        assert "line 3, tenant.name: Tenant with this Name already exists." in files.refusal(
            CONTOSO, "--dry-run"
        )

    def test_a_problem_anywhere_means_that_nothing_is_written(self, files: Files) -> None:
        long = "x" * 200
        said = files.refusal(changed("column_id: amount", f"column_id: {long}"))
        assert (
            "contoso.yaml line 48, mappings[0].columns[1].column_id: Ensure this value has at most 60" in said
        )
        assert said.endswith("Nothing was changed.")
        assert not Tenant.objects.exists()

    def test_an_active_mapping_that_cannot_work_is_refused(self, files: Files) -> None:
        said = files.refusal(changed("column_id: amount", "column_id: record_key"))
        assert "mappings[0]: Column record_key keeps the record's key" in said
        files.load(
            changed("column_id: amount", "column_id: record_key").replace("active: true", "active: false")
        )

    def test_a_file_that_is_not_there_is_named(self, files: Files) -> None:
        with pytest.raises(CommandError, match=r"nowhere\.yaml cannot be read: No such file"):
            call_command("load_tenant", "/nowhere.yaml")

    def test_another_schedule_begins_at_once(self, files: Files) -> None:
        files.load(CONTOSO)
        BoardMapping.objects.update(next_run_at="2026-12-24T00:00:00Z", watermark="2026-12-24T00:00:00Z")
        files.load(changed("15 6", "30 7"))
        orders, invoices = BoardMapping.objects.order_by("id")
        assert (orders.next_run_at, invoices.next_run_at is None) == (None, False)
        assert orders.watermark is not None

    def test_another_board_is_read_from_the_beginning(self, files: Files) -> None:
        files.load(CONTOSO)
        BoardMapping.objects.update(keys_read_at="2026-12-24T00:00:00Z", watermark="2026-12-24T00:00:00Z")
        files.load(changed("board_id: 00901", "board_id: 00999"))
        orders, invoices = BoardMapping.objects.order_by("id")
        assert (orders.keys_read_at, orders.watermark) == (None, None)
        assert invoices.keys_read_at is not None

    def test_columns_and_groups_become_those_of_the_file_in_its_order(self, files: Files) -> None:
        files.load(CONTOSO)
        kept = ColumnMapping.objects.get(column_id="amount").pk
        fewer = CONTOSO.replace("      - column_id: dynamics\n        field: '@link'\n", "").replace(
            "      demf: group_de\n", ""
        )
        files.load(fewer)
        assert set(GroupMapping.objects.values_list("value", flat=True)) == {"usmf"}
        orders = BoardMapping.objects.get(name="Orders")
        assert [one.column_id for one in orders.columns.all()] == ["status", "amount"]
        assert ColumnMapping.objects.get(column_id="amount").pk == kept

    def test_mappings_point_at_each_other_whatever_their_order(self, files: Files) -> None:
        linked = (
            changed("field: InvoiceAccount", "field: InvoiceAccount\n        linked_mapping: Vendors")
            + VENDORS
        )
        files.load(linked)
        column = ColumnMapping.objects.get(column_id="vendor")
        assert column.linked_mapping == BoardMapping.objects.get(name="Vendors")
        assert files.load(linked)["changes"] == []
        assert "linked_mapping: Vendors" in files.dump()

    def test_a_predecessor_stands_on_the_same_board(self, files: Files) -> None:
        said = files.refusal(changed("board_id: 00902", "board_id: 00902\n    predecessor: Orders"))
        assert "mappings[1].predecessor: items go on only within one board; Orders has another one." in said

    def test_what_several_tables_refuse_is_listed_at_once(self, files: Files) -> None:
        text = changed("client_id: app", f"client_id: {'x' * 100}").replace("group_us", "g" * 100)
        text = text.replace("mutations_per_window: null", "window_seconds: 0")
        said = files.refusal(text)
        assert "environments[0].client_id: Ensure this value has at most 80" in said
        assert "accounts[0].window_seconds: Ensure this value is greater than or equal to 1" in said
        said = files.refusal(changed("group_us", "g" * 100).replace("Open order", "x" * 200))
        assert "mappings[0].groups.usmf.group_id: Ensure this value has at most 60" in said
        assert "mappings[0].columns[0].labels.Backorder.label: Ensure this value has at most 120" in said
        assert not Tenant.objects.exists()

    def test_what_workers_note_meanwhile_is_kept(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        files.load(CONTOSO)
        fill = applying.fill

        def meanwhile(row: Any, entry: Any, *leave: str) -> list[str]:
            BoardMapping.objects.update(watermark="2026-12-24T00:00:00Z")
            MondayAccount.objects.update(paused_reason="Refused.")
            return fill(row, entry, *leave)

        monkeypatch.setattr(applying, "fill", meanwhile)
        files.load(changed("15 6", "30 7").replace("mutations_per_window: null", "batch_size: 5"))
        assert {one.watermark is None for one in BoardMapping.objects.all()} == {False}
        account = MondayAccount.objects.get()
        assert (account.batch_size, account.mutations_per_window, account.paused_reason) == (
            5,
            40,
            "Refused.",
        )

    def test_a_mapping_that_was_mended_goes_on(self, files: Files) -> None:
        files.load(CONTOSO)
        for mapping in BoardMapping.objects.all():
            store.pause_mapping(mapping.pk, "Column vendor is gone.")
        files.load(changed("column_id: vendor", "column_id: vendor_2"))
        orders, invoices = BoardMapping.objects.order_by("id")
        assert (orders.paused_at is None, invoices.paused_at) == (False, None)
        assert AuditEntry.objects.filter(action=Action.MAPPING_RESUMED, actor="load_tenant").count() == 1

    def test_two_loads_at_once_end_in_a_sentence(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        def late(*_: Any) -> None:
            raise IntegrityError

        monkeypatch.setattr(applying, "apply", late)
        assert "somebody else changed the tenant at the same time. Load it again." in files.refusal(CONTOSO)


VENDORS = """\
  - name: Vendors
    environment: Sandbox
    account: Main
    record_kind: vendor
    board_id: '903'
    key_column_id: record_key
"""


class TestSecrets:
    def test_a_new_value_is_shown_as_changed(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        files.load(CONTOSO)
        monkeypatch.setenv("CONTOSO_TOKEN", "monday-token-2")
        [change] = files.load(CONTOSO, "--dry-run")["changes"]
        assert (change["before"], change["after"]) == (
            {"api_token": "env CONTOSO_TOKEN"},
            {"api_token": "changed, from env CONTOSO_TOKEN"},
        )
        assert MondayAccount.objects.get().api_token == "monday-token"
        files.load(CONTOSO)
        assert MondayAccount.objects.get().api_token == "monday-token-2"

    def test_no_secret_is_ever_shown(self, files: Files) -> None:
        told = files.told(CONTOSO) + files.dump() + json.dumps(list(AuditEntry.objects.values()), default=str)
        assert not [secret for secret in SECRETS.values() if secret in told]

    def test_a_dump_names_the_place_a_secret_came_from(self, files: Files, tmp_path: Path) -> None:
        kept = tmp_path / "token"
        kept.write_text("from-a-file\n", encoding="utf-8")
        files.load(changed("{env: CONTOSO_TOKEN}", f"{{file: {kept}}}"))
        assert MondayAccount.objects.get().api_token == "from-a-file"
        assert f"api_token: {{file: {kept}}}" in files.dump()

    def test_what_the_file_leaves_out_is_kept_and_dumped_under_a_name_of_its_own(self, files: Files) -> None:
        files.load(CONTOSO)
        account = MondayAccount.objects.get()
        account.signing_secret = "typed in"
        account.save()
        assert files.load(CONTOSO)["changes"] == []
        assert MondayAccount.objects.get().signing_secret == "typed in"
        assert "signing_secret: {env: CONTOSO_MAIN_SIGNING_SECRET}" in files.dump()

    def test_a_variable_that_is_not_set_is_named(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CONTOSO_TOKEN")
        said = files.refusal(CONTOSO)
        assert "accounts[0].api_token: the environment variable CONTOSO_TOKEN is not set." in said

    def test_a_stored_secret_that_does_not_open_is_said(self, files: Files) -> None:
        files.load(CONTOSO)
        with connection.cursor() as cursor:
            cursor.execute("update connectors_mondayaccount set api_token = 'gAAAA'")
        assert "does not open with FIELD_ENCRYPTION_KEY" in files.refusal(CONTOSO)
        with pytest.raises(CommandError, match="does not open"):
            files.dump()


class TestDumping:
    def test_a_loaded_dump_gives_an_identical_dump(self, files: Files) -> None:
        files.load(CONTOSO)
        first = files.dump()
        assert files.load(first)["changes"] == []
        assert files.dump() == first

    def test_also_in_another_installation(self, files: Files) -> None:
        files.load(CONTOSO)
        first = files.dump()
        BoardMapping.objects.all().delete()
        Tenant.objects.all().delete()
        files.load(first)
        assert files.dump() == first

    def test_an_unknown_tenant_is_named_with_those_there_are(self, files: Files) -> None:
        with pytest.raises(CommandError, match="no tenant contoso; there are: none yet"):
            files.dump()

    def test_environments_of_one_name_cannot_be_told_apart(self, files: Files) -> None:
        files.load(CONTOSO)
        DynamicsEnvironment.objects.create(
            tenant=Tenant.objects.get(), name="Sandbox", host="https://b.example"
        )
        with pytest.raises(CommandError, match="several environments named Sandbox; rename all but one"):
            files.dump()

    def test_conditions_nobody_can_read_are_said(self, files: Files) -> None:
        files.load(CONTOSO)
        BoardMapping.objects.filter(name="Orders").update(conditions=[{"field": "X"}])
        with pytest.raises(CommandError, match="Mapping Orders: A condition has a field and one of"):
            files.dump()


class TestWhatTheFileDoesNotName:
    def fewer(self) -> str:
        """The file without the second mapping, one legal entity, the event rule and with another account."""
        text = CONTOSO[: CONTOSO.index("  - name: Invoices")]
        text = text.replace("      demf: ''\n", "").replace("    legal_entities: [usmf, demf]\n", "")
        start, end = text.index("    event_rules:"), text.index("accounts:")
        return text[:start] + text[end:]

    def test_it_stays_and_is_reported(self, files: Files) -> None:
        files.load(CONTOSO)
        loaded = files.load(self.fewer())
        assert loaded["missing"] == [
            "legal entity demf of Sandbox",
            "event rule OrderAgain of Sandbox",
            "mapping Invoices",
        ]
        assert hows(loaded) == [("changed", "mapping Orders")]
        assert (BoardMapping.objects.count(), LegalEntity.objects.count(), EventRule.objects.count()) == (
            2,
            2,
            1,
        )
        assert "Not in the file, left as it is (--prune removes it): legal entity demf" in files.told(
            self.fewer()
        )

    def test_it_goes_when_told_so(self, files: Files) -> None:
        files.load(CONTOSO)
        loaded = files.load(self.fewer(), "--prune")
        assert ("removed", "mapping Invoices") in hows(loaded)
        assert (BoardMapping.objects.count(), LegalEntity.objects.count(), EventRule.objects.count()) == (
            1,
            1,
            0,
        )
        assert files.load(self.fewer(), "--prune")["changes"] == []

    def test_a_mapping_may_leave_an_account_that_goes(self, files: Files) -> None:
        files.load(CONTOSO)
        other = CONTOSO.replace("name: Main", "name: Second").replace("account: Main", "account: Second")
        files.load(other, "--prune")
        assert [one.name for one in MondayAccount.objects.all()] == ["Second"]
        assert {one.account.name for one in BoardMapping.objects.all()} == {"Second"}

    def test_a_host_keeps_its_environments_name(self, files: Files) -> None:
        files.load(CONTOSO)
        other = CONTOSO.replace("name: Sandbox", "name: Test").replace(
            "environment: Sandbox", "environment: Test"
        )
        for options in ((), ("--prune",)):
            assert "environments[0].host: the environment Sandbox has this host too" in files.refusal(
                other, *options
            )

    def test_an_account_may_stand_in_the_portal_only(self, files: Files) -> None:
        files.load(CONTOSO)
        start, end = CONTOSO.index("accounts:"), CONTOSO.index("mappings:")
        without = CONTOSO[:start] + CONTOSO[end:]
        assert files.load(without)["changes"] == []
        assert "mappings[0].account: there is no account 'Main'" in files.refusal(without, "--prune")


class TestTheTrail:
    def test_every_change_is_recorded(self, files: Files) -> None:
        files.load(CONTOSO)
        files.load(changed("00901", "00999"))
        entry = AuditEntry.objects.first()
        assert entry is not None
        assert (entry.action, entry.subject, entry.actor) == (
            Action.TENANT_LOADED,
            "Mapping Orders",
            "load_tenant",
        )
        assert (entry.before, entry.after) == ({"board_id": "00901"}, {"board_id": "00999"})
        assert entry.detail == "Changed from contoso.yaml."
        assert entry.tenant_id == Tenant.objects.get().pk

    def test_people_see_what_changes(self, files: Files) -> None:
        files.load(CONTOSO)
        told = files.told(changed("cron: 15 6 * * 1-5", "every_minutes: 30"))
        assert told.splitlines() == [
            "~ mapping Orders",
            "    every_minutes: null → 30",
            '    cron: "15 6 * * 1-5" → ""',
            "contoso is now as the file says.",
        ]


class TestTenantsApart:
    def test_a_file_touches_its_own_tenant_only(self, files: Files) -> None:
        files.load(CONTOSO)
        before = rows()
        other = CONTOSO.replace("name: Contoso\n", "name: Fabrikam\n").replace(
            "slug: contoso", "slug: fabrikam"
        )
        assert len(files.load(other, "--prune")["changes"]) == 5
        files.load(other.replace("00901", "00999"), "--prune")
        after = rows()
        assert all(row in after[name] for name in before for row in before[name])

    def test_names_are_looked_for_in_the_own_tenant_only(self, files: Files) -> None:
        files.load(CONTOSO)
        start, end = CONTOSO.index("accounts:"), CONTOSO.index("mappings:")
        other = CONTOSO[:start] + CONTOSO[end:]
        other = other.replace("name: Contoso\n", "name: Fabrikam\n").replace(
            "slug: contoso", "slug: fabrikam"
        )
        assert "mappings[0].account: there is no account 'Main'" in files.refusal(other)


class TestTheForm:
    """A field that is added to a table must find its way into the file."""

    NOT_IN_FILES = {
        "id",
        "tenant",
        "created_at",
        "members",
        "environment",
        "mapping",
        "position",
        "data_area_id",
    }

    @pytest.mark.parametrize(
        ("model", "entry"),
        [
            (Tenant, form.TenantEntry),
            (DynamicsEnvironment, form.EnvironmentEntry),
            (EventRule, form.EventRuleEntry),
            (MondayAccount, form.AccountEntry),
            (BoardMapping, form.MappingEntry),
            (ColumnMapping, form.ColumnEntry),
        ],
    )
    def test_it_has_every_editable_field_with_the_same_default(self, model: Any, entry: type[Any]) -> None:
        keys = form.keys_of(entry)
        fields = {one.name: one for one in (*model._meta.fields, *model._meta.many_to_many) if one.editable}
        assert set(fields) - set(keys) - self.NOT_IN_FILES == set()
        for name, default in form.defaults_of(entry).items():
            if keys[name].shape in (form.Shape.YES_NO, form.Shape.WHOLE, form.Shape.NUMBER, form.Shape.TEXT):
                field = fields[name]
                assert field.is_relation or field.get_default() == default, name


def test_a_load_fetches_secrets_from_the_environment_it_is_given(db: None) -> None:
    loaded = loading.load(
        CONTOSO.encode(), "c.yaml", environ=SECRETS, allow_loopback_http=False, actor="anna"
    )
    assert AuditEntry.objects.filter(actor="anna").count() == len(loaded.changes)
