"""No module needs, at any time or for any type, one that needs it: the parts can be read and changed one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.house import PACKAGE, ROOT

Graph = Mapping[str, set[str]]


def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def imports() -> dict[str, set[str]]:
    """Return what each module imports of the package: inside functions and under `TYPE_CHECKING` too."""
    known = modules()
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        found = graph.setdefault(name, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                below = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {one if one in known else node.module for one in below}
        found &= known.keys() - {name}
    return graph


def circles(graph: Graph) -> Iterator[list[str]]:
    """Yield the groups of modules that lead back to themselves (Tarjan)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> Iterator[list[str]]:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                yield from visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], order[other])
        if lowest[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[-len(group) :]
            if len(group) > 1:
                yield sorted(group)

    for name in sorted(graph):
        if name not in order:
            yield from visit(name)


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert list(circles(graph)) == [["b", "c"]]


def test_no_circle_of_imports() -> None:
    graph = imports()
    assert "itmsctl.cmdb.work" in graph["itmsctl.cmdb.followers"], "what is imported for its types alone counts"
    assert list(circles(graph)) == []
