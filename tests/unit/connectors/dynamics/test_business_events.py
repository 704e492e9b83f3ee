"""What arrives at the webhook, in every envelope."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.business_events import (
    Delivery,
    Malformed,
    cloud_events_handshake,
    parse,
    schema_fields,
)
from connectors.notification import Notification

SAMPLES = Path(__file__).parents[3] / "samples" / "dynamics"
GRID = {"aeg-event-type": "Notification"}


def _sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def _parse(content: Any, headers: dict[str, str] | None = None) -> Delivery:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return parse(body, headers or {})


def _one(content: Any, headers: dict[str, str] | None = None) -> Notification:
    (notification,) = _parse(content, headers).notifications
    return notification


def _order(**changes: Any) -> dict[str, Any]:
    event = json.loads(_sample("purchase_order_confirmed")) | changes
    return {name: value for name, value in event.items() if value is not ...}


class TestAFlatEvent:
    def test_is_read_as_fo_sends_it(self):
        event = _one(_sample("purchase_order_confirmed"))
        assert event.event_type == "PurchaseOrderConfirmedBusinessEvent"
        assert event.event_key == (
            "PurchaseOrderConfirmedBusinessEvent/5637990017/3E0C5F7A-61D2-4A7B-9A53-9C1F0E7D2B10"
        )
        assert event.company == "usmf"
        assert event.control_number == 5637990017
        assert event.occurred_at == datetime(2026, 3, 10, 9, 11, 7, 441065, tzinfo=UTC)
        assert not event.is_test
        assert event.fields == {
            "LegalEntity": "usmf",
            "PurchaseJournal": "00000201-1",
            "PurchaseOrderDate": "/Date(1773100800000)/",
            "PurchaseOrderNumber": "00000201",
            "PurchaseType": "Purch",
            "TransactionCurrencyAmount": Decimal("4210.35"),
            "TransactionCurrencyCode": "EUR",
            "VendorAccount": "V-0007",
        }

    def test_of_an_older_version_is_read_without_the_newer_fields(self):
        event = _one(_sample("purchase_order_confirmed.captured_2021"))
        assert event.company == "brmf"
        assert event.occurred_at == datetime(2021, 11, 18, 14, 44, 15, tzinfo=UTC)
        assert event.event_key.endswith("/5637144576/55A81094-A14E-46A6-A12C-07ED5C5990C6")

    def test_of_a_captured_alert_has_no_company(self):
        event = _one(_sample("alert_event.captured_2019"))
        assert (event.event_type, event.company) == ("BusinessEventsAlertEvent", "")
        assert event.fields["RuleId"] == "000428"

    def test_of_an_alert_takes_the_company_from_its_data_area(self):
        assert (
            _one(
                {"BusinessEventId": "BusinessEventsAlertEvent", "DataAreaId": "USMF", "EventId": "x"}
            ).company
            == "usmf"
        )

    def test_of_a_posted_invoice_keeps_its_number_as_text(self):
        assert _one(_sample("vendor_invoice_posted")).fields["InvoiceId"] == "R-2026/17"

    def test_for_testing_the_endpoint_is_marked(self):
        event = _one(_sample("test_endpoint_event"))
        assert event.is_test
        assert event.control_number == -(2**63)
        assert event.fields == {}

    def test_that_nobody_knows_is_kept_all_the_same(self):
        assert _one({"BusinessEventId": "ContosoSpecialEvent", "EventId": "a", "X": [1]}).fields == {"X": [1]}

    @pytest.mark.parametrize("time", ["/Date(1637246655000)/", "\\/Date(1637246655000)\\/"])
    def test_is_dated_by_either_spelling(self, time):
        event = _one(_order(EventTimeIso8601=..., EventTime=time))
        assert event.occurred_at == datetime(2021, 11, 18, 14, 44, 15, tzinfo=UTC)

    def test_may_have_its_slashes_escaped_on_the_wire(self):
        wire = _sample("purchase_order_confirmed.captured_2021").replace(b"/", b"\\/")
        assert _one(wire) == _one(_sample("purchase_order_confirmed.captured_2021"))

    @pytest.mark.parametrize("time", ["1900-01-01T00:00:00Z", "soon", None, 5])
    def test_without_a_readable_time_has_none(self, time):
        assert _one(_order(EventTimeIso8601=time, EventTime=...)).occurred_at is None

    def test_may_begin_with_a_byte_order_mark(self):
        assert _one(b"\xef\xbb\xbf" + _sample("purchase_order_confirmed")).company == "usmf"


class TestAKey:
    def test_is_the_same_for_a_resent_event(self):
        assert (
            _one(_order()).event_key
            == _one(_order(EventId="{3e0c5f7a-61d2-4a7b-9a53-9c1f0e7d2b10}")).event_key
        )

    @pytest.mark.parametrize(
        ("changes", "end"),
        [
            ({"EventId": ...}, "/5637990017/-"),
            ({"EventId": 5}, "/5637990017/-"),
            ({"ControlNumber": ...}, "/-/3E0C5F7A-61D2-4A7B-9A53-9C1F0E7D2B10"),
            ({"ControlNumber": True}, "/-/3E0C5F7A-61D2-4A7B-9A53-9C1F0E7D2B10"),
            ({"ControlNumber": 2**63}, "/-/3E0C5F7A-61D2-4A7B-9A53-9C1F0E7D2B10"),
            ({"ControlNumber": "many"}, "/-/3E0C5F7A-61D2-4A7B-9A53-9C1F0E7D2B10"),
            ({"ControlNumber": "42"}, "/42/3E0C5F7A-61D2-4A7B-9A53-9C1F0E7D2B10"),
        ],
    )
    def test_is_made_of_what_identity_there_is(self, changes, end):
        assert _one(_order(**changes)).event_key.endswith(end)

    def test_is_made_of_the_content_when_there_is_no_identity(self):
        first = _one(b'{"BusinessEventId":"E","A":1.5,"B":1}')
        again = _one(b'{"B":1, "A":1.5, "BusinessEventId":"E"}')
        other = _one(b'{"BusinessEventId":"E","A":2}')
        assert first.event_key == again.event_key != other.event_key
        assert first.event_key.startswith("sha256:")

    def test_is_never_longer_than_its_column(self):
        long = _one(_order(BusinessEventId="E" * 180))
        assert len(long.event_key) <= 200
        assert long.event_key != _one(_order(BusinessEventId="E" * 180, ControlNumber=1)).event_key


class TestEventGrid:
    @pytest.mark.parametrize("name", ["eventgrid_object_data", "eventgrid_string_data"])
    def test_is_unwrapped_whether_data_is_an_object_or_a_string(self, name):
        assert _one(_sample(name), GRID) == _one(_sample("purchase_order_confirmed"))

    def test_may_send_a_single_event_without_the_list(self):
        (event,) = json.loads(_sample("eventgrid_object_data"))
        assert _one(event) == _one(_sample("purchase_order_confirmed"))

    def test_may_send_many_at_once(self):
        events = [_order(ControlNumber=number) for number in (1, 2, 3)]
        assert [each.control_number for each in _parse(events, GRID).notifications] == [1, 2, 3]

    def test_gives_its_own_time_to_an_event_without_one(self):
        (wrapped,) = json.loads(_sample("eventgrid_object_data"))
        wrapped["data"] = _order(EventTime=..., EventTimeIso8601=...)
        assert _one([wrapped]).occurred_at == datetime(2026, 3, 10, 9, 11, 8, 123456, tzinfo=UTC)

    def test_is_told_the_code_it_wants_to_hear(self):
        delivery = parse(_sample("eventgrid_validation"), {"Aeg-Event-Type": "SubscriptionValidation"})
        assert delivery == Delivery((), {"validationResponse": "0123abcd-0000-4000-8000-00000000c0de"})

    def test_is_told_the_code_also_when_the_list_is_missing(self):
        (request,) = json.loads(_sample("eventgrid_validation"))
        assert _parse(request).reply == {"validationResponse": "0123abcd-0000-4000-8000-00000000c0de"}

    @pytest.mark.parametrize(
        "data", [None, {}, {"validationCode": ""}, {"validationCode": "x" * 201}, {"validationCode": 5}]
    )
    def test_asking_without_a_code_is_malformed(self, data):
        with pytest.raises(Malformed, match="validationCode"):
            _parse([{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": data}])

    def test_news_about_the_subscription_itself_is_taken_note_of(self):
        assert parse(b"whatever", {"aeg-event-type": "SubscriptionDeletion"}) == Delivery(())

    def test_one_bad_event_does_not_spoil_the_others_and_is_kept(self):
        good, *bad = _parse([_order(), {"foo": 1}, 5, {"BusinessEventId": ""}]).notifications
        assert good.control_number == 5637990017
        assert {each.event_type for each in bad} == {"Unreadable event"}
        assert len({each.event_key for each in bad}) == 3
        assert bad[0].fields["event"] == {"foo": 1}
        assert "neither BusinessEventId nor a known envelope" in bad[0].fields["problem"]

    def test_a_list_of_nothing_but_nonsense_is_malformed(self):
        with pytest.raises(Malformed, match="nothing in it is an event"):
            _parse([1, "two", {"foo": 3}])

    def test_an_empty_list_brings_nothing(self):
        assert _parse([]) == Delivery(())

    def test_an_event_that_is_not_fos_keeps_the_envelopes_name(self):
        event = _one(
            [{"eventType": "Contoso.Other", "eventTime": "2026-01-01T00:00:00Z", "id": "1", "data": {"a": 1}}]
        )
        assert (event.event_type, event.fields) == ("Contoso.Other", {"a": 1})
        assert event.occurred_at == datetime(2026, 1, 1, tzinfo=UTC)


class TestCloudEvents:
    def test_is_unwrapped_alone_and_in_a_list(self):
        alone = json.loads(_sample("cloudevent"))
        assert _one(alone) == _one([alone]) == _one(_sample("purchase_order_confirmed"))

    @pytest.mark.parametrize("data", [None, 5, "text", "[1]", [1]])
    def test_without_an_event_inside_is_malformed(self, data):
        with pytest.raises(Malformed):
            _parse({"specversion": "1.0", "type": "erp.event", "data": data})

    def test_that_names_no_event_at_all_is_malformed(self):
        with pytest.raises(Malformed, match="names no event"):
            _parse({"specversion": "1.0", "data": {"a": 1}})

    def test_may_wrap_a_data_event(self):
        context = json.loads(_sample("data_event_vendor_updated"))
        assert _one({"specversion": "1.0", "type": "x", "data": context}) == _one(context)


class TestTheHandshake:
    def test_allows_the_origin_that_asks(self):
        answer = cloud_events_handshake(
            {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
        )
        assert answer == {
            "WebHook-Allowed-Origin": "eventgrid.azure.net",
            "WebHook-Allowed-Rate": "120",
            "Allow": "POST, OPTIONS",
        }

    def test_sets_no_limit_where_none_is_asked_for(self):
        answer = cloud_events_handshake({"webhook-request-origin": "eventgrid.azure.net"})
        assert answer is not None
        assert answer["WebHook-Allowed-Rate"] == "*"

    @pytest.mark.parametrize("origin", ["", "two words", "evil\r\nSet-Cookie: a=b", "x" * 256])
    def test_says_nothing_to_an_improper_question(self, origin):
        assert cloud_events_handshake({"WebHook-Request-Origin": origin}) is None


class TestADataEvent:
    def test_has_its_columns_as_fields_and_options_by_their_label(self):
        event = _one(_sample("data_event_vendor_updated"))
        assert event.event_type == "OnExternalUpdated:mserp_vendvendorv2entity"
        assert event.company == "usmf"
        assert event.occurred_at == datetime(2026, 3, 10, 9, 11, 10, tzinfo=UTC)
        assert event.fields == {
            "mserp_vendvendorv2entityid": "00002bb9-0000-0000-0100-000001000000",
            "mserp_dataareaid": "USMF",
            "mserp_vendoraccountnumber": "V-0007",
            "mserp_onholdstatus": "Payment",
            "mserp_creditlimit": Decimal("1500.5"),
            "mserp_groupid": "00002bb9-0000-0000-0200-000001000000",
            "mserp_vendorgroupid": "10",
        }

    def test_is_the_same_event_when_it_is_sent_again_and_another_for_another_record(self):
        context = json.loads(_sample("data_event_vendor_updated"))
        assert _one(context).event_key == _one(context).event_key
        assert len(_one(context).event_key) <= 200
        assert _one(context).event_key != _one(context | {"PrimaryEntityId": "other"}).event_key
        assert _one(context).event_key != _one(context | {"OperationCreatedOn": "/Date(1)/"}).event_key

    def test_that_was_too_large_still_names_its_record(self):
        event = _one(
            {"MessageName": "OnExternalUpdated", "PrimaryEntityName": "mserp_x", "PrimaryEntityId": "id-1"}
        )
        assert event.fields == {"mserp_xid": "id-1"}
        assert event.event_key.startswith("sha256:")

    def test_may_come_without_any_id(self):
        event = _one(
            {
                "MessageName": "Other",
                "PrimaryEntityName": "none",
                "InputParameters": [5, {"key": 1}, {"key": "a", "value": 2}],
            }
        )
        assert event.fields == {"a": 2}

    def test_may_have_its_dictionaries_as_plain_objects(self):
        context = {
            "MessageName": "OnExternalCreated",
            "PrimaryEntityName": "mserp_x",
            "InputParameters": {"Target": {"Attributes": {"mserp_dataareaid": "demf"}}},
        }
        assert _one(context).company == "demf"

    def test_that_carries_a_business_event_is_read_as_one(self):
        context = {
            "MessageName": "mserp_PurchaseOrderConfirmed",
            "PrimaryEntityName": "none",
            "OperationCreatedOn": "/Date(1637246655000)/",
            "InputParameters": [
                {"key": name, "value": value}
                for name, value in _order(EventTime=..., EventTimeIso8601=...).items()
            ],
        }
        event = _one(context)
        assert event.event_key == _one(_order()).event_key
        assert event.occurred_at == datetime(2021, 11, 18, 14, 44, 15, tzinfo=UTC)

    def test_with_names_too_long_to_be_real_is_malformed(self):
        with pytest.raises(Malformed, match="too long"):
            _parse({"MessageName": "M" * 150, "PrimaryEntityName": "e" * 150})


class TestAMalformedBody:
    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            (b"", "not JSON"),
            (b"<html>", "not JSON"),
            (b"\xff\xfe{}", "not JSON"),
            (b'{"BusinessEventId": NaN}', "not JSON"),
            (b'"text"', "neither an event nor a list"),
            (b"5", "neither an event nor a list"),
            (b"null", "neither an event nor a list"),
            (b"{}", "neither BusinessEventId nor a known envelope"),
            (b'{"BusinessEventId": 5}', "no BusinessEventId"),
            (b'{"BusinessEventId": "  "}', "no BusinessEventId"),
            (b'{"BusinessEventId": "%s"}' % (b"x" * 201), "longer than 200"),
            (b"[" * 100_000, "not JSON"),
            (b'{"BusinessEventId": ' + b"9" * 5000 + b"}", "not JSON"),
        ],
    )
    def test_is_refused_with_a_sentence(self, body, sentence):
        with pytest.raises(Malformed, match=sentence):
            parse(body, {})

    def test_that_is_nested_just_deep_enough_to_be_json_is_refused_too(self):
        body = b'{"BusinessEventId":"E","A":"\\u0041","B":' + b"[" * 900 + b"]" * 900 + b"}"
        with pytest.raises(Malformed, match="nested too deeply"):
            parse(body, {})

    def test_that_is_a_downloaded_schema_says_so(self):
        with pytest.raises(Malformed, match="downloaded schema"):
            parse(_sample("batch_job_started.download_schema"), {})


def test_characters_no_database_takes_are_replaced():
    event = _one(
        b'{"BusinessEventId":"E\\u0000","EventId":"1","F\\ud800":["a\\udc00b", {"c": "\\u0000"}, 5]}'
    )
    assert event.event_type == "E\N{REPLACEMENT CHARACTER}"
    assert event.fields == {
        "F\N{REPLACEMENT CHARACTER}": ["a\N{REPLACEMENT CHARACTER}b", {"c": "\N{REPLACEMENT CHARACTER}"}, 5]
    }
    assert _one(b'{"BusinessEventId":"E","F":"\\ud83d\\ude00"}').fields == {"F": "\N{GRINNING FACE}"}


class TestASchema:
    def test_gives_the_fields_of_the_contract(self):
        text = _sample("batch_job_started.download_schema").decode()
        assert schema_fields(text) == (
            "AdminEmailId",
            "JobDescription",
            "JobEndUtcDateTime",
            "JobExecutedByEmailId",
            "JobId",
            "JobOwnerEmailId",
            "JobStatus",
        )

    @pytest.mark.parametrize(
        "text", ["", "{}", "[]", '{"$schema": "x", "properties": {}}', "\ud800", "BusinessEventId"]
    )
    def test_that_is_something_else_is_refused(self, text):
        with pytest.raises(Malformed):
            schema_fields(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "BusinessEventId",
                    "ControlNumber",
                    "EventId",
                    "EventTime",
                    "LegalEntity",
                    "data",
                    "eventType",
                    "type",
                    "specversion",
                    "MessageName",
                    "PrimaryEntityName",
                    "InputParameters",
                    "Attributes",
                    "FormattedValues",
                    "key",
                    "value",
                    "validationCode",
                ]
            )
            | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


def _or_malformed(body: bytes) -> None:
    try:
        delivery = parse(body, {})
    except Malformed as error:
        assert str(error)
        return
    for event in delivery.notifications:
        assert 0 < len(event.event_key) <= 200
        assert 0 < len(event.event_type) <= 200
        event.event_key.encode()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(body):
    _or_malformed(body)


@given(JSON)
def test_any_json_is_read_or_malformed(content):
    _or_malformed(json.dumps(content).encode())


@given(
    st.dictionaries(st.text(), st.text() | st.integers() | st.none()),
    st.integers(-(2**63), 2**63 - 1),
    st.uuids(),
)
def test_any_event_is_the_same_in_every_envelope(fields, number, event_id):
    event = {**fields, "BusinessEventId": "E", "ControlNumber": number, "EventId": str(event_id)}
    flat = _one(event)
    for wrapped in (
        [{"eventType": "t", "data": event}],
        [{"eventType": "t", "data": json.dumps(event)}],
        {"specversion": "1.0", "type": "t", "data": event},
        [event],
    ):
        assert _one(wrapped) == flat
