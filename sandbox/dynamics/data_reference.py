"""Companies, currencies, terms, vendor groups, dimensions, the app registration."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.dynamics.booking import LEDGERS
from sandbox.dynamics.values import noon

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld

STAMP = "2025-01-02T08:00:00Z"
CLIENT_ID = "portal-client"
TERMS = (
    ("Net10", "Net 10 days", 10, 0),
    ("Net30", "Net 30 days", 30, 0),
    ("Net45", "Net 45 days", 45, 0),
    ("Net60", "Net 60 days", 60, 0),
    ("M+1", "Current month + 1 month", 0, 1),
    ("COD", "Cash on delivery", 0, 0),
)
GROUPS = (
    ("10", "Parts vendors", "Net30"),
    ("20", "Service vendors", "Net10"),
    ("30", "Tax authorities", "COD"),
    ("40", "Intercompany vendors", "Net45"),
)
_CURRENCIES = (
    ("USD", "US Dollar", "$"),
    ("EUR", "Euro", "€"),
    ("GBP", "Pound Sterling", "£"),
    ("CNY", "Chinese Yuan", "¥"),
    ("JPY", "Japanese Yen", "¥"),
    ("CHF", "Swiss Franc", "CHF"),
    ("PLN", "Polish Złoty", "zł"),
)
_COMPANIES = (
    ("usmf", "Contoso Entertainment System USA", "Contoso USA", "en-us", "USA", "USD"),
    ("demf", "Contoso Unterhaltungssysteme Deutschland", "Contoso Deutschland", "de", "DEU", "EUR"),
)
_DIMENSIONS = (
    ("BusinessUnit", "Business units", ("001", "002", "003", "004")),
    ("CostCenter", "Cost centers", ("007", "008", "014", "018", "024")),
    ("Department", "Departments", ("022", "023", "024", "025", "026", "027")),
    ("Project", "Custom dimension", ("P-000001", "P-000002", "P-000003")),
)


def due(on: str, terms: str) -> str:
    """Return the due date (noon text) of a document of that day under these terms."""
    _, _, days, months = next(entry for entry in TERMS if entry[0] == terms)
    day = date.fromisoformat(on[:10]) + timedelta(days=days + 30 * months)
    return noon(day.isoformat())


def seed(world: DynamicsWorld) -> None:
    """Add the reference data."""
    _seed_companies(world)
    for code, name, symbol in _CURRENCIES:
        _insert(
            world,
            "Currencies",
            {
                "CurrencyCode": code,
                "Name": name,
                "Symbol": symbol,
                "GeneralRoundingRule": 0.01,
                "RoundingRulePrices": 0.01,
            },
        )
    for company in ("usmf", "demf"):
        for name, description, days, months in TERMS:
            values = {"dataAreaId": company, "Name": name, "Description": description}
            _insert(world, "PaymentTerms", {**values, "NumberOfDays": days, "NumberOfMonths": months})
        for group, description, terms in GROUPS:
            values = {"dataAreaId": company, "VendorGroupId": group, "Description": description}
            _insert(world, "VendorGroups", {**values, "DefaultPaymentTermName": terms})
    for name, values_from, members in _DIMENSIONS:
        _insert(
            world,
            "DimensionAttributes",
            {"DimensionName": name, "ReportColumnName": name, "UseValuesFrom": values_from},
        )
        for company in ("usmf", "demf"):
            for number, member in enumerate(members):
                _insert(
                    world,
                    "FinancialDimensionValues",
                    {
                        "FinancialDimension": name,
                        "LegalEntityId": company,
                        "DimensionValue": member,
                        "Description": f"{name} {member}",
                        "IsSuspended": "Yes" if number == len(members) - 1 else "No",
                        "ActiveTo": "2154-12-31T23:59:59Z",
                    },
                )
    _insert(
        world,
        "SysAADClients",
        {"AADClientId": CLIENT_ID, "Name": "Integration portal", "UserId": "intsvc"},
    )


def _seed_companies(world: DynamicsWorld) -> None:
    for number, (company, name, alias, language, country, currency) in enumerate(_COMPANIES, start=1):
        party = f"{number:09d}"
        _insert(
            world,
            "LegalEntities",
            {
                "LegalEntityId": company.upper(),
                "Name": name,
                "NameAlias": alias,
                "LanguageId": language,
                "PartyNumber": party,
                "AddressCountryRegionId": country,
                "AddressCity": "Redmond" if company == "usmf" else "München",
                "VATNum": "" if company == "usmf" else "DE811234567",
            },
        )
        _insert(
            world,
            "Companies",
            {
                "DataArea": company,
                "Name": name,
                "KnownAs": alias,
                "LanguageId": language,
                "PartyNumber": party,
            },
        )
        _insert(
            world,
            "Ledgers",
            {
                "LegalEntityId": company.upper(),
                "Name": company.upper(),
                "Description": name,
                "ChartOfAccounts": "Shared",
                "ChartOfAccountsRecId": 5_637_144_577,
                "LedgerRecId": LEDGERS[company],
                "AccountingCurrency": currency,
                "ReportingCurrency": "USD",
                "FiscalCalendar": "Fiscal",
                "AccountStructureName1": "Manufacturing B/S",
                "AccountStructureName2": "Manufacturing P&L",
                "MainAccountIdRealizedGain": "801300",
                "MainAccountIdRealizedLoss": "801400",
            },
        )


def _insert(world: DynamicsWorld, name: str, values: dict[str, Any]) -> None:
    world.insert(name, values, stamp=STAMP)
