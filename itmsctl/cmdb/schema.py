"""The schema: made on first use, migrated on demand, refused where it does not fit the program.

alembic is imported only when something has to be migrated: a command that finds the right revision never pays for it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from itmsctl import errors
from itmsctl.cmdb import faults
from itmsctl.cmdb.engine import Place, open_engine

HEAD = "0001"
_ADVISORY_LOCK = 0x17_35_C7_01
_FOLDER = Path(__file__).parent / "migrations"


def revision(connection: Connection) -> str | None:
    """Answer the revision that the database says it has; none where it is empty.

    Raises DatabaseCorruptError where it holds tables that are not ours.
    """
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql("SELECT to_regclass('alembic_version') IS NOT NULL").scalar()
    else:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        ).scalar()
    if not found:
        return None
    text: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return text


def known_revisions() -> list[str]:
    """Answer every revision that this program knows, oldest first, by listing the files."""
    return sorted(p.stem.split("_", 1)[0] for p in (_FOLDER / "versions").glob("[0-9]*.py"))


def refuse_unfit(found: str | None, place: Place) -> None:
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
    if place.path is not None and _is_locked(place.path):
        raise errors.MigrationRunningError(f"{place} is being migrated", hint="run the same command again in a moment")
    raise errors.DatabaseOutdatedError(
        f"{place} has schema {found or 'none'}, this program wants {HEAD}; nothing was changed",
        hint="itmsctl db upgrade (it makes a backup first)",
        details={"found": found, "wanted": HEAD},
    )


def migrate(place: Place, *, wait_s: float = 30.0, target: str = "head") -> tuple[str | None, str]:
    """Bring the schema to `target` and answer (revision before, revision after). One migrator at a time.

    Each revision is one transaction: killed half way, the database is as before or as after it.
    Raises MigrationRunningError where another process migrates longer than `wait_s`, DatabaseNewerError.
    """
    from alembic import command
    from alembic.config import Config

    with _one_migrator(place, wait_s):
        engine = open_engine(place, purpose="migrate")
        try:
            with faults.mapped(str(place)), engine.connect() as connection:
                writing = connection.execution_options(itms_write=True)
                if place.is_sqlite:
                    # Outside a transaction, where it takes effect: rebuilding a table must not fire its references.
                    _driver_execute(writing, "PRAGMA foreign_keys=OFF")
                else:
                    writing.exec_driver_sql("SELECT set_config('statement_timeout', '0', false)")
                    writing.exec_driver_sql(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
                    writing.commit()
                before = revision(writing)
                writing.rollback()
                if before is not None and before not in known_revisions():
                    refuse_unfit(before, place)
                config = Config()
                config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
                config.attributes["connection"] = writing
                command.upgrade(config, target)
                after = revision(writing)
                writing.rollback()
        finally:
            engine.dispose()
    return before, after or ""


def _driver_execute(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


@contextmanager
def _one_migrator(place: Place, wait_s: float) -> Iterator[None]:
    # On PostgreSQL the advisory lock of the connection serves; it is freed when the connection closes.
    if place.path is None:
        yield
        return
    lock = os.open(_lock_path(place.path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise errors.MigrationRunningError(
                        f"another process has been migrating {place} for {wait_s:.0f} s",
                        hint="run the same command again in a moment",
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(lock)


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".migrate.lock")


def _is_locked(path: Path) -> bool:
    try:
        lock = os.open(_lock_path(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def read_meta(engine: Engine, place: Place) -> tuple[str | None, dict[str, str], int]:
    """Answer (revision, meta, last change) of a database in one short read; an empty database has (None, {}, 0)."""
    with faults.mapped(str(place)), engine.connect() as connection:
        found = revision(connection)
        if found is None:
            return None, {}, 0
        meta = {row[0]: row[1] for row in connection.execute(sa.text("SELECT key, value FROM meta"))}
        seq = connection.execute(sa.text("SELECT seq FROM chain_head")).scalar()
        return found, meta, int(seq or 0)
