"""Drivers' errors as ours, most specific first: nothing of sqlite3, psycopg or SQLAlchemy leaves the ground."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from itmsctl import errors


class TransientError(Exception):
    """The unit of work may be tried again as a whole: deadlock, serialization failure, lost connection."""

    def __init__(self, cause: Exception, *, lost: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.lost = lost


_RETRIED = {"40P01", "40001", "55P03"}
_LOST = ("57P01", "57P02", "57P03", "08000", "08003", "08006")


@contextmanager
def mapped(place: str) -> Iterator[None]:
    """Turn every driver error inside the block into an ItmsError or TransientError that names the database `place`."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _translate(error.orig or error, place, lost=error.connection_invalidated) from error
    except exc.TimeoutError as error:
        raise errors.DatabaseUnavailableError(
            f"no free connection to {place}", why=str(error), hint="lower --concurrency, or try again"
        ) from error
    except (sqlite3.Error, exc.SQLAlchemyError) as error:
        raise _translate(error, place, lost=False) from error


def _translate(error: BaseException, place: str, *, lost: bool) -> Exception:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, place)
    return _of_postgres(error, place, lost=lost)


def _of_sqlite(error: sqlite3.Error, place: str) -> Exception:
    text = str(error)
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or "locked" in text:
        return errors.DatabaseBusyError(
            f"another process is writing to {place}", why=text, hint="run the same command again"
        )
    if name == "SQLITE_FULL" or "disk is full" in text:
        return errors.StorageFullError(
            f"the disk of {place} is full",
            why=text,
            hint="free some space; what was committed before is intact, this change was not recorded",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text or "not a database" in text:
        return corrupt(place, text)
    if name.startswith("SQLITE_READONLY") or "readonly" in text:
        return errors.DatabaseReadOnlyError(f"{place} cannot be written", why=text, hint=f"ls -ld {place}")
    if name.startswith("SQLITE_CONSTRAINT") or isinstance(error, sqlite3.IntegrityError):
        return ConstraintError(text)
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) or isinstance(error, sqlite3.OperationalError):
        return errors.StorageError(f"{place} cannot be used", why=text, hint="itmsctl doctor")
    return errors.StorageError(f"{place} refused a statement", why=text, hint="itmsctl db check")


def corrupt(place: str, why: str) -> errors.DatabaseCorruptError:
    """Answer the refusal of a damaged database, with the way out."""
    return errors.DatabaseCorruptError(
        f"{place} is damaged or is not a database; nothing was written",
        why=why,
        hint="itmsctl db restore --from BACKUP (itmsctl db backup made them; see `itmsctl db status`)",
    )


class ConstraintError(Exception):
    """A constraint of the schema refused a row; the shelf says it in the noun's words."""


def _of_postgres(error: BaseException, place: str, *, lost: bool) -> Exception:
    state = getattr(error, "sqlstate", None) or ""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if state in _RETRIED:
        return TransientError(_as_exception(error), lost=False)
    if lost or state in _LOST or "server closed the connection" in text or "connection is lost" in text:
        return TransientError(_as_exception(error), lost=True)
    if state.startswith("23"):
        return ConstraintError(text)
    if state == "25006":
        return errors.DatabaseReadOnlyError(f"{place} is read-only", why=text, hint="use the primary server")
    if state == "53100":
        return errors.StorageFullError(f"the disk of {place} is full", why=text, hint="free some space on the server")
    if state == "57014":
        return errors.StorageError(f"a statement on {place} ran over its time limit", why=text)
    if state.startswith("28"):
        return errors.DatabaseUnavailableError(f"{place} refused the login", why=text, hint="check user and ~/.pgpass")
    if not state:
        return errors.DatabaseUnavailableError(f"{place} does not answer", why=text, hint="itmsctl doctor")
    return errors.StorageError(f"{place} refused a statement", why=text, hint="itmsctl db check")


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(str(error))
