"""One short text for "this record, shown by this mapping": while it stays the same there is nothing to do."""

from __future__ import annotations

import hashlib
import json

from mappings.catalogue.kind import Record
from mappings.rules import BoardRule
from mappings.texts import as_text


def fingerprint(rule: BoardRule, record: Record) -> str:
    """Take the fingerprint of a record's mapped values and of what the mapping makes of them: 64 hex digits.

    Args:
        record: with every field of `rule.fields()`, whichever way it was read.
    """
    shown = (
        rule.columns,
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
