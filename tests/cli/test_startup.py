"""Start-up is part of the product: what a command does not need is not imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itmsctl.cli.complete import asks_help
from itmsctl.values.kind import house
from tests.cli.programs import itmsctl, python, shell

HEAVY = {
    "sqlmodel", "sqlalchemy", "pydantic", "paramiko", "cryptography", "sqlglot", "alembic", "jinja2", "yaml", "re2",
    "psycopg", "asyncio", "rich.markdown", "pygments", "dateutil", "cronsim",
}  # fmt: skip
LOADED = """
import json, sys
from itmsctl.cli.main import main
status = main(sys.argv[1:])
sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


def loaded_by(folder: Path, *argv: str, begin: str = "") -> set[str]:
    done = python(folder, f"{begin}\n{LOADED}", argv)
    assert done.stderr.startswith("["), done.stderr
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("argv", [("--help",), ("--version",)], ids=" ".join)
def test_the_root_imports_no_room_and_nothing_heavy(tmp_path: Path, argv: tuple[str, ...]) -> None:
    loaded = loaded_by(tmp_path, *argv)
    assert loaded & HEAVY == set()
    assert [m for m in loaded if m.startswith("itmsctl.") and m.endswith((".commands", ".service", ".tables"))] == []


def test_a_group_imports_no_later_room(tmp_path: Path) -> None:
    loaded = loaded_by(tmp_path, "site", "--help")
    rooms = {m.split(".")[1] for m in loaded if m.startswith("itmsctl.") and m.endswith(".commands")}
    assert rooms == {"sites"}
    assert loaded & {"paramiko", "sqlglot", "alembic", "jinja2", "yaml", "psycopg"} == set()


def test_a_list_needs_neither_migrations_nor_other_ground(tmp_path: Path) -> None:
    assert itmsctl(tmp_path, "site", "add", "rome").returncode == 0
    loaded = loaded_by(tmp_path, "-q", "site", "list")
    assert loaded & {"alembic", "paramiko", "sqlglot", "jinja2", "yaml", "psycopg", "rich.table"} == set()


def test_a_plain_command_needs_no_library_of_other_kinds(tmp_path: Path) -> None:
    assert itmsctl(tmp_path, "computer", "add", "web1").returncode == 0
    loaded = loaded_by(
        tmp_path, "-q", "task", "run", "--command", "true", "--all", "--transport", "local", "-o", "name"
    )
    assert loaded & {"alembic", "sqlglot", "jinja2", "yaml", "psycopg", "tarfile", "smtplib"} == set()
    kinds = {m.rsplit(".", 1)[1] for m in loaded if m.startswith("itmsctl.tasks.actions.")}
    assert kinds == {"command"}


ACTING = ("engine", "program", "walk", "assignment", "commands.presenting", "commands.launching", "service.runs")


@pytest.mark.parametrize(
    "argv",
    [("run", "--help"), ("run", "kill", "--help"), ("task", "run", "--help"), ("job", "run", "--help")],
    ids=" ".join,
)
def test_help_of_what_acts_on_computers_imports_nothing_that_acting_needs(
    tmp_path: Path, argv: tuple[str, ...]
) -> None:
    loaded = loaded_by(tmp_path, *argv, begin="from itmsctl.cli.complete import stand_in_for_services as s; s()")
    assert loaded & {f"itmsctl.tasks.{name}" for name in ACTING} == set()
    assert [m for m in loaded if m.startswith(("itmsctl.transports.", "sqlalchemy"))] == []


@pytest.mark.parametrize("argv", [("run", "list"), ("policy", "list")], ids=" ".join)
def test_a_list_imports_nothing_that_acting_or_a_check_needs(tmp_path: Path, argv: tuple[str, ...]) -> None:
    assert itmsctl(tmp_path, "db", "init").returncode == 0  # policies come with a new database
    loaded = loaded_by(tmp_path, "-q", *argv)
    assert loaded & {f"itmsctl.tasks.{name}" for name in ACTING} == set()
    assert [m for m in loaded if m.startswith(("itmsctl.targeting.service", "itmsctl.transports."))] == []
    assert "itmsctl.tasks.commands.run_stopping" not in loaded


# What a list of nouns in a pipe may load, beside the kinds of the rooms: every list pays for whatever joins it.
OF_A_LIST = {
    "cli": "collector complete configuration context declare failures global_options help_page importing looking_back"
    " main meant naming noun_columns noun_fields nouns options out output plain_values prompts root style tracing",
    "cmdb": "actor alike audit bulk derived doc engine fields faults files followers foreign found guards home links"
    " lists nature nouns opening references role rows said schema seen sets several shelf spilled store stored trust"
    " types work",
    "documents": "cells write",
    "resources": "devices own",
    "sites": "columns commands commands.site quantities service service.site",
    "values": "column counts kind lean names naming replicated sources times twins types untrusted",
}


def test_a_list_loads_what_it_needs_and_nothing_more(tmp_path: Path) -> None:
    assert itmsctl(tmp_path, "site", "add", "rome").returncode == 0
    loaded = {m for m in loaded_by(tmp_path, "-q", "site", "list") if m.count(".") > 1 and m.startswith("itmsctl.")}
    allowed = {f"itmsctl.{place}.{name}" for place, names in OF_A_LIST.items() for name in names.split()}
    assert sorted(m for m in loaded - allowed if not m.endswith(".kinds")) == []


LISTS = ("site list", "computer list", "policy list", "run list")


@pytest.mark.parametrize("words", LISTS)
def test_a_list_makes_no_dataclass_by_methods_of_its_own(tmp_path: Path, words: str) -> None:
    """Which classes Python wrote methods for: not one of ours, but for what is derived from another's."""
    assert itmsctl(tmp_path, "db", "init").returncode == 0
    begin = """
import dataclasses, atexit
written, write = [], dataclasses._process_class
def noted(cls, init, *how):
    written.extend([f"{cls.__module__}.{cls.__name__}"] * init)
    return write(cls, init, *how)
dataclasses._process_class = noted
atexit.register(lambda: sys.stderr.write("\\n" + json.dumps([w for w in written if w.startswith("itmsctl.")])))
"""
    done = python(tmp_path, f"import json, sys\n{begin}\n{LOADED}", ("-q", *words.split()))
    written = set(json.loads(done.stderr.splitlines()[-1]))
    assert written <= {"itmsctl.cli.plain_values._PlainParam", "itmsctl.values.addresses.Prefix"}  # another's; ordered


def completed(folder: Path, words: str) -> tuple[list[str], str]:
    done = shell(folder, f"_ITMSCTL_LINE='{words}' _ITMSCTL_COMPLETE=complete_bash itmsctl")
    return done.stdout.split("\n")[1:], done.stderr


def test_completion_of_groups_verbs_and_names(tmp_path: Path) -> None:
    for name in ("rome", "rostock", "oslo"):
        assert itmsctl(tmp_path, "site", "add", name).returncode == 0
    groups, _ = completed(tmp_path, "itmsctl ")
    assert set(house().groups()) <= set(groups)
    assert "show" in completed(tmp_path, "itmsctl site ")[0]
    names, said = completed(tmp_path, "itmsctl site show ro")
    assert (sorted(n for n in names if n), said) == (["rome", "rostock"], "")
    assert {"copy", "wait-for"} <= set(completed(tmp_path, "itmsctl task add t --kind ")[0])


def test_completion_of_a_name_imports_nothing_heavy(tmp_path: Path) -> None:
    assert itmsctl(tmp_path, "site", "add", "rome").returncode == 0
    code = f"""
import os, sys
os.environ.update(_ITMSCTL_LINE="itmsctl site show ro", _ITMSCTL_COMPLETE="complete_bash")
from itmsctl.cli.main import main
try:
    main([])
except SystemExit:
    pass
sys.stderr.write(repr(sorted({HEAVY!r} & set(sys.modules))))
"""
    done = python(tmp_path, code)
    assert done.stdout.split() == ["words", "rome"]
    assert done.stderr == "[]"


def test_no_list_imports_the_classes_of_the_schema(tmp_path: Path) -> None:
    """The list of every noun, and of what is no noun: tables come from the kinds, values are read without pydantic."""
    code = """
import json, sys
from itmsctl.cli.main import main
from itmsctl.cli.root import load_group
from itmsctl.values.kind import house

listed = [name for name in sorted(house().groups()) if "list" in getattr(load_group(name), "commands", {})]
statuses = {name: main([name, "list", "-o", "json"]) for name in listed}
heavy = sorted({"sqlmodel", "pydantic"} & set(sys.modules))
sys.stderr.write("\\n" + json.dumps([statuses, heavy]))
"""
    statuses, heavy = json.loads(python(tmp_path, code).stderr.splitlines()[-1])
    assert set(statuses) >= {"site", "computer", "policy", "run", "credential", "target", "report", "audit"}
    assert set(statuses.values()) == {0}
    assert heavy == []


def test_a_help_page_is_the_same_without_services(tmp_path: Path) -> None:
    """`--help` behind words alone is answered without importing what the verb would call."""
    code = """
import io, json, sys
from itmsctl.cli.complete import stand_in_for_services
if sys.argv[1:] == ["without"]:
    stand_in_for_services()
from itmsctl.cli.context import Context
from itmsctl.cli.main import main
from itmsctl.cli.root import load_group
from itmsctl.values.kind import house

def pages(command, path):
    out, err = io.StringIO(), io.StringIO()
    argv = [*path, "--help"]
    main(argv, Context(argv, {"HOME": "/nonexistent", "COLUMNS": "100"}, io.StringIO(), out, err))
    yield " ".join(path), out.getvalue() + err.getvalue()
    for name, child in (getattr(command, "commands", None) or {}).items():
        yield from pages(child, [*path, name])

found = {path: text for name in sorted(house().groups()) for path, text in pages(load_group(name), [name])}
heavy = sorted({"sqlmodel", "pydantic", "sqlalchemy"} & set(sys.modules))
sys.stderr.write(json.dumps([found, heavy]))
"""
    (without, heavy), (whole, _) = (json.loads(python(tmp_path, code, argv).stderr) for argv in (("without",), ()))
    assert heavy == []
    assert len(whole) > 100
    assert [path for path in whole if without[path] != whole[path]] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("task run --help", True),
        ("site --help", True),
        ("site show rome --help", True),
        ("--help", False),
        ("task run --command --help", False),
        ("-q task run --help", False),
        ("task run -- --help", False),
        ("site show --help rome", False),
    ],
)
def test_help_is_seen_only_where_no_option_can_take_it(words: str, said: bool) -> None:
    assert asks_help(words.split()) is said


def test_the_help_of_a_verb_imports_no_service(tmp_path: Path) -> None:
    done = python(tmp_path, "import sys; from itmsctl.__main__ import run\ntry:\n    run()\nfinally:\n"
                  "    sys.stderr.write(repr([m for m in ('sqlalchemy', 'pydantic') if m in sys.modules]))",
                  ("task", "run", "--help"))  # fmt: skip
    assert "Usage: itmsctl task run" in done.stdout
    assert done.stderr == "[]"


def test_completion_without_a_database_offers_nothing_and_makes_none(tmp_path: Path) -> None:
    names, said = completed(tmp_path, "itmsctl site show ro")
    assert ([n for n in names if n], said) == ([], "")
    assert not (tmp_path / "data").exists()
