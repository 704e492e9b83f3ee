"""A hundred and fifty purchase orders with lines and confirmations."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.dynamics.booking import cents
from sandbox.dynamics.data_names import ITEMS
from sandbox.dynamics.data_vendors import Vendor
from sandbox.dynamics.model import EMPTY_DATE
from sandbox.dynamics.posting import insert_confirmation
from sandbox.dynamics.values import noon

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

FIRST_DAY = date(2026, 1, 5)
# Numbers run per company, so the same order number stands in both: a key without its company is no key.
_COUNTS = (("usmf", 100), ("demf", 50))
_STATES = (
    ("Backorder", "Confirmed"),
    ("Backorder", "Confirmed"),
    ("Backorder", "Draft"),
    ("Received", "Confirmed"),
    ("Invoiced", "Confirmed"),
    ("Backorder", "Confirmed"),
    ("Invoiced", "Finalized"),
    ("Backorder", "Approved"),
    ("Received", "Confirmed"),
    ("Canceled", "Confirmed"),
)


@dataclass
class Order:
    """What the invoice seeds need to know of an order."""

    vendor: Vendor
    number: str
    day: date
    status: str
    lines: list[dict[str, Any]] = field(default_factory=list)


def seed(world: DynamicsWorld, dice: random.Random, vendors: Sequence[Vendor]) -> list[Order]:
    """Add the orders; one in eight is confirmed twice, the last eight of demf never were."""
    orders = []
    for company, count in _COUNTS:
        own = [vendor for vendor in vendors if vendor.company == company]
        for serial in range(count):
            status, approval = _STATES[serial % len(_STATES)]
            confirmed = company != "demf" or serial < count - 8
            if not confirmed:
                status, approval = "Backorder", ("Draft", "Approved")[serial % 2]
            day = FIRST_DAY + timedelta(days=serial * 240 // count)
            order = Order(dice.choice(own), f"{101 + serial:08d}", day, status)
            _insert(world, dice, order, approval, serial)
            if confirmed:  # an order in Draft or Approved was changed after its confirmation
                _confirm(world, order, times=2 if serial % 8 == 0 else 1)
            orders.append(order)
    return orders


def _confirm(world: DynamicsWorld, order: Order, times: int) -> None:
    table = world.table("PurchaseOrderHeadersV2")
    row = table.get({"dataAreaId": order.vendor.company, "PurchaseOrderNumber": order.number})
    if row is None:
        raise LookupError(f"The seeded order {order.number} is missing.")
    for time in range(times):
        on = order.day + timedelta(days=2 + 9 * time)
        insert_confirmation(
            world, table.as_dict(row), noon(on.isoformat()), f"{on}T10:{len(order.lines):02d}:41Z"
        )


def _insert(world: DynamicsWorld, dice: random.Random, order: Order, approval: str, serial: int) -> None:
    vendor, number = order.vendor, order.number
    stamp = f"{order.day}T08:{serial % 60:02d}:13Z"
    wanted = noon((order.day + timedelta(days=21)).isoformat())
    world.insert(
        "PurchaseOrderHeadersV2",
        {
            "dataAreaId": vendor.company,
            "PurchaseOrderNumber": number,
            "PurchaseOrderName": vendor.name,
            "OrderVendorAccountNumber": vendor.account,
            "InvoiceVendorAccountNumber": vendor.account,
            "CurrencyCode": vendor.currency,
            "PurchaseOrderStatus": order.status,
            "DocumentApprovalStatus": approval,
            "AccountingDate": noon(order.day.isoformat()),
            "RequestedDeliveryDate": wanted,
            "ConfirmedDeliveryDate": wanted if serial % 3 == 0 else EMPTY_DATE,
            "PaymentTermsName": vendor.terms,
            "PurchaseOrderPoolId": ("", "01", "02")[serial % 3],
            "OrdererPersonnelNumber": f"{100 + serial % 9:06d}",
            "BuyerGroupId": ("", "20", "50")[serial % 3],
            "VendorOrderReference": f"Ref {serial}/'26" if serial % 4 == 0 else "",
            "IsChangeManagementActive": "Yes" if serial % 10 == 5 else "No",
            "DefaultLedgerDimensionDisplayValue": "-001-022--",
            "LanguageId": "de" if vendor.company == "demf" else "en-us",
            "DeliveryAddressName": "Contoso, Dock 3",
            "DefaultReceivingSiteId": "1",
            "DefaultReceivingWarehouseId": "11",
            "PurchaseOrderHeaderCreationMethod": "Purchase",
        },
        stamp=stamp,
    )
    for line in range(1, dice.randint(1, 4) + 1):
        order.lines.append(_line(dice, order, line, wanted))
        world.insert("PurchaseOrderLinesV2", order.lines[-1], stamp=stamp)


def _line(dice: random.Random, order: Order, line: int, wanted: str) -> dict[str, Any]:
    item, name, unit, price = dice.choice(ITEMS)
    quantity = dice.choice((1, 2, 5, 10, 12, 25, 100, 7.5))
    return {
        "dataAreaId": order.vendor.company,
        "PurchaseOrderNumber": order.number,
        "LineNumber": line,
        "ItemNumber": item,
        "LineDescription": name,
        "OrderedPurchaseQuantity": quantity,
        "PurchaseUnitSymbol": unit,
        "PurchasePrice": price,
        "PurchasePriceQuantity": 1,
        "LineAmount": cents(quantity * price),
        "RequestedDeliveryDate": wanted,
        "ReceivingSiteId": "1",
        "ReceivingWarehouseId": "11",
        "PurchaseOrderLineStatus": order.status,
        "InventoryLotId": f"{order.vendor.company.upper()}-{order.number[2:]}{line:02d}",
        "WorkflowState": "NotSubmitted",
        "MainAccountIdDisplayValue": "600120",
        "DefaultLedgerDimensionDisplayValue": "-001-022--",
    }
