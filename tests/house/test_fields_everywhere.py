"""A field is declared once and seen everywhere: nobody can add one to a noun and forget a place (house promise 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.expressions import portable
from itmsctl.reports import question
from itmsctl.values.kind import Field, Kind
from itmsctl.values.view import every_view
from tests.house.estate import build, given


@pytest.fixture
def estate(store: Store) -> Store:
    build(store)
    return store


def stored(store: Store) -> Iterator[tuple[Kind, Field, str, Any]]:
    """Yield every field of the estate with the value that its object holds."""
    with store.read() as reader:
        for kind, field, name, _ in given():
            yield kind, field, name, kind.load_shelf().get(reader, name).fields[field.name]


def texts(value: Any) -> list[str]:
    """Return what has to be read where a value is shown."""
    if isinstance(value, list):
        return [text for member in value for text in texts(member["task"] if isinstance(member, dict) else member)]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    return [f"{value:g}"] if isinstance(value, float) else [str(value)]


def shows(cells: list[Any], value: Any) -> bool:
    """Return whether all of a value is read in some cells."""
    if isinstance(value, bool | int | float):
        return value in cells
    return all(any(text in str(cell) for cell in cells) for text in texts(value))


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
