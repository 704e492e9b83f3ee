"""What every item should hold, from Dynamics' rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
Rows = Sequence[Row]
Read = Callable[[str], Rows]

EMPTY_YEAR = "1900"
NAME_LENGTH = 255


@dataclass(frozen=True)
class Expected:
    """One item as it should be: column id -> (type, text); a Connect Boards cell names the other record's key."""

    board_id: str
    key: str
    name: str
    group_id: str
    cells: Mapping[str, tuple[str, str]]


def events_for(mapping: Mapping[str, Any], rows: Rows) -> list[dict[str, Any]]:
    """Ask for one business event for each of these rows, in the words of the sandbox's control API."""
    name = "source_key" if "SourceKey" in mapping["key"] else "key"
    return [
        {"event": mapping["event"], "company": row["dataAreaId"], name: row[mapping["key"][1]]}
        for row in rows
    ]


def key_of(mapping: Mapping[str, Any], row: Row) -> str:
    """The record's key in one text: the first part in lower case, slashes inside a part written as %2F."""
    parts = [str(row[name]).replace("%", "%25").replace("/", "%2F") for name in mapping["key"]]
    return "/".join([parts[0].lower(), *parts[1:]])


def expected_items(
    board: Mapping[str, Any],
    mapping: Mapping[str, Any],
    board_id: str,
    read: Read,
    only: set[str] | None = None,
) -> list[Expected]:
    """Say what the board should hold of one mapping.

    Args:
        read: gives an entity set's rows.
        only: keys of the records that count; None: all.
    """
    found = []
    details = _DETAILS.get(mapping["record_kind"], _none)(read)
    for row in read(mapping["entity_set"]):
        key = key_of(mapping, row)
        if only is None or key in only:
            found.append(_item(board, mapping, board_id, key, {**row, **details(row)}))
    return found


def number(value: Decimal) -> str:
    """A number without needless zeros."""
    return f"{value.normalize():f}"


def _item(
    board: Mapping[str, Any], mapping: Mapping[str, Any], board_id: str, key: str, values: Row
) -> Expected:
    by_id = {column["id"]: column for column in board["columns"]}
    cells = {}
    for column_id, field in mapping["fields"].items():
        column = by_id[column_id]
        if field == "@link":
            cells[column_id] = ("link", f"cmp={values['dataAreaId']}&")
        elif column["type"] == "board_relation":
            cells[column_id] = (
                "board_relation",
                f"{values['dataAreaId']}/{values[field]}" if values[field] else "",
            )
        else:
            cells[column_id] = (column["type"], _text(column, values.get(field)))
    group = mapping.get("group_ids", {}).get(str(values.get(mapping.get("group_field", ""))))
    return Expected(
        board_id, key, _name(mapping, values), group or mapping.get("default_group_id", ""), cells
    )


def _name(mapping: Mapping[str, Any], values: Row) -> str:
    name = mapping["name_template"]
    for field, value in values.items():
        name = name.replace("{" + field + "}", str(value).strip())
    name = " ".join(name.split()).strip(" ·-")
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1].rstrip() + "…"


def _text(column: Mapping[str, Any], value: Any) -> str:
    if value is None:
        return ""
    if column["type"] == "date":
        return "" if str(value).startswith(EMPTY_YEAR) else str(value)[:10]
    if column["type"] == "numbers":
        return number(Decimal(str(value)))
    return str(column["labels"].get(value, value)).strip()


# --- Fields that stand in other entity sets -------------------------------------------------------------------------

Details = Callable[[Row], dict[str, Any]]


def _none(_read: Read) -> Details:
    return lambda _row: {}


def _order(read: Read) -> Details:
    def rank(row: Row) -> tuple[str, int]:
        return row["ConfirmationDate"], int(str(row["ConfirmationNumber"]).rpartition("-")[2])

    latest = {
        (row["dataAreaId"], row["PurchaseOrderNumber"]): row
        for row in sorted(read("PurchaseOrderConfirmationHeaders"), key=rank)
    }
    lines = _sums(read("PurchaseOrderLinesV2"), ("dataAreaId", "PurchaseOrderNumber"), "LineAmount")

    def details(row: Row) -> dict[str, Any]:
        key = (row["dataAreaId"], row["PurchaseOrderNumber"])
        confirmation = {f"confirmation.{name}": value for name, value in latest.get(key, {}).items()}
        return confirmation | {"lines.LineAmount": lines[key]}

    return details


def _pending(read: Read) -> Details:
    lines = _sums(read("VendorInvoiceLines"), ("dataAreaId", "HeaderReference"), "NetAmount")
    return lambda row: {"lines.NetAmount": lines[row["dataAreaId"], row["HeaderReference"]]}


def _posted(read: Read) -> Details:
    transactions = {
        (row["dataAreaId"], row["Voucher"], row["AccountNum"], str(row["Invoice"]).rstrip()): row
        for row in read("VendTransBiEntities")
    }

    def details(row: Row) -> dict[str, Any]:
        key = (row["dataAreaId"], row["LedgerVoucher"], row["InvoiceAccount"], str(row["InvoiceId"]).rstrip())
        found = transactions.get(key)
        if found is None:
            return {}
        paid = not str(found["Closed"]).startswith(EMPTY_YEAR)
        return {"payment.State": "Paid" if paid else "Partly paid" if found["SettleAmountCur"] else "Open"}

    return details


def _entry(read: Read) -> Details:
    rows = read("GeneralJournalAccountEntryBiEntities")
    debit = _sums(
        [row for row in rows if row["IsCredit"] == "No"], ("GeneralJournalEntry",), "AccountingCurrencyAmount"
    )
    credit = _sums(
        [row for row in rows if row["IsCredit"] == "Yes"],
        ("GeneralJournalEntry",),
        "AccountingCurrencyAmount",
    )
    return lambda row: {
        "accounts.Debit": debit[row["SourceKey"],],
        "accounts.Credit": credit[row["SourceKey"],],
    }


def _sums(rows: Rows, key: Sequence[str], of: str) -> defaultdict[tuple[Any, ...], Decimal]:
    found: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        found[tuple(row[name] for name in key)] += Decimal(str(row[of]))
    return found


_DETAILS: dict[str, Callable[[Read], Details]] = {
    "purchase_order": _order,
    "pending_invoice": _pending,
    "posted_invoice": _posted,
    "ledger_entry": _entry,
}
