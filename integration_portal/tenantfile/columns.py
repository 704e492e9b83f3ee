"""The columns of one mapping are made what a file wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration_portal.tenantfile.findings import Findings
from integration_portal.tenantfile.form import ColumnEntry
from integration_portal.tenantfile.rows import fill, save
from mappings.models import BoardMapping, ColumnMapping, ValueMap


def apply(
    mapping: BoardMapping,
    wanted: Sequence[ColumnEntry],
    by_name: Mapping[str, BoardMapping],
    path: str,
    findings: Findings,
) -> None:
    """Save columns with their labels in the order of the file; others go.

    Args:
        by_name: the tenant's mappings, which columns may point at.
        path: of the mapping.
        findings: gets what the tables refuse.
    """
    standing = {row.column_id: row for row in mapping.columns.all()}
    for position, entry in enumerate(wanted):
        row = standing.pop(entry.column_id, None) or ColumnMapping(mapping=mapping)
        fill(row, entry, "linked_mapping")
        row.position = position
        row.linked_mapping = by_name.get(entry.linked_mapping)
        place = f"{path}.columns[{position}]"
        if save(row, place, findings):
            _labels(row, entry.labels, f"{place}.labels", findings)
    for gone in standing.values():
        gone.delete()


def _labels(column: ColumnMapping, wanted: Mapping[str, str], path: str, findings: Findings) -> None:
    if {one.value: one.label for one in column.values.all()} == dict(wanted):
        return
    column.values.all().delete()
    for value, label in wanted.items():
        save(ValueMap(column=column, value=value, label=label), f"{path}.{value}", findings)
