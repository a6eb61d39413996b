"""The schema: made on first use, migrated on demand, refused where it does not fit the program.

alembic, views and tables of definitions are imported only when something has to be made: a command that finds the
right revision never pays for them.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection, Engine

from itmsctl import errors
from itmsctl.cmdb import faults
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.found import revision

HEAD = "0031"
FOLDER = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x17_35_C7_01
_WAIT_S = 30.0


def known_revisions() -> list[str]:
    """Return every revision that this program knows, oldest first, by listing the files."""
    return sorted(p.stem.split("_", 1)[0] for p in (FOLDER / "versions").glob("[0-9]*.py"))


def refuse_unfit(found: str | None, place: DatabasePlace, engine: Engine) -> None:
    """Refuse a database whose revision is not this program's.

    Raises DatabaseNewerError, MigrationRunningError, DatabaseOutdatedError.
    """
    if found == HEAD:
        return
    if found is not None and found not in known_revisions():
        raise errors.DatabaseNewerError(
            f"{place} was made by a newer itmsctl (schema {found}; this program knows {HEAD})",
            hint="upgrade this program: pip install -U itmsctl",
            details={"found": found, "known": HEAD},
        )
    if _is_being_migrated(place, engine):
        raise errors.MigrationRunningError(f"{place} is being migrated", hint="run the same command again in a moment")
    raise errors.DatabaseOutdatedError(
        f"{place} has schema {found or 'none'}, this program needs {HEAD}; nothing was changed",
        hint="itmsctl db upgrade (it makes a backup first)",
        details={"found": found, "wanted": HEAD},
    )


# --- migrating --------------------------------------------------------------------------------------------------------


def migrate(
    place: DatabasePlace, *, wait_s: float = _WAIT_S, target: str = "head", dry_run: bool = False
) -> tuple[str | None, str | None]:
    """Bring the schema to `target` and answer (revision before, revision after). One migrator at a time.

    Each revision is one transaction: killed half way, the database is as before or as after it. A new database is made
    in one, so that none is ever found half made. With `dry_run` all of them run in one that is rolled back.

    Raises MigrationRunningError where another process migrates longer than `wait_s`, DatabaseNewerError.
    """
    with _migrating(place, wait_s) as connection:
        before = revision(connection, lone=True)
        connection.rollback()
        if before is not None and before not in known_revisions():
            refuse_unfit(before, place, connection.engine)
        if dry_run or before is None:
            connection.begin()
        _run(connection, target)
        after = revision(connection, lone=True)
        connection.rollback() if dry_run else connection.commit()
    return before, after


def renew(place: DatabasePlace, *, wait_s: float = _WAIT_S, dry_run: bool = False) -> MadeAgain:
    """Make what no migration makes as this program has it, and return the names of what was not so.

    The database has this program's revision. Raises as `migrate` does.
    """
    from itmsctl.cmdb import defined, views

    with _migrating(place, wait_s) as connection:
        tables = sorted(defined.make(connection))
        old = sorted(views.outdated(connection))
        if old:
            views.make(connection)
        connection.rollback() if dry_run else connection.commit()
    return MadeAgain(tables, old)


class MadeAgain(NamedTuple):
    """The names of tables that were made or widened from their definitions, and of views that were made again."""

    tables: list[str]
    views: list[str]


@contextmanager
def _migrating(place: DatabasePlace, wait_s: float) -> Iterator[Connection]:
    """Open a connection that alone changes the schema."""
    with one_migrator(place, wait_s):
        engine = open_engine(place, purpose="migrate")
        try:
            with faults.mapped(str(place)), engine.connect() as connection:
                writing = connection.execution_options(itms_write=True)
                _prepare(writing, place, wait_s)
                yield writing
        except faults.TransientError as error:
            raise _blocked(error, place, wait_s) from error.cause
        finally:
            engine.dispose()


def _prepare(connection: Connection, place: DatabasePlace, wait_s: float) -> None:
    if place.is_sqlite:
        # Outside a transaction, where it takes effect: rebuilding a table must not fire its references.
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()
        return
    # The lock belongs to the connection, and is freed with it: on a kill by the server.
    connection.exec_driver_sql("SELECT set_config('statement_timeout', '0', false)")
    connection.exec_driver_sql(f"SELECT set_config('lock_timeout', '{int(wait_s * 1000)}', false)")
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
    connection.exec_driver_sql("RESET lock_timeout")
    connection.commit()


def _run(connection: Connection, target: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    move: Any = command.downgrade if target == "base" else command.upgrade
    move(config, target)


def _blocked(error: faults.TransientError, place: DatabasePlace, wait_s: float) -> errors.ItmsError:
    if error.lost or error.down:
        return error.final(str(place))
    return errors.MigrationRunningError(
        f"another process has been migrating or changing {place} for {wait_s:.0f} s",
        why=str(error),
        hint="run the same command again in a moment",
    )


# --- one migrator at a time -------------------------------------------------------------------------------------------


@contextmanager
def one_migrator(place: DatabasePlace, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold the lock file beside an SQLite database; on PostgreSQL a lock of the connection serves instead.

    The lock file is never removed: two processes must not lock two files of one name. Raises MigrationRunningError.
    """
    if place.path is None:
        yield
        return
    lock = _open_lock(place.path)
    try:
        _await_lock(lock, place, wait_s)
        yield
    finally:
        os.close(lock)


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".migrate.lock")


def _open_lock(path: Path) -> int:
    try:
        return os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise errors.DatabaseReadOnlyError(
            f"{path} cannot be migrated: its folder cannot be written", why=str(error), hint=f"ls -ld {path.parent}"
        ) from error


def _await_lock(lock: int, place: DatabasePlace, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise errors.MigrationRunningError(
                    f"another process has been migrating {place} for {wait_s:.0f} s",
                    hint="run the same command again in a moment",
                ) from None
            time.sleep(0.05)
        else:
            return


def _is_being_migrated(place: DatabasePlace, engine: Engine) -> bool:
    if place.path is None:
        statement = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {_MIGRATION_LOCK} AND granted"  # noqa: S608 - a number of ours
        with engine.connect() as connection:
            return connection.exec_driver_sql(statement).first() is not None
    try:
        lock = os.open(_lock_path(place.path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
