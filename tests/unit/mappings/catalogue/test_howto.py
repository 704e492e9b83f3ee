"""docs/howto/add-a-record-kind.md, followed to the letter."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tests.unit.mappings.catalogue as tests_of_kinds
from mappings import catalogue
from mappings.catalogue import kinds
from tests.unit.mappings.catalogue.contract import KindContract

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/howto/add-a-record-kind.md").read_text(encoding="utf-8")
# A file's path in backquotes on a line of its own, then the file.
FILES = dict(re.findall(r"^`([\w/]+\.py)`\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
KIND_FILE = "mappings/catalogue/kinds/vendor_group.py"
TEST_FILE = "tests/unit/mappings/catalogue/test_vendor_group.py"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both files, where Python looks for them beside the real ones."""
    for package, path in ((kinds, KIND_FILE), (tests_of_kinds, TEST_FILE)):
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        file.write_text(FILES[path], encoding="utf-8")
        _extend(package, file.parent, monkeypatch)
        name = f"{package.__name__}.{file.stem}"
        monkeypatch.setitem(sys.modules, name, ModuleType(name))  # so that it is gone again afterwards
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(package, file.stem, None, raising=False)
    monkeypatch.setattr(catalogue, "KINDS", catalogue.registry(catalogue.declared(kinds)))
    return tmp_path


def _extend(package: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    importlib.invalidate_caches()


def test_the_page_has_one_file_and_one_test_file() -> None:
    assert set(FILES) == {KIND_FILE, TEST_FILE}


def test_the_new_kind_is_found_by_itself(written: Path) -> None:
    assert catalogue.kind("vendor_group").entity.entity_set == "VendorGroups"
    assert ("vendor_group", "Vendor groups") in catalogue.choices()


def test_the_new_kind_passes_its_tests(written: Path) -> None:
    module = importlib.import_module("tests.unit.mappings.catalogue.test_vendor_group")
    tests = module.TestVendorGroup()
    names = [name for name in dir(tests) if name.startswith("test_")]
    assert len(names) > len([name for name in dir(KindContract) if name.startswith("test_")])
    for name in names:
        getattr(tests, name)()


def test_afterwards_it_is_gone_again() -> None:
    assert "vendor_group" not in catalogue.KINDS
    assert "mappings.catalogue.kinds.vendor_group" not in sys.modules
