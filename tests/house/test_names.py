"""A class name means one thing: who reads `Plan` or `Source` need not ask which of several is meant."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.house import PACKAGE, ROOT

# What stands twice, and may: each has one of its two in `sizing`, whose snapshot names what it takes from the tables
# as the tables do, and whose inside is redesigned by itself. Nothing is added here.
TWICE = {
    "Curve", "Gateway", "ManagementServer", "Peak", "Policy", "Run", "Schedule", "Site", "SiteServer", "Step", "Subnet",
    "Task", "Tick", "Window", "Wish",
}  # fmt: skip


def classes() -> dict[str, list[str]]:
    """Return the files that define a class, by its name."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    return found


def test_no_class_name_is_defined_twice() -> None:
    twice = {name: paths for name, paths in classes().items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in TWICE} == {}
    assert TWICE - twice.keys() == set(), "what stands once is taken out of the list"
    outside = {name: [path for path in twice[name] if not path.startswith("itmsctl/sizing/")] for name in TWICE}
    assert {name: paths for name, paths in outside.items() if len(paths) > 1} == {}
