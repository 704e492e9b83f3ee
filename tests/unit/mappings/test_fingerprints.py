"""One short text says whether there is anything to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fingerprints import fingerprint
from mappings.rules import BoardRule, ColumnRule, Condition
from tests.fakes.samples import AMOUNT, STATUS, invoice, rule

ORDINARY = fingerprint(rule(), invoice())


def with_column(number: int, **changes: Any) -> BoardRule:
    columns = list(rule().columns)
    columns[number] = replace(columns[number], **changes)
    return rule(columns=tuple(columns))


def test_it_is_64_hex_digits() -> None:
    assert len(ORDINARY) == 64
    assert int(ORDINARY, 16)


@pytest.mark.parametrize(
    "values",
    [
        {"InvoiceAmount": Decimal("1250.51")},
        {"InvoiceAmount": None},
        {"CurrencyCode": "USD"},
        {"DueDate": date(2026, 4, 1)},
        {"InvoiceId": "INV-2"},  # in the name template
        {"SourceKey": 2},
    ],
)
def test_it_changes_with_a_value_that_is_shown(values: dict[str, Any]) -> None:
    assert fingerprint(rule(), invoice(**values)) != ORDINARY


@pytest.mark.parametrize("values", [{"Payment": "Net10"}, {"InvoiceDate": date(2020, 1, 1)}])
def test_it_does_not_change_with_a_value_that_is_not(values: dict[str, Any]) -> None:
    assert fingerprint(rule(), invoice(**values)) == ORDINARY


def test_it_does_not_change_with_what_else_was_read() -> None:
    record = invoice()
    more = replace(record, values={**record.values, "payment.Closed": date(2026, 4, 1)}, etag="other")
    assert fingerprint(rule(), more) == ORDINARY


@pytest.mark.parametrize(
    "other",
    [
        with_column(0, transform="round", argument="0"),
        with_column(0, column_id="other"),
        with_column(0, field="Payment"),
        with_column(0, direction="to_dynamics"),
        with_column(0, linked_mapping_id=9),
        with_column(1, labels={"USD": "Dollar"}),
        rule(columns=rule().columns[:2]),
        rule(name_template="{InvoiceId}"),
        rule(key_column_id="other"),
        rule(board_id="9003"),
        rule(group_field="Payment"),
        rule(groups={"Net30": "group_paid"}),
        rule(default_group_id="group_paid"),
    ],
)
def test_it_changes_with_what_the_mapping_makes_of_it(other: BoardRule) -> None:
    assert fingerprint(other, invoice()) != ORDINARY


@pytest.mark.parametrize(
    "other",
    [
        rule(name="Another name", companies=frozenset({"usmf"}), keys_read_at=5.0, trust_keys_s=0.0),
        rule(paused_reason="Mend it.", gone_group_id="group_gone", predecessor_id=4, listens=False),
        with_column(0, owner="monday"),
        rule(conditions=(Condition("CurrencyCode", "is", ("EUR",)),)),  # a field that is shown anyway
    ],
)
def test_it_does_not_change_with_what_leaves_the_item_as_it_is(other: BoardRule) -> None:
    assert fingerprint(other, invoice()) == ORDINARY


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=3), min_size=2))
def test_labels_may_come_in_any_order(labels: dict[str, str]) -> None:
    there = with_column(1, labels=labels)
    back = with_column(1, labels=dict(reversed(labels.items())))
    assert fingerprint(there, invoice()) == fingerprint(back, invoice())


@given(
    st.decimals(min_value=-1000, max_value=1000, places=2),
    st.decimals(min_value=-1000, max_value=1000, places=2),
)
def test_two_amounts_are_alike_when_their_texts_are(one: Decimal, other: Decimal) -> None:
    marks = [fingerprint(rule(), invoice(InvoiceAmount=amount)) for amount in (one, other)]
    assert (marks[0] == marks[1]) == (f"{one:f}" == f"{other:f}")


def test_a_value_in_one_field_is_not_the_same_in_another() -> None:
    columns = (ColumnRule(AMOUNT, "Payment"), ColumnRule(STATUS, "CurrencyCode"))
    swapped = fingerprint(rule(columns=columns), invoice(Payment="EUR", CurrencyCode="Net30"))
    assert swapped != fingerprint(rule(columns=columns), invoice(Payment="Net30", CurrencyCode="EUR"))
