"""A tenant file as YAML, always the same text for the same configuration. Keys that have their default value are left out."""

from __future__ import annotations

from typing import Any

import yaml

from integration_portal.tenantfile.form import Key, Reference, Shape, TenantFile, defaults_of, keys_of

# Line breaks that reading would turn into ordinary ones.
_BREAKS = set("\r\x85\u2028\u2029")


class _InOneLine(dict[str, Any]):
    """Pairs written between braces."""


class _ListInOneLine(list[Any]):
    """A list written between brackets."""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and repeats nothing by alias."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    if _BREAKS & set(text):  # only between double quotation marks they are read as they were
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _InOneLine,
    lambda dumper, pairs: dumper.represent_mapping("tag:yaml.org,2002:map", pairs, flow_style=True),
)
_Dumper.add_representer(
    _ListInOneLine,
    lambda dumper, texts: dumper.represent_sequence("tag:yaml.org,2002:seq", texts, flow_style=True),
)


def write(file: TenantFile) -> str:
    """Write a file."""
    return str(yaml.dump(_plain(file), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000))


def _plain(entry: Any) -> dict[str, Any]:
    defaults = defaults_of(entry)
    return {
        name: _value(getattr(entry, name), key)
        for name, key in keys_of(entry).items()
        if name not in defaults or getattr(entry, name) != defaults[name]
    }


def _value(value: Any, key: Key) -> Any:
    if isinstance(value, Reference):
        return _InOneLine({value.source: value.name})
    if key.shape is Shape.ENTRY:
        return _plain(value)
    if key.shape is Shape.ENTRIES:
        return [_plain(one) for one in value]
    if key.shape is Shape.CONDITIONS:
        return [_InOneLine(one) for one in value]
    if key.shape is Shape.TEXTS:
        return _ListInOneLine(value)
    if key.shape is Shape.COMPANIES:
        return dict(value) if any(value.values()) else _ListInOneLine(value)
    return dict(value) if key.shape is Shape.PAIRS else value
