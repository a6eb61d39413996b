"""What may look at what. import-linter runs too (`.ci/test`); this adds what its graph of modules cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.house import PACKAGE, ROOT, sources

_SEE_SQL = (
    "cmdb/",
    "expressions/",
    *(f"*/{floor}{end}" for floor in ("tables", "rows", "service", "queries") for end in (".py", "/")),
)
# A library, and the places that may import it, as paths below the package.
BORDERS = {
    "paramiko": ("transports/",),
    # Neither of these two speaks to a computer: they ask for its own name and addresses.
    "socket": ("transports/", "inventory/endpoint/", "agents/endpoint/who.py", "agents/endpoint/machine.py"),
    "yaml": ("documents/",),
    "csv": ("documents/",),
    "jinja2": ("documents/",),
    "sqlglot": ("expressions/", "targeting/sqlcheck.py"),  # SQL filters are checked before they are stored
    "alembic": ("cmdb/",),
    "dateutil": ("schedules/rules.py",),
    "cronsim": ("schedules/cron.py",),
    "psycopg": ("cmdb/", "cli/complete.py"),
    "sqlite3": ("cmdb/", "cli/complete.py"),
    "sqlalchemy": _SEE_SQL,
    "sqlmodel": (
        "cmdb/",
        "*/tables.py",
        "*/tables/",
        "models.py",
        "inventory/service/row_classes.py",  # rows of data classes, for models alone
    ),
    "typer": ("cli/", "*/commands.py", "*/commands/", "*/columns.py"),
    "rich": ("cli/", "*/commands.py", "*/commands/", "*/columns.py"),
    "subprocess": (
        "transports/",
        "cmdb/backup.py",
        "policies/service/installing.py",  # pg_dump, crontab
        "inventory/endpoint/tools.py",  # runs where the computer is that is inventoried
        "agents/endpoint/",  # and where an agent is: crontab, systemctl, sftp
    ),
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "core"}
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "docs", "examples", "itmsctl",
    "pyproject.toml", "templates", "tests",
}  # fmt: skip


@cache
def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def is_inside(path: Path, places: tuple[str, ...]) -> bool:
    parts = path.relative_to(PACKAGE).as_posix()
    return any(re.match(re.escape(place).replace(r"\*", ".*"), parts) for place in places)


@pytest.mark.parametrize("library", BORDERS)
def test_a_library_stays_behind_its_border(library: str) -> None:
    places = BORDERS[library]
    outside = [str(p.relative_to(ROOT)) for p in sources() if not is_inside(p, places) and library in imported(p)]
    assert outside == []


def test_a_border_names_files_that_are_there() -> None:
    """A place that no file is in guards nothing, and lets in whatever comes to stand there."""
    empty = {
        (library, place)
        for library, places in BORDERS.items()
        for place in places
        if "*" not in place and not any(is_inside(p, (place,)) and library in imported(p) for p in sources())
    }
    assert empty == set()


def contexts_in(tree: ast.Module) -> list[str]:
    """Return the functions that take a context of the command line, or what is called one."""
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if argument.arg in {"context", "ctx"} or "Context" in ast.unparse(argument.annotation or ast.Constant(""))
    ]


def test_no_service_takes_the_context_of_the_command_line() -> None:
    services = [p for p in sources() if is_inside(p, ("*/service/", "*/queries/", "cmdb/", "expressions/", "values/"))]
    assert len(services) > 100
    taken = {str(p.relative_to(ROOT)): contexts_in(ast.parse(p.read_text(encoding="utf-8"))) for p in services}
    assert {path: names for path, names in taken.items() if names} == {}
    assert contexts_in(ast.parse("def f(context: Any): ...\ndef g(*, c: Context): ...\ndef h(reader): ...")) == [
        "f",
        "g",
    ]


def test_nothing_is_named_a_drawer() -> None:
    named = [str(p.relative_to(ROOT)) for p in PACKAGE.rglob("*") if p.stem in FORBIDDEN_NAMES]
    assert named == []


def test_relative_imports_are_not_used() -> None:
    found = [
        str(p.relative_to(ROOT))
        for p in sources()
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_every_room_stands_in_the_order_that_house_md_tells() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["name"].startswith("rooms stand in one order"))
    rooms = [layer for layer in reversed(layers) if (PACKAGE / layer / "kinds.py").exists()]
    told = re.search(r"^`((?:[a-z]+ < )+[a-z]+)`$", (ROOT / "docs/house.md").read_text(), re.MULTILINE)
    assert told is not None, "docs/house.md has no line `room < room < ...`"
    assert told[1].split(" < ") == rooms
    floors = next(c["containers"] for c in contracts if c["name"] == "floors of a room look down")
    assert sorted(floors) == sorted(f"itmsctl.{room}" for room in rooms)


def test_only_known_names_stand_at_the_top() -> None:
    """What the repository holds; a new top-level name is added here and in docs/house.md on purpose."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    standing = {line.split("/", 1)[0] for line in listed.splitlines()}
    assert standing - TOP_LEVEL == set()
