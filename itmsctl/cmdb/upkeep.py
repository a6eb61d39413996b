"""Upkeep: integrity, space, indexes and statistics. Needed rarely, harmless at any time (DB-7, DB-13)."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import check, faults
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.facts import MAINTAINED_AT, RESERVED_BYTES, fact, note_fact
from itmsctl.cmdb.preallocation import preallocate
from itmsctl.cmdb.rows import blobs, dirty
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import DatabaseCorruptError, StorageFullError
from itmsctl.values.kind import house
from itmsctl.values.leftover import Leftover
from itmsctl.values.sizes import size_text
from itmsctl.values.times import to_text

PARTS = ("integrity", "leftovers", "indexes", "space", "statistics")
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class UpkeepStep:
    """One thing that was done, or with a dry run would be; how long it took, and the bytes that it won."""

    name: str
    detail: str
    duration_s: float = 0.0
    won_bytes: int | None = None


def maintain(
    store: Store, *, only: Collection[str] = PARTS, full: bool = False, dry_run: bool = False
) -> Iterator[UpkeepStep]:
    """Check, sweep what nothing refers to, then put indexes, tables and statistics in order; yield each step.

    `full` makes PostgreSQL rewrite its tables too, and locks each meanwhile; SQLite always does. Raises
    DatabaseCorruptError before anything is touched, StorageFullError where the disk has no room for what is rewritten.
    """
    if dry_run:
        if "leftovers" in only:
            yield from _leftovers(store, dry_run=True)
        yield UpkeepStep("would be done", ", ".join(part for part in PARTS if part in only and part != "leftovers"))
        return
    steps = _sqlite(store, only) if store.place.is_sqlite else _postgres(store, only, full)
    yield from _timed(steps)
    store.write(_noted)


def _timed(steps: Iterator[UpkeepStep]) -> Iterator[UpkeepStep]:
    begin = time.monotonic()
    for step in steps:
        yield replace(step, duration_s=time.monotonic() - begin)
        begin = time.monotonic()


def _noted(unit: UnitOfWork) -> None:
    note_fact(unit, MAINTAINED_AT, to_text(unit.now))
    unit.note("database", maintained=1)


# --- what is left over ------------------------------------------------------------------------------------------------


def _leftovers(store: Store, *, dry_run: bool = False) -> Iterator[UpkeepStep]:
    count, size = store.write(sweep, dry_run=dry_run)
    yield UpkeepStep("blobs", f"{count} that nothing refers to, {size_text(size)}", won_bytes=size)
    doubles = store.write(merge_dirty, dry_run=dry_run)
    yield UpkeepStep("dirty rows", f"{doubles} that say the same as a later one")
    for one in (found for call in house().calls("leftovers") for found in call()):
        count = _swept(store, one, dry_run=dry_run)
        yield UpkeepStep(one.name, f"{count} {one.why}")


def _swept(store: Store, of: Leftover, *, dry_run: bool) -> int:
    """Sweep what a room leaves behind, batch by batch, with a dry run in one that is rolled back; return how much."""
    if dry_run:
        return store.write(lambda unit: _counted(lambda at: of.batch(unit, at)), dry_run=True)
    return _counted(lambda at: store.write(lambda unit: of.batch(unit, at)))


def _counted(batch: Callable[[Any], tuple[int, Any]]) -> int:
    count, cursor = batch(None)
    while cursor is not None:
        more, cursor = batch(cursor)
        count += more
    return count


def sweep(unit: UnitOfWork, limit: int | None = None) -> tuple[int, int]:
    """Remove blobs that nothing refers to, at most so many; return how many, and how many bytes they held."""
    used: list[sa.Select[Any]] = []
    for table, column in _digests(unit.connection):
        value = sa.column(column, sa.LargeBinary)
        used.append(sa.select(value).select_from(sa.table(table)).where(sa.func.length(value) == _DIGEST_BYTES))
    orphans = sa.select(blobs.c.sha256).where(blobs.c.sha256.not_in(sa.union_all(*used))).limit(limit)
    gone = unit.connection.execute(
        sa.delete(blobs).where(blobs.c.sha256.in_(orphans)).returning(blobs.c.size)
    ).scalars()
    sizes: list[int] = list(gone)
    if sizes:
        unit.note("blob", removed=len(sizes))
    return len(sizes), sum(sizes)


def _digests(connection: Connection) -> list[tuple[str, str]]:
    """Return every (table, column) of bytes: whatever holds the digest of a blob refers to it, declared or not."""
    inspector = sa.inspect(connection)
    return [
        (name, column["name"])
        for name in inspector.get_table_names()
        if name != "blob"
        for column in inspector.get_columns(name)
        if isinstance(column["type"], sa.LargeBinary)
    ]


def merge_dirty(unit: UnitOfWork) -> int:
    """Remove rows of `dirty` that say of a computer what a later one says too; the next delta sees the same."""
    last = sa.select(sa.func.max(dirty.c.seq)).group_by(dirty.c.resource_id, dirty.c.class_name)
    count = int(unit.connection.execute(sa.delete(dirty).where(dirty.c.seq.not_in(last))).rowcount)
    if count:
        unit.note("dirty", removed=count)
    return count


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _sqlite(store: Store, only: Collection[str]) -> Iterator[UpkeepStep]:
    place = store.place
    acts: dict[str, Callable[[sqlite3.Connection], Iterator[UpkeepStep]]] = {
        "indexes": _reindex,
        "space": lambda raw: _vacuum(store, raw),
        "statistics": _analyze,
    }
    if "integrity" in only:
        yield _sound(place)
    if "leftovers" in only:
        yield from _leftovers(store)
    with faults.mapped(str(place)), store.engine.connect() as connection:
        raw: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # it is sqlite3's
        for name, act in acts.items():
            if name in only:
                yield from act(raw)


def _sound(place: DatabasePlace) -> UpkeepStep:
    found = check.pages(place)
    if not found.ok:
        raise DatabaseCorruptError(f"{place} is damaged", why=found.detail, hint="itmsctl db restore --from BACKUP")
    return UpkeepStep("integrity", found.detail)


def _reindex(raw: sqlite3.Connection) -> Iterator[UpkeepStep]:
    raw.execute("REINDEX")
    yield UpkeepStep("indexes", "rebuilt")


def _vacuum(store: Store, raw: sqlite3.Connection) -> Iterator[UpkeepStep]:
    path = store.place.path
    assert path is not None
    before = path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < 2 * before:
        raise StorageFullError(
            f"{path} has {size_text(before)}, and only {size_text(free)} are free beside it",
            why="it is rewritten into a second copy, and the journal holds a third for a moment",
            hint=f"df -h {path.parent}; all but the rewriting: --only integrity --only indexes --only statistics",
        )
    raw.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)  # VACUUM attaches its copy; nobody else may attach anything
    try:
        raw.execute("VACUUM")
    finally:
        raw.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    after = path.stat().st_size
    said = f"rewritten without gaps: {size_text(before)} before, {size_text(after)} now"
    yield UpkeepStep("tables", said, won_bytes=before - after)
    with store.read() as reader:
        reserved = int(fact(reader, RESERVED_BYTES) or 0)
    if reserved > after:
        yield UpkeepStep("reserve", f"reserved again up to {size_text(preallocate(store.place, reserved).size)}")


def _analyze(raw: sqlite3.Connection) -> Iterator[UpkeepStep]:
    raw.execute("ANALYZE")
    raw.execute("PRAGMA optimize")
    yield UpkeepStep("statistics", "renewed")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _postgres(store: Store, only: Collection[str], full: bool) -> Iterator[UpkeepStep]:
    if "integrity" in only:
        yield _sound(store.place)
    if "leftovers" in only:
        yield from _leftovers(store)
    engine = open_engine(store.place, purpose="maintain")
    try:
        with (
            faults.mapped(str(store.place)),
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            connection.exec_driver_sql("SET statement_timeout = 0")
            yield from _of_server(connection, only, full)
    except faults.TransientError as error:
        raise error.final(str(store.place)) from error.cause
    finally:
        engine.dispose()


def _of_server(connection: Connection, only: Collection[str], full: bool) -> Iterator[UpkeepStep]:
    names = sorted(sa.inspect(connection).get_table_names())
    if "indexes" in only:
        for name in names:
            connection.exec_driver_sql(f'REINDEX TABLE CONCURRENTLY "{name}"')
        yield UpkeepStep("indexes", f"those of {len(names)} tables rebuilt, while others write")
    if "space" in only:
        before = _size(connection)
        for name in names:
            connection.exec_driver_sql(f'VACUUM {"(FULL)" if full else ""} "{name}"')
        won = before - _size(connection)
        how = "rewritten without gaps" if full else "vacuumed: gaps are used again (--full gives them back to the disk)"
        yield UpkeepStep("tables", f"{len(names)} tables {how}", won_bytes=won)
    if "statistics" in only:
        connection.exec_driver_sql("ANALYZE")
        yield UpkeepStep("statistics", "renewed")


def _size(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
