"""What is known of reference values, and what is wrong with those that records, labels and writes refer to.

A door to their tables. Of a kind that was never read in full nothing is known, and so nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from connectors.dynamics.model import Plain
from connectors.monday.model import Board
from mappings import catalogue
from mappings.catalogue.kind import Kind, Record
from mappings.models import ReferenceReading, ReferenceValue
from mappings.reference import Finding, Labels, Value, check, folded, labels_missing
from mappings.rules import BoardRule, ColumnRule
from mappings.texts import as_text

# Of more values than this, those that look like a missing one are sought by its first letter, and none is expected as a label.
MOST_COMPARED = 2000
LABELLED = ("status", "dropdown")
_SHOWN = 10


def referred(kind: Kind, field: str) -> Kind | None:
    """Find the kind that a field's values refer to; None when they refer to nothing that is read."""
    return catalogue.KINDS.get(kind.refers.get(field, ""))


def check_write(environment_id: int, kind: Kind, field: str, value: Plain, company: str) -> Finding | None:
    """Say what is wrong with a value before it is written to Dynamics, None when nothing is.

    Args:
        kind: of the record that is written.
        field: of the record.
        value: as it would be written; clearing a field is always fine.
        company: the record's legal entity, "" for global records.
    """
    target = referred(kind, field)
    if target is None:
        return None
    return _check_all(environment_id, target, [(company, as_text(value))]).get(_pair(company, as_text(value)))


def remarks(
    environment_id: int, kind: Kind, records: Iterable[Record], fields: Iterable[str]
) -> dict[str, str]:
    """Say of records what is wrong with the values they refer to.

    Args:
        fields: those that somebody looks at.

    Returns:
        Record key -> sentences. Records without a finding are left out.
    """
    records = list(records)
    found: dict[str, list[str]] = {}
    if not records:
        return {}
    for field in sorted(set(fields) & set(kind.refers)):
        target = referred(kind, field)
        if target is None:
            continue
        texts = {record.key: as_text(record.values.get(field)) for record in records}
        pairs = [(record.company, texts[record.key]) for record in records]
        findings = _check_all(environment_id, target, pairs)
        for record in records if findings else ():
            finding = findings.get(_pair(record.company, texts[record.key]))
            if finding:
                found.setdefault(record.key, []).append(finding.sentence)
    return {key: " ".join(dict.fromkeys(sentences)) for key, sentences in found.items()}


def findings(environment_id: int, rule: BoardRule, board: Board | None) -> list[str]:
    """Say where a mapping and the existing values differ, one sentence each.

    Args:
        board: as last read, None when it never was: then only what the mapping itself names is looked at.
    """
    found: list[str] = []
    for column in rule.columns:
        target = referred(rule.kind, column.field)
        if target and target.name in _read(environment_id, [target.name]):
            found += _named(
                environment_id, target, rule, f"The labels of column {column.column_id}", column.labels
            )
            found += _labels(environment_id, target, rule, column, board)
    for name, values in _other_values(rule):
        target = referred(rule.kind, name)
        if target:
            found += _named(environment_id, target, rule, f"The mapping's values of {name}", values)
    return list(dict.fromkeys(found))


# --- inside -------------------------------------------------------------------------------------------------


def _values(environment_id: int, kind: Kind) -> QuerySet[ReferenceValue]:
    return ReferenceValue.objects.filter(environment_id=environment_id, kind=kind.name)


def _as_values(rows: QuerySet[ReferenceValue]) -> list[Value]:
    columns = ("company", "within", "value", "name", "suspended", "gone")
    return [Value(*row) for row in rows.order_by("folded", "company", "within").values_list(*columns)]


def _read(environment_id: int, names: Sequence[str]) -> set[str]:
    read = ReferenceReading.objects.filter(
        environment_id=environment_id, kind__in=names, read_at__isnull=False
    )
    return set(read.values_list("kind", flat=True))


def _pair(company: str, text: str) -> tuple[str, str]:
    return company, folded(text.strip())


def _check_all(
    environment_id: int, kind: Kind, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Finding]:
    """Check pairs of a legal entity and a value: one query where all of them are in order."""
    pairs = {_pair(company, text): text.strip() for company, text in wanted if text.strip()}
    if not pairs:
        return {}
    same = _as_values(_values(environment_id, kind).filter(folded__in={value for _, value in pairs}))
    suspects = {pair: text for pair, text in pairs.items() if check(kind, text, same, company=pair[0])}
    if not suspects or not _read(environment_id, [kind.name]):
        return {}
    return {
        (company, value): finding
        for (company, value), text in suspects.items()
        if (
            finding := check(
                kind, text, [*same, *_alike(environment_id, kind, company, value)], company=company
            )
        )
    }


def _alike(environment_id: int, kind: Kind, company: str, value: str) -> list[Value]:
    """Fetch values among which the nearest are sought."""
    usable = _values(environment_id, kind).filter(suspended=False, gone=False)
    if company:
        usable = usable.filter(company__in=["", company])
    if usable[: MOST_COMPARED + 1].count() > MOST_COMPARED:
        usable = usable.filter(Q(folded__startswith=value[:2]) | Q(name__istartswith=value[:4]))
    return _as_values(usable)[:MOST_COMPARED]


def _of_rule(environment_id: int, kind: Kind, rule: BoardRule) -> QuerySet[ReferenceValue]:
    values = _values(environment_id, kind)
    return values.filter(company__in=["", *rule.companies]) if rule.companies else values


def _named(environment_id: int, kind: Kind, rule: BoardRule, where: str, values: Iterable[str]) -> list[str]:
    """Check values that the mapping itself names: one legal entity of it that knows a value is enough."""
    pairs = [(company, value) for value in values for company in sorted(rule.companies) or [""]]
    wrong = _check_all(environment_id, kind, pairs)
    return [
        f"{where}: {wrong[_pair(sorted(rule.companies or [''])[0], value)].sentence}"
        for value in values
        if value.strip() and all(_pair(company, value) in wrong for company in rule.companies or [""])
    ]


def _labels(
    environment_id: int, kind: Kind, rule: BoardRule, mapped: ColumnRule, board: Board | None
) -> list[str]:
    column = board.column(mapped.column_id) if board else None
    if column is None or column.archived or column.type not in LABELLED or mapped.transform:
        return []
    known = _of_rule(environment_id, kind, rule)
    if known[: MOST_COMPARED + 1].count() > MOST_COMPARED:
        return [
            f"Column {column.title} shows one of more than {MOST_COMPARED:,} {kind.label_plural.lower()}, too many for labels. "
            "Map the field to a text or a Connect Boards column."
        ]
    return _sentences(column.title, kind, labels_missing(column, _as_values(known), mapped.labels))


def _sentences(title: str, kind: Kind, labels: Labels) -> list[str]:
    what = kind.label_plural.lower()
    parts = (
        (f"Column {title} has no label for these {what}", labels.without_label),
        (f"Column {title} has labels that are no existing {what}", labels.without_value),
        (f"Column {title} has labels of {what} that are suspended in Dynamics", labels.suspended),
    )
    return [f"{said}: {_listed(names)}." for said, names in parts if names]


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _other_values(rule: BoardRule) -> list[tuple[str, Sequence[str]]]:
    """List the values that groups and conditions name, by field."""
    named: list[tuple[str, Sequence[str]]] = [(rule.group_field, list(rule.groups))]
    named += [(one.field, one.values) for one in rule.conditions if one.test in ("is", "is_not")]
    return named
