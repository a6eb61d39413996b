"""The rows of one data class as its table keeps them: written and read many at once, as tuples of the driver."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from struct import unpack
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk
from itmsctl.cmdb.types import canonical, moment_of
from itmsctl.inventory.asking import dictionary_of, is_keyed, key_column, table_of_class
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.inventory.forming import FormedRow, SharedPart, former_of
from itmsctl.inventory.service.copied_rows import copy_class_rows, copy_entries
from itmsctl.inventory.service.entries import rely_on_entries
from itmsctl.values.addresses import to_bytes
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text
from itmsctl.values.versions import version_key

RowId = tuple[int, int]
"""The id of a computer, and the key of a row as the table holds it."""

_Given = Callable[[Any], Any]

_COPIED = 50  # entries from which COPY in a savepoint is cheaper than JSON


def key_number(key: bytes) -> int:
    """Return the key of a row as the table holds it."""
    return int.from_bytes(key, "big", signed=True)


def key_bytes(number: int) -> bytes:
    """Return the key that the table holds as a number. Raises OverflowError where it can be none."""
    return number.to_bytes(8, "big", signed=True)


@dataclass(frozen=True)
class KeptRow:
    """A current row: since when it is so, and its values by column, without those that say nothing."""

    since: Any  # in the driver's own form
    values: dict[str, Any]


class ClassRows:
    """The current rows of one class in a database."""

    def __init__(self, connection: Connection, of: DataClass) -> None:
        self.connection = connection
        self.of = of
        self.table = table_of_class(of.name)
        self._dictionary = dictionary_of(of.name)
        self.is_postgres = connection.dialect.name == "postgresql"
        self._own = [one for one in of.columns if not one.is_shared]
        self._shared = [one for one in of.columns if one.is_shared]

    def insert(self, rows: Sequence[tuple[int, FormedRow, Any]]) -> None:
        """Insert rows: of which computer, the row, and since when in the driver's own form.

        None means since the first report of the computer: most rows, so that they need not say it.
        """
        if not rows:
            return
        parts = [part for _, (_, _, part, _), _ in rows if part is not None]  # each has one where columns are shared
        if parts:
            self._insert_entries({part.id: part for part in parts})
        columns = _names(self._own)
        if self.is_postgres:
            copy_class_rows(self.connection, self.table, self._own, columns, rows)
            return
        heads = ["computer_id", "row_key"]
        numbers = unpack(f">{len(rows)}q", b"".join([row[0] for _, row, _ in rows]))
        given = self._given(self._own)
        # By the identity of what rows say by themselves: many say the same.
        own = {place: given(said) for place, said in {id(row[3]): row[3] for _, row, _ in rows}.items()}
        tuples: list[tuple[Any, ...]]
        if parts:
            heads.append("entry_id")
            told = zip(rows, numbers, parts, strict=True)
            tuples = [(id_, number, part.id, *own[id(row[3])]) for (id_, row, _), number, part in told]
        else:
            tuples = [(id_, number, *own[id(row[3])]) for (id_, row, _), number in zip(rows, numbers, strict=True)]
        if any(since is not None for _, _, since in rows):
            columns.append("since")
            tuples = [(*one, since) for one, (_, _, since) in zip(tuples, rows, strict=True)]
        tuples.sort()  # in the order of the table, whose key they begin with: its pages are filled
        bulk.insert_said(self.connection, self.table, [*heads, *columns], tuples)

    def delete(self, ids: Collection[RowId]) -> None:
        """Delete rows."""
        if not ids:
            return
        if self.is_postgres:
            statement = (
                f'DELETE FROM "{self.table}" t USING unnest(%s::int[], %s::bigint[]) k (c, r)'  # noqa: S608 - ours
                " WHERE t.computer_id = k.c AND t.row_key = k.r"
            )
            self.connection.exec_driver_sql(statement, tuple(map(list, zip(*ids, strict=True))))
        else:
            bulk.delete(self.connection, self.table, ("computer_id", "row_key"), list(ids))

    def update_volatile(self, rows: Sequence[tuple[int, FormedRow]]) -> None:
        """Write the columns that never make history of rows that are there."""
        columns = [one for one in self._own if one.is_volatile]
        given = self._given(columns)
        tuples = [(*given(row[3]), id_, key_number(row[0])) for id_, row in rows]
        bulk.update(self.connection, self.table, _names(columns), ("computer_id", "row_key"), tuples)

    def read(self, ids: Collection[RowId]) -> dict[RowId, KeptRow]:
        """Return rows by their ids; those that are not there are left out."""
        if not ids:
            return {}
        if self.is_postgres:
            keys = "unnest(%s::int[], %s::bigint[]) k (c, r)"
            parameters: tuple[Any, ...] = tuple(map(list, zip(*ids, strict=True)))
        else:
            keys = "(SELECT json_extract(value, '$[0]') AS c, json_extract(value, '$[1]') AS r FROM json_each(?)) k"
            parameters = (json.dumps(list(ids)),)
        condition = "t.computer_id = k.c AND t.row_key = k.r"
        statement = f'SELECT {self._columns} FROM {keys} CROSS JOIN "{self.table}" t{self._join} WHERE {condition}'  # noqa: S608 - ours
        return {(row[0], row[1]): self._kept(row) for row in self.connection.exec_driver_sql(statement, parameters)}

    def of_computer(self, computer_id: int) -> Iterator[tuple[int, KeptRow]]:
        """Yield all rows of a computer, each with its key."""
        mark = "%s" if self.is_postgres else "?"
        statement = f'SELECT {self._columns} FROM "{self.table}" t{self._join} WHERE t.computer_id = {mark}'  # noqa: S608 - ours
        for row in self.connection.exec_driver_sql(statement, (computer_id,)):
            yield row[1], self._kept(row)

    @cached_property
    def _columns(self) -> str:
        place = {one.name: "e" if one.is_shared else "t" for one in self.of.columns}
        columns = ", ".join(f'{at}."{name}"' for name, at in place.items())
        return f"t.computer_id, t.row_key, coalesce(t.since, f.first_at), {columns}"

    @cached_property
    def _join(self) -> str:
        first = " JOIN inventory_computer f ON f.computer_id = t.computer_id"
        return first + (f' LEFT JOIN "{self._dictionary}" e ON e.entry_id = t.entry_id' if self._shared else "")

    def _kept(self, row: Sequence[Any]) -> KeptRow:
        values = {
            one.name: _READ[one.type](value) if one.type in _READ else value
            for one, value in zip(self.of.columns, row[3:], strict=True)
            if value is not None
        }
        return KeptRow(row[2], values)

    def _insert_entries(self, parts: Mapping[int, SharedPart]) -> None:
        """Insert what no row has shared before."""
        rely_on_entries(self.connection)
        missing = sorted(parts.keys() - self._entries(parts.keys()))
        if not missing:
            return
        names = _names(self._shared)
        # Another unit of work may insert the same beside this one, and seldom does.
        if self.is_postgres and len(missing) >= _COPIED:
            with suppress(sa.exc.IntegrityError), self.connection.begin_nested():
                copy_entries(self.connection, self._dictionary, self._shared, names, [parts[id_] for id_ in missing])
                return
        given = self._given(self._shared)
        names = ["entry_id", *names]
        said = [(id_, *given(former_of(self.of).said_together(parts[id_]))) for id_ in missing]
        if self.is_postgres:
            self._insert_missing(names, said)
        else:
            bulk.insert_said(self.connection, self._dictionary, names, said, ignore=True)

    def _insert_missing(self, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert entries that are not there yet into PostgreSQL, in one statement."""
        said = [{n: _in_json(v) for n, v in zip(names, row, strict=True) if v is not None} for row in rows]
        into = ", ".join(f'"{name}"' for name in names)
        statement = (
            f'INSERT INTO "{self._dictionary}" ({into}) SELECT {into}'  # noqa: S608 - ours
            f' FROM json_populate_recordset(NULL::"{self._dictionary}", %s::json) ON CONFLICT DO NOTHING'
        )
        self.connection.exec_driver_sql(statement, (json.dumps(said),))

    def _entries(self, ids: Collection[int]) -> set[int]:
        statement = f'SELECT entry_id FROM "{self._dictionary}" WHERE entry_id {bulk.among(self.connection)}'  # noqa: S608 - ours
        return set(bulk.asked(self.connection, statement, ids).scalars())

    def _given(self, columns: Iterable[ClassColumn]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """Return what gives the driver what a row says in columns of the table, in their order."""
        names: list[str] = []
        written: list[tuple[int, _Given]] = []
        for one in columns:
            if one.type in _GIVEN:
                written.append((len(names), _GIVEN[one.type]))
            elif one.type is Type.BOOL and not self.is_postgres:
                written.append((len(names), int))  # as it is kept: the driver would look for an adapter
            names.append(one.name)
            if is_keyed(one):
                written.append((len(names), _COMPARED[one.type]))
                names.append(one.name)

        def given(said: Mapping[str, Any]) -> tuple[Any, ...]:
            values = list(map(said.get, names))
            for place, of in written:
                if values[place] is not None:
                    values[place] = of(values[place])
            return tuple(values)

        return given


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row as JSON holds them."""
    return {name: to_text(value) if hasattr(value, "astimezone") else value for name, value in values.items()}


def revived(of: DataClass, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row that JSON held, in the order of the columns; those of no column are left out."""
    return {
        one.name: moment_of(values[one.name]) if one.type is Type.TIME else values[one.name]
        for one in of.columns
        if values.get(one.name) is not None
    }


def _names(columns: Iterable[ClassColumn]) -> list[str]:
    found: list[str] = []
    for one in columns:
        found += [one.name, key_column(one.name)] if is_keyed(one) else [one.name]
    return found


def _in_json(value: Any) -> Any:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


# PostgreSQL reads the text of a moment, SQLite keeps it.
_GIVEN: dict[Type, _Given] = {Type.TIME: to_text, Type.LIST: canonical, Type.MAP: canonical}
_COMPARED: dict[Type, _Given] = {Type.VERSION: version_key, Type.ADDRESS: to_bytes}
_READ: dict[Type, Callable[[Any], Any]] = {
    Type.TIME: moment_of,
    Type.BOOL: bool,
    Type.LIST: json.loads,
    Type.MAP: json.loads,
}
