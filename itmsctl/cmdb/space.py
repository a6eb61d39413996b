"""How much room a database takes: each table with its indexes, what is free inside, its log, and the disk around it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.engine import DatabasePlace


@dataclass(frozen=True)
class TableSpace:
    """One table: its rows, and the bytes that it takes with its indexes; none where the engine cannot tell."""

    name: str
    rows: int
    size: int | None


@dataclass(frozen=True)
class Space:
    """What a database takes, in bytes. `free` lies unused inside it; `disk_free` is none for a server elsewhere."""

    size: int
    free: int
    log: int | None
    disk_free: int | None
    tables: tuple[TableSpace, ...] = field(default_factory=tuple)


def measure(connection: Connection, place: DatabasePlace) -> Space:
    """Measure a database; every row is counted and every page looked at, so it takes a while on a large one."""
    return _sqlite(connection, place.path) if place.path is not None else _postgres(connection)


def _rows(connection: Connection) -> dict[str, int]:
    names = sorted(sa.inspect(connection).get_table_names())
    return {n: connection.execute(sa.select(sa.func.count()).select_from(sa.table(n))).scalar_one() for n in names}


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _sqlite(connection: Connection, path: Path) -> Space:
    page, free = _pragma(connection, "page_size"), _pragma(connection, "freelist_count")
    sizes = _pages_of_tables(connection)
    tables = tuple(
        TableSpace(name, rows, sizes.get(name) if sizes else None) for name, rows in _rows(connection).items()
    )
    beside = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    log = sum(file.stat().st_size for file in beside if file.exists())
    return Space(path.stat().st_size, page * free, log, shutil.disk_usage(path.parent).free, tables)


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _pages_of_tables(connection: Connection) -> dict[str, int]:
    """Return the bytes of each table with its indexes; nothing where this SQLite was built without `dbstat`."""
    statement = (
        "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_master s ON s.name = d.name"
        " WHERE d.aggregate = TRUE GROUP BY s.tbl_name"
    )
    try:
        return {row[0]: int(row[1]) for row in connection.exec_driver_sql(statement)}
    except sa.exc.OperationalError as error:
        if "dbstat" not in str(error.orig):
            raise
        return {}


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _postgres(connection: Connection) -> Space:
    sizes: dict[str, Any] = {
        row[0]: row
        for row in connection.exec_driver_sql(
            "SELECT c.relname, pg_total_relation_size(c.oid), pg_table_size(c.oid), s.n_live_tup, s.n_dead_tup"
            " FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = quote_ident(current_schema())::regnamespace"
        )
    }
    tables = tuple(TableSpace(name, rows, int(sizes[name][1])) for name, rows in _rows(connection).items())
    size = int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    return Space(size, sum(_dead(row) for row in sizes.values()), _wal(connection), None, tables)


def _dead(row: Any) -> int:
    """Return about how many bytes of a table are rows that nobody sees any more."""
    live, dead = row[3] or 0, row[4] or 0
    return int(row[2] * dead / (live + dead)) if dead else 0


def _wal(connection: Connection) -> int | None:
    """Return the size of the server's log, where this role may ask for it."""
    allowed = connection.exec_driver_sql("SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE')").scalar()
    if not allowed:
        return None
    return int(connection.exec_driver_sql("SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()").scalar_one())
