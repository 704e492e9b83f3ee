"""The seeded records. Everything follows from the seed: the same seed gives the same rows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from sandbox.dynamics import data_invoices, data_ledger, data_purchasing, data_reference, data_vendors

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

COMPANIES = ("usmf", "demf")


def seed(world: DynamicsWorld, dice: random.Random, scale: int = 1) -> None:
    """Fill an empty world.

    Args:
        scale: how many times the 300 posted invoices are there (load tests).
    """
    data_reference.seed(world)
    accounts = data_ledger.seed_accounts(world)
    vendors = data_vendors.seed(world, dice)
    orders = data_purchasing.seed(world, dice, vendors)
    data_invoices.seed_pending(world, dice, vendors, orders)
    data_invoices.seed_posted(world, dice, vendors, orders, accounts)
    if scale > 1:
        data_invoices.seed_bulk(world, vendors, 300 * (scale - 1))
    data_ledger.seed_journals(world, dice)
