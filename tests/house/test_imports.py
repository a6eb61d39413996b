"""What a function of the tests imports exists; what a module imports at its top says so when it is collected."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from tests.house import ROOT


def test_what_functions_of_tests_import_exists() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line}: {module} has no {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line, module, name in imported_in_functions(path)
        if not exists(module, name)
    ]
    assert missing == []


def test_a_name_that_is_gone_is_noticed() -> None:
    assert exists("tests.house", "ROOT")
    assert exists("tests.house", "test_imports")
    assert not exists("tests.house", "NOT_THERE")


def imported_in_functions(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, module and name of each import of the project's own that stands inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        own = isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {"itmsctl", "tests"}
        if own and id(node) not in top:
            assert isinstance(node, ast.ImportFrom)
            yield from ((node.lineno, str(node.module), alias.name) for alias in node.names)


def exists(module: str, name: str) -> bool:
    """Return whether a module, or a folder of modules, has something of that name."""
    if hasattr(importlib.import_module(module), name):
        return True
    try:
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True
