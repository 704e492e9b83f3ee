"""What is wrong with a file: file, line, key and a sentence, as many at once as can be found."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Refused(Exception):
    """A file that cannot be loaded.

    Attributes:
        sentences: one for each problem, in the order of the file.
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = list(sentences)
        super().__init__("\n".join(self.sentences))


class Findings:
    """Collects problems, and knows in which line every key stands.

    Args:
        file: its name, as the sentences begin.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._lines: dict[str, int] = {"": 1}
        self._found: dict[str, tuple[int, str]] = {}

    def mark(self, path: str, line: int) -> None:
        """Note where a key or an entry of a list stands.

        Args:
            path: for example "mappings[0].columns[2].field".
            line: from 1.
        """
        self._lines[path] = line

    def add(self, path: str, sentence: str) -> None:
        """Note a problem; a second one at the same place, or inside it, would only repeat the first."""
        if any(place in self._found for place in _upwards(path)):
            return
        line = next(self._lines[place] for place in (*_upwards(path), "") if place in self._lines)
        self._found[path] = (line, f"{self.file} line {line}{', ' if path else ''}{path}: {sentence}")

    def inside(self, path: str) -> bool:
        """Say whether there is a problem at this place or inside it."""
        return any(path in _upwards(place) for place in self._found)

    def sentences(self) -> list[str]:
        """List the problems in the order of the file."""
        return [sentence for _, sentence in sorted(self._found.values(), key=lambda one: one[0])]

    def refuse(self) -> None:
        """End here when there are problems.

        Raises:
            Refused: with all of them.
        """
        if self._found:
            raise Refused(self.sentences())


def _upwards(path: str) -> list[str]:
    """List a path and what it stands in, inner first, the whole file last."""
    found = [path]
    while path:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
        found.append(path)
    return found


def meant(wrong: str, known: Iterable[str]) -> str:
    """Propose the name that was probably meant.

    Returns:
        "; did you mean X?", else a list of what there is when that is short, else ".".
    """
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(wrong.lower(), by_lower, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {by_lower[close[0]]}?"
    if 0 < len(names) <= 12:
        return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}."
    return "."
