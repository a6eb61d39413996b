"""Many rows at once, at nearly the price of the raw driver: tuples and COPY, never row objects."""

from __future__ import annotations

import gc
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.values.times import to_text

_T = TypeVar("_T")
COPY_FROM = 4  # rows from which COPY is cheaper than executemany, which costs the server a statement for each
_PAGE = 500


def chunks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Cut a stream into lists of at most `size`."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


@contextmanager
def no_collector() -> Iterator[None]:
    """Keep the garbage collector away: rows make no cycles, and it would walk all of them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def moment(connection: Connection, value: datetime | None) -> Any:
    """Return a moment as this connection's driver stores it, for raw tuples."""
    return value if value is None or connection.dialect.name == "postgresql" else to_text(value)


def pages(
    connection: Connection, statement: sa.Select[Any], values: Mapping[str, Any] | None = None
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Yield the rows of a SELECT as the driver gives them: for text and numbers, which need no conversion.

    A page of tuples is let go before the next one comes: rows as objects would double the price, and so would the
    garbage collector.
    """
    result = connection.execute(statement, values)
    while page := result.cursor.fetchmany(_PAGE):
        yield page
    result.close()


def among(connection: Connection) -> str:
    """Return the condition that a column is one of a set, which is one parameter of the driver (see `asked`)."""
    return "= ANY(%s)" if connection.dialect.name == "postgresql" else "IN (SELECT value FROM json_each(?))"


def asked(connection: Connection, statement: str, *sets: Collection[Any]) -> Any:
    """Run a statement of the driver whose parameters are sets (see `among`)."""
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(statement, tuple(list(one) for one in sets))
    return connection.exec_driver_sql(statement, tuple(json.dumps(list(one)) for one in sets))


def insert(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, ignore: bool = False
) -> None:
    """Insert rows given as tuples of driver values; with `ignore`, rows whose key exists are passed over."""
    if not rows:
        return
    names = ", ".join(f'"{c}"' for c in columns)
    if connection.dialect.name == "postgresql":
        if len(rows) >= COPY_FROM and not ignore:
            with copying(connection, f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        tail = " ON CONFLICT DO NOTHING" if ignore else ""
        connection.exec_driver_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks}){tail}', list(rows))  # noqa: S608 - names are ours
        return
    verb = "INSERT OR IGNORE" if ignore else "INSERT"
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f'{verb} INTO "{table}" ({names}) VALUES ({marks})', list(rows))


def insert_said(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], *, ignore: bool = False
) -> None:
    """Insert rows, and leave out columns in which none of them says anything: no column has a default but none.

    A None costs SQLite's driver more than a text: it looks for an adapter of whatever is neither number nor text.
    """
    silent = {place for place, value in enumerate(rows[0]) if value is None} if rows else set()
    silent = {place for place in silent if all(row[place] is None for row in rows)}
    if not silent:
        insert(connection, table, columns, rows, ignore=ignore)
        return
    pick: Any = itemgetter(*[place for place in range(len(columns)) if place not in silent])
    insert(connection, table, pick(columns), list(map(pick, rows)), ignore=ignore)


@contextmanager
def copying(connection: Connection, statement: str) -> Iterator[Any]:
    """Yield the driver's copy of a COPY statement to PostgreSQL, to write to. Raises what an INSERT would raise."""
    dialect = connection.dialect
    driver: Any = dialect.loaded_dbapi
    try:
        with connection.connection.driver_connection.cursor().copy(statement) as copy:  # type: ignore[union-attr]  # psycopg's
            yield copy
    except driver.Error as error:  # the driver was asked past SQLAlchemy, which would have said it so
        raise sa.exc.DBAPIError.instance(statement, None, error, driver.Error, dialect=dialect) from error


def update(
    connection: Connection, table: str, columns: Sequence[str], where: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Update rows by key: each tuple holds the new values of `columns`, then the key's values of `where`."""
    if not rows:
        return
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    sets = ", ".join(f'"{c}" = {mark}' for c in columns)
    keys = " AND ".join(f'"{c}" = {mark}' for c in where)
    connection.exec_driver_sql(f'UPDATE "{table}" SET {sets} WHERE {keys}', list(rows))  # noqa: S608 - names are ours


def delete(connection: Connection, table: str, where: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Delete rows by key."""
    if not rows:
        return
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    keys = " AND ".join(f'"{c}" = {mark}' for c in where)
    connection.exec_driver_sql(f'DELETE FROM "{table}" WHERE {keys}', list(rows))  # noqa: S608 - names are ours
