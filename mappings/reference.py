"""Reference values: what other records may refer to. Pure; `mappings.reference_store` knows what exists.

A value counts as the same whatever its letter case and blanks at its end, as Dynamics itself compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher

from connectors.dynamics.model import Plain, Row
from connectors.monday.model import Column
from mappings.catalogue.kind import Kind
from mappings.texts import as_text

MISSING, SUSPENDED, GONE = "missing", "suspended", "gone"

NEAREST = 3
LONGEST_VALUE = 120
LONGEST_NAME = 200
_LIKE = 0.65  # Net31 is like Net30 and Net10 (0.8), not like Net60 (0.6)
_BY_NAME = 0.95  # what has exactly this name comes right after what differs in case and blanks alone
_SHORTEST_NAME = 3


@dataclass(frozen=True)
class Value:
    """One value as Dynamics knows it.

    Attributes:
        company: legal entity, lower case; "" for a value that holds in all of them.
        within: the set it belongs to (a dimension, a chart of accounts), "" where there is one set only.
        suspended: it exists but is out of use.
        gone: Dynamics no longer has it.
    """

    company: str
    within: str
    value: str
    name: str = ""
    suspended: bool = False
    gone: bool = False

    @property
    def usable(self) -> bool:
        """Whether a record may refer to it."""
        return not self.suspended and not self.gone

    @property
    def identity(self) -> tuple[str, str, str]:
        """What it is told apart by inside its kind."""
        return self.company, self.within, folded(self.value)


@dataclass(frozen=True)
class Finding:
    """A value that no record should refer to.

    Attributes:
        problem: "missing", "suspended" or "gone".
        nearest: usable values that may have been meant, best first.
        sentence: for people.
    """

    problem: str
    value: str
    nearest: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Labels:
    """How a column's labels and the existing values differ.

    Attributes:
        without_label: usable values that the board has no active label for.
        without_value: active labels that stand for no existing value.
        suspended: active labels that stand for suspended values only.
    """

    without_label: tuple[str, ...] = ()
    without_value: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()


def folded(text: str) -> str:
    """Bring a value into the form in which Dynamics compares it."""
    return text.rstrip().casefold()


def value_of(kind: Kind, row: Row, *, today: date) -> Value | None:
    """Read a reference value out of a row; None when the row has none.

    Args:
        kind: with a `reference`.
        today: from the day after its `ends` on a value counts as suspended.
    """
    value = as_text(row.values.get(kind.reference)).strip()
    if not value:
        return None
    return Value(
        company=_text(row, kind.company_field).lower() if kind.company_field else "",
        within=_text(row, kind.within)[:LONGEST_VALUE],
        value=value[:LONGEST_VALUE],
        name=_text(row, kind.reference_name)[:LONGEST_NAME],
        suspended=any(_text(row, name) in values for name, values in kind.suspended.items())
        or _ended(row.values.get(kind.ends), today),
    )


def fields_of(kind: Kind) -> list[str]:
    """Name the fields that `value_of` needs."""
    wanted = {
        kind.reference,
        kind.company_field,
        kind.within,
        kind.reference_name,
        kind.ends,
        *kind.suspended,
    }
    return [name for name in kind.entity.names if name in wanted]


def check(
    kind: Kind, value: Plain, known: Sequence[Value], *, company: str = "", place: str = ""
) -> Finding | None:
    """Say what is wrong with a value that is referred to, None when nothing is.

    Args:
        kind: of the values, for example payment terms.
        value: empty values refer to nothing and are fine.
        known: those of the legal entity, or at least those like this one.
        company: the legal entity of the record that refers to it, "" for all.
        place: where it was looked for, in words; "" for the legal entity's name.
    """
    text = as_text(value).strip()
    if not text:
        return None
    here = [one for one in known if not company or one.company in ("", company)]
    same = [one for one in here if folded(one.value) == folded(text)]
    if any(one.usable for one in same):
        return None
    problem = SUSPENDED if any(not one.gone for one in same) else GONE if same else MISSING
    like = nearest(text, here)
    said = _sentence(kind, text, problem, place or company or "Dynamics")
    return Finding(problem, text, like, said + (f" Nearest: {', '.join(like)}." if like else ""))


def nearest(text: str, known: Iterable[Value], *, most: int = NEAREST) -> tuple[str, ...]:
    """Find the usable values that may have been meant: other case or blanks, the same name, a slip of the pen."""
    wanted = _bare(text)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best: dict[str, tuple[float, int]] = {}
    for one in known:
        if one.usable and folded(one.value) != folded(text):
            score = _likeness(wanted, one, matcher)
            if score >= _LIKE:
                best[one.value] = (score, _common_prefix(_bare(one.value), wanted))
    ranked = sorted(best, key=lambda value: (-best[value][0], -best[value][1], value))
    return tuple(ranked[:most])


def labels_missing(column: Column, known: Iterable[Value], labels: Mapping[str, str] | None = None) -> Labels:
    """Compare a column's labels with the existing values.

    Args:
        column: a status or dropdown column as last read.
        known: of the legal entities the board shows.
        labels: the mapping's own: value -> label.
    """
    shown = {folded(value): label for value, label in (labels or {}).items()}
    usable: dict[str, str] = {}
    meant: dict[str, bool] = {}  # label, folded -> whether a usable value stands for it
    for one in known:
        if one.gone:
            continue
        label = _label(shown.get(folded(one.value), one.value))
        meant[label] = meant.get(label, False) or one.usable
        if one.usable:
            usable.setdefault(folded(one.value), one.value)
    texts = [label.text.strip() for label in column.labels if label.text.strip() and not label.deactivated]
    there = {_label(text) for text in texts}
    return Labels(
        without_label=tuple(
            value for key, value in sorted(usable.items()) if _label(shown.get(key, value)) not in there
        ),
        without_value=tuple(text for text in texts if _label(text) not in meant),
        suspended=tuple(text for text in texts if meant.get(_label(text)) is False),
    )


# --- inside -------------------------------------------------------------------------------------------------


def _text(row: Row, name: str) -> str:
    return as_text(row.values.get(name)).strip() if name else ""


def _ended(end: Plain, today: date) -> bool:
    if isinstance(end, datetime):
        end = end.date()
    return isinstance(end, date) and end < today


def _sentence(kind: Kind, text: str, problem: str, place: str) -> str:
    several = kind.label == kind.label_plural  # "payment terms" have no singular
    verb = {
        MISSING: "do not exist" if several else "does not exist",
        SUSPENDED: "are suspended" if several else "is suspended",
        GONE: "no longer exist" if several else "no longer exists",
    }[problem]
    return f"{kind.label} {text[:LONGEST_VALUE]} {verb} in {place}."


def _likeness(wanted: str, one: Value, matcher: SequenceMatcher[str]) -> float:
    value = _bare(one.value)
    if value == wanted:
        return 1.0
    name = _bare(one.name)
    if name == wanted:
        return _BY_NAME
    matcher.set_seq1(value)
    likeness = matcher.ratio() if matcher.real_quick_ratio() >= _LIKE <= matcher.quick_ratio() else 0.0
    begins = len(wanted) >= _SHORTEST_NAME and (name.startswith(wanted) or wanted in value)
    return max(likeness * _BY_NAME, _LIKE if begins else 0.0)


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()


def _label(text: str) -> str:
    return text.strip().casefold()


def _common_prefix(left: str, right: str) -> int:
    return next(
        (at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other),
        min(len(left), len(right)),
    )
