"""The only door to the tables of this room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from connectors.monday.model import Board
from mappings import catalogue
from mappings.catalogue.kind import EventKeys
from mappings.links import Link, LinkUpdate
from mappings.models import BoardMapping, BoardSnapshot, ColumnMapping, EventRule, RecordLink
from mappings.rules import BoardRule, ColumnRule, conditions_of

# --- Mappings -----------------------------------------------------------------------------------------------


def rules_for(environment_id: int, record_kind: str) -> list[BoardRule]:
    """Load the active mappings that show records of this kind."""
    mappings = (
        BoardMapping.objects.filter(environment_id=environment_id, record_kind=record_kind, active=True)
        .prefetch_related("columns__values", "groups", "legal_entities")
        .order_by("id")
    )
    return [as_rule(mapping) for mapping in mappings]


def as_rule(mapping: BoardMapping) -> BoardRule:
    """Turn a mapping's rows into the engine's form."""
    return BoardRule(
        mapping_id=mapping.pk,
        name=mapping.name,
        account_id=mapping.account_id,
        board_id=mapping.board_id,
        kind=catalogue.kind(mapping.record_kind),
        key_column_id=mapping.key_column_id,
        columns=tuple(_column_rule(column) for column in mapping.columns.all()),
        name_template=mapping.name_template,
        companies=frozenset(entity.data_area_id for entity in mapping.legal_entities.all()),
        group_field=mapping.group_field,
        groups={group.value: group.group_id for group in mapping.groups.all()},
        default_group_id=mapping.default_group_id,
        trust_keys_s=mapping.trust_keys_minutes * 60.0,
        keys_read_at=mapping.keys_read_at.timestamp() if mapping.keys_read_at else None,
        conditions=conditions_of(mapping.conditions),
        predecessor_id=mapping.predecessor_id,
        gone_group_id=mapping.gone_group_id,
    )


def _column_rule(column: ColumnMapping) -> ColumnRule:
    return ColumnRule(
        column.column_id,
        column.field,
        {pair.value: pair.label for pair in column.values.all()},
        direction=column.direction,
        owner=column.owner,
        transform=column.transform,
        argument=column.argument,
        linked_mapping_id=column.linked_mapping_id,
    )


def mark_keys_read(mapping_id: int, at: float) -> None:
    """Note that every key on the board was read at `at` (epoch seconds)."""
    BoardMapping.objects.filter(pk=mapping_id).update(keys_read_at=_moment(at))


def event_rules(environment_id: int) -> dict[str, EventKeys]:
    """Load an environment's own rules: event type -> how the event names its record."""
    return {
        rule.event_type: EventKeys(
            rule.record_kind, rule.keys, bool(catalogue.kind(rule.record_kind).company_field)
        )
        for rule in EventRule.objects.filter(environment_id=environment_id)
    }


# --- Boards as last read ------------------------------------------------------------------------------------


def snapshot(account_id: int, board_id: str) -> tuple[Board, datetime] | None:
    """Load a board as last read, with the time of that reading."""
    row = BoardSnapshot.objects.filter(account_id=account_id, board_id=board_id).first()
    return (Board.from_json(row.structure), row.read_at) if row else None


def keep_snapshot(account_id: int, board: Board) -> None:
    """Store a board as just read."""
    BoardSnapshot.objects.update_or_create(
        account_id=account_id,
        board_id=board.id,
        defaults={"structure": board.to_json(), "read_at": timezone.now()},
    )


# --- Links: the lanes ---------------------------------------------------------------------------------------


def lease(mapping_id: int, record_keys: Sequence[str], *, owner: str, seconds: float) -> dict[str, Link]:
    """Take the lanes of these records; those another worker holds are left out.

    A lease that was never given back (its worker died) may hide a create: such a link comes back as uncertain.

    Args:
        record_keys: inserted in one order by all, lest two workers wait for each other's rows for ever.
        owner: unique to this run of this worker.
        seconds: how long the lease holds if it is never given back.
    """
    now = timezone.now()
    with transaction.atomic():
        RecordLink.objects.bulk_create(
            [RecordLink(mapping_id=mapping_id, record_key=key) for key in sorted(record_keys)],
            ignore_conflicts=True,
        )
        lanes = RecordLink.objects.filter(mapping_id=mapping_id, record_key__in=record_keys)
        lanes.filter(Q(lease_owner="") | Q(lease_until__lt=now)).update(
            uncertain=Case(When(lease_owner="", then=F("uncertain")), default=Value(True)),
            lease_owner=owner,
            lease_until=now + timedelta(seconds=seconds),
        )
        return {row.record_key: _link(row) for row in lanes.filter(lease_owner=owner)}


def settle_links(updates: Iterable[LinkUpdate], *, owner: str) -> None:
    """Write what was learned and give the lanes back, in the caller's transaction.

    A lane that was taken from us meanwhile (our lease passed) is left alone: its new holder looks for itself.
    """
    for update in updates:
        values: dict[str, Any] = {"lease_owner": "", "lease_until": None, "uncertain": update.uncertain}
        if update.item_id is not None:
            values["item_id"] = update.item_id
        if update.baseline is not None:
            values["baseline"] = update.baseline
        if update.settled_at is not None:
            values["settled_at"] = _moment(update.settled_at)
        if update.answered:
            values["answers"] = F("answers") + 1
        RecordLink.objects.filter(pk=update.link_id, lease_owner=owner).update(**values)


def free_lanes(owners: Iterable[str]) -> int:
    """Give back the lanes of workers that died; what they were doing is uncertain."""
    return RecordLink.objects.filter(lease_owner__in=list(owners)).update(
        lease_owner="", lease_until=None, uncertain=True
    )


def lane_owners() -> set[str]:
    """Name everybody who holds a lane."""
    return set(RecordLink.objects.exclude(lease_owner="").values_list("lease_owner", flat=True).distinct())


def adopt(mapping_id: int, items: Mapping[str, tuple[str, Mapping[str, Any]]]) -> int:
    """Link items found on the board to their records.

    Args:
        items: record key -> (item id, baseline read from the item). Records that have an item already keep it.

    Returns:
        How many links were made.
    """
    with transaction.atomic():
        RecordLink.objects.bulk_create(
            [RecordLink(mapping_id=mapping_id, record_key=key) for key in sorted(items)],
            ignore_conflicts=True,
        )
        bare = list(RecordLink.objects.filter(mapping_id=mapping_id, record_key__in=list(items), item_id=""))
        taken = linked_items(mapping_id, [items[link.record_key][0] for link in bare])
        bare = [link for link in bare if items[link.record_key][0] not in taken]
        for link in bare:
            link.item_id, link.baseline = items[link.record_key][0], dict(items[link.record_key][1])
        return RecordLink.objects.bulk_update(bare, ["item_id", "baseline"], batch_size=200)


def linked_items(mapping_id: int, item_ids: Iterable[str]) -> set[str]:
    """Say which of these items stand for a record already."""
    linked = RecordLink.objects.filter(mapping_id=mapping_id, item_id__in=list(item_ids)).exclude(item_id="")
    return set(linked.values_list("item_id", flat=True))


def _link(row: RecordLink) -> Link:
    settled = row.settled_at.timestamp() if row.settled_at else None
    return Link(row.pk, row.record_key, row.item_id, row.baseline, row.uncertain, settled, row.answers)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=timezone.get_default_timezone())
