"""The YAML of a tenant file as a tree that knows its lines.

Only the tree is taken from the YAML library, never its guesses at types: what a value is follows from the key it stands
behind, so that the label `No` stays a text and 00123 keeps its zeros.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from integration_portal.tenantfile.findings import Findings

LARGEST = 1_000_000
DEEPEST = 12

_LEADING_TAB = re.compile(r"^ *\t", re.MULTILINE)


class _Loader(yaml.SafeLoader):
    """Composes the tree, without what a configuration does not need and a hostile file could abuse."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse anchors, aliases and tags: a short file can stand for an endless one with them."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _refusal(
                "Anchors (&) and aliases (*) are not used here; write the value out, or quote it", event
            )
        if event.tag is not None:
            raise _refusal("Tags (!) are not used here; quote the value if it begins with !", event)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _refusal("This is nested too deeply for a tenant file", event)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refusal(sentence: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=sentence, problem_mark=event.start_mark)


def parse(content: bytes, findings: Findings) -> yaml.Node | None:
    """Make the tree of a file.

    Returns:
        None when it is not YAML, or empty; the findings say where and why.
    """
    text = _decoded(content, findings)
    if text is None:
        return None
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as wrong:
        _explain(wrong, text, findings)
        return None
    except yaml.reader.ReaderError as wrong:
        findings.mark("", text.count("\n", 0, wrong.position) + 1)
        findings.add("", "There is a character that YAML does not allow; write the file anew as plain UTF-8.")
        return None
    if node is None:
        findings.add("", "The file is empty.")
    return node


def _decoded(content: bytes, findings: Findings) -> str | None:
    if len(content) > LARGEST:
        findings.add("", f"The file is larger than {LARGEST:,} bytes; it is hardly a tenant file.")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        findings.mark("", content.count(b"\n", 0, wrong.start) + 1)
        findings.add("", "The file is not UTF-8; save it in that encoding.")
        return None


def _explain(wrong: yaml.MarkedYAMLError, text: str, findings: Findings) -> None:
    """Say it in our words; of the file's text only the place is shown, for it may hold a secret after all."""
    mark = wrong.problem_mark or wrong.context_mark
    line = mark.line + 1 if mark else 1
    tab = _LEADING_TAB.search(text)
    if tab and text.count("\n", 0, tab.start()) + 1 <= line:
        findings.mark("", text.count("\n", 0, tab.start()) + 1)
        findings.add("", "There is a tab; indent with blanks.")
        return
    findings.mark("", line)
    if r"'\t'" in str(wrong.problem):
        findings.add("", "There is a tab; write blanks, or put the value between quotation marks.")
        return
    if type(wrong) is yaml.MarkedYAMLError:
        findings.add("", f"{wrong.problem}.")
    elif isinstance(wrong, yaml.composer.ComposerError):
        findings.add("", "A second document begins here; a tenant file is one document.")
    else:
        findings.add("", f"This is not YAML: {wrong.problem}.")
