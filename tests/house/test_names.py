"""A class name means one thing: who reads `Plan` or `Source` need not ask which of several is meant."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.house import PACKAGE, ROOT


def classes() -> dict[str, list[str]]:
    """Return the files that define a class, by its name."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    return found


def test_no_class_name_is_defined_twice() -> None:
    assert {name: paths for name, paths in classes().items() if len(paths) > 1} == {}
