"""Every read of resources passes `scoped`: roles will be enforced in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import itmsctl

ROOT = Path(itmsctl.__file__).parent
TABLES = {"resource", "computer", "v_computer"}
CLASSES = {"Resource", "Computer"}
NAMES = {"resources", "computers", "v_computer"}
_SQL = re.compile(r"\b(FROM|JOIN)\s+\"?(resource|computer|v_computer)\b")
# Files that may read without it, each with its reason.
EXCUSED = {
    "cmdb": "the ground knows no resources; rooms give it tables",
    "expressions": "compiles conditions into the statement of a caller, which is scoped",
    "resources/tables.py": "declares the tables",
    "resources/service/scope.py": "is the place",
}
# Functions that keep membership of every computer, whoever runs the update; what an actor is shown of it is scoped.
UPKEEP = {
    "targeting/service/rowwise.py:alive",
    "targeting/service/sqlrun.py:matching_ids",
    "targeting/service/target_update.py:bits_of",
    "targeting/service/update.py:_estate",
    "targeting/service/whole.py:put_by_hand",
}
# Functions that compare or seal what is stored, for the audit: whoever changes a row, all of it is recorded.
UPKEEP |= {
    "resources/service/details.py:wrong_details",
    "resources/service/learned.py:contents",
    "security/service/host_keys.py:contents",
}
# Functions that judge agents that ask by what is known of their computers, by rules of this server, whoever collects.
UPKEEP |= {"agents/service/judging.py:__init__"}
# Functions that judge software on every computer, whoever asks for it; what an actor is shown of it is scoped.
UPKEEP |= {
    "software/service/judging.py:_those",
    "software/service/passes.py:advance",
}
# Joins, which the functions that select from them scope.
UPKEEP |= {
    "metering/service/looking.py:_joined",
    "software/service/status.py:_computers",
}
# Functions that store what was reported, for whoever may write, and the text of a view, which readers narrow.
UPKEEP |= {
    "inventory/asking.py:_sql",
    "resources/levels.py:_of_kind",
    "resources/levels.py:level_views",
    "resources/service/own_tables.py:_branch",
    "inventory/service/history.py:removed",
    "inventory/service/known.py:families_of",
    "inventory/service/merging.py:_guid_of",
    "inventory/service/owners.py:resource_removed",
    "inventory/service/states.py:computers_there",
    "metering/service/storing.py:store_usage",
}
# Functions that give neighbours what rules say, and take what neighbours give: the same, whoever runs it. A computer
# that an actor did not see would be removed there.
UPKEEP |= {
    "replication/service/building.py:_members",
    "replication/service/changed.py:computers_of",
    "replication/service/choosing.py:_newcomers",
    "replication/service/row_pages.py:_differing",
    "replication/service/duplicates.py:_claims",
    "replication/service/telling.py:_among",
}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _calls(node: ast.AST) -> set[str]:
    found = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            function = call.func
            found.add(function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))
    return found


def _bound(tree: ast.Module) -> set[str]:
    """Return the names of a module that stand for a table of resources: imported, or made at its top."""
    found = set(NAMES | CLASSES)
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(_stands_for(part) for part in ast.walk(node.value)):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _stands_for(node: ast.AST) -> bool:
    return (isinstance(node, ast.Constant) and node.value in TABLES) or (
        isinstance(node, ast.Name) and node.id in CLASSES
    )


def _reads_resources(function: ast.FunctionDef, tables: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value):
            return True
        if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") not in {"select", "select_from", "join"}:
            continue
        if any(isinstance(part, ast.Name) and part.id in tables for part in ast.walk(node)):
            return True
    return False


def unscoped(source: str) -> list[str]:
    """Return the functions that read resources and neither call `scoped` nor a function of the module that does."""
    tree = ast.parse(source)
    tables = _bound(tree)
    through = {"scoped", "_select"} | {f.name for f in _functions(tree) if "scoped" in _calls(f)}
    return [
        f"{function.name}:{function.lineno}"
        for function in _functions(tree)
        if _reads_resources(function, tables) and not through & ({function.name} | _calls(function))
    ]


def test_every_read_of_resources_is_scoped() -> None:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if not name.startswith(tuple(EXCUSED)):
            found += [f"{name}:{where}" for where in unscoped(path.read_text(encoding="utf-8"))]
    assert [where for where in found if where.rpartition(":")[0] not in UPKEEP] == []


def test_the_check_finds_a_read_that_is_not() -> None:
    bad = "def f(reader):\n    return reader.rows(sa.select(resources.c.name).where(resources.c.id == 1))\n"
    good = "def f(reader):\n    return reader.rows(scoped(sa.select(resources.c.name), reader))\n"
    own = 'mine = sa.table("v_computer", sa.column("id"))\ndef f(reader):\n    return sa.select(mine.c.id)\n'
    text = "def f(reader):\n    return reader.rows(sa.text('SELECT name FROM resource'))\n"
    assert (unscoped(own), unscoped(text)) == (["f:2"], ["f:1"])
    other = "def f(reader):\n    return reader.rows(sa.select(sites.c.name))\n"
    assert unscoped(bad) == ["f:1"]
    assert unscoped(good) == []
    assert unscoped(other) == []


def test_listing_computers_is_scoped() -> None:
    source = (ROOT / "resources/service/shelf.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    select = next(f for f in _functions(tree) if f.name == "select")
    assert "scoped" in _calls(select)
    # `_select` is the unscoped half: nothing but `select` may call it.
    callers = [f.name for f in _functions(tree) if "_select" in _calls(f)]
    assert callers == ["select"]
