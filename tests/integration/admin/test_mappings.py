"""The page of a board mapping: added in two steps, judged before it is switched on."""

from __future__ import annotations

from typing import Any

from django.test import Client

from connectors.models import LegalEntity, MondayAccount
from mappings import store
from mappings.models import BoardMapping, ColumnMapping, GroupMapping, RecordLink
from tests.integration.admin.conftest import House
from tests.integration.admin.pages import address, errors, said, save


def column(number: int, mapping: BoardMapping, **fields: Any) -> dict[str, Any]:
    """What a browser sends for a further column."""
    values = {
        "mapping": mapping.pk,
        "position": number,
        "direction": "to_monday",
        "owner": "dynamics",
        **fields,
    }
    return {"columns-TOTAL_FORMS": number + 1} | {
        f"columns-{number}-{name}": value for name, value in values.items()
    }


def test_adding_leads_on_to_the_columns(admin: Client, ours: House) -> None:
    data = {
        "name": "Orders",
        "environment": ours.environment.pk,
        "account": ours.account.pk,
        "record_kind": "purchase_order",
        "board_id": "42",
        "key_column_id": "key",
    }
    answer = admin.post(address(BoardMapping, "add"), data, follow=True)
    made = BoardMapping.objects.get(name="Orders")
    assert answer.redirect_chain[-1][0] == address(made, "change")
    assert made.tenant == ours.tenant
    assert not made.active
    assert (
        "columns-0-field" not in answer.content.decode()
        and "columns-__prefix__-field" in answer.content.decode()
    )


def test_add_another_leads_to_an_empty_page(admin: Client, ours: House) -> None:
    data = {
        "name": "Orders",
        "environment": ours.environment.pk,
        "account": ours.account.pk,
        "record_kind": "purchase_order",
        "board_id": "42",
        "key_column_id": "key",
        "_addanother": "1",
    }
    answer = admin.post(address(BoardMapping, "add"), data, follow=True)
    assert answer.redirect_chain[-1][0] == address(BoardMapping, "add")


def test_no_kind_is_chosen_beforehand(admin: Client, ours: House) -> None:
    assert admin.get(address(BoardMapping, "add")).context["adminform"].form["record_kind"].value() is None


def test_a_name_that_is_taken_is_refused_with_a_sentence(admin: Client, ours: House) -> None:
    data = {
        "name": ours.mapping.name,
        "environment": ours.environment.pk,
        "account": ours.account.pk,
        "record_kind": "purchase_order",
        "board_id": "42",
        "key_column_id": "key",
    }
    assert "already exists" in errors(admin.post(address(BoardMapping, "add"), data))


def test_a_column_is_added_with_its_labels(admin: Client, ours: House) -> None:
    lines = "EUR = Euro\r\n\r\nCHF=Franc = Swiss\r\n"
    save(
        admin,
        address(ours.mapping, "change"),
        **column(1, ours.mapping, column_id="status", field="CurrencyCode", labels=lines),
    )
    rule = store.as_rule(BoardMapping.objects.get(pk=ours.mapping.pk))
    assert [(one.column_id, dict(one.labels)) for one in rule.columns] == [
        ("currency", {"EUR": "Alpha euro"}),
        ("status", {"EUR": "Euro", "CHF=Franc": "Swiss"}),
    ]


def test_labels_are_changed_and_taken_away(admin: Client, ours: House) -> None:
    url = address(ours.mapping, "change")
    field = admin.get(url).context["inline_admin_formsets"][0].formset.forms[0]["labels"]
    assert field.value() == "EUR = Alpha euro"
    save(admin, url, **{"columns-0-labels": "USD = Dollar"})
    stored = ColumnMapping.objects.get()
    assert [(pair.value, pair.label) for pair in stored.values.all()] == [("USD", "Dollar")]
    save(admin, url, **{"columns-0-labels": ""})
    assert stored.values.count() == 0


def test_a_save_without_a_change_leaves_the_labels_alone(admin: Client, ours: House) -> None:
    before = ColumnMapping.objects.get().values.get().pk
    save(admin, address(ours.mapping, "change"), **{"columns-0-labels": "EUR = Alpha euro\r\n"})
    assert ColumnMapping.objects.get().values.get().pk == before


def test_a_bad_line_is_named(admin: Client, ours: House) -> None:
    answer = save(admin, address(ours.mapping, "change"), **{"columns-0-labels": "EUR = Euro\nnonsense"})
    assert "Line 2: write it as value = label" in errors(answer)


def test_a_field_is_chosen_from_its_kind(admin: Client, ours: House) -> None:
    url = address(ours.mapping, "change")
    choices = admin.get(url).context["inline_admin_formsets"][0].formset.forms[0].fields["field"].choices
    assert ("InvoiceAmount", "Amount (InvoiceAmount)") in choices
    assert ("@link", "Link back to Dynamics (@link)") in choices
    assert not any(name.startswith("PurchaseOrder") for name, _ in choices)
    answer = save(admin, url, **column(1, ours.mapping, column_id="x", field="PurchaseOrderName"))
    assert "Select a valid choice" in errors(answer)


def test_a_field_the_catalogue_no_longer_has_stays_visible(admin: Client, ours: House) -> None:
    ColumnMapping.objects.update(field="Gone")
    url = address(ours.mapping, "change")
    page = admin.get(url).content.decode()
    assert "Gone (not in the catalogue)" in page
    assert "has no field Gone" in page


def test_a_mapping_with_problems_is_not_switched_on(admin: Client, ours: House) -> None:
    ColumnMapping.objects.update(field="Gone")
    url = address(ours.mapping, "change")
    answer = save(admin, url, active="on", **column(1, ours.mapping, column_id="key", field="InvoiceId"))
    assert "cannot be active yet" in errors(answer)
    assert "has no field Gone" in errors(answer)
    assert "Column key keeps the record" in errors(answer)
    assert "cannot be active yet" in answer.content.decode()
    ours.mapping.refresh_from_db()
    assert not ours.mapping.active
    assert ours.mapping.columns.count() == 1


def test_a_mapping_with_problems_can_be_saved_while_it_is_off(admin: Client, ours: House) -> None:
    url = address(ours.mapping, "change")
    answer = save(admin, url, **column(1, ours.mapping, column_id="key", field="InvoiceId"), _continue="1")
    assert "Column key keeps the record" in said(answer)
    assert ours.mapping.columns.count() == 2


def test_removing_the_column_that_was_wrong_lets_it_be_switched_on(admin: Client, ours: House) -> None:
    ColumnMapping.objects.update(field="Gone")
    url = address(ours.mapping, "change")
    changes = {"columns-0-DELETE": "on", **column(1, ours.mapping, column_id="amount", field="InvoiceAmount")}
    save(admin, url, active="on", **changes)
    ours.mapping.refresh_from_db()
    assert ours.mapping.active
    assert [one.field for one in ours.mapping.columns.all()] == ["InvoiceAmount"]


def test_a_bad_name_template_keeps_it_off(admin: Client, ours: House) -> None:
    answer = save(admin, address(ours.mapping, "change"), active="on", name_template="{Nonsense}")
    assert "has no field Nonsense" in errors(answer)


def test_a_kind_that_is_gone_is_said_so(admin: Client, ours: House) -> None:
    BoardMapping.objects.update(record_kind="unicorn")
    url = address(ours.mapping, "change")
    assert "not in the catalogue" in admin.get(url).content.decode()
    assert "not in the catalogue" in errors(save(admin, url, active="on"))


def test_its_place_is_fixed_once_records_are_linked(admin: Client, ours: House) -> None:
    url = address(ours.mapping, "change")
    save(admin, url, board_id="other")
    ours.mapping.refresh_from_db()
    assert ours.mapping.board_id == "4711"
    RecordLink.objects.all().delete()
    save(admin, url, board_id="other")
    ours.mapping.refresh_from_db()
    assert ours.mapping.board_id == "other"


def test_moving_it_to_an_environment_keeps_both_within_one_tenant(
    admin: Client, ours: House, theirs: House
) -> None:
    RecordLink.objects.all().delete()
    answer = save(admin, address(ours.mapping, "change"), environment=theirs.environment.pk)
    assert "belongs to another tenant" in errors(answer)


def test_legal_entities_and_groups_are_kept(admin: Client, ours: House) -> None:
    second = LegalEntity.objects.create(environment=ours.environment, data_area_id="demf")
    changes = {
        "legal_entities": [second.pk],
        "group_field": "CurrencyCode",
        "groups-TOTAL_FORMS": 2,
        "groups-1-value": "USD",
        "groups-1-group_id": "dollars",
        "groups-1-mapping": ours.mapping.pk,
    }
    save(admin, address(ours.mapping, "change"), **changes)
    rule = store.as_rule(BoardMapping.objects.get(pk=ours.mapping.pk))
    assert rule.companies == {"demf"}
    assert rule.group_field == "CurrencyCode"
    assert dict(rule.groups) == {"EUR": "topics", "USD": "dollars"}
    assert GroupMapping.objects.count() == 2


def test_the_board_as_last_read_is_proposed(admin: Client, ours: House) -> None:
    url = address(ours.mapping, "change")
    page = admin.get(url).content.decode()
    assert '<option value="currency">Alpha currency (status)</option>' in page
    assert '<option value="topics">New</option>' in page
    ours.board.delete()
    assert "<datalist" not in admin.get(url).content.decode()


def test_a_board_page_lists_its_columns_and_groups(admin: Client, ours: House) -> None:
    page = admin.get(address(ours.board, "change")).content.decode()
    for part in ("Alpha board", "Alpha currency", "status", "Euro", "topics", "New"):
        assert part in page
    assert "Gone" not in page


def test_a_board_as_read_does_not_keep_its_account_from_being_deleted(admin: Client, ours: House) -> None:
    BoardMapping.objects.all().delete()
    admin.post(address(ours.account, "delete"), {"post": "yes"})
    assert not MondayAccount.objects.exists()


def test_deleting_a_link_lets_its_item_be_made_anew(admin: Client, ours: House) -> None:
    admin.post(address(ours.link, "delete"), {"post": "yes"})
    assert not RecordLink.objects.exists()


def test_a_link_says_how_it_stands(admin: Client, ours: House) -> None:
    url = address(ours.link, "change")
    for fields, words in (
        ({}, "Linked"),
        ({"item_id": ""}, "No item yet"),
        ({"uncertain": True}, "A create may have happened unseen"),
        ({"lease_owner": "w1"}, "A worker is at it"),
    ):
        RecordLink.objects.update(**fields)
        assert words in admin.get(url).content.decode()
    RecordLink.objects.update(baseline={})
    assert "None yet." in admin.get(url).content.decode()


def test_a_link_is_found_by_its_item(admin: Client, ours: House, theirs: House) -> None:
    RecordLink.objects.filter(pk=theirs.link.pk).update(item_id="880022")
    assert list(admin.get(address(RecordLink), {"q": "880022"}).context["cl"].result_list) == [theirs.link]
    assert list(admin.get(address(RecordLink), {"q": "8800"}).context["cl"].result_list) == []
