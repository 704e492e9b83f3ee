"""A record that a sweep missed twice: it was posted and goes on under another mapping, or it is gone."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import ConnectorError
from integration_portal.batch import Batch
from integration_portal.bringing import Bringing
from integration_portal.models import State
from integration_portal.pausing import reading_scope, scope_of
from integration_portal.sync.read import Hint, read_records
from mappings import store
from mappings.catalogue.kind import Record, record_key
from mappings.rules import BoardRule


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
        company = self.batch.events[hint.event_id].company
        for rule in rules:
            if rule.takes(company) and not self._goes_on(hint.event_id, rule, key):
                self.batch.written += self.bringing.say_gone(rule, {key: title})
        return key

    def _goes_on(self, event_id: int, rule: BoardRule, key: str) -> bool:
        """Look for the record under the mappings that take over this one's items, and bring it there."""
        natural = store.natural_of(rule.mapping_id, key)
        for heir in store.successors(rule.mapping_id) if natural else ():
            try:
                same = self._same(heir, natural)
            except ConnectorError as error:
                scope = reading_scope(error, heir, self.batch.environment.pk)
                self.batch.settle_after(event_id, error, scope)
                return True
            if same is not None:
                return self._passed_on(event_id, rule, key, heir, same)
        return False

    def _same(self, heir: BoardRule, natural: str) -> Record | None:
        """Read the record of the heir's kind that has this name for life."""
        names = heir.kind.natural
        # An invoice number, the last part, may contain the sign itself.
        parts = dict(zip(names, natural.split("|", len(names) - 1), strict=True))
        records = read_records(
            self.bringing.dynamics, heir.kind, [Hint(0, parts)], heir.fields() | set(names)
        )
        return next((one for one in records if one.natural == natural and heir.wants(one)), None)

    def _passed_on(self, event_id: int, rule: BoardRule, key: str, heir: BoardRule, record: Record) -> bool:
        """Bring the heir; False when it has an item of its own, so that ours is left over."""
        [written] = self.bringing.bring(heir, [record])
        self.batch.keep([written])
        if written.error is not None:
            scope = written.scope or scope_of(written.error, heir)
            self.batch.settle_after(event_id, written.error, scope)
        elif store.item_ids(rule.mapping_id, [key]):
            return False
        else:
            self.batch.settle_as(event_id, State.DONE, f"Its item goes on as: {written.title}.")
        return True
