"""The rows of a class as a computer would tell them: columns once, then values as JSON has them, for many computers.

They are read as the driver gives them: only what JSON writes in another way than the database is changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.asking import dictionary_of, table_of_class
from itmsctl.inventory.definition import DataClass
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text


class ToldRows(NamedTuple):
    """Rows of one computer: the names of the columns, and the values of each row in their order."""

    columns: tuple[str, ...]
    rows: list[list[Any]]


def told_rows(reader: Reader, one: DataClass, computers: Collection[int]) -> dict[int, ToldRows]:
    """Return the rows of a class by computer; columns that say nothing of a computer are left out."""
    is_postgres = reader.connection.dialect.name == "postgresql"
    shared = any(column.is_shared for column in one.columns)
    join = f' JOIN "{dictionary_of(one.name)}" e ON e.entry_id = t.entry_id' if shared else ""
    names = ", ".join(f'{"e" if column.is_shared else "t"}."{column.name}"' for column in one.columns)
    statement = (
        f'SELECT t.computer_id, {names} FROM "{table_of_class(one.name)}" t{join}'  # noqa: S608 - names are ours
        f" WHERE t.computer_id {bulk.among(reader.connection)}"
    )
    turned = [(place, form) for place, column in enumerate(one.columns) if (form := _form(column.type, is_postgres))]
    found: dict[int, list[list[Any]]] = {}
    for id_, *values in bulk.asked(reader.connection, statement, computers).cursor.fetchall():
        for place, form in turned:
            if values[place] is not None:
                values[place] = form(values[place])
        found.setdefault(id_, []).append(values)
    columns = tuple(column.name for column in one.columns)
    return {id_: _said(columns, rows) for id_, rows in found.items()}


def _form(of: Type, is_postgres: bool) -> Callable[[Any], Any] | None:
    """Return what makes JSON's value of a driver's; none where it is the same."""
    if of in {Type.LIST, Type.MAP}:
        return json.loads
    if is_postgres:
        return to_text if of is Type.TIME else None
    return bool if of is Type.BOOL else None


def _said(columns: tuple[str, ...], rows: list[list[Any]]) -> ToldRows:
    silent = {place for place, value in enumerate(rows[0]) if value is None}
    silent = {place for place in silent if all(row[place] is None for row in rows)}
    if not silent:
        return ToldRows(columns, rows)
    places = [place for place in range(len(columns)) if place not in silent]
    return ToldRows(tuple(columns[place] for place in places), [[row[place] for place in places] for row in rows])
