"""The store: reading, and the one way to write (house rule 1).

A write is a function of a `UnitOfWork`. It begins IMMEDIATE, records a change-set in the same transaction, and is retried
as a whole when the database says that it may be. With `dry_run` the same code runs and is rolled back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from itmsctl import errors
from itmsctl.cmdb import audit, faults
from itmsctl.cmdb.engine import Place
from itmsctl.cmdb.seen import Seen
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.times import Clock

_T = TypeVar("_T")
TRIES = 5
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Actor:
    """Who acts, as the audit keeps it."""

    name: str
    command: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Identity:
    """What `db init` gave this database."""

    server_guid: str
    epoch: int
    nonce: str


@dataclass
class Store:
    """An open CMDB."""

    engine: Engine
    place: Place
    clock: Clock
    actor: Actor
    seen: Seen
    identity: Identity
    idempotency_key: str | None = None
    sleep: Callable[[float], None] = time.sleep

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Give one consistent view of the database. Short: on SQLite a long reader makes writers wait."""
        with faults.mapped(str(self.place)):
            connection = self.engine.connect()
        try:
            with faults.mapped(str(self.place)):
                if not self.place.is_sqlite:
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                yield Reader(connection, self.clock(), self.identity.server_guid)
        except faults.TransientError as error:
            raise self._unavailable(error) from error.cause
        finally:
            with faults.mapped(str(self.place)):
                connection.close()

    def write(self, work: Callable[[UnitOfWork], _T], *, dry_run: bool = False) -> _T:
        """Run a unit of work and answer its result; everything of it is stored, or nothing.

        Raises what the work raises, DatabaseBusyError, StorageError.
        """
        deadline = time.monotonic() + PATIENCE_S
        for attempt in range(1, TRIES + 1):
            draft = audit.Draft.fresh(self.idempotency_key)
            try:
                return self._once(work, draft, dry_run)
            except faults.TransientError as error:
                done = self._find_done(draft) if error.lost else None
                if done is not None:
                    return done[0]  # type: ignore[no-any-return]  # the very result of the lost commit
                if attempt == TRIES or time.monotonic() > deadline:
                    raise self._unavailable(error) from error.cause
                self.sleep(random.uniform(0, min(8.0, 0.05 * 4**attempt)))  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    def _once(self, work: Callable[[UnitOfWork], _T], draft: audit.Draft, dry_run: bool) -> _T:
        place = str(self.place)
        with faults.mapped(place):
            connection = self.engine.connect().execution_options(itms_write=True)
        try:
            with faults.mapped(place):
                transaction = connection.begin()
            try:
                unit = UnitOfWork(connection, self.clock(), self.identity.server_guid, draft, dry_run)
                with faults.mapped(place):
                    if draft.idempotency_key:
                        audit.refuse_used_key(connection, draft.idempotency_key)
                    result = work(unit)
                    seq = audit.seal(connection, draft, self.actor, unit.now)
                    draft.result = result
                    if dry_run:
                        transaction.rollback()
                        return result
                    transaction.commit()
            except BaseException:
                self._roll_back(connection)
                raise
        finally:
            self._close(connection)
        self.idempotency_key = None  # a command's first unit of work carries it
        if seq is not None:
            self.seen.note(self.identity.server_guid, seq, self.identity.epoch)
        return result

    @staticmethod
    def _roll_back(connection: Connection) -> None:
        # SQLite has already rolled back after a full disk; a further ROLLBACK is an error that says nothing new.
        try:
            transaction = connection.get_transaction()
            if transaction is not None:
                transaction.rollback()
        except sa.exc.SQLAlchemyError:
            connection.invalidate()

    @staticmethod
    def _close(connection: Connection) -> None:
        try:
            connection.close()
        except sa.exc.SQLAlchemyError:
            connection.invalidate()

    def _find_done(self, draft: audit.Draft) -> tuple[Any] | None:
        # The link broke, perhaps during COMMIT: the change-set itself says whether it was stored.
        try:
            with self.read() as reader:
                if audit.exists(reader.connection, draft.guid):
                    return (draft.result,)
        except errors.ItmsError:
            return None
        return None

    def _unavailable(self, error: faults.TransientError) -> errors.ItmsError:
        first = str(error.cause).strip().splitlines()
        return errors.DatabaseUnavailableError(
            f"{self.place} does not answer; nothing of this step was recorded",
            why=first[0] if first else type(error.cause).__name__,
            hint="run the same command again when the server is back",
        )

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
