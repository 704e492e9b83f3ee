"""Where Dynamics knocks."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django_q.models import OrmQ

from connectors.models import DynamicsEnvironment
from integration_portal import doors, inbox, queueing, replay, webhooks
from integration_portal.models import InboundEvent, State
from mappings.models import EventRule
from tests.integration.conftest import Portal, invoice_event, make_tenant, order_event


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The streams a worker was called for."""
    calls: list[str] = []
    monkeypatch.setattr(queueing, "wake", calls.append)
    return calls


class Door:
    """One environment's webhook."""

    def __init__(self, portal: Portal, client: Client) -> None:
        self.token = portal.environment.webhook_token
        self.client = client

    def post(self, body: Any, *, token: str = "", **more: Any) -> HttpResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        more = {"content_type": "application/json"} | more
        return self.client.post(f"/webhooks/dynamics/{token or self.token}/", data, **more)  # type: ignore[return-value]


@pytest.fixture
def door(portal: Portal, client: Client, woken: list[str]) -> Door:
    return Door(portal, client)


def said(response: HttpResponse) -> str:
    return str(json.loads(response.content)["error"])


def inbox_is_readable() -> bool:
    """Whether every row comes back as it is."""
    return len(list(InboundEvent.objects.values())) > 0


class TestTaking:
    def test_an_event_is_stored_answered_and_a_worker_called(
        self, door: Door, portal: Portal, woken: list[str]
    ) -> None:
        response = door.post(invoice_event("INV-7"))
        assert (response.status_code, json.loads(response.content)) == (200, {"received": 1})
        event = InboundEvent.objects.get()
        assert (event.tenant, event.hint["InvoiceId"]) == (portal.tenant, "INV-7")
        assert woken == [portal.stream]

    def test_the_call_really_stands_in_the_queue(self, portal: Portal, client: Client) -> None:
        queueing.get_broker().purge_queue()
        Door(portal, client).post(invoice_event())
        assert queueing.waiting() >= 1
        queueing.get_broker().purge_queue()

    def test_a_duplicate_is_answered_like_the_first(self, door: Door) -> None:
        body = invoice_event()
        assert [door.post(body).status_code for _ in range(3)] == [200] * 3
        assert InboundEvent.objects.count() == 1

    @pytest.mark.parametrize("as_text", [True, False])
    def test_event_grids_array_holds_its_data_as_text_or_object(self, door: Door, as_text: bool) -> None:
        events = [
            {
                "id": str(number),
                "eventType": "x",
                "subject": "s",
                "eventTime": "2026-03-01T10:00:00Z",
                "dataVersion": "1",
                "data": json.dumps(body) if as_text else body,
            }
            for number, body in enumerate((invoice_event("INV-1"), order_event("77")))
        ]
        assert json.loads(door.post(events, headers={"aeg-event-type": "Notification"}).content) == {
            "received": 2
        }
        assert set(InboundEvent.objects.values_list("record_kind", flat=True)) == {
            "posted_invoice",
            "purchase_order",
        }

    def test_an_old_envelope_without_the_new_fields_is_an_event_too(self, door: Door) -> None:
        old = {
            "BusinessEventId": "VendorInvoicePostedBusinessEvent",
            "ControlNumber": 5637145326,
            "EventTime": "/Date(1572376262000)/",
            "LegalEntity": "USMF",
            "InvoiceId": "INV-7",
            "InvoiceAccount": "US-104",
        }
        assert door.post(old).status_code == 200
        event = InboundEvent.objects.get()
        assert (event.state, event.company) == (State.PENDING, "usmf")

    def test_dataverses_form_is_read_by_a_rule(self, door: Door, portal: Portal) -> None:
        name = "OnExternalUpdated:mserp_vendinvoicejourbientity"
        EventRule.objects.create(
            environment=portal.environment,
            event_type=name,
            record_kind="posted_invoice",
            keys={"InvoiceId": "mserp_invoiceid"},
        )
        context = {
            "MessageName": "OnExternalUpdated",
            "PrimaryEntityName": "mserp_vendinvoicejourbientity",
            "PrimaryEntityId": "00000f7c-0000-0000-0000-00e1020000e3",
            "RequestId": "b1f6ce6e-a6bf-4f4f-8c3a-3f4bb04c2b0a",
            "OperationCreatedOn": "/Date(1772359200000)/",
            "InputParameters": [
                {
                    "key": "Target",
                    "value": {
                        "Attributes": [
                            {"key": "mserp_invoiceid", "value": "INV-7"},
                            {"key": "mserp_dataareaid", "value": "USMF"},
                        ]
                    },
                }
            ],
        }
        assert door.post(context).status_code == 200
        event = InboundEvent.objects.get()
        assert (event.event_type, event.company, event.hint) == (name, "usmf", {"InvoiceId": "INV-7"})

    def test_an_endpoint_test_is_answered_and_forgotten(self, door: Door, woken: list[str]) -> None:
        assert (
            door.post(invoice_event(BusinessEventId="BusinessEventsTestEndpointContract")).status_code == 200
        )
        assert not InboundEvent.objects.exists()
        assert woken == []

    def test_an_unknown_event_is_kept_and_answered_200(self, door: Door, woken: list[str]) -> None:
        assert door.post(invoice_event(BusinessEventId="CustomerPaymentPosted")).status_code == 200
        assert InboundEvent.objects.get().state == State.SKIPPED
        assert woken == []

    def test_a_body_may_come_without_a_content_type(self, door: Door) -> None:
        assert door.post(invoice_event(), content_type="").status_code == 200

    def test_a_charset_or_a_cloud_event_type_is_json_too(self, door: Door) -> None:
        assert door.post(invoice_event(), content_type="application/json; charset=utf-8").status_code == 200
        cloud = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": invoice_event()}
        assert door.post(cloud, content_type="application/cloudevents+json").status_code == 200
        assert InboundEvent.objects.count() == 2

    @pytest.mark.parametrize(
        "more",
        [
            {"EventTime": "/Date(-62135596800000)/"},
            {"EventTime": "/Date(253402300799999)/"},
            {"EventTime": "/Date(99999999999999999999)/"},
            {"EventTimeIso8601": "9999-12-31T23:59:59-12:00"},
            {"EventTimeIso8601": "yesterday", "EventTime": None},
            {"ControlNumber": 2**63 - 1},
            {"ControlNumber": 2**63},
            {"ControlNumber": -1.5},
            {"ControlNumber": "5637145326"},
            {"ControlNumber": None, "EventId": None},
            {"InvoiceId": 88412},
            {"InvoiceId": 88412.5},
            {"InvoiceId": True},
            {"InvoiceId": ["INV-1"]},
            {"InvoiceId": "\u0000\ud800"},
            {"InvoiceId": "x" * 100_000},
            {"BusinessEventLegalEntity": 7},
            {"BusinessEventLegalEntity": "x" * 300},
            {"EventId": "x" * 1000},
            {"nested": {"a": [1, {"b": None}]}},
        ],
    )
    def test_whatever_stands_in_an_event_it_is_kept(self, door: Door, more: dict[str, Any]) -> None:
        assert door.post(invoice_event() | more).status_code == 200
        event = InboundEvent.objects.get()
        assert event.state in (State.PENDING, State.DEAD)
        assert inbox_is_readable()

    def test_a_byte_order_mark_does_no_harm(self, door: Door) -> None:
        assert door.post("\ufeff" + json.dumps(invoice_event())).status_code == 200
        event = InboundEvent.objects.get()
        assert replay.stored_notifications(event.payload)[0].event_key == event.event_key

    def test_no_login_and_no_csrf_token_is_asked_for(self, portal: Portal, woken: list[str]) -> None:
        assert Door(portal, Client(enforce_csrf_checks=True)).post(invoice_event()).status_code == 200

    def test_an_acknowledgement_takes_one_statement_once_the_door_is_known(
        self, door: Door, django_assert_num_queries: Any
    ) -> None:
        door.post(invoice_event())
        with django_assert_num_queries(1):
            door.post(invoice_event())


class TestHandshakes:
    def test_event_grid_reads_its_code_back(self, door: Door) -> None:
        validation = [
            {
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                "data": {"validationCode": "512d38b6", "validationUrl": "https://example.com"},
            }
        ]
        response = door.post(validation, headers={"aeg-event-type": "SubscriptionValidation"})
        assert (response.status_code, json.loads(response.content)) == (
            200,
            {"validationResponse": "512d38b6"},
        )
        assert not InboundEvent.objects.exists()

    def test_cloud_events_ask_by_options(self, door: Door) -> None:
        response = door.client.options(
            f"/webhooks/dynamics/{door.token}/",
            headers={"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"},
        )
        assert response.status_code == 200
        assert response["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
        assert response["WebHook-Allowed-Rate"] == "120"

    def test_plain_options_are_told_what_is_allowed(self, door: Door) -> None:
        response = door.client.options(f"/webhooks/dynamics/{door.token}/")
        assert (response.status_code, response["Allow"]) == (200, "POST, OPTIONS")
        assert not response.has_header("WebHook-Allowed-Origin")


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "not json",
            "[]]",
            "null",
            "5",
            '"text"',
            "{}",
            '{"a": 1}',
            '["x"]',
            b"\xff\xfe",
            '{"BusinessEventId": ""}',
        ],
    )
    def test_what_is_no_event_is_refused_with_a_sentence(
        self, door: Door, body: Any, woken: list[str]
    ) -> None:
        response = door.post(body)
        assert response.status_code == 400
        assert said(response).endswith((".", "?"))
        assert not InboundEvent.objects.exists()
        assert woken == []

    def test_ten_megabytes_are_refused_unread(self, door: Door) -> None:
        response = door.post(json.dumps(invoice_event(note="x" * 10_000_000)))
        assert response.status_code == 413
        assert (
            said(response)
            == "The body is larger than 1024 KiB, more than any business event or batch of them."
        )
        assert not InboundEvent.objects.exists()

    def test_a_megabyte_is_taken(self, door: Door) -> None:
        assert door.post(invoice_event(note="x" * 1_000_000)).status_code == 200

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"]
    )
    def test_another_content_type_is_refused(self, door: Door, content_type: str) -> None:
        response = door.post("x", content_type=content_type)
        assert response.status_code == 415
        assert content_type.partition(";")[0] in said(response)

    @pytest.mark.parametrize("token", ["nonsense", "x" * 43, "ünï"])
    @pytest.mark.parametrize("method", ["post", "get", "options"])
    def test_a_wrong_token_is_told_nothing_more(self, door: Door, token: str, method: str) -> None:
        response = getattr(door.client, method)(f"/webhooks/dynamics/{token}/")
        assert response.status_code == 404
        assert "No environment has this webhook URL" in said(response)

    @pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
    def test_only_post_delivers(self, door: Door, method: str) -> None:
        response = getattr(door.client, method)(f"/webhooks/dynamics/{door.token}/")
        assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")

    @pytest.mark.parametrize("length", ["-5", "", "0"])
    def test_a_nonsensical_length_is_no_fault_of_ours(self, door: Door, length: str) -> None:
        response = door.post(invoice_event(), CONTENT_LENGTH=length)
        assert response.status_code == 400


class TestChunks:
    def request(self, portal: Portal, body: bytes) -> HttpResponse:
        request = RequestFactory().post("/", content_type="application/json")
        request.META |= {
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,  # as gunicorn says that it knows where the body ends
        }
        return webhooks.dynamics(request, portal.environment.webhook_token)

    def test_a_body_without_a_length_is_read(self, portal: Portal, woken: list[str]) -> None:
        assert self.request(portal, json.dumps(invoice_event()).encode()).status_code == 200
        assert InboundEvent.objects.count() == 1

    def test_but_not_for_ever(self, portal: Portal, woken: list[str]) -> None:
        assert self.request(portal, b" " * 2_000_000).status_code == 413


class TestRotation:
    def test_the_old_url_is_good_until_its_end(self, door: Door, portal: Portal) -> None:
        old = door.token
        portal.environment.rotate_webhook_token(keep_old=timedelta(hours=24))
        assert door.post(invoice_event(), token=old).status_code == 200
        assert door.post(invoice_event(), token=portal.environment.webhook_token).status_code == 200
        DynamicsEnvironment.objects.update(previous_until=portal.environment.created_at)
        doors.forget()
        assert door.post(invoice_event(), token=old).status_code == 404
        assert door.post(invoice_event(), token=portal.environment.webhook_token).status_code == 200


class TestOutages:
    @pytest.mark.parametrize("where", [(doors, "door_of"), (inbox, "receive")])
    def test_what_cannot_be_stored_is_asked_for_again(
        self, door: Door, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str], woken: list[str]
    ) -> None:
        def away(*_: Any) -> None:
            raise OperationalError("the database is away")

        monkeypatch.setattr(*where, away)
        response = door.post(invoice_event())
        assert (response.status_code, response["Retry-After"]) == (503, "10")
        assert "database is away" not in said(response)
        assert woken == []

    def test_a_queue_that_is_away_costs_nothing(
        self, portal: Portal, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: Any) -> None:
            raise OSError("the broker is away")

        monkeypatch.setattr(queueing, "async_task", away)
        assert Door(portal, client).post(invoice_event()).status_code == 200
        assert InboundEvent.objects.get().state == State.PENDING


class TestDoors:
    def test_a_door_is_remembered_for_a_moment_only(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
    ) -> None:
        clock = [100.0]
        monkeypatch.setattr(doors.time, "monotonic", lambda: clock[0])
        token = portal.environment.webhook_token
        door = doors.door_of(token)
        assert door is not None
        assert (door.environment_id, door.tenant_id) == (portal.environment.pk, portal.tenant.pk)
        with django_assert_num_queries(0):
            assert doors.door_of(token) is door
        clock[0] += doors.REMEMBER_S
        EventRule.objects.create(
            environment=portal.environment, event_type="New", record_kind="posted_invoice"
        )
        renewed = doors.door_of(token)
        assert renewed is not None
        assert set(renewed.rules) == {"New"}

    def test_unknown_tokens_are_not_remembered(self, portal: Portal) -> None:
        for number in range(3):
            assert doors.door_of(f"nonsense-{number}") is None
        assert doors._known == {}

    def test_memory_is_bounded(self, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doors, "MOST", 1)
        doors.door_of(portal.environment.webhook_token)
        doors.door_of(make_tenant("Fabrikam").environment.webhook_token)
        assert len(doors._known) == 1


def test_the_queue_is_only_a_wake_up_call(portal: Portal, client: Client) -> None:
    """A call that was lost loses nothing: the event stands in the inbox, due."""
    Door(portal, client).post(invoice_event())
    OrmQ.objects.all().delete()
    assert inbox.due_streams(limit=9) == [(portal.stream, 1)]
