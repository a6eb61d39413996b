"""Reserving room for a database before it is needed (INST-6, DB-3).

SQLite has no statement for it. A row of zeros is stored and removed in one transaction: its pages are written to the
disk, stay in the file as free ones, and are used before the file grows again. Broken off at any moment, the transaction
is rolled back, and the file has its old size.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass

from itmsctl.cmdb import faults
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.files import check_file
from itmsctl.errors import StorageFullError
from itmsctl.values.sizes import size_text

_CHUNK = 8 * 2**20
_SPARE = 64 * 2**20  # what a disk should have left afterwards
_TABLE = "itms_reserve"


@dataclass(frozen=True)
class Reserved:
    """The size of a file before and after, and how much of it is free."""

    before: int
    size: int
    free: int


def preallocate(place: DatabasePlace, wanted: int) -> Reserved:
    """Grow the file of an SQLite database to a size, where it is smaller; no content changes.

    Raises StorageFullError where the disk has no room for it: nothing was changed then. DatabaseBusyError.
    """
    assert place.path is not None
    check_file(place.path)
    before = place.path.stat().st_size
    free = shutil.disk_usage(place.path.parent).free
    if wanted - before + _SPARE > free:
        raise StorageFullError(
            f"{size_text(wanted - before)} more are wanted, and {size_text(free)} are free beside {place.path}",
            why="some room must be left for the journal; the database is as it was",
            hint=f"df -h {place.path.parent}",
        )
    engine = open_engine(place, purpose="preallocate")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            raw: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # it is sqlite3's
            _grow(raw, wanted)
            page, unused = _pragma(raw, "page_size"), _pragma(raw, "freelist_count")
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()
    return Reserved(before, place.path.stat().st_size, page * unused)


def _grow(raw: sqlite3.Connection, wanted: int) -> None:
    page = _pragma(raw, "page_size")
    if _pragma(raw, "page_count") >= wanted // page:
        return
    raw.execute("PRAGMA secure_delete=OFF")  # zeros need not be overwritten with zeros
    raw.execute("PRAGMA cache_size=-8192")  # what does not fit is written at once: room is taken, not promised
    raw.execute("BEGIN IMMEDIATE")
    try:
        raw.execute(f"CREATE TABLE {_TABLE} (zeros BLOB)")
        while (missing := wanted // page - _pragma(raw, "page_count")) > 0:
            raw.execute(f"INSERT INTO {_TABLE} VALUES (zeroblob(?))", (min(_CHUNK, max(missing - 1, 1) * (page - 4)),))  # noqa: S608 - a name of ours
        raw.execute(f"DROP TABLE {_TABLE}")
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def _pragma(raw: sqlite3.Connection, name: str) -> int:
    return int(raw.execute(f"PRAGMA {name}").fetchone()[0])
