"""Run a query that people wrote: read-only, with a time limit, over the documented views alone (FILT-10, RPT-3).

The text was checked before (`expressions.sqltext`); here the engine itself refuses to write, and to run without end.
Rows come page by page, so that any number of them costs the memory of one page.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from itmsctl.cmdb.views import wanted_views
from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError
from itmsctl.values.times import to_text

PAGE = 2000
_STEPS = 20_000  # instructions of SQLite's machine between two looks at the clock
_READS = {sqlite3.SQLITE_SELECT, getattr(sqlite3, "SQLITE_RECURSIVE", 33)}
# Errors that are the query's own fault; others are the database's.
_ITS_OWN = {None, "SQLITE_ERROR", "SQLITE_AUTH", "SQLITE_INTERRUPT", "SQLITE_TOOBIG", "SQLITE_MISMATCH"}
_ITS_OWN_STATES = ("0A", "21", "22", "25006", "2F", "42", "54", "57014")
_SAVEPOINT = "itms_asked"

Pages = Iterator[Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Question:
    """A checked query in the engine's own words: `?1`, `?2` or `$1`, `$2` stand for its values.

    `functions` are what SQLite may call for it; `error` is raised where the engine refuses it or the limit is over.
    """

    sql: str
    limit_s: float
    functions: frozenset[str]
    error: type[InputError]
    values: Sequence[Any] = ()
    refused_hint: str = ""
    slow_hint: str = ""

    def failed(self, said: str, *, over: bool) -> InputError:
        """Return the error for what the engine said."""
        if over:
            return self.error(f"the query ran over its limit of {self.limit_s:g} s", hint=self.slow_hint)
        first = said.strip().splitlines()[0] if said.strip() else "no reason given"
        return self.error("the database refused the query", why=first, hint=self.refused_hint)


def dialect_of(reader: Reader) -> str:
    """Return the name by which the engine's grammar is known to the parser."""
    return "postgres" if reader.connection.dialect.name == "postgresql" else "sqlite"


@contextmanager
def asked(reader: Reader, question: Question) -> Iterator[Pages]:
    """Yield the pages of rows of a query. While they are read the connection is for nothing else.

    Raises the question's error.
    """
    guard = _postgres if dialect_of(reader) == "postgres" else _sqlite
    with guard(reader.connection, question) as pages:
        yield pages


def planned(reader: Reader, question: Question) -> None:
    """Let the engine plan a query without running it.

    Raises the question's error where the engine refuses it.
    """
    if dialect_of(reader) == "postgres":
        with _postgres(reader.connection, question):
            return  # declaring the cursor has planned it; it runs when rows are fetched
    with _sqlite(reader.connection, question, "EXPLAIN ") as pages:
        next(pages, None)


# --- SQLite -----------------------------------------------------------------------------------------------------------


@contextmanager
def _sqlite(connection: Connection, question: Question, before: str = "") -> Iterator[Pages]:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # the driver's own
    free = not driver.in_transaction  # else it cannot be changed
    if free:
        driver.execute("PRAGMA temp_store=FILE")  # what is sorted may be larger than the memory
    deadline = time.monotonic() + question.limit_s
    driver.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
    views = frozenset(view.name for view in wanted_views(connection))
    driver.set_authorizer(_authorizer(question.functions, views))
    cursor = driver.cursor()
    swallowed: list[BaseException] = []

    def pages() -> Pages:
        try:
            cursor.execute(before + question.sql, [_stored(value) for value in question.values])
            while page := cursor.fetchmany(PAGE):
                yield page
        except sqlite3.Error as error:
            if swallowed:
                raise swallowed[0] from None
            if getattr(error, "sqlite_errorname", None) not in _ITS_OWN:
                raise  # the database's: busy, full, damaged (`cmdb.faults`)
            raise question.failed(str(error), over=time.monotonic() > deadline) from error

    try:
        with _noticed(swallowed):
            yield pages()
    finally:
        cursor.close()
        driver.set_authorizer(None)
        driver.set_progress_handler(None, 0)
        if free:
            driver.execute("PRAGMA temp_store=MEMORY")


@contextmanager
def _noticed(swallowed: list[BaseException]) -> Iterator[None]:
    """Collect what is raised inside the engine's callbacks, where it is swallowed: an interrupt comes nowhere else.

    Only the main thread is interrupted; and what is set here is of the whole process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = sys.unraisablehook
    sys.unraisablehook = lambda what: swallowed.append(what.exc_value) if what.exc_value else before(what)
    sqlite3.enable_callback_tracebacks(True)
    try:
        yield
    finally:
        sqlite3.enable_callback_tracebacks(False)
        sys.unraisablehook = before


def _stored(value: Any) -> Any:
    return to_text(value) if isinstance(value, datetime) else value


def _authorizer(functions: frozenset[str], views: frozenset[str]) -> Callable[..., int]:
    def authorize(action: int, first: str | None, second: str | None, _database: str | None, inner: str | None) -> int:
        # A table may be read only by way of a view, or for nothing but how many rows it has (no column); all else is
        # refused while the statement is prepared.
        if action in _READS:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and (first in views or inner in views or second == ""):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in functions:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return authorize


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@contextmanager
def _postgres(connection: Connection, question: Question) -> Iterator[Pages]:
    import psycopg

    driver: Any = connection.connection.driver_connection
    deadline = time.monotonic() + question.limit_s
    plain = driver.cursor()

    def failed(error: psycopg.Error) -> Exception:
        if not (error.sqlstate or "").startswith(_ITS_OWN_STATES):
            return DBAPIError("a report or SQL filter", None, error)  # the server's: gone, full (`cmdb.faults`)
        return question.failed(str(error), over=error.sqlstate == "57014")

    def pages() -> Pages:
        try:
            while page := rows.fetchmany(PAGE):
                yield page
                _limit(plain, deadline - time.monotonic())
        except psycopg.Error as error:
            raise failed(error) from error

    plain.execute(f"SAVEPOINT {_SAVEPOINT}")
    rows = psycopg.RawServerCursor(driver, _SAVEPOINT)
    try:
        plain.execute("SET LOCAL transaction_read_only = on")
        _limit(plain, question.limit_s)
        rows.execute(question.sql.encode(), question.values or None)
        yield pages()
    except psycopg.Error as error:
        raise failed(error) from error
    finally:
        # Ends the read-only part too; the connection may be lost, and then there is nothing left to fix.
        _quietly(rows.close, psycopg.Error)
        _quietly(lambda: plain.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}"), psycopg.Error)
        _quietly(lambda: plain.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}"), psycopg.Error)
        plain.close()


def _limit(cursor: Any, seconds: float) -> None:
    cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")


def _quietly(act: Callable[[], Any], error: type[Exception]) -> None:
    try:
        act()
    except error:
        return
