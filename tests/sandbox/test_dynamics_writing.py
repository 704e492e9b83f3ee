"""POST, PATCH and DELETE, the business rules, and answers that get lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.dynamics_client import Client, running

VENDOR = "VendorsV2(dataAreaId='usmf',VendorAccountNumber='US-104')"


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    shared.sandbox.reset()
    shared.token = shared.new_token()
    return shared


def pending(client: Client, status: str = "Draft") -> tuple[str, dict[str, Any]]:
    """Return the path and the row of a pending invoice."""
    row = next(
        row
        for row in client.state("VendorInvoiceHeaders")
        if row["VendorInvoiceReviewStatus"] == status and not row["InvoiceDate"].startswith("1900")
    )
    key = f"dataAreaId='{row['dataAreaId']}',HeaderReference='{row['HeaderReference']}'"
    return f"VendorInvoiceHeaders({key})?cross-company=true", row


def test_a_patch_answers_204_without_a_body_and_moves_the_etag(client: Client) -> None:
    before = client.get(VENDOR).json()
    answer = client.call(
        "PATCH", VENDOR, {"Notes": "line 1\nline 2", "CreditLimit": 12.5, "OnHoldStatus": "Payment"}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    after = client.get(VENDOR).json()
    assert (after["Notes"], after["CreditLimit"], after["OnHoldStatus"]) == (
        "line 1\nline 2",
        12.5,
        "Payment",
    )
    assert after["@odata.etag"] != before["@odata.etag"]


def test_the_bi_twin_of_a_changed_record_moves_its_stamp(client: Client) -> None:
    before = client.rows("VendTableBiEntities", filter="AccountNum eq 'US-104'")[0]
    client.call("PATCH", VENDOR, {"CreditRating": "Bad"})
    after = client.rows("VendTableBiEntities", filter="AccountNum eq 'US-104'")[0]
    assert after["CreditRating"] == "Bad"
    assert after["SysModifiedDateTime"] > before["SysModifiedDateTime"]
    assert after["SysRecVersion"] != before["SysRecVersion"]
    changed = client.rows(
        "VendTableBiEntities", filter=f"SysModifiedDateTime ge {after['SysModifiedDateTime']}"
    )
    assert [row["AccountNum"] for row in changed] == ["US-104"]


def test_a_patch_that_changes_nothing_moves_nothing(client: Client) -> None:
    before = client.get(VENDOR).json()
    assert client.call("PATCH", VENDOR, {"CurrencyCode": before["CurrencyCode"]}).status_code == 204
    assert client.get(VENDOR).json() == before


def test_read_only_and_key_fields_are_ignored_without_a_word(client: Client) -> None:
    before = client.get(VENDOR).json()
    body = {"AddressRecordId": 7, "VendorAccountNumber": "OTHER"}
    assert client.call("PATCH", VENDOR, body).status_code == 204
    assert client.get(VENDOR).json() == before


def test_dates_are_kept_at_noon(client: Client) -> None:
    path, row = pending(client)
    day = "2027-05-06"
    assert client.call("PATCH", path, {"DueDate": f"{day}T00:00:00Z"}).status_code == 204
    assert client.call("GET", path).json()["DueDate"] == f"{day}T12:00:00Z" != row["DueDate"]


def test_if_match_guards_against_somebody_elses_change(client: Client) -> None:
    old = client.get(VENDOR).json()["@odata.etag"]
    assert client.call("PATCH", VENDOR, {"Notes": "1"}, headers={"If-Match": old}).status_code == 204
    stale = client.call("PATCH", VENDOR, {"Notes": "2"}, headers={"If-Match": old})
    assert stale.status_code == 412
    assert client.get(VENDOR).json()["Notes"] == "1"
    assert client.call("PATCH", VENDOR, {"Notes": "3"}, headers={"If-Match": "*"}).status_code == 204
    assert client.call("DELETE", VENDOR, headers={"If-Match": old}).status_code == 412


@pytest.mark.parametrize(
    "body",
    [
        {"Nonsense": 1},
        {"Notes": 5},
        {"CreditLimit": "12"},
        {"CreditLimit": None},
        {"CreditLimit": True},
        {"OnHoldStatus": "Perhaps"},
        {"OnHoldStatus": 1},
        {"VendorHoldReleaseDate": "2026-01-01"},
        {"VendorHoldReleaseDate": "soon"},
        {"VendorHoldReleaseDate": None},
        {"VendorHoldReleaseDate": "2026-13-01T00:00:00Z"},
        {"VendorHoldReleaseDate": "2026-01-01T00:00:00"},
        {"OrganizationEmployeeAmount": 2**31 + 1},
        {"OrganizationEmployeeAmount": 1.5},
        [],
    ],
)
def test_a_body_that_does_not_fit_the_types_is_a_400(client: Client, body: Any) -> None:
    before = client.get(VENDOR).json()
    answer = client.call("PATCH", VENDOR, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "An error has occurred."
    assert client.get(VENDOR).json() == before


def test_other_types_are_checked_too(client: Client) -> None:
    path, _ = pending(client)
    assert client.call("PATCH", path, {"Recalculation": "true"}).status_code == 400
    assert client.call("PATCH", path, {"BusinessDocumentSubmissionId_W": "no guid"}).status_code == 400
    good = {"Recalculation": True, "BusinessDocumentSubmissionId_W": "0B4D9C2E-3E77-4E0B-8C0B-2C3C7F0B9A41"}
    assert client.call("PATCH", path, {**good, "Comment": None, "@odata.type": "x"}).status_code == 204


def test_a_body_has_to_be_json(client: Client) -> None:
    headers = {"Content-Type": "text/plain"}
    assert client.call("PATCH", VENDOR, data="x", headers=headers).status_code == 415
    headers = {"Content-Type": "application/json"}
    assert client.call("PATCH", VENDOR, data="{", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"DefaultPaymentTermsName": "Local"},
            "The value 'Local' in field 'DefaultPaymentTermsName' is not found",
        ),
        ({"CurrencyCode": "XXX"}, "is not found in the related table 'Currencies'"),
        ({"BuyerGroupId": "x" * 11}, "is longer than 10 characters"),
        ({"CreditLimit": -1}, "The credit limit cannot be negative"),
    ],
)
def test_a_business_rule_speaks_through_the_infolog(client: Client, body: dict[str, Any], said: str) -> None:
    answer = client.call("PATCH", VENDOR, body)
    assert answer.status_code == 400
    message = client.message(answer)
    assert message.startswith("Write failed for table row of type 'VendorV2Entity'. Infolog: ")
    assert said in message and "; Warning: validate" in message
    assert answer.json()["error"]["innererror"]["type"].endswith("AxODataWriteException")


def test_pending_invoices_have_their_rules(client: Client) -> None:
    path, _ = pending(client)
    early = client.call("PATCH", path, {"DueDate": "2020-01-01T12:00:00Z"})
    assert "is earlier than the invoice date" in client.message(early)
    unsigned = client.call("PATCH", path, {"IsApproved": "Yes", "ApproverPersonnelNumber": ""})
    assert "'Approved by' must be filled in" in client.message(unsigned)
    assert (
        client.call("PATCH", path, {"DueDate": "1900-01-01T00:00:00Z", "IsOnHold": "Yes"}).status_code == 204
    )
    path, _ = pending(client, "InReview")
    assert "workflow review" in client.message(client.call("PATCH", path, {"Comment": "x"}))


def test_orders_and_journals_close_themselves_to_changes(client: Client) -> None:
    rows = client.state("PurchaseOrderHeadersV2")
    for wanted, said in (("Invoiced", "is invoiced"), ("Canceled", "is canceled")):
        row = next(row for row in rows if row["PurchaseOrderStatus"] == wanted)
        path = "PurchaseOrderHeadersV2(dataAreaId='{dataAreaId}',PurchaseOrderNumber='{PurchaseOrderNumber}')"
        answer = client.call(
            "PATCH", f"{path.format(**row)}?cross-company=true", {"VendorOrderReference": "x"}
        )
        assert said in client.message(answer)
    managed = next(
        row
        for row in rows
        if row["IsChangeManagementActive"] == "Yes"
        and row["DocumentApprovalStatus"] == "Confirmed"
        and row["PurchaseOrderStatus"] not in ("Invoiced", "Canceled")
    )
    answer = client.call(
        "PATCH", f"{path.format(**managed)}?cross-company=true", {"VendorOrderReference": "x"}
    )
    assert "change management" in client.message(answer)
    journals = client.state("LedgerJournalHeaders")
    posted = next(row for row in journals if row["IsPosted"] == "Yes")
    path = "LedgerJournalHeaders(dataAreaId='{dataAreaId}',JournalBatchNumber='{JournalBatchNumber}')"
    answer = client.call("PATCH", f"{path.format(**posted)}?cross-company=true", {"Description": "x"})
    assert "has been posted" in client.message(answer)
    line = {key: posted[key] for key in ("dataAreaId", "JournalBatchNumber")}
    answer = client.call("POST", "LedgerJournalLines?cross-company=true", {**line, "DebitAmount": 5})
    assert "has been posted and its lines" in client.message(answer)
    opened = next(row for row in journals if row["IsPosted"] == "No")
    answer = client.call("DELETE", f"{path.format(**opened)}?cross-company=true")
    assert "cannot be deleted while dependent Journal lines exist" in client.message(answer)
    line = {key: opened[key] for key in ("dataAreaId", "JournalBatchNumber")}
    both = client.call(
        "POST", "LedgerJournalLines?cross-company=true", {**line, "DebitAmount": 5, "CreditAmount": 5}
    )
    assert "both a debit and a credit" in client.message(both)
    assert (
        client.call("POST", "LedgerJournalLines?cross-company=true", {**line, "DebitAmount": 5}).status_code
        == 201
    )


def test_a_post_answers_201_with_the_row_and_a_number_from_the_sequence(client: Client) -> None:
    body = {"dataAreaId": "DEMF", "InvoiceNumber": "N-1", "InvoiceAccount": "DE-002", "Currency": "EUR"}
    answer = client.call("POST", "VendorInvoiceHeaders?cross-company=true", body)
    assert answer.status_code == 201
    row = answer.json()
    assert row["dataAreaId"] == "demf" and row["HeaderReference"]
    assert row["DueDate"] == "1900-01-01T12:00:00Z" and row["IsOnHold"] == "No" and row["Comment"] == ""
    assert (
        client.call(
            "GET", answer.headers["Location"].removeprefix(client.sandbox.urls["dynamics"])
        ).status_code
        == 404
    )
    location = answer.headers["Location"].removeprefix(client.sandbox.urls["dynamics"])
    assert client.call("GET", f"{location}?cross-company=true").json()["InvoiceNumber"] == "N-1"
    twin = client.rows("VendInvoiceInfoTableBiEntities", filter=f"TableRefId eq '{row['HeaderReference']}'")
    assert [one["Num"] for one in twin if one["dataAreaId"] == "demf"] == ["N-1"]
    line = {
        "dataAreaId": "demf",
        "HeaderReference": row["HeaderReference"],
        "ReceiveNow": 3,
        "UnitPrice": 2.5,
    }
    made = [client.call("POST", "VendorInvoiceLines?cross-company=true", line).json() for _ in range(2)]
    assert [(one["InvoiceLineNumber"], one["NetAmount"]) for one in made] == [(1, 7.5), (2, 7.5)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"InvoiceNumber": "N"}, "Field 'InvoiceAccount' must be filled in"),
        ({"InvoiceNumber": "N", "InvoiceAccount": "DE-002", "Currency": "EUR"}, "related table 'Vendors'"),
        ({"dataAreaId": "zzzz", "InvoiceNumber": "N"}, "Company 'zzzz' does not exist"),
    ],
)
def test_a_post_that_lacks_something_is_refused(client: Client, body: dict[str, Any], said: str) -> None:
    answer = client.call("POST", "VendorInvoiceHeaders", body)
    assert answer.status_code == 400 and said in client.message(answer)


def test_orders_are_born_open_and_keys_stay_unique(client: Client) -> None:
    order = client.call(
        "POST", "PurchaseOrderHeadersV2", {"OrderVendorAccountNumber": "US-104", "CurrencyCode": "USD"}
    )
    assert (order.json()["PurchaseOrderStatus"], order.json()["DocumentApprovalStatus"]) == (
        "Backorder",
        "Draft",
    )
    number = order.json()["PurchaseOrderNumber"]
    line = {"PurchaseOrderNumber": number, "OrderedPurchaseQuantity": 2, "PurchasePrice": 3.5}
    assert client.call("POST", "PurchaseOrderLinesV2", line).json()["LineAmount"] == 7
    twice = {"VendorAccountNumber": "US-104", "VendorOrganizationName": "x", "VendorGroupId": "10"}
    assert "already exists" in client.message(client.call("POST", "VendorsV2", twice))
    no_key = client.call("POST", "Currencies", {"Name": "No code"})
    assert "Field 'CurrencyCode' must be filled in" in client.message(no_key)
    vendor = client.call("POST", "VendorsV2", {"VendorOrganizationName": "New", "VendorGroupId": "10"}).json()
    assert vendor["VendorAccountNumber"].startswith("V-")


def test_a_delete_answers_204_and_the_row_is_gone(client: Client) -> None:
    path, row = pending(client)
    assert client.call("DELETE", path).status_code == 204
    assert client.call("GET", path).status_code == 404
    assert client.call("PATCH", path, {"Comment": "x"}).status_code == 404
    twins = client.state("VendInvoiceInfoTableBiEntities")
    assert not [
        one
        for one in twins
        if (one["dataAreaId"], one["TableRefId"]) == (row["dataAreaId"], row["HeaderReference"])
    ]
    busy = client.state("PurchaseOrderHeadersV2")[0]["OrderVendorAccountNumber"]
    answer = client.call("DELETE", f"VendorsV2(dataAreaId='usmf',VendorAccountNumber='{busy}')")
    assert "dependent Purchase orders" in client.message(answer)


def test_bi_sets_are_read_only(client: Client) -> None:
    key = client.state("VendInvoiceJourBiEntities")[0]["SourceKey"]
    company = client.state("VendInvoiceJourBiEntities")[0]["dataAreaId"]
    path = f"VendInvoiceJourBiEntities(dataAreaId='{company}',SourceKey={key})?cross-company=true"
    assert client.call("PATCH", path, {"Description": "x"}).status_code == 405
    assert client.call("DELETE", path).status_code == 405
    assert client.call("POST", "VendInvoiceJourBiEntities", {"dataAreaId": "usmf"}).status_code == 405


def test_unknown_methods_and_missing_rights_are_refused(client: Client) -> None:
    assert client.call("PUT", VENDOR, {}).status_code == 405
    assert client.call("PATCH", "VendorsV2", {}).status_code == 405
    client.control("/dynamics/settings", {"denied_writes": ["VendorsV2"]})
    assert client.call("PATCH", VENDOR, {"Notes": "x"}).status_code == 403
    assert client.get(VENDOR).status_code == 200


def test_a_lost_answer_means_the_write_was_applied_and_a_timeout_that_it_was_not(client: Client) -> None:
    client.control(
        "/faults",
        {"system": "dynamics", "rules": [{"kind": "lost_response", "operation": "PATCH", "times": 1}]},
    )
    with pytest.raises(requests.ConnectionError):
        client.call("PATCH", VENDOR, {"Notes": "applied"})
    assert client.get(VENDOR).json()["Notes"] == "applied"
    client.control(
        "/faults", {"system": "dynamics", "rules": [{"kind": "timeout", "operation": "PATCH", "times": 1}]}
    )
    with pytest.raises(requests.ConnectionError):
        client.call("PATCH", VENDOR, {"Notes": "never"})
    assert client.get(VENDOR).json()["Notes"] == "applied"
    statuses = [
        call["status"]
        for call in client.sandbox.calls.list(system="dynamics")
        if "PATCH" in call["operation"]
    ]
    assert statuses == ["dropped", "dropped"]


def test_many_writers_and_readers_do_not_get_into_each_others_way(client: Client) -> None:
    failures: list[str] = []

    def write(worker: int) -> None:
        with requests.Session() as session:
            headers = {"Authorization": f"Bearer {client.token}"}
            base = f"{client.sandbox.urls['dynamics']}/data/VendorsV2"
            for step in range(15):
                url = f"{base}(dataAreaId='usmf',VendorAccountNumber='US-{101 + worker}')"
                done = session.patch(url, json={"Notes": f"{worker}-{step}"}, headers=headers)
                read = session.get(
                    f"{base}?$filter=Notes eq '{worker}-{step}'&$select=Notes", headers=headers
                )
                if done.status_code != 204 or len(read.json()["value"]) != 1:
                    failures.append(read.text)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
