"""Single values: the text behind a key becomes what the key wants, or a sentence says why not."""

from __future__ import annotations

import re
from typing import Any

import yaml

from integration_portal.tenantfile.findings import Findings, meant
from integration_portal.tenantfile.form import Key, Reference, Shape

_YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WHOLE = re.compile(r"0|[1-9][0-9]{0,18}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NULL = ("", "~", "null", "Null", "NULL")

_NOT_HERE = "a secret is never written into the file; write {env: NAME} or {file: /path} and keep it there."


def is_null(node: yaml.Node) -> bool:
    """Say whether nothing stands there, or `null`."""
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _NULL


def text(node: yaml.Node, path: str, findings: Findings) -> str:
    """Read a text; numbers, dates and words like `No` are taken as they are written."""
    if not isinstance(node, yaml.ScalarNode):
        findings.add(path, f"a text is needed here, not {_what(node)}.")
        return ""
    return "" if is_null(node) else str(node.value)


def single(node: yaml.Node, path: str, key: Key, findings: Findings) -> Any:
    """Read a value of one of the shapes that are one text; null where that is allowed.

    Returns:
        None after a problem, for all but texts.
    """
    if key.or_null and is_null(node):
        return None
    if key.shape is Shape.TEXT:
        return _one_of(text(node, path, findings), path, key, findings)
    value = (
        _convert(key.shape, str(node.value)) if isinstance(node, yaml.ScalarNode) and not node.style else None
    )
    if value is None:
        findings.add(
            path, f"{key.shape.value}{' or null' if key.or_null else ''} is needed here, not {_what(node)}."
        )
    return value


def reference(node: yaml.Node, path: str, findings: Findings) -> Reference | None:
    """Read where a secret is kept. What stands here by mistake is not repeated in the sentence: it may be the secret."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    if len(pairs) != 1 or not all(isinstance(one, yaml.ScalarNode) for one in pairs[0]):
        findings.add(path, _NOT_HERE)
        return None
    source, name = (str(one.value) for one in pairs[0])
    if source == "env" and _VARIABLE.fullmatch(name):
        return Reference(source, name)
    if source == "file" and name.startswith("/"):
        return Reference(source, name)
    sentences = {
        "env": "env names an environment variable: letters, digits and _, not beginning with a digit.",
        "file": "file is an absolute path, beginning with /.",
    }
    findings.add(path, sentences.get(source, _NOT_HERE))
    return None


def _one_of(value: str, path: str, key: Key, findings: Findings) -> str:
    if key.one_of and value not in key.one_of:
        findings.add(path, f"there is no {path.rpartition('.')[2]} {value!r}{meant(value, key.one_of)}")
        return key.one_of[0]
    return value


def _convert(shape: Shape, value: str) -> Any:
    if shape is Shape.YES_NO:
        return _YES_NO.get(value.lower())
    if shape is Shape.WHOLE:
        return int(value) if _WHOLE.fullmatch(value) else None
    return float(value) if _NUMBER.fullmatch(value) else None


def _what(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "keys with values"
    if is_null(node):
        return "nothing"
    quoted = isinstance(node, yaml.ScalarNode) and node.style
    return f"{node.value[:40]!r}" + (" (in quotation marks it is a text)" if quoted else "")
