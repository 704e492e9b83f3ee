"""A record is gone from Dynamics: its item stays, and says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.errors import NotFound, Permanent
from connectors.monday.model import AddUpdate, MoveItem, Outcome, Write
from integration_portal.sync.ports import Items, LaneBusy, Lanes, Written
from mappings.links import Link, LinkUpdate
from mappings.rules import BoardRule


def mark_gone(rule: BoardRule, items: Items, lanes: Lanes, titles: Mapping[str, str]) -> list[Written]:
    """Tell the people on the board that records are gone; no item is ever deleted.

    Args:
        titles: record key -> what people call the record.
    """
    links = lanes.lease(rule, list(titles))
    error = LaneBusy("Another worker is at this record.", system="portal")
    busy = [Written(rule, key, title, None, error=error) for key, title in titles.items() if key not in links]
    writes = {key: _farewell(rule, link, titles[key]) for key, link in links.items()}
    all_writes = [write for made in writes.values() for write in made]
    outcomes = iter(items.write(all_writes) if all_writes else [])
    return busy + [
        _written(rule, links[key], titles[key], [next(outcomes) for _ in made])
        for key, made in writes.items()
    ]


def _farewell(rule: BoardRule, link: Link, title: str) -> list[Write]:
    if not link.item_id or link.gone:
        return []
    lane = f"{rule.mapping_id}:{link.record_key}:{link.id}.{link.answers}:gone"
    said = (
        f"{title} is no longer in Dynamics: it was deleted there. This item is kept, but no longer updated."
    )
    writes: list[Write] = [AddUpdate(lane, link.item_id, said)]
    if rule.gone_group_id and link.baseline.get("group") != rule.gone_group_id:
        writes.append(MoveItem(lane, link.item_id, rule.gone_group_id))
    return writes


def _written(rule: BoardRule, link: Link, title: str, outcomes: Sequence[Outcome]) -> Written:
    error = next((outcome.error for outcome in outcomes if outcome.error), None)
    if error is not None and not isinstance(error, NotFound):  # an item that is gone as well needs no remark
        update = LinkUpdate(link.id, uncertain=link.uncertain, answered=isinstance(error, Permanent))
        return Written(rule, link.record_key, title, update, error=error)
    group = rule.gone_group_id or link.baseline.get("group", "")
    baseline = {**link.baseline, "group": group} if link.item_id else None
    update = LinkUpdate(link.id, baseline=baseline, fingerprint="", gone=True, answered=bool(outcomes))
    said = error is None and bool(outcomes)
    before, after = {"group": link.baseline.get("group", "")}, {"group": group}
    return Written(rule, link.record_key, title, update, gone=True, changed=said, before=before, after=after)
