"""MondayClient looking people up by their e-mail address."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import ServerFault
from connectors.monday.client import MondayClient
from connectors.transport import Response
from tests.fakes.budget import RecordingBudget
from tests.fakes.transport import Answer, FakeTransport, answer


def client(*answers: Answer) -> tuple[MondayClient, FakeTransport]:
    transport = FakeTransport(*answers)
    return MondayClient("secret", transport, RecordingBudget()), transport


def user(user_id: int, email: str | None, **more: Any) -> dict[str, Any]:
    return {"id": str(user_id), "email": email, "status": "ACTIVE", "is_deleted": False, **more}


def users(*found: dict[str, Any] | None) -> Response:
    return answer({"data": {"users": list(found)}})


def test_people_are_found_by_their_address_in_lower_case() -> None:
    monday, transport = client(users(user(77, "Maya@contoso.example"), user(78, "tomas@contoso.example")))
    assert monday.users_by_email(["MAYA@contoso.example", " tomas@contoso.example "]) == {
        "maya@contoso.example": "77",
        "tomas@contoso.example": "78",
    }
    (sent,) = (body["variables"] for body in transport.bodies)
    assert sent == {
        "emails": ["MAYA@contoso.example", "maya@contoso.example", "tomas@contoso.example"],
        "limit": 1000,
    }


def test_people_who_left_are_left_out() -> None:
    gone = user(1, "a@x.example", status="INACTIVE"), user(2, "b@x.example", is_deleted=True)
    monday, _ = client(users(*gone, None, user(3, "c@x.example", status="PENDING")))
    assert monday.users_by_email(["a@x.example", "b@x.example", "c@x.example"]) == {"c@x.example": "3"}


def test_people_nobody_asked_for_are_left_out() -> None:
    monday, _ = client(users(user(1, "a@x.example"), user(2, "other@x.example"), user(3, None)))
    assert monday.users_by_email(["a@x.example"]) == {"a@x.example": "1"}


def test_people_with_one_address_are_the_one_named_first() -> None:
    monday, _ = client(users(user(1, "a@x.example"), user(2, "A@x.example")))
    assert monday.users_by_email(["a@x.example"]) == {"a@x.example": "1"}


def test_people_are_looked_up_a_hundred_at_a_time() -> None:
    monday, transport = client(users(user(0, "p0@x.example")), users(user(149, "p149@x.example")))
    found = monday.users_by_email([f"p{number}@x.example" for number in range(150)])
    assert found == {"p0@x.example": "0", "p149@x.example": "149"}
    assert [len(body["variables"]["emails"]) for body in transport.bodies] == [100, 50]


@pytest.mark.parametrize("addresses", [[], ["", "  "]])
def test_nobody_is_asked_for_no_address(addresses: list[str]) -> None:
    monday, transport = client()
    assert monday.users_by_email(addresses) == {}
    assert transport.requests == []


def test_people_monday_did_not_tell_are_asked_for_again() -> None:
    monday, _ = client(answer({"data": {"users": None}}))
    with pytest.raises(ServerFault, match="did not tell its users"):
        monday.users_by_email(["a@x.example"])
