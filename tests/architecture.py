"""Read source files as trees: who imports whom, how long everything is. Nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file.

    Attributes:
        name: dotted, e.g. "mappings.store".
        is_package: it is an `__init__`, so relative imports start one level lower.
    """

    name: str
    source: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @property
    def lines(self) -> int:
        return len(self.source.splitlines())

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    def functions(self) -> Iterator[tuple[str, int]]:
        """Name and length in lines of every function, nested ones too."""
        for node in self.nodes:
            if isinstance(node, FUNCTION):
                yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1

    @cached_property
    def classes(self) -> set[str]:
        """Names of the classes at the top level."""
        return {node.name for node in self.tree.body if isinstance(node, ast.ClassDef)}

    def calls(self, name: str) -> bool:
        """Whether a function of this name is called, with or without something in front of it."""
        return any(
            isinstance(node, ast.Call)
            and name in (getattr(node.func, "id", None), getattr(node.func, "attr", None))
            for node in self.nodes
        )

    def catches_everything(self) -> bool:
        """Whether it has a bare except, or one for Exception or BaseException."""
        return any(
            node.type is None or bool({"Exception", "BaseException"} & _names(node.type))
            for node in self.nodes
            if isinstance(node, ast.ExceptHandler)
        )

    @cached_property
    def imports(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(module, names taken out of it) of every import, wherever it stands, also for type checking only."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, ()) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield self._base(node), tuple(alias.name for alias in node.names)
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
                if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                    yield node.args[0].value, ()

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.is_package else 0)]
        return ".".join([*parts, *([node.module] if node.module else [])])


class Code:
    """Many modules together."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules

    @classmethod
    def of_folders(cls, root: Path, *folders: str) -> Code:
        """Read every file of some folders but migrations."""
        found = {}
        for path in sorted(path for folder in folders for path in (root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                is_package = parts[-1] == "__init__"
                name = ".".join(parts[:-1] if is_package else parts)
                found[name] = Module(name, path.read_text(encoding="utf-8"), is_package)
        return cls(found)

    def with_source(self, name: str, source: str) -> Code:
        """The same with one more module, or with another source of one."""
        return Code({**self.modules, name: Module(name, source)})

    def known_by(self, name: str) -> set[str]:
        """Every module, of ours or of others, that a module imports; what it takes out of a package by its full name."""
        known = set()
        for base, taken in self.modules[name].imports:
            if base not in self.modules:
                known |= {base, *(f"{base}.{one}" for one in taken)}
                continue
            inner = {f"{base}.{one}" for one in taken if f"{base}.{one}" in self.modules}
            known |= inner
            if len(inner) < max(1, len(taken)):  # something else was taken too, or the module itself
                known.add(base)
            known |= {models for one in taken if (models := self._passed_on(base, one))}
        return known - {name}

    def _passed_on(self, base: str, name: str) -> str:
        """The models module whose class is taken out of another module of its room, "" when it is none."""
        models = f"{base.partition('.')[0]}.models"
        if base == models or models not in self.modules:
            return ""
        passed = name in self.modules[models].classes and name not in self.modules[base].classes
        return models if passed else ""

    def who_knows(self, target: str) -> set[str]:
        """Modules that import `target` or something inside it."""
        return {
            name
            for name in self.modules
            if any(known == target or known.startswith(f"{target}.") for known in self.known_by(name))
        }

    def reached_from(self, name: str) -> set[str]:
        """Everything a module imports, and what that imports, and so on."""
        reached: set[str] = set()
        open_ = [name]
        while open_:
            for known in self.known_by(open_.pop()) - reached:
                reached.add(known)
                if known in self.modules:
                    open_.append(known)
        return reached

    def cycles(self) -> list[str]:
        """Modules that reach themselves."""
        return sorted(name for name in self.modules if name in self.reached_from(name))


def _names(node: ast.expr) -> set[str]:
    return {getattr(one, "id", "") or getattr(one, "attr", "") for one in ast.walk(node)}
