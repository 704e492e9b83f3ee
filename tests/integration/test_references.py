"""Reference values: when they are read, what is done about failures, and what is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.models import Action, AuditEntry
from connectors import connections, registry
from connectors.dynamics.model import Entity, Row
from connectors.errors import (
    AuthFailed,
    Misconfigured,
    NotUsable,
    ProtocolFault,
    RateLimited,
    Rejected,
    Unreachable,
)
from connectors.models import DynamicsEnvironment
from connectors.monday.model import Label
from integration_portal import dispatcher, heartbeat, queueing, reference_calls, references, tasks
from integration_portal.models import State
from mappings import catalogue, reference_reading, reference_store, store
from mappings.models import (
    BoardMapping,
    ColumnMapping,
    GroupMapping,
    ReferenceReading,
    ReferenceValue,
    ValueMap,
)
from mappings.rules import Condition
from tests.fakes.samples import BOARD, DUE, STATUS, board, invoice
from tests.integration.conftest import Portal, invoice_event, make_tenant

INVOICE = catalogue.kind("posted_invoice")
ORDER = catalogue.kind("purchase_order")
TERMS = catalogue.kind("payment_terms")


@dataclass
class Reader:
    """A Dynamics environment, for walking only.

    Attributes:
        rows: by entity set; those not named are empty.
        errors: by entity set, raised every time.
        asked: entity sets, in order.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read_pages(
        self, entity: Entity, *, select: Sequence[str] = (), page_size: int = 0
    ) -> Iterator[list[Row]]:
        self.asked.append(entity.entity_set)
        if entity.entity_set in self.errors:
            raise self.errors[entity.entity_set]
        rows = self.rows.get(entity.entity_set, [])
        for at in range(0, len(rows), page_size):
            yield rows[at : at + page_size]


def terms(name: str, company: str = "usmf", text: str = "") -> Row:
    return Row({"dataAreaId": company, "Name": name, "Description": text})


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    called: list[int] = []
    monkeypatch.setattr(queueing, "read_references", lambda pk: called.append(pk) or True)
    return called


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    made = Reader({"PaymentTerms": [terms("Net10"), terms("Net30"), terms("COD", "demf")]})
    monkeypatch.setattr(connections, "dynamics", lambda _environment: made)
    return made


@pytest.fixture
def environment(db: None) -> DynamicsEnvironment:
    return make_tenant().environment


def known(environment: DynamicsEnvironment, kind: str, *values: str, company: str = "", **more: Any) -> None:
    """Let these values be known from a full reading."""
    ReferenceReading.objects.get_or_create(
        environment=environment, kind=kind, defaults={"read_at": timezone.now()}
    )
    ReferenceValue.objects.bulk_create(
        ReferenceValue(
            environment=environment,
            kind=kind,
            company=company,
            value=value,
            folded=value.casefold(),
            changed_at=timezone.now(),
            **more,
        )
        for value in values
    )


def reading(kind: str = "payment_terms") -> ReferenceReading:
    return ReferenceReading.objects.get(kind=kind)


def due(environment: DynamicsEnvironment, hours: float = 0) -> bool:
    return environment.pk in reference_reading.due_environments(timezone.now() + timedelta(hours=hours))


class TestWhen:
    def test_an_environment_with_a_mapping_is_due_at_once(self, environment: DynamicsEnvironment) -> None:
        bare = DynamicsEnvironment.objects.create(
            tenant=environment.tenant, name="Bare", host="https://bare.operations.dynamics.com"
        )
        assert (due(environment), due(bare)) == (True, False)

    def test_hours_of_zero_read_only_when_asked(
        self, environment: DynamicsEnvironment, reader: Reader, queue: list[int]
    ) -> None:
        environment.reference_hours = 0
        environment.save()
        assert not due(environment)
        reference_calls.ask(environment.pk)
        assert queue == [environment.pk]
        assert due(environment)
        references.read(environment.pk)
        assert len(reader.asked) == len(reference_reading.kinds())
        assert not due(environment, hours=10_000)

    def test_it_is_due_again_after_its_hours(self, environment: DynamicsEnvironment, reader: Reader) -> None:
        references.read(environment.pk)
        assert (due(environment, 23), due(environment, 25)) == (False, True)
        environment.reference_hours = 2
        environment.save()
        assert due(environment, 2.1)

    def test_a_reading_that_was_never_heard_of_again_is_made_again(
        self, environment: DynamicsEnvironment
    ) -> None:
        soon = timezone.now() + timedelta(minutes=5)
        for kind in reference_reading.kinds():
            assert reference_reading.begin(environment.pk, kind, again_at=soon) == 1
        assert (due(environment), due(environment, 0.1)) == (False, True)
        assert reference_reading.begin(environment.pk, TERMS, again_at=soon) == 2

    @pytest.mark.parametrize("how", ["paused", "off"])
    def test_an_environment_that_rests_is_not_read(
        self, environment: DynamicsEnvironment, reader: Reader, how: str
    ) -> None:
        reference_reading.ask(environment.pk, timezone.now())
        if how == "paused":
            registry.pause(f"environment:{environment.pk}", "Off.")
        else:
            environment.tenant.active = False
            environment.tenant.save()
        assert not due(environment)
        references.read(environment.pk)
        assert reader.asked == []

    def test_the_dispatcher_calls_for_what_is_due_now_and_then(
        self, environment: DynamicsEnvironment, queue: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = dispatcher.Dispatcher("here")
        for now in (1000.0, 1001.0, 1029.0, 1030.0):
            one._call_for_references(now)
        assert queue == [environment.pk] * 2

    def test_the_queue_carries_the_environments_number(
        self, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put: list[tuple[str, str]] = []
        monkeypatch.setattr(queueing, "async_task", lambda *task: put.append(task))
        assert queueing.read_references(7)
        assert put == [("integration_portal.tasks.read_references", "7")]


class TestReading:
    def test_only_one_worker_reads_an_environment(
        self, environment: DynamicsEnvironment, reader: Reader
    ) -> None:
        lease = f"{references.LEASE}{environment.pk}"
        assert heartbeat.hold(lease, "another", seconds=60)
        references.read(environment.pk)
        assert reader.asked == []
        heartbeat.let_go(lease, "another")
        references.read(environment.pk)
        assert reader.asked
        assert heartbeat.hold(lease, "another", seconds=60)

    def test_a_deleted_environment_is_nothing_to_read(self, db: None, reader: Reader) -> None:
        references.read(4711)
        assert reader.asked == []

    def test_secrets_that_do_not_open_pause_the_environment(
        self, environment: DynamicsEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def closed(pk: int) -> DynamicsEnvironment:
            raise Misconfigured("The key does not fit.", system="portal")

        monkeypatch.setattr(registry, "load_environment", closed)
        references.read(environment.pk)
        references.read(environment.pk)
        environment.refresh_from_db()
        assert "The key does not fit." in environment.paused_reason

    def test_a_refusal_pauses_the_environment_and_is_told(
        self, environment: DynamicsEnvironment, reader: Reader
    ) -> None:
        first = reference_reading.kinds()[0]
        reader.errors[first.entity.entity_set] = AuthFailed("Refused.", system="dynamics")
        references.read(environment.pk)
        environment.refresh_from_db()
        assert environment.paused_at
        assert len(reader.asked) == 1
        assert AuditEntry.objects.get(action=Action.CONNECTION_PAUSED).detail == environment.paused_reason
        reader.errors.clear()
        registry.resume(f"environment:{environment.pk}")
        assert due(environment)
        references.read(environment.pk)
        assert reading(first.name).problem == ""

    @pytest.mark.parametrize(
        "error",
        [
            NotUsable("No privilege.", system="dynamics"),
            Rejected("Bad field.", system="dynamics"),
            ProtocolFault("No list.", system="dynamics"),
        ],
    )
    def test_what_one_kind_lacks_does_not_keep_the_others(
        self, environment: DynamicsEnvironment, reader: Reader, error: Exception
    ) -> None:
        reader.errors["Currencies"] = error
        references.read(environment.pk)
        environment.refresh_from_db()
        assert environment.paused_at is None
        assert reading("currency").problem == f"The currencies were not read: {error}"
        assert reading("currency").read_at is None
        assert reading("payment_terms").read_at
        assert (due(environment, 23), due(environment, 25)) == (False, True)

    def test_a_limit_waits_as_long_as_it_says(self, environment: DynamicsEnvironment, reader: Reader) -> None:
        first = reference_reading.kinds()[0]
        for said, wait in ((7200.0, 7200.0), (None, references.RATE_LIMIT_DEFAULT_S)):
            reader.errors[first.entity.entity_set] = RateLimited("Wait.", retry_after_s=said)
            reference_reading.ask(environment.pk, timezone.now())
            references.read(environment.pk)
            due_at = reading(first.name).due_at
            assert due_at is not None
            assert abs((due_at - timezone.now()).total_seconds() - wait) < 5

    def test_what_passes_is_tried_again_ever_later(
        self, environment: DynamicsEnvironment, reader: Reader
    ) -> None:
        first = reference_reading.kinds()[0]
        reader.errors[first.entity.entity_set] = Unreachable("Broke.", system="dynamics")
        for _ in range(5):
            ReferenceReading.objects.filter(kind=first.name).update(due_at=timezone.now())
            references.read(environment.pk)
        row = reading(first.name)
        assert (row.attempts, len(reader.asked)) == (5, 5)
        assert row.due_at is not None and row.due_at > timezone.now()

    def test_a_database_that_is_away_ends_the_task_quietly(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def away(pk: int) -> None:
            raise DatabaseError

        monkeypatch.setattr(references, "read", away)
        tasks.read_references("7")
        assert "the database is away" in caplog.text

    def test_two_rows_of_one_value_are_one_value(
        self, environment: DynamicsEnvironment, reader: Reader
    ) -> None:
        reader.rows["PaymentTerms"] = [terms("Net10"), terms("NET10"), terms(" ")]
        references.read(environment.pk)
        assert [one.value for one in ReferenceValue.objects.filter(kind="payment_terms")] == ["Net10"]

    def test_many_values_are_compared_part_by_part(
        self, environment: DynamicsEnvironment, reader: Reader
    ) -> None:
        reader.rows["PaymentTerms"] = [terms(f"T{number}") for number in range(1201)]
        references.read(environment.pk)
        reader.rows["PaymentTerms"] = reader.rows["PaymentTerms"][:1]
        reference_reading.ask(environment.pk, timezone.now())
        references.read(environment.pk)
        state = next(one for one in reference_reading.states(environment.pk) if one.kind is TERMS)
        assert (state.values, state.suspended, state.gone) == (1, 0, 1200)
        assert state.read_at and state.problem == ""


class TestWriting:
    def check(self, environment: DynamicsEnvironment, value: Any, field: str = "PaymentTermsName") -> str:
        found = reference_store.check_write(environment.pk, ORDER, field, value, "usmf")
        return found.sentence if found else ""

    def test_a_value_that_does_not_exist_is_named_with_the_nearest(
        self, environment: DynamicsEnvironment
    ) -> None:
        known(environment, "payment_terms", "Net10", "Net30", "Net60", company="usmf")
        known(environment, "payment_terms", "Net31", company="demf")
        sentence = "Payment terms Net31 do not exist in usmf. Nearest: Net30, Net10."
        assert self.check(environment, "Net31") == sentence

    def test_existing_empty_and_free_values_are_fine(self, environment: DynamicsEnvironment) -> None:
        known(environment, "payment_terms", "Net10", company="usmf")
        assert self.check(environment, "net10 ") == self.check(environment, None) == ""
        assert self.check(environment, "anything", "VendorOrderReference") == ""

    def test_a_suspended_value_is_said_to_be_so(self, environment: DynamicsEnvironment) -> None:
        known(environment, "payment_terms", "Net10", company="usmf", suspended=True)
        assert self.check(environment, "Net10") == "Payment terms Net10 are suspended in usmf."

    def test_nothing_is_known_before_the_first_reading(self, environment: DynamicsEnvironment) -> None:
        assert self.check(environment, "Net31") == ""
        known(environment, "payment_terms", "Net10", company="usmf")
        ReferenceReading.objects.update(read_at=None)
        assert self.check(environment, "Net31") == ""

    def test_another_environments_values_do_not_count(self, environment: DynamicsEnvironment) -> None:
        known(environment, "payment_terms", "Net10", company="usmf")
        known(make_tenant("Fabrikam").environment, "payment_terms", "Net31", company="usmf")
        assert self.check(environment, "Net31").startswith("Payment terms Net31 do not exist")

    def test_among_very_many_values_the_nearest_are_sought_by_how_they_begin(
        self, environment: DynamicsEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reference_store, "MOST_COMPARED", 2)
        known(environment, "payment_terms", "Net10", "Net30", "COD", "M+1", company="usmf")
        assert self.check(environment, "Net31").endswith("Nearest: Net30, Net10.")
        assert self.check(environment, "CO").endswith("Nearest: COD.")

    def test_a_global_record_is_checked_against_everything(self, environment: DynamicsEnvironment) -> None:
        known(environment, "payment_terms", "Net10", company="usmf")
        found = reference_store.check_write(environment.pk, ORDER, "PaymentTermsName", "Net11", "")
        assert found is not None and found.sentence.startswith(
            "Payment terms Net11 do not exist in Dynamics."
        )


class TestRemarks:
    def test_a_record_with_a_value_out_of_use_is_shown_with_a_remark(self, portal: Portal) -> None:
        known(portal.environment, "currency", "USD")
        known(portal.environment, "currency", "EUR", suspended=True)
        event = portal.settled()
        assert event.state == State.DONE
        assert event.reason == "Currency EUR is suspended in usmf."
        assert len(portal.texts()) == 1
        assert portal.trail()[-1].detail == event.reason

    def test_a_record_whose_values_are_in_order_has_none(self, portal: Portal) -> None:
        known(portal.environment, "currency", "EUR")
        assert portal.settled().reason == ""

    def test_of_several_records_only_those_with_a_finding_are_named(self, portal: Portal) -> None:
        known(portal.environment, "currency", "EUR")
        records = [invoice(SourceKey=1), invoice(SourceKey=2, CurrencyCode="EURO")]
        found = reference_store.remarks(portal.environment.pk, INVOICE, records, ["CurrencyCode"])
        assert found == {"usmf/2": "Currency EURO does not exist in usmf. Nearest: EUR."}

    def test_nothing_is_said_of_what_was_not_written(self, portal: Portal) -> None:
        known(portal.environment, "currency", "USD")
        portal.settled()
        again = portal.settled(invoice_event())
        assert (again.state, again.reason) == (State.SKIPPED, "No difference: both sides agree.")

    def test_fields_that_no_mapping_shows_are_not_looked_at(self, portal: Portal) -> None:
        known(portal.environment, "payment_terms", "Net10", company="usmf")
        assert portal.settled().reason == ""

    def test_a_field_that_refers_to_an_unknown_kind_is_left_alone(self, portal: Portal) -> None:
        odd = replace(INVOICE, refers={"CurrencyCode": "nothing"})
        record = INVOICE.record(portal.dynamics.rows["VendInvoiceJourBiEntities"][0])
        assert reference_store.remarks(portal.environment.pk, odd, [record], ["CurrencyCode"]) == {}


class TestFindings:
    def found(self, portal: Portal, *labels: str, **changes: Any) -> list[str]:
        portal.mapping.refresh_from_db()
        rule = replace(store.as_rule(portal.mapping), **changes)
        columns = tuple(
            replace(one, labels=tuple(Label(text, text) for text in labels)) if one.id == STATUS else one
            for one in BOARD.columns
        )
        return reference_store.findings(portal.environment.pk, rule, board(columns=columns))

    def test_nothing_is_found_before_the_first_reading(self, portal: Portal) -> None:
        assert self.found(portal, "Dollar") == []

    def test_labels_and_values_are_compared(self, portal: Portal) -> None:
        known(portal.environment, "currency", "USD", "GBP")
        known(portal.environment, "currency", "EUR", suspended=True)
        assert self.found(portal, "US dollar", "EUR", "42") == [
            "Column Currency has no label for these currencies: GBP.",
            "Column Currency has labels that are no existing currencies: 42.",
            "Column Currency has labels of currencies that are suspended in Dynamics: EUR.",
        ]

    def test_a_mapped_value_that_does_not_exist_is_found(self, portal: Portal) -> None:
        known(portal.environment, "currency", "EUR")
        found = self.found(portal, "EUR")
        assert found == [f"The labels of column {STATUS}: Currency USD does not exist in Dynamics."]

    def test_one_legal_entity_that_knows_the_value_is_enough(self, portal: Portal) -> None:
        ColumnMapping.objects.filter(mapping=portal.mapping, column_id=STATUS).update(field="Payment")
        ValueMap.objects.update(value="Net10", label="Ten")
        known(portal.environment, "payment_terms", "Net10", company="demf")
        known(portal.environment, "payment_terms", "Net60", company="frrt")
        both = frozenset({"usmf", "demf"})
        assert self.found(portal, "Ten", companies=both) == []
        assert self.found(portal, "Ten", companies=frozenset({"usmf"})) == [
            f"The labels of column {STATUS}: Payment terms Net10 do not exist in usmf.",
            "Column Currency has labels that are no existing payment terms: Ten.",
        ]

    def test_values_of_groups_and_conditions_are_looked_at(self, portal: Portal) -> None:
        known(portal.environment, "currency", "USD", "EUR")
        GroupMapping.objects.create(mapping=portal.mapping, value="EURO", group_id="topics")
        BoardMapping.objects.update(group_field="CurrencyCode")
        conditions = (
            Condition("CurrencyCode", "is", ("EUR", "XYZ")),
            Condition("InvoiceAmount", "is", ("1",)),
            Condition("CurrencyCode", "at_least", ("QQQ",)),
        )
        assert self.found(portal, "US dollar", "EUR", conditions=conditions) == [
            "The mapping's values of CurrencyCode: Currency EURO does not exist in Dynamics. Nearest: EUR.",
            "The mapping's values of CurrencyCode: Currency XYZ does not exist in Dynamics.",
        ]

    def test_too_many_values_for_labels_are_said_to_be_so(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reference_store, "MOST_COMPARED", 2)
        known(portal.environment, "currency", "USD", "EUR", "GBP")
        [found] = self.found(portal, "US dollar")
        assert found.startswith("Column Currency shows one of more than 2 currencies, too many for labels.")

    def test_long_lists_are_cut(self, portal: Portal) -> None:
        known(portal.environment, "currency", "USD", *(f"C{number:02}" for number in range(12)))
        assert self.found(portal, "US dollar")[0].endswith(", C08, C09 and 2 more.")

    def test_a_column_without_labels_or_a_board_never_read_is_left_alone(self, portal: Portal) -> None:
        known(portal.environment, "currency", "USD")
        ColumnMapping.objects.filter(column_id=DUE).update(field="CurrencyCode")
        assert self.found(portal, "US dollar") == []
        rule = store.as_rule(portal.mapping)
        assert reference_store.findings(portal.environment.pk, rule, None) == []
