"""Backups: a whole, checked copy made while others write, with its manifest beside it (F17)."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from itmsctl import errors
from itmsctl.cmdb import faults
from itmsctl.cmdb.engine import BUSY_TIMEOUT_S, DatabasePlace, given_options, open_engine
from itmsctl.cmdb.files import check_file
from itmsctl.cmdb.found import Facts, read_facts
from itmsctl.cmdb.manifest import Manifest
from itmsctl.values.untrusted import shell_arg

_LIBPQ = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def back_up(place: DatabasePlace, out: Path, now: datetime, *, force: bool = False) -> Manifest:
    """Copy a database to a new file `out` (0600) and write its manifest beside it.

    Raises OutputExistsError where `out` exists, unless `force`, StorageError, DatabaseBusyError.
    """
    part = _new_file(out, force=force)
    try:
        with faults.mapped(str(place)), _room_for(part, place):
            facts = _copy_sqlite(place.path, part) if place.path is not None else _dump(place, part)
        manifest = Manifest.of(part, "sqlite" if place.is_sqlite else "postgresql", facts, now)
        _force(part)
        manifest.write(out)  # before the backup itself shows: a backup is never without it
        _put(part, out, force=force)
        _force(out.parent)
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    except OSError as error:
        if isinstance(error, errors.ItmsError):
            raise
        raise errors.StorageError(f"{out} could not be written", why=str(error), hint="give another --out") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _put(part: Path, out: Path, *, force: bool) -> None:
    if force:
        part.replace(out)
    else:
        os.link(part, out)


@contextlib.contextmanager
def _room_for(part: Path, place: DatabasePlace) -> Iterator[None]:
    """Name the disk that is full: that of the backup, not that of the database. The same of what is damaged."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" or "disk is full" in str(error):
            raise _full(part, place, str(error)) from error
        raise
    except errors.StorageError as error:
        if os.strerror(errno.ENOSPC) in error.why:  # PostgreSQL's program says so
            raise _full(part, place, error.why) from error
        raise


def _full(part: Path, place: DatabasePlace, why: str) -> errors.StorageFullError:
    return errors.StorageFullError(
        f"the disk of {part.parent} is full; no backup was made, and {place} is as it was",
        why=why,
        hint=f"df -h {shell_arg(str(part.parent))}, or give another --out",
    )


def _new_file(out: Path, *, force: bool) -> Path:
    if (out.exists() and not force) or out.is_symlink():
        raise errors.OutputExistsError(f"{out} exists; a backup is never overwritten", hint="give another --out")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise errors.StorageError(f"{out} could not be written", why=str(error), hint="give another --out") from error
    return part


def _force(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _copy_sqlite(path: Path, part: Path) -> Facts:
    check_file(path)
    deadline = time.monotonic() + BUSY_TIMEOUT_S

    def patience(_status: int, remaining: int, _total: int) -> None:
        if remaining and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as source:
        source.execute("SELECT count(*) FROM sqlite_master")  # rolls back what a killed process left
        with contextlib.closing(sqlite3.connect(part)) as copy:
            source.backup(copy, progress=patience, sleep=0.05)  # all pages in one step: one moment, however many write
    return check_copy(part, path)


def check_copy(file: Path, source: Path | None = None) -> Facts:
    """Return what a copied SQLite file says of itself, once all of it has been checked; `source` is what it is of.

    Raises DatabaseCorruptError.
    """
    with faults.mapped(str(source or file)):
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            (answer,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if answer != "ok":
                raise sqlite3.DatabaseError(f"database disk image is malformed: {answer}")
        engine = open_engine(DatabasePlace(URL.create("sqlite", database=str(file)), file), purpose="backup")
        with engine.connect() as connection:
            return read_facts(connection)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _dump(place: DatabasePlace, part: Path) -> Facts:
    program = find_program("pg_dump")
    engine = open_engine(place, purpose="backup")
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            facts = read_facts(connection)
            # The server must not end this session while the dump stands on its snapshot.
            connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
            snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            command = [program, "--format=custom", f"--snapshot={snapshot}", "--no-password", f"--file={part}"]
            run_program(command, place)
    finally:
        engine.dispose()
    return facts


def find_program(name: str) -> str:
    """Return the path of one of PostgreSQL's own programs, the newest.

    Raises StorageError where there is none.
    """
    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: float(p.parts[-3]), reverse=True)
    found = str(packaged[0]) if packaged else shutil.which(name)
    if found is None:
        raise errors.StorageError(
            f"`{name}` is not on this machine, and a PostgreSQL database is backed up and restored with it",
            hint="apt-get install postgresql-client, or back up on the server",
        )
    return found


def run_program(command: list[str], place: DatabasePlace) -> None:
    """Run one of PostgreSQL's programs on a database; the password never stands in its arguments.

    Raises StorageError with what it said.
    """
    done = subprocess.run(
        command, env=dict(_environment(place.url)), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise errors.StorageError(
            f"{Path(command[0]).name} failed on {place}",
            why=said[-1] if said else f"exit status {done.returncode}",
            hint="its version must not be older than the server's",
        )


def _environment(url: URL) -> Iterator[tuple[str, str]]:
    yield from os.environ.items()
    given = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database} | dict(url.query)
    for name, variable in _LIBPQ.items():
        if given.get(name):
            yield variable, str(given[name])
    if options := given_options(url):
        yield "PGOPTIONS", options
    if url.password:
        yield "PGPASSWORD", str(url.password)
