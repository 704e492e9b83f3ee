"""People column: persons and teams by id (developer.monday.com, "People")."""

from __future__ import annotations

from typing import Any

from connectors.monday.columns.codec import CannotEncode, is_empty, part, shown, wrong_kind
from connectors.monday.model import Cell, Column

KINDS = ("person", "team", "agent")

Person = tuple[str, str]
"""(kind, id), e.g. ("person", "67")."""


class PeopleCodec:
    """(kind, id) pairs <-> people."""

    type = "people"
    writable = True

    def encode(self, value: Any, column: Column) -> dict[str, list[dict[str, str | int]]] | None:
        """All persons and teams; the cell's former ones are replaced.

        Raises:
            CannotEncode: an unknown kind, or an id that is no number.
        """
        people = _people(value, column)
        if not people:
            return None
        return {"personsAndTeams": [{"id": int(one), "kind": kind} for kind, one in people]}

    def decode(self, cell: Cell, column: Column) -> tuple[Person, ...]:  # noqa: ARG002
        """All persons and teams, in a fixed order."""
        assigned = part(cell, "personsAndTeams") or ()
        return tuple(sorted((str(one.get("kind") or "person"), str(one["id"])) for one in assigned))

    def canonical(self, value: Any, column: Column) -> str:
        """person:67 team:9, in a fixed order."""
        return " ".join(f"{kind}:{one}" for kind, one in _people(value, column))


def _people(value: Any, column: Column) -> list[Person]:
    if is_empty(value):
        return []
    if not isinstance(value, tuple | list):
        raise wrong_kind(value, column, "persons and teams by id")
    people = set()
    for one in value:
        if not isinstance(one, tuple | list) or len(one) != 2 or one[0] not in KINDS:
            raise wrong_kind(one, column, "persons and teams by id")
        if not str(one[1]).isdecimal():
            raise CannotEncode(f"{shown(one[1])} is no id of a {one[0]} for column {column.title}.")
        people.add((str(one[0]), str(int(one[1]))))
    return sorted(people)
