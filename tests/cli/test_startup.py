"""Start-up is part of the product: what a command does not need is not imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


def loaded_by(folder: Path, *argv: str) -> set[str]:
    done = python(folder, LOADED, argv)
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


def completed(folder: Path, words: str) -> tuple[list[str], str]:
    count = len(words.split(" ")) - 1
    line = f"COMP_WORDS='{words}' COMP_CWORD={count} _ITMSCTL_COMPLETE=complete_bash itmsctl"
    done = shell(folder, line)
    return done.stdout.split("\n"), done.stderr


def test_completion_of_groups_verbs_and_names(tmp_path: Path) -> None:
    for name in ("rome", "rostock", "oslo"):
        assert itmsctl(tmp_path, "site", "add", name).returncode == 0
    groups, _ = completed(tmp_path, "itmsctl ")
    assert set(house().groups()) <= set(groups)
    assert "show" in completed(tmp_path, "itmsctl site ")[0]
    names, said = completed(tmp_path, "itmsctl site show ro")
    assert (sorted(n for n in names if n), said) == (["rome", "rostock"], "")


def test_completion_of_a_name_imports_no_sqlmodel(tmp_path: Path) -> None:
    """The parser itself reads text with pydantic, which is within the 0.3 s."""
    assert itmsctl(tmp_path, "site", "add", "rome").returncode == 0
    code = f"""
import os, sys
os.environ.update(COMP_WORDS="itmsctl site show ro", COMP_CWORD="3", _ITMSCTL_COMPLETE="complete_bash")
from itmsctl.cli.main import main
try:
    main([])
except SystemExit:
    pass
sys.stderr.write(repr(sorted({HEAVY - {"pydantic"}!r} & set(sys.modules))))
"""
    done = python(tmp_path, code)
    assert done.stdout.split() == ["rome"]
    assert done.stderr == "[]"


def test_completion_without_a_database_offers_nothing_and_makes_none(tmp_path: Path) -> None:
    names, said = completed(tmp_path, "itmsctl site show ro")
    assert ([n for n in names if n], said) == ([], "")
    assert not (tmp_path / "data").exists()
