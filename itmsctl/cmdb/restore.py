"""Restoring: a checked copy takes the database's place in one step, and starts a new epoch (F16).

The old file is kept aside. In the new epoch nothing that was open is taken for running: the rooms that keep such
things are told by the event `database_restored`, in the same unit of work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from itmsctl import errors
from itmsctl.cmdb import audit, faults, foreign, home, manifest, schema
from itmsctl.cmdb.backup import check_copy, find_program, run_program
from itmsctl.cmdb.engine import BUSY_TIMEOUT_S, DatabasePlace, open_engine
from itmsctl.cmdb.files import check_file
from itmsctl.cmdb.found import read_facts, revision
from itmsctl.cmdb.manifest import Manifest
from itmsctl.cmdb.opening import look_at
from itmsctl.cmdb.role import DatabaseStanding, adopting
from itmsctl.cmdb.seen import HighWaterMark, SeenPlaces
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.values.kind import house
from itmsctl.values.times import to_text

Opened = Callable[[DatabasePlace], Store]


@dataclass(frozen=True)
class Restored:
    """What a restore did: the file that was there before, where one was, and the new epoch.

    `copy_of` is where the live database is, where the restored one is a copy; empty where it is the live one.
    """

    manifest: Manifest
    kept: Path | None
    epoch: int
    copy_of: str = ""
    place: str = ""

    @property
    def adopting(self) -> str:
        """Return the command that makes it the live one."""
        return adopting(self.place)


def restore(place: DatabasePlace, backup: Path, *, now: datetime, seen: SeenPlaces, opened: Opened) -> Restored:
    """Put a backup in the place of a database; `opened` opens a place as a store, whatever was seen of it before.

    Raises NotFoundError, IntegrityError, DatabaseNewerError, ConflictError where PostgreSQL's database is not empty.
    """
    found = manifest.verify(backup)
    wanted = "sqlite" if place.is_sqlite else "postgresql"
    if found.engine != wanted:
        raise errors.InputError(
            f"{backup} is a backup of {found.engine}, and {place} is {wanted}", hint="give the right --db"
        )
    if found.schema not in schema.known_revisions():
        raise errors.DatabaseNewerError(
            f"{backup} was made by a newer itmsctl (schema {found.schema}; this program knows {schema.HEAD})",
            hint="upgrade this program: pip install -U itmsctl",
        )
    if place.path is None:
        return _restore_postgres(place, backup, found, seen, opened)
    try:
        return _restore_sqlite(place.path, backup, found, now, seen, opened)
    except OSError as error:
        if isinstance(error, errors.ItmsError):
            raise
        raise errors.StorageError(f"{place} could not be restored", why=str(error), hint="itmsctl db status") from error


# --- a new epoch ------------------------------------------------------------------------------------------------------


def adopt(store: Store, last_epoch: int, why: str) -> int:
    """Make a database the live one, where it is, in a new epoch; answer that epoch.

    `last_epoch` is the latest that was seen of this server.
    """
    store.standing = DatabaseStanding(live=True, claims=True)
    return _begin_epoch(store, last_epoch, why)


def _begin_epoch(store: Store, last_epoch: int, why: str) -> int:
    """Begin a new epoch. Rooms are told in the same unit of work: runs that were open become `unknown`."""

    def work(unit: UnitOfWork) -> int:
        epoch = max(store.identity.epoch, last_epoch) + 1
        values = {"epoch": str(epoch), "nonce": uuid.uuid4().hex}
        for key, value in values.items():
            unit.connection.execute(sa.text("UPDATE meta SET value = :v WHERE key = :k"), {"k": key, "v": value})
        before = {"epoch": store.identity.epoch}
        unit.record("adopted", "database", store.identity.server_guid, "database", before, {"epoch": epoch, "why": why})
        for call in house().calls("database_restored"):
            call(unit)
        return epoch

    epoch = store.write(work)
    # The mark of the new epoch is written again, at the place where the chain ends now.
    with store.read() as reader:
        facts = read_facts(reader.connection)
    mark = HighWaterMark(epoch, facts.seq, facts.hash)
    store.seen.note(store.identity.server_guid, mark, store.here, live=store.standing.live)
    return epoch


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _restore_sqlite(
    path: Path, backup: Path, found: Manifest, now: datetime, seen: SeenPlaces, opened: Opened
) -> Restored:
    place = _place(path)
    fresh = path.with_name(f".{path.name}.restoring")
    with schema.one_migrator(place):
        _copy(backup, fresh)
        try:
            facts = check_copy(fresh)
            if (facts.seq, facts.hash) != (found.seq, found.chain_hash):
                raise errors.IntegrityError(
                    f"{backup} ends at change {facts.seq}, its manifest says {found.seq}: nothing was restored"
                )
            _refuse_foreign(fresh, backup, found.schema)  # before anything is written: a trigger would act
            schema.migrate(_place(fresh))
            schema.renew(_place(fresh))
            epoch, copy_of = _adopt_copy(fresh, path, seen, found, opened)
            kept = _swap(path, fresh, now)
        finally:
            for leftover in (fresh, *(fresh.with_name(fresh.name + s) for s in ("-journal", ".migrate.lock"))):
                leftover.unlink(missing_ok=True)
    return Restored(found, kept, epoch, copy_of, str(place))


def _refuse_foreign(fresh: Path, backup: Path, revision: str) -> None:
    engine = open_engine(_place(fresh), purpose="restore")
    try:
        with faults.mapped(str(backup)), engine.connect() as connection:
            differing = list(foreign.found(connection, revision))
    finally:
        engine.dispose()
    _refuse_differing(backup, differing, "nothing was restored")


def _refuse_differing(backup: Path, differing: list[str], so: str) -> None:
    if differing:
        raise errors.ForeignCodeError(
            f"{backup} holds definitions that this program did not make: {so}",
            why="; ".join(differing[:5]) + (f"; and {len(differing) - 5} more" if len(differing) > 5 else ""),
            hint="restore another backup: itmsctl db status names them",
            details={"found": differing},
        )


def _place(path: Path) -> DatabasePlace:
    return DatabasePlace(URL.create("sqlite", database=str(path)), path)


def _copy(backup: Path, fresh: Path) -> None:
    fresh.unlink(missing_ok=True)  # what a killed restore left; the lock says that nobody else restores
    try:
        with (
            backup.open("rb") as source,
            os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise errors.StorageError(f"{backup} could not be copied to {fresh}", why=str(error)) from error


def _adopt_copy(fresh: Path, path: Path, seen: SeenPlaces, found: Manifest, opened: Opened) -> tuple[int, str]:
    """Begin a new epoch in a file before it gets its name; return it, and of what it is a copy there, if it is."""
    store = opened(_place(fresh))
    try:
        with store.read() as reader:
            look = look_at(reader.connection, store.place, seen.marks(), here=home.of_file(path, fresh))
        standing = look.standing
        if standing.came_from is not None:  # another place than the one it was made at, even where that one is gone
            standing = DatabaseStanding(live=False, copy_of=standing.came_from.text)
        store.here, store.standing = look.here, standing
        return _begin_epoch(store, *_since(seen, found)), standing.copy_of
    finally:
        store.close()


def _since(seen: SeenPlaces, found: Manifest) -> tuple[int, str]:
    return seen.marks().last_epoch(found.server_guid), f"restored change {found.seq} of {found.made_at}"


def _swap(path: Path, fresh: Path, now: datetime) -> Path | None:
    """Put the new file in the old one's place in one step; return where the old one is kept.

    There is a database under its name at every moment. A writer that waits for the old file is refused by SQLite itself
    once the name leads to another file.
    """
    kept = None
    if path.exists() and path.stat().st_size:
        kept = path.with_name(f"{path.name}.before-{to_text(now)[:19].replace(':', '')}")
        with _held(path):
            _set_journals_aside(path, kept)
            os.link(path, kept)
            fresh.replace(path)
    else:
        fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the old database so that nobody writes to it meanwhile; a damaged one cannot be held, nor written."""
    old = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        with faults.mapped(str(path)):
            try:
                old.execute("PRAGMA journal_mode=TRUNCATE")  # leaves the write-ahead log, and plays a journal back
                old.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise
            except sqlite3.DatabaseError:
                pass
        yield
    finally:
        old.close()


def _set_journals_aside(path: Path, kept: Path) -> None:
    # A journal of the old file would be played into the new one.
    for suffix in ("-journal", "-wal", "-shm"):
        journal = path.with_name(path.name + suffix)
        if journal.exists() and journal.stat().st_size:
            journal.rename(kept.with_name(kept.name + suffix))


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _restore_postgres(
    place: DatabasePlace, backup: Path, found: Manifest, seen: SeenPlaces, opened: Opened
) -> Restored:
    program = find_program("pg_restore")
    _refuse_used(place)
    command = [program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-password"]
    run_program([*command, f"--dbname={place.url.database}", str(backup)], place)
    _refuse_foreign_postgres(place, backup, found)
    schema.migrate(place)
    schema.renew(place)
    store = opened(place)
    try:
        with store.read() as reader:
            if found.seq and not audit.has_hash(reader.connection, found.seq, found.chain_hash):
                raise errors.IntegrityError(f"{backup} does not hold change {found.seq} of its manifest")
        epoch = _begin_epoch(store, *_since(seen, found))
    finally:
        store.close()
    return Restored(found, None, epoch, store.standing.copy_of, str(place))


def _refuse_foreign_postgres(place: DatabasePlace, backup: Path, found: Manifest) -> None:
    engine = open_engine(place, purpose="restore")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            differing = list(foreign.found(connection, found.schema))
            connection.rollback()
    finally:
        engine.dispose()
    _refuse_differing(backup, differing, f"{place} is not used; drop that database")


def _refuse_used(place: DatabasePlace) -> None:
    engine = open_engine(place, purpose="restore")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            empty = revision(connection) is None
    except errors.DatabaseForeignError:
        empty = False
    except faults.TransientError as error:
        raise error.final(str(place)) from error.cause
    finally:
        engine.dispose()
    if not empty:
        raise errors.ConflictError(
            f"{place} is not empty; a database is never overwritten",
            hint="createdb NEW, itmsctl --db postgresql://.../NEW db restore --from FILE, then use NEW",
        )


def check_place(place: DatabasePlace) -> None:
    """Refuse to restore over a file that is none of ours to replace: a link, or one that others can read."""
    if place.path is not None and place.path.exists():
        check_file(place.path)
