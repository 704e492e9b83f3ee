"""The control API: looking and steering."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.dynamics.model import entity_sets
from tests.sandbox.dynamics_client import Client, Receiver, running


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def client(shared: Client) -> Client:
    shared.sandbox.reset()
    shared.token = shared.new_token()
    return shared


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.stop()


def until(condition: Callable[[], Any]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within two seconds")


def look(client: Client, path: str) -> Any:
    return client.control(path, method="GET").json()


def test_the_state_shows_every_raw_row(client: Client) -> None:
    every = look(client, "/state/dynamics")
    assert set(every) == set(entity_sets())
    assert every["VendorsV2"] == look(client, "/state/dynamics?entity_set=VendorsV2")
    assert every["VendorsV2"][0]["@odata.etag"].startswith('W/"')
    assert "case-sensitive" in look(client, "/state/dynamics?entity_set=vendors")["error"]
    assert look(client, "/state/monday")["boards"] == []
    assert look(client, "/state")["urls"] == client.sandbox.urls


def test_the_call_log_can_be_read_in_parts_summed_up_and_cleared(client: Client) -> None:
    client.control("/calls", method="DELETE")
    client.get("Companies")
    client.get("VendorsV2(dataAreaId='usmf',VendorAccountNumber='none')")
    first, second = look(client, "/calls")
    assert (first["operation"], first["status"], first["system"]) == ("GET Companies", 200, "dynamics")
    assert (second["operation"], second["status"]) == ("GET VendorsV2(key)", 404)
    assert look(client, "/calls?since=1") == [second]
    assert look(client, "/calls?system=monday") == []
    assert "number" in look(client, "/calls?since=x")["error"]
    summary = look(client, "/calls/summary")["dynamics"]
    assert summary["calls"] == 2 and summary["by_status"] == {"200": 1, "404": 1}
    client.control("/calls", method="DELETE")
    assert look(client, "/calls/summary") == {}


def test_faults_and_latency_are_set_and_taken_back(client: Client) -> None:
    assert client.control("/faults", {"system": "dynamics", "rules": [{"kind": "503"}]}).status_code == 200
    assert look(client, "/state")["faults"]["dynamics"][0]["kind"] == "503"
    assert client.get("Companies").status_code == 503
    client.control("/faults", method="DELETE")
    assert client.control("/latency", {"dynamics": 30}).json()["dynamics"] == 30
    begun = time.perf_counter()
    assert client.get("Companies").status_code == 200
    assert time.perf_counter() - begun >= 0.03
    client.control("/latency", {"dynamics": 0})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/faults", {"system": "sap", "rules": []}),
        ("/faults", {"rules": []}),
        ("/latency", {"sap": 1}),
        ("/clock/advance", {}),
        ("/dynamics/settings", {"colour": "red"}),
        ("/dynamics/post-invoice", {"company": "usmf", "header_reference": "none"}),
        ("/dynamics/confirm-order", {"company": "usmf", "purchase_order": "none"}),
        ("/dynamics/change", {"entity_set": "None", "key": {}, "values": {}}),
        ("/dynamics/change", {"entity_set": "VendorsV2", "key": {"dataAreaId": "usmf"}, "values": {}}),
        ("/dynamics/delete", {"entity_set": "Currencies", "key": {"CurrencyCode": "XXX"}}),
        ("/dynamics/insert", {"entity_set": "Currencies", "values": {"Name": "x"}}),
        ("/dynamics/insert", {"entity_set": "Currencies", "values": {"CurrencyCode": "USD"}}),
        ("/dynamics/insert", {"entity_set": "Currencies", "values": {"Nonsense": "USD"}}),
        ("/monday/nothing", {}),
        ("/calls/nothing", {}),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(client: Client, path: str, body: Any) -> None:
    answer = client.control(path, body)
    assert answer.status_code in (400, 404)
    if answer.status_code == 400:
        assert answer.json()["error"].endswith(".")


def test_a_body_that_is_no_json_object_is_refused(client: Client) -> None:
    url = f"{client.sandbox.urls['control']}/faults"
    assert client.session.post(url, data="{").status_code == 400
    assert client.session.post(url, data="[]").status_code == 400


def test_a_reset_forgets_what_was_done(client: Client, receiver: Receiver) -> None:
    client.control("/dynamics/endpoints", {"url": receiver.url})
    client.control("/dynamics/settings", {"page_size": 5})
    client.control("/dynamics/delete", {"entity_set": "Currencies", "key": {"CurrencyCode": "PLN"}})
    assert client.control("/reset").json() == {"ok": True}
    assert look(client, "/state")["endpoints"] == []
    assert len(client.state("Currencies")) == 7
    assert client.get("Companies").status_code == 401  # tokens are gone as well
    client.token = client.new_token()
    assert len(client.rows("VendorsV2")) == 60


def test_somebody_changes_a_record_by_hand(client: Client) -> None:
    key = {"dataAreaId": "usmf", "VendorAccountNumber": "US-104"}
    before = next(row for row in client.state("VendorsV2") if row["VendorAccountNumber"] == "US-104")
    ask = {"entity_set": "VendorsV2", "key": key, "values": {"CreditRating": "New", "AddressRecordId": 9}}
    after = client.control("/dynamics/change", ask).json()
    assert (after["CreditRating"], after["AddressRecordId"]) == ("New", 9)
    assert after["@odata.etag"] != before["@odata.etag"]
    twin = next(row for row in client.state("VendTableBiEntities") if row["AccountNum"] == "US-104")
    assert twin["CreditRating"] == "New" and twin["SysModifiedDateTime"] > "2026"
    invoice = client.state("VendInvoiceJourBiEntities")[0]
    key = {name: invoice[name] for name in ("dataAreaId", "SourceKey")}
    ask = {
        "entity_set": "VendInvoiceJourBiEntities",
        "key": key,
        "values": {"DueDate": "2027-01-01T00:00:00Z"},
    }
    moved = client.control("/dynamics/change", ask).json()
    assert moved["DueDate"] == "2027-01-01T12:00:00Z"
    assert moved["SysModifiedDateTime"] > invoice["SysModifiedDateTime"]


def test_somebody_adds_and_removes_a_record_by_hand(client: Client) -> None:
    values = {"dataAreaId": "usmf", "SourceKey": 77, "InvoiceId": "by hand", "InvoiceAccount": "US-104"}
    made = client.control(
        "/dynamics/insert", {"entity_set": "VendInvoiceJourBiEntities", "values": values}
    ).json()
    assert made["SourceKey"] == 77 and made["SysDataAreaId"] == "usmf"
    assert (
        client.get("VendInvoiceJourBiEntities(dataAreaId='usmf',SourceKey=77)").json()["InvoiceId"]
        == "by hand"
    )
    key = {"dataAreaId": "usmf", "SourceKey": 77}
    client.control("/dynamics/delete", {"entity_set": "VendInvoiceJourBiEntities", "key": key})
    assert client.get("VendInvoiceJourBiEntities(dataAreaId='usmf',SourceKey=77)").status_code == 404


def test_posting_moves_a_pending_invoice_and_raises_the_event(client: Client, receiver: Receiver) -> None:
    client.control("/dynamics/endpoints", {"url": receiver.url})
    waiting = client.state("VendorInvoiceHeaders")[1]
    company, reference = waiting["dataAreaId"], waiting["HeaderReference"]
    lines = [
        row
        for row in client.state("VendorInvoiceLines")
        if (row["dataAreaId"], row["HeaderReference"]) == (company, reference)
    ]
    done = client.control(
        "/dynamics/post-invoice", {"company": company, "header_reference": reference}
    ).json()
    key = f"dataAreaId='{company}',HeaderReference='{reference}'"
    assert client.get(f"VendorInvoiceHeaders({key})").status_code == 404
    for name in ("VendorInvoiceLines", "VendorInvoiceHeaders"):
        rows = client.state(name)
        assert not [
            row for row in rows if (row["dataAreaId"], row["HeaderReference"]) == (company, reference)
        ]
    posted = client.get(
        f"VendInvoiceJourBiEntities(dataAreaId='{company}',SourceKey={done['source_key']})"
    ).json()
    assert posted["InvoiceId"] == waiting["InvoiceNumber"]
    assert posted["InvoiceAmount"] == pytest.approx(sum(row["NetAmount"] for row in lines))
    transaction = next(
        row for row in client.state("VendTransBiEntities") if row["Voucher"] == posted["LedgerVoucher"]
    )
    assert transaction["AmountCur"] == -posted["InvoiceAmount"] and transaction["Closed"].startswith("1900")
    entries = client.state("GeneralJournalEntryBiEntities")
    entry = next(row for row in entries if row["SubledgerVoucher"] == posted["LedgerVoucher"])
    accounts = [
        row
        for row in client.state("GeneralJournalAccountEntryBiEntities")
        if row["GeneralJournalEntry"] == entry["SourceKey"]
    ]
    assert sum(row["TransactionCurrencyAmount"] for row in accounts) == pytest.approx(0)
    until(lambda: len(receiver.received) == 2)
    assert receiver.bodies()[-1]["EventId"] == done["event"]["event_id"]
    again = client.control("/dynamics/post-invoice", {"company": company, "header_reference": reference})
    assert again.status_code == 400


def test_confirming_an_order_adds_a_confirmation_and_raises_the_event(
    client: Client, receiver: Receiver
) -> None:
    client.control("/dynamics/endpoints", {"url": receiver.url})
    order = next(
        row for row in client.state("PurchaseOrderHeadersV2") if row["DocumentApprovalStatus"] == "Draft"
    )
    ask = {"company": order["dataAreaId"], "purchase_order": order["PurchaseOrderNumber"]}
    done = client.control("/dynamics/confirm-order", ask).json()
    rows = client.state("PurchaseOrderConfirmationHeaders")
    made = next(
        row
        for row in rows
        if row["ConfirmationNumber"] == done["confirmation"] and row["dataAreaId"] == ask["company"]
    )
    assert made["TotalConfirmedAmount"] > 0
    changed = next(
        row
        for row in client.state("PurchaseOrderHeadersV2")
        if row["PurchaseOrderNumber"] == ask["purchase_order"]
    )
    assert changed["DocumentApprovalStatus"] == "Confirmed"
    until(lambda: len(receiver.received) == 2)
    assert receiver.bodies()[-1]["PurchaseJournal"] == done["confirmation"]
    closed = next(
        row for row in client.state("PurchaseOrderHeadersV2") if row["PurchaseOrderStatus"] == "Canceled"
    )
    ask = {"company": closed["dataAreaId"], "purchase_order": closed["PurchaseOrderNumber"]}
    assert "is canceled" in client.control("/dynamics/confirm-order", ask).json()["error"]


def test_monday_is_steered_from_here_too(client: Client) -> None:
    body = {
        "name": "Invoices",
        "columns": [{"id": "key", "title": "Key", "type": "text"}],
        "groups": [{"id": "open", "title": "Open"}],
    }
    made = client.control("/monday/boards", body).json()
    assert made["columns"]["Key"] == "key"
    assert [board["name"] for board in look(client, "/state/monday")["boards"]] == ["Invoices"]


def test_the_page_gets_every_other_path(client: Client) -> None:
    answer = client.session.get(f"{client.sandbox.urls['control']}/")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
