"""What a record's rows in another entity set come to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.model import Entity, Field, Plain, Row
from mappings.catalogue.detail import Derived, Detail, Sum

ENTITY = Entity(
    "Parts",
    ("Id",),
    (
        Field("Id", "Edm.Int64"),
        Field("Of", "Edm.String"),
        Field("Voucher", "Edm.String"),
        Field("Amount", "Edm.Decimal"),
        Field("Side", "NoYes"),
        Field("On", "Edm.DateTimeOffset"),
    ),
)
amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=2)


def part(**values: Plain) -> Row:
    return Row({"Id": 1, "Of": "A", "Voucher": "V", "Amount": None, "Side": "No", "On": None} | values)


class TestSums:
    detail = Detail(
        "parts",
        ENTITY,
        {"Of": "Name"},
        sums={"Total": Sum("Amount"), "Yes": Sum("Amount", only={"Side": "Yes"})},
    )

    @given(st.lists(st.tuples(amounts, st.sampled_from(("Yes", "No")))))
    def test_they_are_exact_and_parted_by_what_counts(self, parts: list[tuple[Decimal, str]]) -> None:
        values = self.detail.values([part(Amount=amount, Side=side) for amount, side in parts])
        assert values["Total"] == sum(amount for amount, _ in parts)
        assert values["Yes"] == sum(amount for amount, side in parts if side == "Yes")

    def test_no_rows_and_empty_amounts_make_nought(self) -> None:
        assert (
            self.detail.values([]) == self.detail.values([part()]) == {"Total": Decimal(0), "Yes": Decimal(0)}
        )

    def test_only_what_is_needed_is_read(self) -> None:
        assert self.detail.read == ["Id", "Of", "Amount", "Side"]

    def test_a_mapping_sees_the_sums_in_place_of_the_rows(self) -> None:
        assert [(one.name, one.type) for one in self.detail.fields] == [
            ("Total", "Edm.Decimal"),
            ("Yes", "Edm.Decimal"),
        ]


class TestTheLatest:
    detail = Detail(
        "parts",
        ENTITY,
        {"Of": "Name", "Voucher": "Voucher"},
        asked_by=("Voucher",),
        latest_by=("On", "Id"),
        derive={"State": Derived("State", (("On", "Done"), ("Amount", "Begun")), "Open")},
    )

    def test_it_has_the_greatest_values_and_an_empty_one_is_the_least(self) -> None:
        undated, early = part(Id=9), part(Id=1, On=datetime(2026, 3, 1, tzinfo=UTC))
        late = part(Id=2, On=datetime(2026, 3, 1, 0, 0, 0, 5, tzinfo=UTC))
        assert self.detail.values([late, undated, early])["Id"] == 2
        assert self.detail.values([early, undated])["Id"] == 1
        assert self.detail.values([part(Id=10), part(Id=9)])["Id"] == 10

    def test_a_word_is_derived_from_the_first_field_that_holds_something(self) -> None:
        def state(**values: Plain) -> Plain:
            return self.detail.values([part(**values)])["State"]

        assert state() == state(Amount=Decimal(0)) == "Open"
        assert state(Amount=Decimal("-1")) == "Begun"
        assert state(Amount=Decimal(1), On=date(2026, 3, 1)) == "Done"

    def test_without_a_row_nothing_is_said(self) -> None:
        assert self.detail.values([]) == {}

    def test_it_is_asked_for_by_the_short_way(self) -> None:
        assert self.detail.criterion(Row({"Name": "A", "Voucher": "V 7"})) == {"Voucher": "V 7"}

    def test_a_record_without_it_is_not_asked_for(self) -> None:
        assert self.detail.criterion(Row({"Name": "A", "Voucher": None})) == {}
        assert self.detail.criterion(Row({"Name": "A", "Voucher": ""})) == {}
        assert self.detail.criterion(Row({"Name": "A"})) == {}
