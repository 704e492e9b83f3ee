"""Main accounts and ledger journals."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from sandbox.dynamics.booking import cents
from sandbox.dynamics.data_reference import STAMP
from sandbox.dynamics.values import noon

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

_ACCOUNTS = (
    ("110110", "Bank Account - USD", "Asset"),
    ("130150", "Sales tax receivable", "Asset"),
    ("140200", "Finished Goods Inventory", "Asset"),
    ("200110", "Accounts Payable - Domestic", "Liability"),
    ("200115", "Accounts Payable - Employees", "Liability"),
    ("200140", "Accrued Purchases - Received not invoiced", "Liability"),
    ("300160", "Retained Earnings", "Equity"),
    ("401100", "Product Sales", "Revenue"),
    ("600120", "Purchase expense", "Expense"),
    ("605120", "Rent & utilities", "Expense"),
    ("606300", "Conferences, travel", "Expense"),
    ("618160", "Misc. expense (don't use)", "Expense"),
    ("801300", "Realized gain", "Revenue"),
    ("801400", "Realized loss", "Expense"),
)


def seed_accounts(world: DynamicsWorld) -> dict[str, int]:
    """Add the shared chart of accounts; returns the record id of each account."""
    rec_ids = {}
    for account, name, kind in _ACCOUNTS:
        number = world.rec_id()
        rec_ids[account] = number
        world.insert(
            "MainAccounts",
            {
                "ChartOfAccounts": "Shared",
                "MainAccountId": account,
                "Name": name,
                "MainAccountType": kind,
                "MainAccountCategory": "AP" if account.startswith("2") else "",
                "IsSuspended": "Yes" if account == "618160" else "No",
                "MainAccountRecId": number,
                "ChartOfAccountsRecId": 5_637_144_577,
            },
            stamp=STAMP,
            rec_id=number,
        )
    return rec_ids


def seed_journals(world: DynamicsWorld, dice: random.Random) -> None:
    """Add twenty general journals; every third is posted."""
    for serial in range(20):
        company = "usmf" if serial % 3 else "demf"
        number = f"{401 + serial:05d}"
        amounts = [cents(dice.randint(100, 900_000) / 100) for _ in range(dice.randint(1, 3))]
        total = cents(sum(amounts))
        world.insert(
            "LedgerJournalHeaders",
            {
                "dataAreaId": company,
                "JournalBatchNumber": number,
                "JournalName": "GenJrn",
                "Description": ("Accruals", "Rent, monthly", "Überträge", "John's corrections")[serial % 4],
                "AccountingCurrency": "USD" if company == "usmf" else "EUR",
                "IsPosted": "Yes" if serial % 3 == 2 else "No",
                "JournalTotalDebit": total,
                "JournalTotalCredit": total,
            },
            stamp=STAMP,
        )
        for line, amount in enumerate(amounts, start=1):
            _insert_line(world, company, number, line, amount, serial)


def _insert_line(
    world: DynamicsWorld, company: str, number: str, line: int, amount: float, serial: int
) -> None:
    world.insert(
        "LedgerJournalLines",
        {
            "dataAreaId": company,
            "JournalBatchNumber": number,
            "LineNumber": line,
            "Voucher": f"GNJL{serial:05d}",
            "TransDate": noon(f"2026-{1 + serial % 9:02d}-28"),
            "AccountType": "Ledger",
            "AccountDisplayValue": "605120-001-022--",
            "OffsetAccountType": "Ledger",
            "OffsetAccountDisplayValue": "200140-001-022--",
            "DebitAmount": amount,
            "CurrencyCode": "USD" if company == "usmf" else "EUR",
            "ExchRate": 100,
            "Text": f"Line {line}, journal {number}",
            "Company": company.upper(),
            "OffsetCompany": company.upper(),
        },
        stamp=STAMP,
    )
