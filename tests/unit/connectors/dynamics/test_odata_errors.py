"""What Dynamics' refusals become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dynamics.odata_errors import error_of, retry_after_s, sentence
from connectors.errors import (
    AuthFailed,
    Conflict,
    Misconfigured,
    NotUsable,
    RateLimited,
    Rejected,
    ServerFault,
    Unreachable,
)
from connectors.transport import Response
from tests.unit.connectors.scripted import json_response, page_response

INFOLOG = (
    "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: Warning: The value 'Local' in field 'Customer"
    " group' is not found in the related table 'Customer groups'.; Warning: validateField failed on field"
    " 'CustCustomerV3Entity.CustomerGroupId'."
)


def _refusal(message: str, **inner: object) -> dict[str, object]:
    return {
        "error": {
            "code": "",
            "message": "An error has occurred.",
            "innererror": {
                "message": message,
                "type": "AxODataWriteException",
                "stacktrace": "   at Secret.Code",
                **inner,
            },
        }
    }


def _error(response: Response):
    return error_of(response, operation="GET VendorsV2", entity_set="VendorsV2", request_id="r-1")


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (json_response({}, 401), AuthFailed, "Microsoft Entra ID applications"),
        (page_response("", 403), NotUsable, "may not read VendorsV2"),
        (
            json_response(_refusal("No HTTP resource was found."), 404),
            NotUsable,
            "does not know VendorsV2",
        ),
        (page_response("", 302, location="https://login"), Misconfigured, "login page"),
        (json_response(_refusal("Bad filter."), 400), Rejected, "Bad filter."),
        (json_response({}, 422), Rejected, "without saying why"),
        (json_response({}, 412), Conflict, "changed meanwhile"),
        (
            json_response(_refusal("An update conflict occurred due to another user process."), 400),
            Conflict,
            "update conflict",
        ),
        (json_response(_refusal("An update conflict occurred."), 500), Conflict, "update conflict"),
        (
            json_response(_refusal("Exception occurred while executing action submit."), 500),
            ServerFault,
            "action submit",
        ),
        (json_response({}, 503), ServerFault, "fault of its own"),
        (page_response(), Unreachable, "gateway"),
        (page_response("", 504), Unreachable, "gateway"),
        (json_response({}, 408), Unreachable, "gateway"),
        (page_response("", 429), RateLimited, "asks to wait"),
    ],
)
def test_each_status_says_who_must_act(response, kind, words):
    error = _error(response)
    assert type(error) is kind
    assert words in error.detail
    assert (error.system, error.operation, error.request_id) == ("dynamics", "GET VendorsV2", "r-1")
    assert error.status == response.status
    assert not error.may_have_applied


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"retry-after": "17"}, 17),
        ({"retry-after": " 9999 "}, 600),
        ({"retry-after": "soon"}, 30),
        ({"retry-after": "-5"}, 30),
    ],
)
def test_a_wait_is_what_the_header_says_within_reason(headers, seconds):
    assert retry_after_s(headers) == seconds
    assert _error(Response(429, headers, b"")).retry_after_s == seconds


class TestASentence:
    def test_is_what_infolog_says_about_the_business(self):
        assert sentence(json_response(_refusal(INFOLOG), 400)) == (
            "The value 'Local' in field 'Customer group' is not found in the related table 'Customer groups'."
        )

    def test_keeps_every_item_and_their_semicolons(self):
        message = (
            "Write failed. Infolog: Info: First; with a part; Error: Second.;"
            " Warning: validateWrite failed on data source 'X'."
        )
        assert sentence(json_response(_refusal(message), 400)) == "First; with a part Second."

    def test_keeps_the_machinery_when_there_is_nothing_else(self):
        message = "Infolog: Warning: validateWrite failed on data source 'PurchLine'."
        assert sentence(json_response(_refusal(message), 400)).startswith("validateWrite failed")

    def test_is_the_whole_message_when_infolog_is_empty(self):
        assert sentence(json_response(_refusal("Write failed. Infolog: "), 400)) == "Write failed. Infolog:"

    def test_is_found_in_a_nested_exception(self):
        inner = {
            "message": "Middle.",
            "internalexception": {"message": "Item is blocked.", "stacktrace": "x"},
        }
        assert sentence(json_response(_refusal("Outer.", internalexception=inner), 500)) == "Item is blocked."

    def test_is_read_from_other_shapes_too(self):
        assert sentence(json_response({"Message": "No  route."}, 404)) == "No route."
        assert sentence(json_response({"error": {"message": "Plain."}}, 400)) == "Plain."

    def test_never_shows_a_stack_trace_or_a_token(self):
        shown = sentence(json_response(_refusal("Refused Bearer abc.def"), 400))
        assert shown == "Refused Bearer [redacted]"

    def test_is_not_endless(self):
        assert len(sentence(json_response(_refusal("x" * 5000), 400))) == 1000

    @pytest.mark.parametrize(
        "response",
        [
            page_response("<h1>An error</h1>", 500),
            json_response({"error": {"message": "An error has occurred."}}, 500),
            json_response({"error": "text"}, 500),
            json_response([1], 500),
            Response(500, {"content-type": "application/json"}, b"{broken"),
            Response(500, {"content-type": "application/json"}, b"[" * 100_000),
        ],
    )
    def test_is_empty_when_nothing_is_said(self, response):
        assert sentence(response) == ""

    @given(st.binary(max_size=80), st.integers(300, 599))
    def test_of_any_bytes_upsets_nobody(self, body, status):
        assert _error(Response(status, {"content-type": "application/json"}, body)).status == status
