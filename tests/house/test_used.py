"""Nothing stands in the package that nothing in the package uses: no function, class, method or constant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house import PACKAGE, ROOT, sources

# What others call by its name: each with who.
CALLED_BY_OTHERS = {
    "create_module": "Python's import system",
    "exec_module": "Python's import system",
    "format_help": "click",
    "get_help_option_names": "click",
    "_coerce_value": "typer's plain values, which `cli.plain_values` puts another way",
    "on_broken_pipe": "rich",
    "process_bind_param": "SQLAlchemy",
    "process_result_value": "SQLAlchemy",
    "_parse_disconnect": "paramiko",
    "preferred_keys": "paramiko, when it offers algorithms",
    **dict.fromkeys(("connection_made", "datagram_received", "error_received"), "asyncio, of a protocol of datagrams"),
    "readinto": "io.BufferedReader, which asks it for bytes",
    "OpensshTransport": "`transports.registry`, which finds it by its scheme",
    "SshTransport": "`transports.registry`, which finds it by its scheme",
    **dict.fromkeys(
        (
            "visit_AnnAssign",
            "visit_AugAssign",
            "visit_BinOp",
            "visit_Call",
            "visit_ClassDef",
            "visit_FunctionDef",
            "visit_ImportFrom",
            "visit_JoinedStr",
            "visit_Lambda",
            "visit_Module",
            "visit_Name",
            "visit_NamedExpr",
        ),
        "ast.NodeTransformer",
    ),
    "of_rows": "the sweep of tests/faults, inside a transaction that it rolls back",
}
# Decorators that change how a function is called, not by whom; any other hands it to a library.
PLAIN = {"property", "staticmethod", "classmethod", "dataclass", "contextmanager", "cache", "lru_cache"}


def test_everything_is_used() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}
    used = {word for tree in trees.values() for word in words(tree)}
    for path in (*(ROOT / ".ci").glob("*.py"), ROOT / "pyproject.toml"):
        used.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    unused = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path, tree in trees.items()
        if "migrations" not in path.parts
        for name in defined(tree)
        if name not in used
    }
    assert {found for found in unused if found[1] not in CALLED_BY_OTHERS} == set()
    assert set(CALLED_BY_OTHERS) <= {name for _, name in unused}, "an exception that is none is to go"


def test_a_guard_that_cannot_bark_is_none() -> None:
    tree = ast.parse("A = 1\ndef f():\n    '''g'''\nclass C:\n    def g(self): pass\n@app.command()\ndef h(): f()\n")
    assert set(defined(tree)) - set(words(tree)) == {"A", "C", "g"}


def defined(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines, but for tables, which are for people, and what a decorator hands to a library."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_table = isinstance(node, ast.ClassDef) and any(keyword.arg == "table" for keyword in node.keywords)
            if not is_table and not node.name.startswith("__") and all(map(is_plain, node.decorator_list)):
                yield node.name
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (t.id for t in targets if isinstance(t, ast.Name) and not t.id.startswith("__"))


def is_plain(decorator: ast.expr) -> bool:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(name).rpartition(".")[2] in PLAIN


def words(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module reads, and the words of its texts: hooks and the like are named as text."""
    said_to_people = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.name
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said_to_people:
            yield from re.findall(r"\w+", node.value)
