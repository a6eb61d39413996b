"""The rows of a class as a computer would tell them: columns once, then values as JSON has them, for many computers.

They are read as the driver gives them: only what JSON writes in another way than the database is changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
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
    rows: list[tuple[Any, ...]]


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
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in bulk.asked(reader.connection, statement, computers).cursor.fetchall():
        found.setdefault(row[0], []).append(row)
    forms = [_form(column.type, is_postgres) for column in one.columns]
    return {id_: _said(one, forms, rows) for id_, rows in found.items()}


def _form(of: Type, is_postgres: bool) -> Callable[[Any], Any] | None:
    """Return what makes JSON's value of a driver's; none where it is the same."""
    if of in {Type.LIST, Type.MAP}:
        return json.loads
    if is_postgres:
        return _remembered(to_text) if of is Type.TIME else None
    return bool if of is Type.BOOL else None


def _remembered(form: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that forms each value once: rows say the same moments again and again."""
    known: dict[Any, Any] = {}

    def formed(value: Any) -> Any:
        found = known.get(value)
        if found is None:
            found = known[value] = form(value)
        return found

    return formed


def _said(of: DataClass, forms: Sequence[Callable[[Any], Any] | None], rows: Sequence[tuple[Any, ...]]) -> ToldRows:
    """Return rows column by column, which costs least, and as rows again."""
    names, columns = [], []
    for column, form, values in zip(of.columns, forms, list(zip(*rows, strict=True))[1:], strict=True):
        if values.count(None) == len(values):
            continue
        names.append(column.name)
        columns.append(values if form is None else [None if value is None else form(value) for value in values])
    return ToldRows(tuple(names), list(zip(*columns, strict=True)) or [()] * len(rows))
