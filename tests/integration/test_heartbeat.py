"""Signs of life, and what only one may do at a time."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from integration_portal import heartbeat
from integration_portal.middleware import POLICY
from integration_portal.models import Heartbeat

pytestmark = pytest.mark.django_db


def long_ago(name: str, seconds: float) -> None:
    Heartbeat.objects.filter(name=name).update(seen_at=timezone.now() - timedelta(seconds=seconds))


class TestBeats:
    def test_a_beat_has_an_age(self) -> None:
        assert heartbeat.age_s("cluster:a") is None
        heartbeat.beat("cluster:a")
        long_ago("cluster:a", 30)
        age = heartbeat.age_s("cluster:a")
        assert age is not None
        assert 29 < age < 35
        heartbeat.beat("cluster:a")
        assert (heartbeat.age_s("cluster:a") or 99) < 5
        assert str(Heartbeat.objects.get()) == "cluster:a"

    def test_the_living_are_named_without_their_prefix(self) -> None:
        for name in ("cluster:a", "cluster:b", "supervisor:a"):
            heartbeat.beat(name)
        long_ago("cluster:b", 30)
        assert heartbeat.living("cluster:", within_s=20) == {"a"}
        assert heartbeat.living("cluster:", within_s=60) == {"a", "b"}

    def test_what_was_stopped_is_forgotten(self) -> None:
        heartbeat.beat("cluster:a")
        heartbeat.beat("cluster:b")
        heartbeat.forget(["cluster:a", "cluster:unknown"])
        assert heartbeat.living("cluster:", within_s=60) == {"b"}


class TestLeases:
    def test_one_holds_it_and_may_go_on_holding_it(self) -> None:
        assert heartbeat.hold("dispatcher", "a", seconds=10)
        assert heartbeat.hold("dispatcher", "a", seconds=10)
        assert not heartbeat.hold("dispatcher", "b", seconds=10)

    def test_one_that_fell_silent_loses_it(self) -> None:
        heartbeat.hold("dispatcher", "a", seconds=10)
        long_ago("dispatcher", 11)
        assert heartbeat.hold("dispatcher", "b", seconds=10)
        assert not heartbeat.hold("dispatcher", "a", seconds=10)

    def test_one_that_lets_go_is_followed_at_once(self) -> None:
        heartbeat.hold("dispatcher", "a", seconds=10)
        heartbeat.let_go("dispatcher", "b")  # not its own
        assert not heartbeat.hold("dispatcher", "b", seconds=10)
        heartbeat.let_go("dispatcher", "a")
        assert heartbeat.hold("dispatcher", "b", seconds=10)


class TestHealth:
    def test_a_process_that_can_answer_is_alive(self, client: Client, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            response = client.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"alive": True})

    def test_without_a_worker_the_portal_is_not_ready(self, client: Client) -> None:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"ready": False, "missing": "No worker runs. Start `manage.py worker`."}

    def test_with_one_it_is(self, client: Client) -> None:
        heartbeat.beat("cluster:a")
        heartbeat.beat("supervisor:b")
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"ready": True, "workers": 1})
        long_ago("cluster:a", 61)
        assert client.get("/readyz").status_code == 503

    def test_without_the_database_it_says_so(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*_: Any, **__: Any) -> None:
            raise OperationalError("away")

        monkeypatch.setattr(heartbeat, "living", away)
        response = client.get("/readyz")
        assert (response.status_code, response.json()["missing"]) == (503, "The database does not answer.")


class TestPages:
    def test_the_web_server_finds_its_application(self) -> None:
        assert callable(importlib.import_module("integration_portal.wsgi").application)

    def test_the_root_leads_to_the_admin(self, client: Client) -> None:
        response = client.get("/")
        assert (response.status_code, response["Location"]) == (302, "/admin/")

    def test_every_answer_carries_the_policy(self, client: Client) -> None:
        assert client.get("/healthz")["Content-Security-Policy"] == POLICY
        assert client.get("/nowhere")["Content-Security-Policy"] == POLICY
