"""Run a SQL filter: read-only, with a time limit, and only GUIDs of computers come out (FILT-10)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.work import Reader
from itmsctl.errors import SqlFilterError
from itmsctl.targeting import sqlcheck
from itmsctl.targeting.views import BY_NAME

TIME_LIMIT_S = 20.0
_STEPS = 20_000  # instructions of SQLite's machine between two looks at the clock
_VIEWS = {*BY_NAME, "v_computer_site"}  # views that a documented one may read
_READS = {sqlite3.SQLITE_SELECT, getattr(sqlite3, "SQLITE_RECURSIVE", 33)}


def dialect_of(reader: Reader) -> str:
    """Answer the name by which the engine's grammar is known to the parser."""
    return "postgres" if reader.connection.dialect.name == "postgresql" else "sqlite"


def checked(reader: Reader, text: str) -> sqlcheck.Checked:
    """Check a query for this engine, and that a WITH hides no table of the database.

    Raises SqlFilterError.
    """
    found = sqlcheck.check(text, dialect_of(reader))
    for name in sorted(found.with_names):
        if sa.inspect(reader.connection).has_table(name) or name in BY_NAME:
            raise SqlFilterError(f"`{name}` is the name of a table; name the WITH otherwise")
    return found


def matching_ids(reader: Reader, text: str, *, limit_s: float = TIME_LIMIT_S) -> list[int]:
    """Answer the ids of the computers whose GUIDs a checked query gives; other values are passed over.

    Raises SqlFilterError where the engine refuses it, or it runs over its time limit.
    """
    query = (
        f"SELECT DISTINCT v.id FROM v_computer v JOIN (\n{text}\n) AS asked ON v.guid = lower(CAST(asked.guid AS TEXT))"  # noqa: S608 - checked
    )
    guard = _guarded_postgres if reader.connection.dialect.name == "postgresql" else _guarded_sqlite
    return sorted(guard(reader.connection, query, limit_s))


def _guarded_sqlite(connection: Connection, query: str, limit_s: float) -> list[int]:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # the driver's own
    deadline = time.monotonic() + limit_s
    driver.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
    driver.set_authorizer(_authorize)
    try:
        return [row[0] for row in driver.execute(query)]
    except sqlite3.Error as error:
        raise _failed(str(error), over=time.monotonic() > deadline, limit_s=limit_s) from error
    finally:
        driver.set_authorizer(None)
        driver.set_progress_handler(None, 0)


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, inner: str | None) -> int:
    # A table may be read only by way of a documented view, or for nothing but how many rows it has (no column); all
    # else is refused while the statement is prepared.
    if action in _READS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and (first in _VIEWS or inner in _VIEWS or second == ""):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in sqlcheck.FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _guarded_postgres(connection: Connection, query: str, limit_s: float) -> list[int]:
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    cursor.execute("SAVEPOINT itms_sql_filter")
    try:
        cursor.execute("SET LOCAL transaction_read_only = on")
        cursor.execute(f"SET LOCAL statement_timeout = {int(limit_s * 1000)}")
        cursor.execute(query.encode())
        return [row[0] for row in cursor.fetchall()]
    except driver.Error as error:
        timed_out = getattr(error, "sqlstate", None) == "57014"
        raise _failed(str(error), over=timed_out, limit_s=limit_s) from error
    finally:
        # Ends the read-only part too; the connection may be lost, and then there is nothing left to mend.
        _quietly(lambda: cursor.execute("ROLLBACK TO SAVEPOINT itms_sql_filter"), driver.Error)
        _quietly(lambda: cursor.execute("RELEASE SAVEPOINT itms_sql_filter"), driver.Error)
        cursor.close()


def _quietly(act: Callable[[], Any], error: type[Exception]) -> None:
    try:
        act()
    except error:
        return


def _failed(said: str, *, over: bool, limit_s: float) -> SqlFilterError:
    if over:
        return SqlFilterError(
            f"the query ran over its limit of {limit_s:g} s", hint="narrow it, or ask with --where, which uses indexes"
        )
    first = said.strip().splitlines()[0] if said.strip() else "no reason given"
    return SqlFilterError(
        "the database refused the query", why=first, hint="try it with `filter add NAME --sql ... --dry-run`"
    )
