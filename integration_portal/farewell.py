"""A record that a sweep missed twice: it was posted and goes on under another mapping, or it is gone."""

from __future__ import annotations

from collections.abc import Sequence

from integration_portal.batch import Batch, scope_of
from integration_portal.bringing import Bringing
from integration_portal.models import State
from integration_portal.sync.read import Hint, read_records
from mappings import store
from mappings.catalogue.kind import record_key
from mappings.rules import BoardRule

# The event type of what a sweep puts into the inbox.
GONE = "RecordGone"


class Farewell:
    """Says on the boards that records are gone, unless they only changed their entity set."""

    def __init__(self, batch: Batch, bringing: Bringing) -> None:
        self.batch = batch
        self.bringing = bringing

    def say(self, hint: Hint, rules: Sequence[BoardRule]) -> str:
        """Deal with one record that Dynamics does not have any more.

        Returns:
            Its key.
        """
        kind = self.batch.kind
        key = record_key([hint.criteria.get(name) for name in kind.entity.keys])
        title = f"{kind.label} {self.batch.events[hint.event_id].subject}"
        for rule in rules:
            if not self._goes_on(hint.event_id, rule, key):
                self.batch.written += self.bringing.say_gone(rule, {key: title})
        return key

    def _goes_on(self, event_id: int, rule: BoardRule, key: str) -> bool:
        """Look for the record under the mappings that take over this one's items, and bring it there."""
        natural = store.natural_of(rule.mapping_id, key)
        for heir in store.successors(rule.mapping_id) if natural else ():
            parts = dict(zip(heir.kind.natural, natural.split("|"), strict=True))
            fields = heir.fields() | set(heir.kind.natural)
            records = read_records(self.bringing.dynamics, heir.kind, [Hint(0, parts)], fields)
            same = [record for record in records if record.natural == natural and heir.wants(record)]
            if same:
                [written] = self.bringing.bring(heir, same[:1])
                self.batch.keep([written])
                if written.error is not None:
                    self.batch.settle_after(event_id, written.error, scope_of(written.error, heir))
                else:
                    self.batch.settle_as(event_id, State.DONE, f"Its item goes on as: {written.title}.")
                return True
        return False
