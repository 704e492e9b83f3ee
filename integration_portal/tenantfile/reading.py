"""A tenant file's tree becomes the entries of `form`, with every structural problem named by line and key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from integration_portal.tenantfile import scalars, source
from integration_portal.tenantfile.findings import Findings, meant
from integration_portal.tenantfile.form import (
    VERSION,
    Key,
    Shape,
    TenantFile,
    defaults_of,
    keys_of,
)
from mappings.rules import TESTS

# Stands in for a value that could not be read, so that the rest of the file can be looked at too.
_INSTEAD: dict[Shape, Any] = {
    Shape.TEXT: "",
    Shape.YES_NO: False,
    Shape.WHOLE: 1,
    Shape.NUMBER: 1.0,
    Shape.TEXTS: (),
    Shape.CONDITIONS: (),
    Shape.ENTRIES: (),
    Shape.SECRET: None,
}

_Pairs = dict[str, tuple[str, yaml.Node]]


def read(content: bytes, findings: Findings) -> TenantFile:
    """Read a file.

    Args:
        content: as it stands on the disk, UTF-8.
        findings: gets every problem; what is returned then has something in place of each value that could not be read.

    Raises:
        Refused: it is no YAML, or of another version, so that nothing else can be said about it.
    """
    node = source.parse(content, findings)
    findings.refuse()
    assert node is not None
    pairs = _pairs(node, "", findings)
    if "version" not in pairs:
        findings.add("", f"the key version is missing; write version: {VERSION} at the top.")
        findings.refuse()
    version = scalars.single(pairs["version"][1], "version", Key(Shape.WHOLE), findings)
    if version is not None and version != VERSION:
        findings.add("version", f"this portal reads version {VERSION}, not {version}.")
    findings.refuse()
    made: TenantFile = _entry(node, "", TenantFile, findings)
    return made


def _entry(node: yaml.Node, path: str, form: type[Any], findings: Findings) -> Any:
    keys, values = keys_of(form), defaults_of(form)
    pairs = _pairs(node, path, findings)
    for name, (place, value) in pairs.items():
        if name in keys:
            values[name] = _value(value, place, keys[name], findings)
        else:
            findings.add(place, f"there is no such key here{meant(name, keys)}")
    for name, key in keys.items():
        if name not in values:
            findings.add(_below(path, name), f"the key {name} is missing: {key.shape.value}.")
            values[name] = _instead(key, findings)
    return form(**values)


def _value(node: yaml.Node, path: str, key: Key, findings: Findings) -> Any:
    if key.shape is Shape.SECRET:
        return scalars.reference(node, path, findings)
    if key.shape is Shape.ENTRY:
        return _entry(node, path, key.entry or type(None), findings)
    if key.shape is Shape.COMPANIES:
        return _companies(node, path, findings)
    if key.shape is Shape.PAIRS:
        return _texts_by_name(node, path, findings)
    if key.shape in (Shape.ENTRIES, Shape.TEXTS, Shape.CONDITIONS):
        return tuple(_member(one, place, key, findings) for place, one in _members(node, path, key, findings))
    value = scalars.single(node, path, key, findings)
    return _INSTEAD[key.shape] if value is None and not (key.or_null and scalars.is_null(node)) else value


def _member(node: yaml.Node, path: str, key: Key, findings: Findings) -> Any:
    if key.shape is Shape.TEXTS:
        return scalars.text(node, path, findings)
    if key.shape is Shape.CONDITIONS:
        return _condition(node, path, findings)
    return _entry(node, path, key.entry or type(None), findings)


def _members(node: yaml.Node, path: str, key: Key, findings: Findings) -> Iterator[tuple[str, yaml.Node]]:
    if scalars.is_null(node):
        return
    if not isinstance(node, yaml.SequenceNode):
        findings.add(path, f"{key.shape.value} is needed here, each beginning with a dash.")
        return
    for index, one in enumerate(node.value):
        place = f"{path}[{index}]"
        findings.mark(place, one.start_mark.line + 1)
        yield place, one


def _pairs(node: yaml.Node, path: str, findings: Findings) -> _Pairs:
    """List what stands behind the keys of one entry; of a key that stands twice the first counts."""
    found: _Pairs = {}
    if scalars.is_null(node):
        return found
    if not isinstance(node, yaml.MappingNode):
        findings.add(path, "keys with values are needed here, one a line.")
        return found
    for name_node, value in node.value:
        if not isinstance(name_node, yaml.ScalarNode):
            findings.add(path, "a key must be a text; write { } only around whole values.")
            continue
        name = str(name_node.value)
        if name in found:
            again = name_node.start_mark.line + 1
            findings.add(_below(path, name), f"the key {name} stands here twice, again in line {again}.")
            continue
        findings.mark(_below(path, name), name_node.start_mark.line + 1)
        found[name] = (_below(path, name), value)
    return found


def _texts_by_name(node: yaml.Node, path: str, findings: Findings) -> dict[str, str]:
    return {
        name: scalars.text(value, place, findings)
        for name, (place, value) in _pairs(node, path, findings).items()
    }


def _companies(node: yaml.Node, path: str, findings: Findings) -> dict[str, str]:
    """Read legal entities: a list, or pairs when they have names; Dynamics answers them in lower case."""
    if isinstance(node, yaml.MappingNode):
        named = [(place, name, value) for name, (place, value) in _pairs(node, path, findings).items()]
        listed = [(place, name, scalars.text(value, place, findings)) for place, name, value in named]
    else:
        members = _members(node, path, Key(Shape.COMPANIES), findings)
        listed = [(place, scalars.text(one, place, findings), "") for place, one in members]
    found: dict[str, str] = {}
    for place, name, label in listed:
        company = name.strip().lower()
        if company in found:
            findings.add(place, f"the legal entity {company} stands here twice.")
        found.setdefault(company, label)
    return found


def _condition(node: yaml.Node, path: str, findings: Findings) -> dict[str, Any]:
    pairs = _pairs(node, path, findings)
    tests = [name for name in pairs if name in TESTS]
    for name, (place, _) in pairs.items():
        if name not in ("field", *TESTS):
            findings.add(place, f"there is no test {name}{meant(name, TESTS)}")
    if "field" not in pairs or len(tests) != 1:
        findings.add(path, f"a condition has a field and one of {', '.join(TESTS)}.")
        return {"field": "", "is": []}
    place, value = pairs[tests[0]]
    field = scalars.text(pairs["field"][1], pairs["field"][0], findings)
    if tests[0].startswith("at_"):
        return {"field": field, tests[0]: scalars.text(value, place, findings)}
    if isinstance(value, yaml.ScalarNode):
        return {"field": field, tests[0]: [scalars.text(value, place, findings)]}
    members = list(_members(value, place, Key(Shape.TEXTS), findings))
    if not members:
        findings.add(place, "a condition needs a value.")
    return {"field": field, tests[0]: [scalars.text(one, inner, findings) for inner, one in members]}


def _instead(key: Key, findings: Findings) -> Any:
    if key.shape is Shape.ENTRY:
        return _entry(yaml.MappingNode("", []), "tenant", key.entry or type(None), findings)
    return _INSTEAD[key.shape]


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
