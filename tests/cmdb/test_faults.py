"""What drivers say, as ours: each state and each text of PostgreSQL and SQLite becomes one clear refusal."""

from __future__ import annotations

import sqlite3

import pytest

from itmsctl import errors
from itmsctl.cmdb import faults


class OperationalError(Exception):
    """An error as psycopg raises it."""

    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


class DataError(OperationalError):
    pass


class ProgrammingError(OperationalError):
    pass


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40001", "crowded"), ("40P01", "crowded"), ("55P03", "crowded"),
        ("57P01", "lost"), ("57P02", "lost"), ("57P03", "lost"), ("08006", "lost"), ("25P03", "lost"),
        ("23505", faults.ConstraintError), ("23503", faults.ConstraintError), ("22021", errors.InputError),
        ("25006", errors.DatabaseReadOnlyError), ("53100", errors.StorageFullError), ("57014", errors.StorageError),
        ("28P01", errors.DatabaseUnavailableError), ("3D000", errors.DatabaseUnavailableError),
        ("42501", errors.DatabaseRightsError), ("XX001", errors.DatabaseCorruptError), ("42601", errors.StorageError),
    ],
)  # fmt: skip
def test_states_of_postgres(state: str, kind: str | type[Exception]) -> None:
    found = faults._of_postgres(OperationalError("it said so\nDETAIL: more", state), "db", lost=False)
    if isinstance(kind, str):
        assert isinstance(found, faults.TransientError)
        assert (found.lost, found.down) == (kind == "lost", False)
    else:
        assert type(found) is kind
    assert "DETAIL" not in str(found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused', "down"),
        ('connection is bad: connection to server on socket "/x/.s" failed: No such file or directory', "down"),
        ("failed to resolve host 'h': [Errno -2] Name or service not known", "down"),
        ("connection timeout expired", "down"),
        ("connection failed: FATAL:  the database system is starting up", "down"),
        ("connection failed: FATAL:  the database system is not yet accepting connections", "down"),
        ("connection failed: FATAL:  the database system is in recovery mode", "down"),
        ("connection failed: FATAL:  sorry, too many clients already", "down"),
        ('connection failed: FATAL:  password authentication failed for user "x"', errors.DatabaseUnavailableError),
        ('connection failed: FATAL:  database "x" does not exist', errors.DatabaseUnavailableError),
        ("connection failed: fe_sendauth: no password supplied", errors.DatabaseUnavailableError),
        ("connection failed: SSL error: certificate verify failed", errors.DatabaseUnavailableError),
        ("consuming input failed: server closed the connection unexpectedly", "lost"),
        ("the connection is lost", "lost"),
        ("", "lost"),
    ],
)
def test_texts_without_a_state(text: str, kind: str | type[Exception]) -> None:
    found = faults._of_postgres(OperationalError(text), "db", lost=False)
    if isinstance(kind, str):
        assert isinstance(found, faults.TransientError)
        assert (found.lost, found.down) == (kind == "lost", kind == "down")
    else:
        assert type(found) is kind


def test_values_and_statements_without_a_state() -> None:
    assert type(faults._of_postgres(DataError("cannot contain NUL"), "db", lost=False)) is errors.InputError
    assert type(faults._of_postgres(ProgrammingError("no such thing"), "db", lost=False)) is errors.StorageError


def test_what_is_said_when_trying_again_did_not_help() -> None:
    for error, code in (
        (faults.TransientError(RuntimeError("gone"), lost=True), "DB-UNAVAILABLE"),
        (faults.TransientError(RuntimeError("off"), down=True), "DB-UNAVAILABLE"),
        (faults.TransientError(RuntimeError("deadlock")), "DB-BUSY"),
    ):
        final = error.final("db")
        assert (final.code, bool(final.why), bool(final.hint)) == (code, True, True)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("SQLITE_BUSY", "database is locked", errors.DatabaseBusyError),
        ("SQLITE_BUSY_SNAPSHOT", "database is locked", errors.DatabaseBusyError),
        ("SQLITE_FULL", "database or disk is full", errors.StorageFullError),
        ("SQLITE_CORRUPT", "database disk image is malformed", errors.DatabaseCorruptError),
        ("SQLITE_NOTADB", "file is not a database", errors.DatabaseCorruptError),
        ("SQLITE_READONLY", "attempt to write a readonly database", errors.DatabaseReadOnlyError),
        ("SQLITE_READONLY_DBMOVED", "attempt to write a readonly database", errors.DatabaseBusyError),
        ("SQLITE_CANTOPEN", "unable to open database file", errors.StorageError),
        ("SQLITE_IOERR_FSYNC", "disk I/O error", errors.StorageError),
        ("SQLITE_IOERR_WRITE", "disk I/O error", errors.StorageError),
        ("SQLITE_TOOBIG", "string or blob too big", errors.InputError),
        ("SQLITE_ERROR", "no such table: x", errors.StorageError),
    ],
)
def test_names_of_sqlite(name: str, text: str, kind: type[Exception]) -> None:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    found = faults._of_sqlite(error, "/x/cmdb.sqlite")
    assert type(found) is kind
    assert "/x/cmdb.sqlite" in str(found)


def test_a_constraint_is_left_to_who_wrote_the_row() -> None:
    error = sqlite3.IntegrityError("UNIQUE constraint failed: site.name_key")
    assert isinstance(faults._of_sqlite(error, "x"), faults.ConstraintError)


def test_what_is_not_a_drivers_passes_through() -> None:
    with pytest.raises(KeyError), faults.mapped("x"):
        raise KeyError("ours")
    with pytest.raises(errors.InputError), faults.mapped("x"):
        raise errors.InputError("ours")
