"""Event rules: a sample is pasted, then key fields are chosen from it."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from integration_portal.forms.event_rule import guessed_keys, key_names
from mappings import catalogue
from mappings.models import EventRule
from tests.integration.admin.conftest import House
from tests.integration.admin.pages import address, errors, save

BASE = {"BusinessEventId": "", "ControlNumber": 0, "EventId": "", "EventTime": "/Date(-2208988800000)/"}
SAMPLE = json.dumps({**BASE, "InvoiceNumber": "", "VendorAccount": "", "InvoiceRecId": 0})
INVOICE = catalogue.kind("posted_invoice")


def added(client: Client, house: House, sample: str = "", event_type: str = "MyEvent") -> EventRule:
    data = {
        "environment": house.environment.pk,
        "event_type": f" {event_type} ",
        "record_kind": "posted_invoice",
        "sample": sample,
    }
    client.post(address(EventRule, "add"), data)
    return EventRule.objects.get(event_type=event_type)


def test_the_fields_of_a_sample_are_offered_for_each_key(admin: Client, ours: House) -> None:
    rule = added(admin, ours, SAMPLE)
    form = admin.get(address(rule, "change")).context["adminform"].form
    assert [name for name in form.fields if name.startswith("key_")] == [
        "key_InvoiceId",
        "key_InvoiceAccount",
        "key_SourceKey",
    ]
    assert [value for value, _ in form.fields["key_InvoiceId"].choices] == [
        "",
        "InvoiceNumber",
        "VendorAccount",
        "InvoiceRecId",
    ]
    assert form.fields["key_InvoiceId"].label == "Invoice (InvoiceId)"


def test_what_is_chosen_is_kept_as_keys(admin: Client, ours: House) -> None:
    rule = added(admin, ours, SAMPLE)
    save(admin, address(rule, "change"), key_InvoiceId="InvoiceNumber", key_InvoiceAccount="VendorAccount")
    rule.refresh_from_db()
    assert rule.keys == {"InvoiceId": "InvoiceNumber", "InvoiceAccount": "VendorAccount"}
    form = admin.get(address(rule, "change")).context["adminform"].form
    assert form["key_InvoiceId"].value() == "InvoiceNumber"
    assert "InvoiceId = InvoiceNumber" in admin.get(address(EventRule)).content.decode()


def test_nothing_chosen_is_refused(admin: Client, ours: House) -> None:
    rule = added(admin, ours, SAMPLE)
    answer = save(admin, address(rule, "change"), key_InvoiceId="", key_InvoiceAccount="", key_SourceKey="")
    assert "Choose at least one field" in errors(answer)


def test_a_field_that_is_not_in_the_sample_is_refused(admin: Client, ours: House) -> None:
    rule = added(admin, ours, SAMPLE)
    assert "Select a valid choice" in errors(save(admin, address(rule, "change"), key_InvoiceId="Nonsense"))


def test_a_new_sample_is_what_is_chosen_from(admin: Client, ours: House) -> None:
    rule = added(admin, ours, SAMPLE)
    save(admin, address(rule, "change"), key_InvoiceId="InvoiceNumber")
    newer = json.dumps({**BASE, "Number": ""})
    answer = save(admin, address(rule, "change"), sample=newer)
    assert "Select a valid choice" in errors(answer)
    save(admin, address(rule, "change"), sample=newer, key_InvoiceId="Number")
    rule.refresh_from_db()
    assert rule.keys == {"InvoiceId": "Number"}


def test_without_a_sample_names_are_typed(admin: Client, ours: House) -> None:
    save(admin, address(ours.rule, "change"), key_InvoiceAccount=" Vendor ")
    ours.rule.refresh_from_db()
    assert ours.rule.keys == {"InvoiceId": "Number", "InvoiceAccount": "Vendor"}


def test_a_stored_field_that_is_not_in_the_sample_is_shown_as_such(admin: Client, ours: House) -> None:
    EventRule.objects.filter(pk=ours.rule.pk).update(sample=SAMPLE)
    assert "Number (not in the sample)" in admin.get(address(ours.rule, "change")).content.decode()


@pytest.mark.parametrize("sample", ["nonsense", "[]", "{}", '{"InvoiceId": ""}'])
def test_what_is_no_downloaded_schema_is_refused_with_a_sentence(
    admin: Client, ours: House, sample: str
) -> None:
    answer = save(admin, address(ours.rule, "change"), sample=sample)
    assert answer.status_code == 200
    assert "sample" in answer.context["adminform"].form.errors


def test_a_stored_sample_that_no_longer_reads_does_no_harm(admin: Client, ours: House) -> None:
    EventRule.objects.filter(pk=ours.rule.pk).update(sample="nonsense")
    assert admin.get(address(ours.rule, "change")).status_code == 200


def test_the_same_event_twice_is_refused(admin: Client, ours: House) -> None:
    rule = added(admin, ours)
    answer = save(admin, address(rule, "change"), event_type=ours.rule.event_type)
    assert "already exists" in errors(answer)


def test_environment_and_kind_are_chosen_once(admin: Client, ours: House, theirs: House) -> None:
    save(admin, address(ours.rule, "change"), environment=theirs.environment.pk, record_kind="purchase_order")
    ours.rule.refresh_from_db()
    assert (ours.rule.environment, ours.rule.record_kind) == (ours.environment, "posted_invoice")


def test_a_rule_of_a_kind_that_is_gone_opens(admin: Client, ours: House) -> None:
    EventRule.objects.filter(pk=ours.rule.pk).update(record_kind="unicorn")
    assert admin.get(address(ours.rule, "change")).status_code == 200


def test_an_onlooker_sees_what_names_the_record(onlooker: Client, ours: House) -> None:
    assert "InvoiceId = Number" in onlooker.get(address(ours.rule, "change")).content.decode()


class TestGuess:
    def test_believes_the_catalogue_without_a_sample(self) -> None:
        expected = {"InvoiceId": "InvoiceId", "InvoiceAccount": "InvoiceAccount"}
        assert guessed_keys(INVOICE, "VendorInvoicePostedBusinessEvent", ()) == expected
        assert guessed_keys(INVOICE, "AnotherEvent", ()) == expected

    def test_takes_the_catalogue_s_names_where_the_sample_has_them(self) -> None:
        sample = ("InvoiceAccount", "InvoiceId", "Amount")
        assert guessed_keys(INVOICE, "VendorInvoicePostedBusinessEvent", sample) == {
            "InvoiceId": "InvoiceId",
            "InvoiceAccount": "InvoiceAccount",
        }

    def test_takes_what_it_finds_by_name(self) -> None:
        assert guessed_keys(INVOICE, "AnotherEvent", ("SourceKey", "Amount")) == {"SourceKey": "SourceKey"}
        assert guessed_keys(INVOICE, "AnotherEvent", ("Amount",)) == {}

    def test_offers_every_name_once_and_no_company(self) -> None:
        for kind in catalogue.KINDS.values():
            names = key_names(kind)
            assert len(names) == len(set(names))
            assert kind.company_field not in names
