"""Drivers' errors as ours, most specific first: nothing of sqlite3, psycopg or SQLAlchemy leaves the ground."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exc

from itmsctl import errors
from itmsctl.cmdb.files import corrupt, writer_of


class TransientError(Exception):
    """The unit of work may be tried again as a whole.

    `lost`: the connection broke, perhaps during COMMIT. `down`: there was none. Neither: others were in the way;
    `locked`: for as long as this connection waits for a lock.
    """

    def __init__(self, cause: BaseException, *, lost: bool = False, down: bool = False, locked: bool = False) -> None:
        super().__init__(first_line(cause))
        self.cause = cause
        self.locked = locked
        self.lost = lost
        self.down = down

    def final(self, place: str) -> errors.ItmsError:
        """Return what is said when trying again did not help."""
        if self.lost or self.down:
            return errors.DatabaseUnavailableError(
                f"{place} does not answer; nothing of this step was recorded",
                why=str(self),
                hint="is the server running? Then run the same command again",
            )
        return errors.DatabaseBusyError(
            f"others were changing {place} all the time; nothing of this step was recorded",
            why=str(self),
            hint="run the same command again, or wait longer: ITMSCTL_BUSY_TIMEOUT_S=120",
        )


class ConstraintError(Exception):
    """A constraint of the schema refused a row; whoever wrote the row says it in the noun's words."""


_CROWDED = frozenset({"40P01", "40001", "55P03"})  # deadlock, serialization failure, lock not available in time
_LOST = ("57P01", "57P02", "57P03", "08", "25P03")
_NO_LINK = ("connection failed", "connection is bad", "connection timeout", "failed to resolve", "[Errno")
_PASSING = ("starting up", "shutting down", "recovery", "not yet accepting", "not accepting", "terminating")
_REFUSED = ("FATAL", "no password supplied", "SSL", "certificate")
_FULL_HOUSE = ("too many clients", "remaining connection slots", "too many connections")


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or its type where it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


@contextmanager
def mapped(place: str) -> Iterator[None]:
    """Turn every driver error inside the block into an ItmsError or TransientError that names the database `place`."""
    try:
        yield
    except UnicodeEncodeError as error:
        # Words of a command line may be any bytes; a driver takes text alone.
        raise errors.InputError(
            "a text is not UTF-8: it can be neither stored nor looked for", why=str(error)
        ) from error
    except UnicodeDecodeError as error:
        raise corrupt(place, f"a stored text is no text: {error}") from error
    except OverflowError as error:
        raise errors.InputError("a number or a time is too large", why=str(error)) from error
    except exc.TimeoutError as error:
        raise errors.DatabaseUnavailableError(
            f"no free connection to {place}", why=first_line(error), hint="lower --concurrency, or try again"
        ) from error
    except exc.DBAPIError as error:
        raise _translate(error.orig or error, place, lost=error.connection_invalidated) from error
    except (sqlite3.Error, exc.SQLAlchemyError) as error:
        raise _translate(error, place, lost=False) from error


def _translate(error: BaseException, place: str, *, lost: bool) -> Exception:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, place)
    return _of_postgres(error, place, lost=lost)


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _of_sqlite(error: sqlite3.Error, place: str) -> Exception:
    text = str(error)
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or "locked" in text:
        return _busy(place, text)
    if name == "SQLITE_FULL" or "disk is full" in text:
        return _full(place, text)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text or "not a database" in text:
        return corrupt(place, text)
    if name == "SQLITE_READONLY_DBMOVED":
        return errors.DatabaseBusyError(
            f"{place} was replaced meanwhile; nothing was recorded", why=text, hint="run the same command again"
        )
    if name.startswith("SQLITE_READONLY") or "readonly" in text:
        return errors.DatabaseReadOnlyError(f"{place} cannot be written", why=text, hint=_look_at(place))
    if name.startswith("SQLITE_CANTOPEN"):
        return errors.StorageError(
            f"{place}, or the journal beside it, cannot be opened", why=text, hint=_look_at(place)
        )
    if name == "SQLITE_IOERR_WRITE":
        return _write_failed(place, text)
    if isinstance(error, sqlite3.IntegrityError):
        return ConstraintError(text)
    if isinstance(error, sqlite3.DataError) or name == "SQLITE_TOOBIG":
        return errors.InputError(f"a value is too large for {place}", why=text)
    if text.startswith(("no such column", "no such table")):
        return _of_another_version(place, text)
    if isinstance(error, sqlite3.OperationalError):
        return errors.StorageError(f"{place} cannot be used", why=text, hint="itmsctl doctor")
    return errors.StorageError(f"{place} refused a statement", why=text, hint="itmsctl db check")


def _busy(place: str, text: str) -> errors.DatabaseBusyError:
    holder = writer_of(Path(place))
    return errors.DatabaseBusyError(
        f"{holder or 'another process'} is writing to {place}, and went on longer than the limit of waiting",
        why=text,
        hint="run the same command again, or wait longer: ITMSCTL_BUSY_TIMEOUT_S=120",
        details={"holder": holder},
    )


def _full(place: str, text: str) -> errors.StorageFullError:
    return errors.StorageFullError(
        f"the disk of {place} is full; what was committed before is intact, this change was not recorded",
        why=text,
        hint=f"df -h {Path(place).parent}, then run the same command again",
    )


def _write_failed(place: str, text: str) -> errors.StorageError:
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY:
        return errors.StorageFullError(
            f"{place} may not grow: files are limited to {limit} bytes here; this change was not recorded",
            why=text,
            hint="ulimit -f unlimited",
        )
    return errors.StorageError(f"{place} could not be written; this change was not recorded", why=text, hint="dmesg")


def _of_another_version(place: str, text: str) -> errors.StorageError:
    return errors.StorageError(
        f"{place} lacks a view, a table or a column that this program reads", why=text, hint="itmsctl db upgrade"
    )


def _look_at(place: str) -> str:
    return f"ls -ld {Path(place).parent} {place}: its folder must be writable too"


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _of_postgres(error: BaseException, place: str, *, lost: bool) -> Exception:
    state = getattr(error, "sqlstate", None) or ""
    text = first_line(error)
    if state in _CROWDED:
        return TransientError(error, locked=state == "55P03")
    if not state:
        return _without_state(error, place, text, lost=lost)
    if lost or state.startswith(_LOST):
        return TransientError(error, lost=True)
    return _of_state(state, place, text)


def _without_state(error: BaseException, place: str, text: str, *, lost: bool) -> Exception:
    """Translate what libpq says by itself: it could not connect, or the connection broke. Only the words tell which."""
    if not isinstance(error, exc.SQLAlchemyError) and type(error).__name__ == "DataError":
        return errors.InputError("a value cannot be stored", why=text)
    if any(words in text for words in _FULL_HOUSE):
        return TransientError(error, down=True)
    connecting = text.startswith(_NO_LINK)
    if connecting and any(words in text for words in _REFUSED) and not any(words in text for words in _PASSING):
        return errors.DatabaseUnavailableError(
            f"{place} refused the login", why=text, hint="look at user, database name and ~/.pgpass"
        )
    if connecting:
        return TransientError(error, down=True)
    if lost or type(error).__name__ in {"OperationalError", "InterfaceError"}:
        return TransientError(error, lost=True)
    return errors.StorageError(f"{place} refused a statement", why=text, hint="itmsctl db check")


def _of_state(state: str, place: str, text: str) -> Exception:
    # Classes of SQLSTATE first, which hold whatever detail a newer server adds; then single states.
    if state.startswith("23"):
        return ConstraintError(text)
    if state.startswith("22"):
        return errors.InputError("a value cannot be stored", why=text)
    if state == "25006":
        return errors.DatabaseReadOnlyError(
            f"{place} is read-only; nothing was recorded", why=text, hint="give the primary server with --db"
        )
    if state == "53100":
        return errors.StorageFullError(
            f"the disk of {place} is full; this change was not recorded", why=text, hint="free some space on the server"
        )
    if state == "57014":  # also what our own `statement_timeout` raises, so it is no sign of a broken server
        return errors.StorageError(
            f"a statement on {place} ran over its time limit", why=text, hint="itmsctl db maintain, then try again"
        )
    if state.startswith("28") or state == "3D000":
        return errors.DatabaseUnavailableError(
            f"{place} refused the login", why=text, hint="look at user, database name and ~/.pgpass"
        )
    if state in {"42703", "42P01"}:
        return _of_another_version(place, text)
    if state in {"42501"}:
        return errors.DatabaseRightsError(
            f"the database user may not do this on {place}",
            why=text,
            hint="give it the rights, or another user with --db; what only reads (list, show, export) needs SELECT,"
            " all else (plan, diff and --dry-run too: done, then rolled back) the owner of the tables",
        )
    if state in {"XX001", "XX002"}:
        return errors.DatabaseCorruptError(
            f"{place} is damaged", why=text, hint="itmsctl db restore --from BACKUP into a new database"
        )
    return errors.StorageError(f"{place} refused a statement", why=text, hint="itmsctl db check")
