"""What a file says, held against the catalogue and against itself."""

# ruff: noqa: E501  tables of sentences
from __future__ import annotations

import pytest

from integration_portal.tenantfile import checking, reading
from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.form import TenantFile
from tests.unit.tenantfile.samples import CONTOSO, changed


def check(text: str, standing: TenantFile | None = None) -> tuple[TenantFile, list[str]]:
    findings = Findings("contoso.yaml")
    file = checking.check(reading.read(text.encode(), findings), findings, allow_loopback_http=False)
    checking.check_references(file, standing, len(file.mappings), findings)
    return file, findings.sentences()


class TestAGoodFile:
    def test_it_has_no_problems(self) -> None:
        assert check(CONTOSO)[1] == []

    def test_its_values_get_the_form_they_are_kept_in(self) -> None:
        file, _ = check(changed("[usmf, demf]", "[ USMF, demf]").replace("15 6 *", "15   6 *"))
        assert file.environments[0].host == "https://contoso.operations.dynamics.com"
        assert file.mappings[0].legal_entities == ("demf", "usmf")
        assert file.mappings[0].cron == "15 6 * * 1-5"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("field: InvoiceAccount", "field: InvoiceAcount", "line 62, mappings[1].columns[0].field: Posted vendor invoice has no field 'InvoiceAcount'; did you mean InvoiceAccount?"),
        ("field: InvoiceAccount", "field: Zzz", "Posted vendor invoice has no field 'Zzz'."),
        ("record_kind: posted_invoice", "record_kind: posted_invoices", "mappings[1].record_kind: there is no record kind 'posted_invoices'; did you mean posted_invoice?"),
        ("        record_kind: purchase_order", "        record_kind: x", "environments[0].event_rules[0].record_kind: there is no record kind 'x'"),
        ("PurchaseOrderNumber: Number", "OrderNumber: Number", "environments[0].event_rules[0].keys.OrderNumber: Purchase order has no field 'OrderNumber'"),
        ("transform: round", "transform: rund", "mappings[0].columns[1].transform: there is no transform 'rund'; did you mean round?"),
        ("argument: 2", "argument: two", "mappings[0].columns[1].argument: Round to 'two' decimal places"),
        ("field: CurrencyCode", "field: Currency", "mappings[0].conditions[0].field: Purchase order has no field 'Currency'; did you mean CurrencyCode?"),
        ("group_field: dataAreaId", "group_field: '@link'", "mappings[0].group_field: Purchase order has no field '@link'"),
        ("    group_field: dataAreaId\n", "", "mappings[0].groups: groups need a group_field"),
        ("key_column_id: record_key\n    active", "key_column_id: record_key\n    name_template: '{Nr}'\n    active", "mappings[0].name_template: Purchase order has no field 'Nr'"),
        ("15 6 * * 1-5", "15 25 * * *", "mappings[0].cron: '15 25 * * *' is no cron schedule; write minute, hour"),
        ("15 6 * * 1-5", "0 15 6 * * 1-5", "mappings[0].cron: '0 15 6 * * 1-5' is no cron schedule"),
        ("listens: false", "every_minutes: 5", "mappings[0].cron: a mapping has either every_minutes or cron, not both."),
        ("cron: 15 6 * * 1-5", "every_minutes: 0", "mappings[0].every_minutes: 1 is the least; write null for none."),
        ("[usmf, demf]", "[usmf, USMF]", "mappings[0].legal_entities[1]: the legal entity usmf stands here twice."),
        ("[usmf, demf]", "[usmf, dmf]", "mappings[0].legal_entities: Sandbox has no legal entity dmf; did you mean demf?"),
        ("name: Invoices", "name: Orders", "mappings[1].name: there are two entries for the mapping Orders."),
        ("column_id: amount", "column_id: status", "mappings[0].columns[1].column_id: there are two entries for the column status."),
        ("https://Contoso", "http://Contoso", "environments[0].host: Plain http would show the token"),
        ("name: Main", "name: Mian", "mappings[0].account: there is no account 'Main'; did you mean Mian?"),
        ("name: Sandbox", "name: Test", "mappings[0].environment: there is no environment 'Sandbox'; there is Test."),
        ("board_id: 00902", "board_id: 00902\n    predecessor: Invoice", "mappings[1].predecessor: there is no other mapping 'Invoice'"),
        ("board_id: 00902", "board_id: 00901\n    predecessor: Invoices", "mappings[1].predecessor: there is no other mapping 'Invoices'; there is Orders."),
        ("board_id: 00902", "board_id: 00902\n    predecessor: Orders", "mappings[1].predecessor: items go on only within one board; Orders has another one."),
        ("field: InvoiceAccount", "field: InvoiceAccount\n        linked_mapping: Vendor", "mappings[1].columns[0].linked_mapping: there is no mapping 'Vendor'; there are Orders, Invoices."),
    ],
)  # fmt: skip
def test_each_problem_has_a_line_a_key_and_a_sentence(old: str, new: str, sentence: str) -> None:
    found = check(changed(old, new))[1]
    assert any(sentence in one for one in found), found


def test_predecessors_lead_nowhere_in_a_circle() -> None:
    text = changed("board_id: 00902", "board_id: 00901\n    predecessor: Orders")
    assert check(text)[1] == []
    found = check(
        text.replace("board_id: 00901\n    key", "board_id: 00901\n    predecessor: Invoices\n    key")
    )[1]
    assert [one.partition(": ")[2] for one in found] == ["the predecessors lead back to this mapping."] * 2


def test_a_circle_of_others_is_their_problem() -> None:
    text = changed("board_id: 00902", "board_id: 00901\n    predecessor: Orders")
    text = text.replace("board_id: 00901\n    key", "board_id: 00901\n    predecessor: Invoices\n    key")
    text += "  - {name: Third, environment: Sandbox, account: Main, record_kind: posted_invoice, board_id: 00901, key_column_id: k, predecessor: Orders}\n"
    assert len(check(text)[1]) == 2


def test_a_host_that_stands_under_another_name_is_not_taken_twice() -> None:
    standing, _ = check(CONTOSO)
    renamed = CONTOSO.replace("name: Sandbox", "name: Test").replace(
        "environment: Sandbox", "environment: Test"
    )
    [found] = check(renamed, standing)[1]
    assert "environments[0].host: the environment Sandbox has this host too" in found
