"""Walks the registries: commands, errors, kinds, filter classes. What is added is found here without naming it."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from itmsctl.cli.root import load_group
from itmsctl.cmdb.compare import declared
from itmsctl.errors import ItmsError
from itmsctl.values.kind import Kind, Owner, house
from tests.conftest import Run
from tests.house import ROOT, sources

SHOWN_ON_EVERY_LEAF = {"--output", "--db", "--fields", "--yes", "--error-format", "--reason"}


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, child in below.items():
        yield from leaves(child, (*path, name))


def every_command() -> list[tuple[tuple[str, ...], Any]]:
    return [leaf for name in sorted(house().groups()) for leaf in leaves(load_group(name), (name,))]


def every_error() -> list[type[ItmsError]]:
    for path in sources():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not module.endswith("__main__") and ".migrations" not in module:
            importlib.import_module(module)

    def below(top: type[ItmsError]) -> Iterator[type[ItmsError]]:
        for each in top.__subclasses__():
            yield each
            yield from below(each)

    return sorted(set(below(ItmsError)), key=lambda e: e.__qualname__)


@pytest.mark.parametrize("group", sorted(house().groups()))
def test_every_group_loads_and_its_commands_have_help(group: str) -> None:
    for path, command in leaves(load_group(group), (group,)):
        assert command.help, path
        for parameter in command.params:
            assert getattr(parameter, "help", None), (path, parameter.name)
        options = {flag for p in command.params for flag in p.opts}
        assert options >= SHOWN_ON_EVERY_LEAF, path


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text()
    assert [" ".join(path) for path, _ in every_command() if f"### itmsctl {' '.join(path)}\n" not in page] == []


def test_every_help_page_is_written(bare_run: Run) -> None:
    for path, _ in every_command():
        result = bare_run(*path, "--help")
        assert (result.code, result.err) == (0, ""), path
        assert f"Usage: itmsctl {' '.join(path)}" in result.out
        assert "]...]" not in result.out, f"{path}: an argument that may be given several times is written once"


def test_error_codes_are_unique_and_documented() -> None:
    errors = every_error()
    twice = [code for code, count in Counter(e.code for e in errors).items() if count > 1]
    assert twice == []
    page = (ROOT / "docs/reference/errors.md").read_text()
    assert [e.code for e in errors if f"`{e.code}`" not in page] == []
    assert [e.__name__ for e in errors if not (e.__doc__ or "").strip()] == []
    assert all(e.__name__.endswith("Error") and e.code == e.code.upper() for e in errors)


def test_every_exit_status_is_one_of_the_table() -> None:
    page = (ROOT / "docs/reference/exit-codes.md").read_text()
    assert {e.exit_status for e in every_error() if f"| {e.exit_status} |" not in page} == set()


@pytest.mark.parametrize("group", sorted(house().groups()))
def test_every_list_prints_valid_json_when_empty(run: Run, group: str) -> None:
    for path, _ in leaves(load_group(group), (group,)):
        if path[-1] == "list":
            result = run(*path, "-o", "json")
            assert result.code == 0, result.err
            assert isinstance(json.loads(result.out), list)


@pytest.mark.parametrize("kind", list(house().kinds()), ids=lambda k: k.name)
def test_a_kind_says_what_its_table_holds(kind: Kind) -> None:
    tables = declared().tables
    assert kind.table in tables
    columns = set(tables[kind.table].columns.keys())
    assert {"id", "guid", "name", "name_key", "revision"} <= columns or kind.table.startswith("v_")
    known = {k.name for k in house().kinds()}
    assert {f.ref for f in kind.fields if f.ref} <= known
    named = [f for f in kind.fields if f.column]
    own = tables[kind.typed or kind.table].columns
    assert [f.name for f in named if f.column not in own] == []


def test_fields_that_are_secret_are_shown_by_no_kind_as_the_administrators() -> None:
    for kind in house().kinds():
        for field in kind.fields:
            assert not (field.owner is Owner.ADMIN and ("password" in field.name or "secret" in field.name)), (
                kind.name,
                field.name,
            )


@pytest.mark.parametrize("one", house().filter_classes(), ids=lambda c: c.name)
def test_a_filter_class_reads_columns_that_exist(one: Any, store: Any) -> None:
    from sqlalchemy import text

    names = [one.key, *(f.column_name for f in one.fields)]
    if one.map_key:
        names += [one.map_key, one.map_value]
    columns = ", ".join(f'"{name}"' for name in names)
    with store.read() as reader:
        assert reader.connection.execute(text(f'SELECT {columns} FROM "{one.table}" WHERE 1 = 0')).all() == []
