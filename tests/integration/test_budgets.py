"""One budget for all workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors import budgets
from connectors.budgets import SharedBudget
from connectors.errors import RateLimited
from connectors.limits import Grant, Limits, Observed, Window
from connectors.models import Budget
from tests.integration.steps import in_threads

pytestmark = pytest.mark.django_db

LIMITS = Limits(concurrency=2, mutations=Window(40, 60.0))


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def budget(clock: Clock, limits: Limits = LIMITS, scope: str = "account:1") -> SharedBudget:
    return SharedBudget(scope, limits, clock)


class TestSharing:
    def test_two_workers_draw_on_the_same_places(self, clock: Clock) -> None:
        budget(clock).reserve()
        budget(clock).reserve()
        with pytest.raises(RateLimited, match="2 calls are already under way"):
            budget(clock).reserve()

    def test_two_scopes_have_their_own(self, clock: Clock) -> None:
        for _ in range(2):
            budget(clock).reserve()
        assert budget(clock, scope="account:2").reserve()

    def test_a_settled_place_is_free_again(self, clock: Clock) -> None:
        grants = [budget(clock).reserve() for _ in range(2)]
        budget(clock).settle(grants[0], Observed())
        assert budget(clock).reserve().token not in {grant.token for grant in grants}

    def test_a_place_nobody_settles_ends_by_itself(self, clock: Clock) -> None:
        for _ in range(2):
            budget(clock).reserve(hold_s=30.0)
        clock.now += 31
        assert budget(clock).reserve()

    def test_a_grant_may_be_smaller_than_asked(self, clock: Clock) -> None:
        assert budget(clock).reserve(mutations=30).mutations == 30
        assert budget(clock).reserve(mutations=30).mutations == 10

    def test_what_an_answer_told_closes_the_gate_for_all(self, clock: Clock) -> None:
        grant = budget(clock).reserve()
        budget(clock).settle(grant, Observed(closed_for_s=12.0, reason="Dynamics asked to wait"))
        with pytest.raises(RateLimited, match="Dynamics asked to wait") as raised:
            budget(clock).reserve()
        assert raised.value.retry_after_s == pytest.approx(12.0)

    def test_nothing_is_refused_on_old_news(self, clock: Clock) -> None:
        mine, theirs = budget(clock), budget(clock)
        grants = [theirs.reserve(), mine.reserve()]
        theirs.settle(grants[0], Observed())  # mine still remembers two calls under way
        assert mine.reserve()
        with pytest.raises(RateLimited):
            mine.reserve()

    def test_what_is_remembered_saves_the_reading(self, clock: Clock, django_assert_num_queries: Any) -> None:
        mine = budget(clock)
        mine.settle(mine.reserve(), Observed())
        with django_assert_num_queries(2):
            mine.settle(mine.reserve(), Observed())

    def test_a_refusal_leaves_no_trace(self, clock: Clock) -> None:
        for _ in range(2):
            budget(clock).reserve()
        before = Budget.objects.values().get()
        with pytest.raises(RateLimited):
            budget(clock).reserve()
        assert Budget.objects.values().get() == before

    def test_what_is_left_can_be_shown(self, clock: Clock) -> None:
        assert budget(clock).headroom() == {"in_flight": 0, "places_left": 2, "mutations_left": 40}
        budget(clock).reserve(mutations=3)
        assert budget(clock).headroom() == {"in_flight": 1, "places_left": 1, "mutations_left": 37}
        assert str(Budget.objects.get()) == "account:1"


class TestContention:
    def lose(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let somebody else always be quicker."""
        from_json = budgets.Usage.from_json

        def overtaken(stored: object) -> object:
            Budget.objects.update(version=10_000 + Budget.objects.get().version)
            return from_json(stored)  # type: ignore[arg-type]

        monkeypatch.setattr(budgets.Usage, "from_json", overtaken)

    def test_a_row_that_is_always_taken_is_a_limit_and_no_hang(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.lose(monkeypatch)
        with pytest.raises(RateLimited, match="contended") as raised:
            budget(clock).reserve()
        assert raised.value.retry_after_s == 1.0

    def test_a_call_that_was_made_is_not_lost_for_it(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grant = budget(clock).reserve()
        self.lose(monkeypatch)
        budget(clock).settle(grant, Observed())


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture
    def busy(self, transactional_db: None) -> Iterator[None]:
        yield

    def test_never_more_is_granted_than_there_is(self, busy: None) -> None:
        limits = Limits(mutations=Window(40, 3600.0))
        granted: list[int] = []

        def work() -> None:
            shared = SharedBudget("account:9", limits)
            for _ in range(10):
                try:
                    grant = shared.reserve(mutations=3)
                except RateLimited:
                    return
                granted.append(grant.mutations)
                shared.settle(grant, Observed())

        assert in_threads(*([work] * 4)) == []
        assert sum(granted) == 40

    def test_every_place_comes_back(self, busy: None) -> None:
        limits = Limits(concurrency=3)
        open_: list[Grant] = []
        most = []

        def work() -> None:
            shared = SharedBudget("environment:9", limits)
            done = 0
            while done < 8:
                try:
                    grant = shared.reserve()
                except RateLimited:
                    continue
                open_.append(grant)
                most.append(len(open_))
                open_.remove(grant)
                shared.settle(grant, Observed())
                done += 1

        assert in_threads(*([work] * 4)) == []
        assert max(most) <= 3
        assert SharedBudget("environment:9", limits).headroom() == {"in_flight": 0, "places_left": 3}
