"""How the database is: what `db status` shows, also where it cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.admin.service.desk import Desk, peek
from itmsctl.cmdb import faults, schema
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.found import Facts
from itmsctl.cmdb.manifest import Manifest, known_in
from itmsctl.cmdb.nouns import of_kind, table_of
from itmsctl.cmdb.opening import look_at, refuse_older
from itmsctl.cmdb.rows import change_sets
from itmsctl.cmdb.seen import Marks
from itmsctl.errors import ItmsError
from itmsctl.values.kind import house
from itmsctl.values.times import from_text


@dataclass(frozen=True)
class Status:
    """What `db status` shows; `error` is why the database could not be read, where it could not."""

    row: dict[str, Any]
    nouns: list[dict[str, Any]]
    backups: list[dict[str, Any]]
    error: ItmsError | None = None


def status(desk: Desk) -> Status:
    """Return how the database is, also where it cannot be opened."""
    place = desk.place
    engine = "sqlite" if place.is_sqlite else "postgresql"
    row: dict[str, Any] = {"name": str(place), "engine": engine, "state": "ready"}
    nouns: list[dict[str, Any]] = []
    error: ItmsError | None = None
    try:
        marks = desk.seen.marks()
        facts = peek(place, marks)
        row |= _described(facts)
        if facts.revision is None:
            row["state"] = "empty: it is made on first use"
        else:
            nouns = _look_inside(place, marks, row, desk.clock())
    except ItmsError as failure:
        error = failure
        row |= {"state": failure.code, "why": failure.message, "try": failure.hint}
    backups = [listed(path, found) for path, found in known_in(desk.backups, row.get("id"))[:20]]
    last = backups[0] if backups else {"name": None, "made_at": None}
    row |= {"last_backup": last["name"], "last_backup_at": last["made_at"]}
    return Status(row, nouns, backups, error)


def _look_inside(place: DatabasePlace, marks: Marks, row: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    engine = open_engine(place, purpose="status")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            look = look_at(connection, place, marks)
            schema.refuse_unfit(look.facts.revision, place, engine)
            row |= {"role": "live" if look.standing.live else "copy", "copy_of": look.standing.copy_of or None}
            row |= _measured(connection, place)
            refuse_older(look, connection, place, marks)
            for call in house().calls("db_status"):
                row |= call(connection, now)
            return list(_counted(connection))
    finally:
        engine.dispose()


def _described(facts: Facts) -> dict[str, Any]:
    return {
        "id": facts.meta.get("server_guid"),
        "schema": facts.revision,
        "program_schema": schema.HEAD,
        "epoch": int(facts.meta["epoch"]) if facts.meta else None,
        "changes": facts.seq,
        "chain_hash": facts.hash,
    }


def _measured(connection: Connection, place: DatabasePlace) -> dict[str, Any]:
    if place.path is not None:
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        size = place.path.stat().st_size
    else:
        version = connection.exec_driver_sql("SHOW server_version").scalar()
        journal = "wal"
        size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() or 0
    return {
        "engine_version": version,
        "journal_mode": journal,
        "size_bytes": size,
        "last_change_at": connection.execute(sa.select(sa.func.max(change_sets.c.at))).scalar(),
        "pending_dirty": connection.exec_driver_sql("SELECT count(*) FROM dirty").scalar(),
        "blobs": connection.exec_driver_sql("SELECT count(*) FROM blob").scalar(),
    }


def _counted(connection: Connection) -> Iterator[dict[str, Any]]:
    for kind in house().kinds():
        count = connection.execute(of_kind(kind, sa.select(sa.func.count()).select_from(table_of(kind)))).scalar()
        yield {"noun": kind.name, "count": count}


def listed(path: Path, found: Manifest) -> dict[str, Any]:
    """Return a backup as it is shown."""
    return {
        "name": str(path),
        "made_at": from_text(found.made_at),
        "seq": found.seq,
        "epoch": found.epoch,
        "schema": found.schema,
        "size_bytes": found.size,
        "sha256": found.sha256,
    }
