"""A package that hands on names: each is there, is what type checkers are told, and costs only its own module."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tests.cli.programs import python
from tests.house import PACKAGE

FACADES = sorted(p for p in PACKAGE.rglob("__init__.py") if "handing_on(" in p.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return ".".join(path.parent.relative_to(PACKAGE.parent).parts)


@pytest.mark.parametrize("path", FACADES, ids=name_of)
def test_every_name_is_the_one_that_type_checkers_are_told(path: Path) -> None:
    package = importlib.import_module(name_of(path))
    told = {
        alias.asname or alias.name: getattr(importlib.import_module(str(node.module)), alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(name_of(path))
        for alias in node.names
    }
    assert sorted(told) == sorted(package.__all__)
    for name, what in told.items():
        assert getattr(package, name) is what, name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


def test_a_name_costs_its_own_module_only(tmp_path: Path) -> None:
    assert FACADES
    code = """
import sys
from itmsctl.tasks import service
service.TASKS
sys.stdout.write(repr([m for m in sys.modules if m.endswith((".driving", ".settling"))]))
"""
    done = python(tmp_path, code)
    assert done.stdout == "[]", done.stderr
