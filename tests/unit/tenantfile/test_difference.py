"""What stands against what is wanted."""

from __future__ import annotations

from integration_portal.tenantfile import checking, difference, reading
from integration_portal.tenantfile.difference import Change
from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.form import TenantFile
from tests.unit.tenantfile.samples import CONTOSO, changed


def read(text: str) -> TenantFile:
    findings = Findings("c.yaml")
    file = checking.check(reading.read(text.encode(), findings), findings, allow_loopback_http=False)
    findings.refuse()
    return file


STANDING = read(CONTOSO)


def differ(text: str, *, prune: bool = False) -> list[Change]:
    wanted, _ = difference.merged(STANDING, read(text), prune=prune)
    return difference.changes(STANDING, wanted, [])


def only(text: str) -> Change:
    [change] = differ(text)
    return change


def test_the_same_file_changes_nothing() -> None:
    assert differ(CONTOSO) == []


def test_a_new_tenant_is_added_whole() -> None:
    assert difference.merged(None, STANDING, prune=True) == (STANDING, [])
    found = difference.changes(None, STANDING, [("accounts", "Main", "api_token")])
    assert {one.how for one in found} == {"added"}
    account = found[2]
    assert (account.section, account.before) == ("accounts", {})
    assert account.after["api_token"] == "changed, from env CONTOSO_TOKEN"


def test_only_the_keys_that_differ_are_told() -> None:
    change = only(changed("transform: round", "transform: upper").replace("        argument: 2\n", ""))
    assert (change.how, change.word, change.name) == ("changed", "mapping", "Orders")
    assert (change.before, change.after) == (
        {"columns.amount.transform": "round", "columns.amount.argument": "2"},
        {"columns.amount.transform": "upper", "columns.amount.argument": ""},
    )


def test_a_label_that_goes_is_told_as_before_only() -> None:
    change = only(changed("          No: Not yet\n", ""))
    assert (change.before, change.after) == ({"columns.status.labels.No": "Not yet"}, {})


def test_the_order_of_columns_matters_and_that_of_labels_does_not() -> None:
    labels = "          Backorder: Open order\n          No: Not yet\n"
    turned = "          No: Not yet\n          Backorder: Open order\n"
    assert differ(changed(labels, turned)) == []
    link = "      - column_id: dynamics\n        field: '@link'\n"
    change = only(CONTOSO.replace(link, "").replace("    columns:\n", f"    columns:\n{link}", 1))
    assert change.after == {"columns": "dynamics, status, amount"}


def test_conditions_are_told_whole() -> None:
    change = only(changed("[USD, EUR]", "[USD]"))
    assert change.after["conditions"][0] == {"field": "CurrencyCode", "is": ["USD"]}


def test_what_the_file_does_not_name_stays_behind_what_it_does() -> None:
    text = CONTOSO[: CONTOSO.index("  - name: Invoices")].replace("name: Orders", "name: Others")
    wanted, missing = difference.merged(STANDING, read(text), prune=False)
    assert [one.name for one in wanted.mappings] == ["Others", "Orders", "Invoices"]
    assert missing == ["mapping Orders", "mapping Invoices"]
    wanted, missing = difference.merged(STANDING, read(text), prune=True)
    assert [one.name for one in wanted.mappings] == ["Others"]
    assert [one.how for one in difference.changes(STANDING, wanted, [])] == ["added", "removed", "removed"]


def test_a_list_of_legal_entities_leaves_their_names() -> None:
    listed = CONTOSO.replace("\n      USMF: Contoso US\n      demf: ''\n", " [usmf, demf]\n")
    assert differ(listed) == []
    assert only(changed("Contoso US", "US")).after == {"legal_entities.usmf": "US"}


def test_a_secret_that_is_left_out_is_kept() -> None:
    assert differ(changed("    api_token: {env: CONTOSO_TOKEN}\n", "")) == []


def test_another_place_of_a_secret_is_a_change() -> None:
    change = only(changed("{env: CONTOSO_TOKEN}", "{file: /t}"))
    assert (change.before, change.after) == ({"api_token": "env CONTOSO_TOKEN"}, {"api_token": "file /t"})
