"""Which people a batch needs, and that they are asked for at once or not at all."""

from __future__ import annotations

from integration_portal.sync.lookups import people_of
from mappings.rules import ColumnRule
from tests.fakes import samples
from tests.fakes.monday import FakeMonday

PERSON = ColumnRule("people_buyer", "Payment", transform="person")


def monday(**people: str) -> FakeMonday:
    return FakeMonday(people={f"{name}@contoso.example": number for name, number in people.items()})


def test_people_of_a_batch_are_asked_for_with_one_call() -> None:
    account = monday(maya="77", tomas="78")
    records = [
        samples.invoice(Payment=address)
        for address in ("Maya@contoso.example ", "tomas@contoso.example", "maya@contoso.example")
    ]
    assert people_of(samples.rule(columns=(PERSON,)), records, account) == {
        "maya@contoso.example": "77",
        "tomas@contoso.example": "78",
    }
    assert account.called("users_by_email") == [("maya@contoso.example", "tomas@contoso.example")]


def test_people_whom_the_account_does_not_know_are_left_out() -> None:
    records = [samples.invoice(Payment="nobody@contoso.example")]
    assert people_of(samples.rule(columns=(PERSON,)), records, monday(maya="77")) == {}


def test_nobody_is_asked_when_no_record_names_anybody() -> None:
    account = monday()
    records = [samples.invoice(Payment=None), samples.invoice(Payment="Net30")]
    assert people_of(samples.rule(columns=(PERSON,)), records, account) == {}
    assert account.calls == []


def test_nobody_is_asked_when_no_column_shows_people() -> None:
    account = monday()
    assert people_of(samples.rule(), [samples.invoice(Payment="maya@contoso.example")], account) == {}
    assert account.calls == []
