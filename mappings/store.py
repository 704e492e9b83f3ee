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
        paused_reason=mapping.paused_reason if mapping.paused_at else "",
        listens=mapping.listens,
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


def rule(mapping_id: int) -> BoardRule | None:
    """Load one mapping, None when it is not active."""
    mapping = (
        BoardMapping.objects.filter(pk=mapping_id, active=True)
        .prefetch_related("columns__values", "groups", "legal_entities")
        .first()
    )
    return as_rule(mapping) if mapping else None


def pause_mapping(mapping_id: int, reason: str) -> bool:
    """Stop a mapping that cannot do its work as it is; its events wait. Returns True when it was not paused before."""
    rows = BoardMapping.objects.filter(pk=mapping_id, paused_at__isnull=True)
    return bool(rows.update(paused_at=timezone.now(), paused_reason=reason))


def resume_mapping(mapping_id: int) -> bool:
    """Let it go on. Returns True when it was paused."""
    rows = BoardMapping.objects.filter(pk=mapping_id, paused_at__isnull=False)
    return bool(rows.update(paused_at=None, paused_reason=""))


def paused_mappings() -> set[str]:
    """Name the paused mappings as events wait for them: mapping:<id>. Nothing waits for one that is not active any more."""
    paused = BoardMapping.objects.filter(paused_at__isnull=False, active=True)
    return {f"mapping:{pk}" for pk in paused.values_list("pk", flat=True)}


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
        lanes.filter(Q(lease_owner="") | Q(lease_until__lt=now)).update(**_taken(owner, now, seconds))
        return {row.record_key: _link(row) for row in lanes.filter(lease_owner=owner)}


def _taken(owner: str, now: datetime, seconds: float) -> dict[str, Any]:
    return {
        "uncertain": Case(When(lease_owner="", then=F("uncertain")), default=Value(True)),
        "lease_owner": owner,
        "lease_until": now + timedelta(seconds=seconds),
    }


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
        if update.natural is not None:
            values["natural"] = update.natural[:200]
        if update.fingerprint is not None:
            values["fingerprint"] = update.fingerprint
        if update.gone is not None:
            values |= {"gone_at": timezone.now() if update.gone else None, "missed": 0}
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
    # Pending and posted invoices share a board, so every mapping of the board counts.
    board = BoardMapping.objects.filter(pk=mapping_id).values("account_id", "board_id")[:1]
    linked = RecordLink.objects.filter(
        mapping__account_id=board.values("account_id"), mapping__board_id=board.values("board_id")
    )
    linked = linked.filter(item_id__in=list(item_ids)).exclude(item_id="")
    return set(linked.values_list("item_id", flat=True))


def successors(mapping_id: int) -> list[BoardRule]:
    """Load the active mappings that take over this one's items."""
    mappings = BoardMapping.objects.filter(predecessor_id=mapping_id, active=True).order_by("id")
    return [as_rule(mapping) for mapping in mappings]


def natural_of(mapping_id: int, record_key: str) -> str:
    """Tell what names the thing behind a linked record for life, "" when nothing does."""
    rows = RecordLink.objects.filter(mapping_id=mapping_id, record_key=record_key)
    return rows.values_list("natural", flat=True).first() or ""


def item_ids(mapping_id: int, record_keys: Iterable[str]) -> dict[str, str]:
    """Find the items that stand for these records; records without one are left out."""
    rows = RecordLink.objects.filter(mapping_id=mapping_id, record_key__in=list(record_keys)).exclude(
        item_id=""
    )
    return dict(rows.values_list("record_key", "item_id"))


def inherit(
    predecessor_id: int, naturals: Iterable[str], *, owner: str, seconds: float
) -> tuple[dict[str, Link], set[str]]:
    """Take the lanes of a predecessor's items that go on under another mapping.

    Args:
        naturals: names for life of the records that may take them over.

    Returns:
        ({name for life: leased link}, names whose lane another worker holds).
    """
    now = timezone.now()
    with transaction.atomic():
        rows = RecordLink.objects.filter(mapping_id=predecessor_id, natural__in=list(naturals)).exclude(
            item_id=""
        )
        rows.filter(Q(lease_owner="") | Q(lease_until__lt=now)).update(**_taken(owner, now, seconds))
        found = list(rows.order_by("-id"))
    mine = {row.natural: _link(row) for row in found if row.lease_owner == owner}
    return mine, {row.natural for row in found} - set(mine)


def _link(row: RecordLink) -> Link:
    settled = row.settled_at.timestamp() if row.settled_at else None
    return Link(
        row.pk,
        row.record_key,
        row.item_id,
        row.baseline,
        row.uncertain,
        settled,
        row.answers,
        gone=row.gone_at is not None,
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=timezone.get_default_timezone())
