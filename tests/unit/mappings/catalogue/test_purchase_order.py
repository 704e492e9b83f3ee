"""Purchase orders."""

from __future__ import annotations

from decimal import Decimal

from connectors.dynamics.model import Row
from mappings.catalogue.kind import Swept
from mappings.catalogue.kinds.purchase_order import KIND
from tests.unit.mappings.catalogue.contract import KindContract, detail_of


class TestPurchaseOrder(KindContract):
    kind = KIND

    def test_both_statuses_can_be_shown(self) -> None:
        assert {"PurchaseOrderStatus", "DocumentApprovalStatus"} <= set(self.kind.entity.names)

    def test_a_line_that_was_deleted_does_not_count(self) -> None:
        lines = [
            Row({"LineAmount": Decimal("99.50"), "IsDeleted": "No"}),
            Row({"LineAmount": Decimal(7), "IsDeleted": "Yes"}),
        ]
        assert detail_of(self.kind, "lines").values(lines) == {"LineAmount": Decimal("99.50")}

    def test_a_sweep_sees_every_order_also_one_that_closes(self) -> None:
        assert self.kind.changes == (Swept(),)

    def test_a_field_is_found_by_its_name_also_in_a_detail(self) -> None:
        plain, dotted = (
            self.kind.field("PurchaseOrderName"),
            self.kind.field("confirmation.TotalConfirmedAmount"),
        )
        assert plain is not None
        assert plain.type == "Edm.String"
        assert dotted is not None
        assert dotted.type == "Edm.Decimal"
        for unknown in (
            "Nonsense",
            "confirmation.Nonsense",
            "nonsense.TotalConfirmedAmount",
            "lines.IsDeleted",
        ):
            assert self.kind.field(unknown) is None

    def test_it_is_written_only_where_no_status_depends_on_it(self) -> None:
        assert self.kind.writable("VendorOrderReference")
        assert not self.kind.writable("PurchaseOrderStatus")
        assert not self.kind.writable("lines.LineAmount")
        assert self.record().writable("VendorOrderReference")
