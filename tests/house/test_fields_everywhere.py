"""A field is declared once and seen everywhere: nobody can add one to a noun and forget a place (house promise 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cli.root import load_group
from itmsctl.cmdb.store import Store
from itmsctl.expressions import portable
from itmsctl.reports import question
from itmsctl.values.kind import Field, Kind, Type, house
from itmsctl.values.times import seconds
from itmsctl.values.view import every_view
from tests.conftest import Run
from tests.house.estate import build, given

# Nouns that another group serves: what lists them. They have no verbs of their own.
ELSEWHERE: Mapping[str, tuple[str, ...]] = {"sizing-exception": ("sizing", "ignored")}
# Fields that `add` and `set` take otherwise than by an option of that name, and how.
OTHERWISE: Mapping[str, str] = {
    "data-class.definition": "`data-class add -f` reads it from a file",
    "report.parameter_types": "--parameter NAME:TYPE=DEFAULT says name, type and default at once",
    "task.parameter_types": "--parameter NAME:TYPE=DEFAULT says name, type and default at once",
    "task.body": "--command takes it from the command line, --script from a file",
}
# Nouns that are changed otherwise than by `set`, and how.
WITHOUT_SET: Mapping[str, str] = {"data-class": "`data-class add -f` of a file that has more"}
# Fields that are shown part by part, each under a name of its own.
IN_PARTS: Mapping[str, str] = {
    "baseline.rows": "how many they are; `baseline items` lists them",
    "data-class.definition": "key, rows, systems, volatile columns, help, and each column",
}


@pytest.fixture
def estate(store: Store) -> Store:
    build(store)
    return store


def stored(store: Store) -> Iterator[tuple[Kind, Field, str, Any]]:
    """Yield every field that an administrator sets with an object that bears it, and the value stored there."""
    with store.read() as reader:
        for kind, field, name, _ in given():
            value = kind.load_shelf().get(reader, name).fields[field.name]
            assert value is not None, f"{kind.name}.{field.name} is not kept"
            yield kind, field, name, value


def _said(member: Any) -> Any:
    """Return what has to be read of a member that has parts: the task of a step, the name of a program."""
    return member.get("task", member.get("name")) if isinstance(member, dict) else member


def texts(value: Any) -> list[str]:
    """Return what has to be read where a value is shown."""
    if isinstance(value, list):
        return [text for member in value for text in texts(_said(member))]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [f"{value:g}"] if isinstance(value, float) else [str(value)]


def shows(cells: list[Any], value: Any) -> bool:
    """Return whether all of a value is read in some cells."""
    if isinstance(value, bool | int | float):
        return value in cells
    return all(any(text in str(cell) for cell in cells) for text in texts(value))


def objects(run: Run, store: Store) -> Iterator[tuple[tuple[str, ...], list[tuple[Field, str, Any]]]]:
    """Yield what lists each noun, with its fields."""
    found: dict[str, list[tuple[Field, str, Any]]] = {}
    for kind, field, name, value in stored(store):
        if f"{kind.name}.{field.name}" in IN_PARTS:
            continue
        found.setdefault(kind.name, []).append((field, name, value))
    for kind, fields in found.items():
        yield ELSEWHERE.get(kind, (kind, "list")), fields


def test_every_field_is_in_a_documented_view(estate: Store) -> None:
    shown: dict[str, list[str]] = {}
    for view in every_view():
        for column in view.columns:
            for of in column.of:
                shown.setdefault(of, []).append(f'SELECT v."{column.name}" FROM {view.name} v')
    with estate.read() as reader:
        for kind, field, name, value in stored(estate):
            asked = shown.get(f"{kind.name}.{field.name}", [])
            assert asked, f"no view shows {kind.name}.{field.name}: name it in a ViewColumn, by of="
            cells = [cell for text in asked for cell in reader.connection.execute(sa.text(text)).scalars()]
            assert shows(cells, value), (kind.name, field.name, name, value, cells)


def test_a_column_that_a_query_has_to_quote_says_so(estate: Store) -> None:
    """One whose words do not say so means the same without quotes."""
    dialect = "sqlite" if estate.place.is_sqlite else "postgres"
    with estate.read() as reader:
        for view in every_view():
            for column in view.columns:
                quoted, bare = f'"{column.name}"', column.name
                written = {quoted} if f"written {quoted}" in column.help else {quoted, bare}
                queries = [question.checked(f"SELECT {name} FROM {view.name}", {}) for name in written]
                asked = [portable.say(query, dialect, None)[0] for query in queries]
                found = [sorted(map(repr, reader.connection.exec_driver_sql(text).scalars())) for text in asked]
                assert found[0] == found[-1], (view.name, column.name)


def test_every_field_is_in_the_wide_table(estate: Store, ok: Run) -> None:
    for verb, fields in objects(ok, estate):
        titles = {c.name: c.title for c in load_group(verb[0]).commands[verb[1]].callback.columns}
        lines = ok(*verb, "-o", "wide").out.splitlines()
        for field, name, value in fields:
            assert titles.get(field.name, "?") in lines[0], (verb, field.name)
            assert any(name in line and shows([line], texts(value)) for line in lines), (verb, field.name, value)


def test_every_field_is_shown(estate: Store, ok: Run) -> None:
    for (noun, verb), fields in objects(ok, estate):
        if verb != "list":
            continue
        for name in dict.fromkeys(name for _, name, _ in fields):
            shown, card = ok(noun, "show", name, "-o", "json").json, ok(noun, "show", name, "-o", "table").out
            for field, bearer, value in fields:
                if bearer == name:
                    assert shows(texts(shown[field.name]), texts(value)), (noun, field.name, value)
                    assert field.name in card, (noun, field.name)


def test_every_field_is_exported_and_stands_in_the_schema(estate: Store, ok: Run) -> None:
    specs = {(doc["kind"], doc["name"]): doc["spec"] for doc in ok("export", "-o", "json").json}
    for kind, field, name, value in stored(estate):
        spec = specs[kind.name, name]
        said = seconds(str(spec[field.name])) if field.type is Type.DURATION else spec.get(field.name)
        assert shows(texts(said), texts(value)), (kind.name, field.name, value, spec)
        properties = ok("schema", kind.name).json["properties"]["spec"]["properties"]
        assert properties[field.name]["description"], (kind.name, field.name)


def test_every_field_is_in_the_history(estate: Store, ok: Run) -> None:
    for kind, field, name, value in stored(estate):
        changes = [c for entry in ok("history", kind.name, name, "-o", "json").json for c in entry["changes"]]
        assert any(c["field"] == field.name and shows(texts(c["after"]), texts(value)) for c in changes), (
            kind.name, field.name, value, changes,
        )  # fmt: skip


def test_every_field_is_in_the_tables_that_a_noun_is_written_to_and_read_from(estate: Store, ok: Run) -> None:
    """A noun with `export` and `import` comes back whole from its own table."""
    tables = [k for k in house().kinds() if k.name in house().groups() and {"import", "export"} <= verbs(k).keys()]
    assert {kind.name for kind in tables} >= {"site", "subnet"}
    for kind in tables:
        before = [row for row in stored(estate) if row[0] is kind]
        every = [flag for p in verbs(kind)["export"].params for flag in p.opts if flag == "--all-fields"]
        table = ok(kind.name, "export", *every, "-o", "csv").out
        for name in {name for _, _, name, _ in before}:
            estate.write(lambda unit, k=kind, n=name: k.load_shelf().replace(unit, n, {}))
        ok(kind.name, "import", "-", stdin=table)
        assert [row for row in stored(estate) if row[0] is kind] == before


def verbs(kind: Kind) -> Mapping[str, Any]:
    found: Mapping[str, Any] = load_group(kind.name).commands
    return found


@pytest.mark.parametrize("kind", [k for k in house().kinds() if k.name not in ELSEWHERE], ids=lambda kind: kind.name)
def test_every_field_has_an_option(kind: Kind) -> None:
    group = load_group(kind.name)
    assert ("set" in group.commands) != (kind.name in WITHOUT_SET)
    for verb in ("add", "set") if kind.name not in WITHOUT_SET else ("add",):
        options = {flag for parameter in group.commands[verb].params for flag in parameter.opts}
        missing = {f"{kind.name}.{field.name}" for field in kind.admin_fields if field.flag not in options}
        assert missing == {name for name in OTHERWISE if name.startswith(f"{kind.name}.")}, verb
