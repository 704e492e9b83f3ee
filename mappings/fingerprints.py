"""One short text for "this record, shown by this mapping": while it stays the same there is nothing to do."""

from __future__ import annotations

import hashlib
import json

from mappings.catalogue.kind import Record
from mappings.rules import BoardRule, ColumnRule
from mappings.texts import as_text


def fingerprint(rule: BoardRule, record: Record) -> str:
    """Take the fingerprint of a record's mapped values and of what the mapping makes of them: 64 hex digits.

    Args:
        record: with every field of `rule.fields()`, whichever way it was read.
    """
    shown = (
        [_shown(column) for column in rule.columns],
        rule.template,
        rule.key_column_id,
        rule.board_id,
        rule.group_field,
        sorted(rule.groups.items()),
        rule.default_group_id,
    )
    values = {name: as_text(record.values.get(name)) for name in sorted(rule.fields())}
    text = json.dumps([repr(shown), values, record.key])
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(column: ColumnRule) -> tuple[object, ...]:
    """What of a column decides on its cell. Labels come in any order; who wins in a conflict changes no cell."""
    return (
        column.column_id,
        column.field,
        sorted(column.labels.items()),
        column.direction,
        column.transform,
        column.argument,
        column.linked_mapping_id,
    )
