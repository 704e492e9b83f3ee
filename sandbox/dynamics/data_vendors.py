"""Sixty vendors in two companies."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.dynamics.data_names import DEMF, USMF
from sandbox.dynamics.data_reference import STAMP
from sandbox.dynamics.values import noon

if TYPE_CHECKING:
    from sandbox.dynamics.world import DynamicsWorld


@dataclass(frozen=True)
class Vendor:
    """What the other seeds need to know of a vendor."""

    company: str
    account: str
    name: str
    currency: str
    terms: str
    group: str


def seed(world: DynamicsWorld, dice: random.Random) -> list[Vendor]:
    """Add the vendors; some are on hold, one is a person, some have no payment terms."""
    vendors = []
    for company, entries in (("usmf", USMF), ("demf", DEMF)):
        for number, (account, name, city, country, currency) in enumerate(entries):
            group = ("10", "10", "20", "40")[number % 4]
            terms = ("Net30", "Net10", "Net60", "M+1", "COD", "")[number % 6]
            vendor = Vendor(company, account, name, currency, terms, group)
            vendors.append(vendor)
            _insert(world, dice, vendor, city, country, number)
    return vendors


def _insert(
    world: DynamicsWorld, dice: random.Random, vendor: Vendor, city: str, country: str, number: int
) -> None:
    on_hold = number % 13 == 12
    domain = f"vendor{number + 1:03d}.example.com"
    world.insert(
        "VendorsV2",
        {
            "dataAreaId": vendor.company,
            "VendorAccountNumber": vendor.account,
            "VendorOrganizationName": vendor.name,
            "VendorSearchName": vendor.name[:20],
            "VendorKnownAsName": vendor.name if number % 3 == 0 else "",
            "VendorPartyNumber": f"{1000 + number:09d}",
            "VendorPartyType": "Person" if number == 17 else "Organization",
            "PersonFirstName": "Ada" if number == 17 else "",
            "VendorGroupId": vendor.group,
            "CurrencyCode": vendor.currency,
            "LanguageId": "de" if country == "DEU" else "en-us",
            "DefaultPaymentTermsName": vendor.terms,
            "DefaultVendorPaymentMethodName": ("CHECK", "ELECTRONIC", "")[number % 3],
            "OnHoldStatus": ("Payment", "All", "Invoice", "Never")[number % 4] if on_hold else "No",
            "VendorHoldReleaseDate": noon("2026-12-31") if on_hold and number % 2 else "1900-01-01T12:00:00Z",
            "CreditLimit": dice.choice((0, 0, 5000, 25_000, 100_000.5)),
            "CreditRating": dice.choice(("", "Good", "AAA", "Poor")),
            "Notes": 'Call before delivery.\r\nGate 4, "north"' if number % 7 == 3 else "",
            "PrimaryEmailAddress": f"ap@{domain}" if number % 5 else "",
            "PrimaryPhoneNumber": f"+1 425 555 {100 + number:04d}" if number % 4 else "",
            "PrimaryURL": f"https://{domain}/" if number % 2 else "",
            "BuyerGroupId": ("", "20", "50")[number % 3],
            "TaxExemptNumber": f"DE{811_000_000 + number}" if country == "DEU" else "",
            "AddressStreet": f"{10 + number} Main St." if country != "DEU" else f"Hauptstraße {10 + number}",
            "AddressCity": city,
            "AddressZipCode": f"{10_000 + 37 * number:05d}",
            "AddressCountryRegionId": country,
            "AddressValidFrom": STAMP,
            "AddressValidTo": "2154-12-31T23:59:59Z",
            "AddressRecordId": 5_637_150_000 + number,
            "FormattedPrimaryAddress": f"{10 + number} Main St.\n{city}\n{country}",
            "PrimaryContactEmailRecordId": 5_637_160_000 + number if number % 5 else 0,
            "DefaultLedgerDimensionDisplayValue": "-001-022--" if number % 2 else "",
        },
        stamp=f"2025-{1 + number % 12:02d}-{1 + number % 27:02d}T09:{number % 60:02d}:07Z",
    )
