"""Labels of status and dropdown columns: checked here, before a typing error becomes a new label in monday.

A label has a stable id and a text. What monday calls `index` when a status is written, and
`StatusValue.index` when it is read, is that id, not the position (developer.monday.com, "Status").
"""

from __future__ import annotations

from connectors.monday.columns.codec import CannotEncode, shown
from connectors.monday.model import Column, Label


def find(text: str, column: Column) -> Label:
    """The label that a text means: the same text, else the only one that differs in letter case alone.

    Raises:
        CannotEncode: there is none, several, or only one that was deactivated.
    """
    active = [label for label in column.labels if not label.deactivated]
    found = _matching(text, active)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(label.text for label in found)
        raise CannotEncode(
            f"Column {column.title} has several labels like {shown(text)}: {names}. "
            "Write the label exactly, or rename one of them in monday."
        )
    if _matching(text, list(column.labels)):
        raise CannotEncode(
            f"The label {shown(text)} of column {column.title} was deactivated in monday. "
            "Activate it again, or map the value to another label."
        )
    names = ", ".join(label.text for label in active if label.text) or "none"
    raise CannotEncode(
        f"Column {column.title} has no label {shown(text)}. Its labels are: {names}. "
        "Add the label in monday, or map the value to one of these."
    )


def known_text(text: str, column: Column) -> str:
    """The label's own text where the text means a label, else the text itself: equal for equal meaning."""
    found = _matching(text, [label for label in column.labels if not label.deactivated])
    return found[0].text.strip() if len(found) == 1 else text.strip()


def _matching(text: str, labels: list[Label]) -> list[Label]:
    wanted = text.strip()
    exact = [label for label in labels if label.text.strip() == wanted]
    if exact:
        return exact[:1]
    return [label for label in labels if label.text.strip().casefold() == wanted.casefold()]
