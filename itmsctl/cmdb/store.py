"""The store: reading, and the one way to write (house rule 1).

A write is a function of a `UnitOfWork`. It begins IMMEDIATE, records a change-set in the same transaction, and is tried
again as a whole when the database says that it may be. With `dry_run` the same code runs and is rolled back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from itmsctl.cmdb import audit, faults, home
from itmsctl.cmdb.actor import Actor, DatabaseIdentity
from itmsctl.cmdb.engine import BUSY_TIMEOUT_S, DatabasePlace
from itmsctl.cmdb.home import Home
from itmsctl.cmdb.role import Acting, DatabaseStanding, refuse_copy
from itmsctl.cmdb.seen import HighWaterMark, SeenPlaces
from itmsctl.cmdb.work import Reader, UnitOfWork, in_utc
from itmsctl.values.lean import dataclass
from itmsctl.values.times import Clock

_T = TypeVar("_T")
TRIES = 10
PATIENCE_S = 60.0
WRITERS_LOCK = 0x17_35_C7_02


@dataclass(eq=False, repr=False)
class Store:
    """An open CMDB."""

    engine: Engine
    place: DatabasePlace
    clock: Clock
    actor: Actor
    seen: SeenPlaces
    identity: DatabaseIdentity
    idempotency_key: str | None = None
    ask_zone: Callable[[], str] = in_utc  # asked when a schedule needs it: it costs a few milliseconds
    sleep: Callable[[float], None] = time.sleep
    patience_s: float = PATIENCE_S
    here: Home = field(kw_only=True)
    standing: DatabaseStanding = field(kw_only=True)
    made: bool = field(default=False, kw_only=True)  # there was none before
    library: Path = field(default=Path("library"), kw_only=True)  # where files stand that are too large for it
    busy_timeout_s: float = field(default=BUSY_TIMEOUT_S, kw_only=True)

    def acting(self) -> Acting:
        """Return the right to contact others: the one gate that every service passes before it does.

        Raises CopyActsError where this database is a copy.
        """
        refuse_copy(self.standing, str(self.place))
        return Acting(str(self.place))

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Yield one consistent view of the database. Short: on SQLite a long reader makes writers wait."""
        place = str(self.place)
        connection = self._connected_for_reading()
        try:
            with faults.mapped(place):
                here = (self.identity.server_guid, self.ask_zone)
                yield Reader(connection, self.clock(), *here, library=self.library, marks=self.seen.folder)
        except faults.TransientError as error:
            raise error.final(place) from error.cause
        finally:
            self._close(connection)

    def write(self, work: Callable[[UnitOfWork], _T], *, dry_run: bool = False, overlap: bool = False) -> _T:
        """Run a unit of work and return its result; everything of it is stored, or nothing.

        Units run one after the other on both engines, so that what a unit has read is still true when it writes. With
        `overlap` PostgreSQL runs it beside others: for claims and results, whose statements carry their own conditions.
        A unit that records nothing may be run twice where the link breaks in its COMMIT; one that records never is.
        Raises what the work raises, DatabaseBusyError, StorageError.
        """
        patience = self._patience()
        guid = audit.new_guid()
        lost: dict[int, _T] = {}  # results of attempts whose end is not known, by the id of their change-set
        while True:
            draft = audit.Draft(guid, self.idempotency_key)
            try:
                result, sealed = self._once(work, draft, dry_run, overlap, lost)
            except faults.TransientError as error:
                if not patience.go_on(error):
                    raise error.final(str(self.place)) from error.cause
                continue
            except faults.ConstraintError as error:
                # Perhaps the attempt that was cut off arrived meanwhile; the next one will find it.
                if not lost or not patience.go_on(faults.TransientError(error)):
                    raise
                continue
            except _StoredBeforeError as error:
                result, sealed = lost[error.change_set_id], error.sealed
            if not dry_run:
                self._done(sealed)
            return result

    def _once(
        self, work: Callable[[UnitOfWork], _T], draft: audit.Draft, dry_run: bool, overlap: bool, lost: dict[int, _T]
    ) -> tuple[_T, audit.Sealed | None]:
        place = str(self.place)
        with faults.mapped(place):
            connection = self.engine.connect().execution_options(itms_write=True)
        try:
            with faults.mapped(place):
                connection.begin()
                if not overlap and not self.place.is_sqlite:  # SQLite began IMMEDIATE
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")
                if lost:
                    _refuse_stored(connection, draft.guid)
                if draft.idempotency_key:
                    audit.refuse_used_key(connection, draft.idempotency_key)
                here = (self.identity.server_guid, self.ask_zone)
                unit = UnitOfWork(
                    connection,
                    self.clock(),
                    *here,
                    library=self.library,
                    marks=self.seen.folder,
                    draft=draft,
                    dry_run=dry_run,
                )
                result = work(unit)
                if draft.idempotency_key:
                    _ = unit.change_set_id  # the key is kept even where nothing had to change
                sealed = audit.seal(connection, draft, self.actor, unit.now)
                if dry_run:
                    connection.rollback()
                    return result, None
                if self.standing.claims:
                    home.settle(connection, self.here)
                if draft.id is not None:
                    lost[draft.id] = result
                connection.commit()
            return result, sealed
        except BaseException:
            self._roll_back(connection)
            raise
        finally:
            draft.rows.close()
            self._close(connection)

    def _done(self, sealed: audit.Sealed | None) -> None:
        self.idempotency_key = None  # a command's first unit of work carries it
        if self.standing.claims:
            self.standing = replace(self.standing, claims=False)
        if sealed is None:
            return
        mark = HighWaterMark(self.identity.epoch, sealed.seq, sealed.hash)
        try:
            standing = self.standing
            self.seen.note(self.identity.server_guid, mark, self.here, live=standing.live, came_from=standing.came_from)
        except OSError:
            # The change is stored. A mark that cannot be written costs a later warning, never the truth about this one;
            # `doctor` finds a state folder that cannot be written.
            return

    def _connected_for_reading(self) -> Connection:
        patience = self._patience()
        while True:
            try:
                with faults.mapped(str(self.place)):
                    connection = self.engine.connect()
                    if self.place.is_sqlite:
                        return connection
                    return connection.execution_options(isolation_level="REPEATABLE READ")
            except faults.TransientError as error:
                if not patience.go_on(error):
                    raise error.final(str(self.place)) from error.cause

    def _patience(self) -> _Patience:
        return _Patience(self.sleep, self.patience_s, time.monotonic() + self.busy_timeout_s)

    @staticmethod
    def _roll_back(connection: Connection) -> None:
        # SQLite has already rolled back after a full disk; a further ROLLBACK is an error that says nothing new.
        try:
            connection.rollback()
        except Exception:  # noqa: BLE001 - whatever it is, the first error is the one to tell
            connection.invalidate()

    @staticmethod
    def _close(connection: Connection) -> None:
        try:
            connection.close()
        except Exception:  # noqa: BLE001 - closing a broken link adds nothing to what is being told
            connection.invalidate()

    def tell_statements(self, tell: Callable[[str, float], None]) -> None:
        """Have each statement told when it has been run: its text, with places for values, and the seconds it took."""
        begun: dict[int, float] = {}

        def before(_connection: Any, cursor: Any, *_: Any) -> None:
            begun[id(cursor)] = time.monotonic()

        def after(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            tell(statement, time.monotonic() - begun.pop(id(cursor), time.monotonic()))

        event.listen(self.engine, "before_cursor_execute", before)
        event.listen(self.engine, "after_cursor_execute", after)

    def close(self) -> None:
        """Release every connection."""
        self.engine.dispose()


class _StoredBeforeError(Exception):
    """An attempt whose COMMIT was cut off did arrive."""

    def __init__(self, change_set_id: int, sealed: audit.Sealed) -> None:
        super().__init__(sealed.seq)
        self.change_set_id = change_set_id
        self.sealed = sealed


def _refuse_stored(connection: Connection, guid: str) -> None:
    # Writers hold one lock (on SQLite, the file's), so a COMMIT that was cut off has ended one way or the other by now.
    # A unit that overlaps others may still race it: there the unique GUID of the change-set refuses the second one.
    found = audit.stored_as(connection, guid)
    if found is not None:
        raise _StoredBeforeError(*found)


@dataclass(eq=False, repr=False)
class _Patience:
    """How long a unit is tried again: others in the way a few times, a server that is away for a while."""

    sleep: Callable[[float], None]
    limit_s: float
    busy_until: float  # how long others may hold a lock
    tries: int = 0
    deadline: float | None = None

    def go_on(self, error: faults.TransientError) -> bool:
        """Wait a moment, or return that it is enough."""
        now = time.monotonic()
        self.deadline = self.deadline or now + self.limit_s
        self.tries += 1
        crowded = not (error.lost or error.down)
        over = now >= self.busy_until if error.locked else crowded and self.tries >= TRIES
        if now >= self.deadline or over:
            return False
        self.sleep(random.uniform(0.01, min(2.0, 0.05 * 2.0**self.tries)))  # noqa: S311 - jitter, not a secret
        return True
