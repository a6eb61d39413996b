"""Upkeep: statistics, space and indexes. Needed rarely, harmless at any time."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import faults
from itmsctl.cmdb.engine import Place, open_engine
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import StorageFullError

_DIGEST_BYTES = 32


@dataclass(frozen=True)
class Step:
    """One thing that was done, or with a dry run would be."""

    name: str
    detail: str


def maintain(store: Store, *, dry_run: bool = False) -> Iterator[Step]:
    """Sweep what nothing refers to, then put tables, indexes and statistics in order.

    Raises StorageFullError where the disk has no room for the second copy that VACUUM writes.
    """
    count, size = store.write(sweep, dry_run=dry_run)
    yield Step("blobs", f"{count} blobs that nothing refers to, {size} bytes, removed")
    if dry_run:
        yield Step("tables", "would be rewritten without gaps (VACUUM), indexes rebuilt, statistics renewed")
        return
    yield from _sqlite(store) if store.place.is_sqlite else _postgres(store.place)


def sweep(unit: UnitOfWork, limit: int | None = None) -> tuple[int, int]:
    """Remove blobs that nothing refers to, at most so many; answer how many, and how many bytes they held."""
    blob = sa.table("blob", sa.column("sha256", sa.LargeBinary), sa.column("size"))
    used: list[sa.Select[Any]] = []
    for table, column in _digests(unit.connection):
        value = sa.column(column, sa.LargeBinary)
        used.append(sa.select(value).select_from(sa.table(table)).where(sa.func.length(value) == _DIGEST_BYTES))
    orphans = sa.select(blob.c.sha256).where(blob.c.sha256.not_in(sa.union_all(*used))).limit(limit)
    gone = unit.connection.execute(sa.delete(blob).where(blob.c.sha256.in_(orphans)).returning(blob.c.size)).scalars()
    sizes: list[int] = list(gone)
    if sizes:
        unit.note("blob", removed=len(sizes))
    return len(sizes), sum(sizes)


def _digests(connection: Connection) -> list[tuple[str, str]]:
    """Answer every (table, column) of bytes: whatever holds the digest of a blob refers to it, declared or not."""
    inspector = sa.inspect(connection)
    return [
        (name, column["name"])
        for name in inspector.get_table_names()
        if name != "blob"
        for column in inspector.get_columns(name)
        if isinstance(column["type"], sa.LargeBinary)
    ]


def _sqlite(store: Store) -> Iterator[Step]:
    path = store.place.path
    assert path is not None
    before = path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < 2 * before:
        raise StorageFullError(
            f"{path} has {before} bytes, and only {free} are free beside it",
            why="it is rewritten into a second copy, and the journal holds a third for a moment",
            hint=f"df -h {path.parent}",
        )
    with faults.mapped(str(store.place)), store.engine.connect() as connection:
        raw: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # it is sqlite3's
        raw.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)  # VACUUM attaches its copy; nobody else may attach anything
        raw.execute("REINDEX")
        yield Step("indexes", "rebuilt")
        raw.execute("VACUUM")
        raw.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        yield Step("tables", f"rewritten without gaps: {before} bytes before, {path.stat().st_size} now")
        raw.execute("ANALYZE")
        raw.execute("PRAGMA optimize")
        yield Step("statistics", "renewed")


def _postgres(place: Place) -> Iterator[Step]:
    engine = open_engine(place, purpose="maintain")
    try:
        with (
            faults.mapped(str(place)),
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            connection.exec_driver_sql("SET statement_timeout = 0")
            names = sorted(sa.inspect(connection).get_table_names())
            for name in names:
                connection.exec_driver_sql(f'VACUUM (ANALYZE) "{name}"')
            yield Step("tables", f"{len(names)} tables vacuumed")
            yield Step("statistics", "renewed")
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()
