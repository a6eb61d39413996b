"""Engines: how a database is opened, with the settings that the promises rest on."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool, QueuePool

from itmsctl import errors
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import Masked

_LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}
BUSY_TIMEOUT_S = 30.0
LOCK_TIMEOUT_S = 5.0  # of one try on PostgreSQL; a unit of work is tried again while its patience lasts
STATEMENT_TIMEOUT_MS = 60_000
_READ_ONLY = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
# What a report sorts may be larger than the memory; and by files SQLite sorts a million rows in half the time.
_SQLITE_READ_ONLY = ("query_only=ON", "temp_store=FILE")


@dataclass(frozen=True)
class DatabasePlace:
    """Where a database is: its URL, and its file where it is one."""

    url: URL
    path: Path | None

    @property
    def is_sqlite(self) -> bool:
        """Return whether it is a file of SQLite."""
        return self.path is not None

    def __str__(self) -> str:
        """Return how people know it; never a password."""
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)


def place_of(given: str | Masked) -> DatabasePlace:
    """Read `--db`: a path, `sqlite:///path` or `postgresql://user@host/name`.

    Raises UsageError for other engines, InsecureUrlError for a remote server without verified TLS (MM4).
    """
    text = given.reveal() if isinstance(given, Masked) else given
    if "://" not in text:
        path = Path(text).expanduser().absolute()
        return DatabasePlace(URL.create("sqlite", database=str(path)), path)
    try:
        url = make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise errors.UsageError(
            "the database URL cannot be read", hint="postgresql://USER@HOST/NAME or a path"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise errors.UsageError("a database in memory would be forgotten at once", hint="give a path")
        path = Path(url.database).expanduser().absolute()
        return DatabasePlace(URL.create("sqlite", database=str(path)), path)
    if backend not in {"postgresql", "postgres"}:
        raise errors.UsageError(f"`{backend}` is not a database that itmsctl knows", hint="use SQLite or PostgreSQL")
    _require_tls(url)
    return DatabasePlace(url.set(drivername="postgresql+psycopg"), None)


def _require_tls(url: URL) -> None:
    if "password" in url.query or "service" in url.query:
        raise errors.InsecureUrlError(
            "a database URL takes neither `password` nor `service` as a parameter",
            why="they would be shown, or would hide where the data goes",
            hint="keep the password in ~/.pgpass (mode 0600)",
        )
    remote = [h for h in _hosts(url) if h not in _LOCAL_HOSTS and not h.startswith("/")]
    if remote and (url.query.get("sslmode") or os.environ.get("PGSSLMODE")) != "verify-full":
        raise errors.InsecureUrlError(
            f"the connection to `{remote[0]}` would not be verified and may travel in clear",
            hint="add ?sslmode=verify-full&sslrootcert=FILE to the URL",
        )


def _hosts(url: URL) -> list[str]:
    # What the URL leaves out, libpq takes from the environment; an address goes before a name.
    found: list[str] = []
    for name, variable in (("host", "PGHOST"), ("hostaddr", "PGHOSTADDR")):
        given = url.query.get(name) or (url.host if name == "host" else None) or os.environ.get(variable)
        for text in given if isinstance(given, tuple) else (given or "",):
            found += text.split(",")
    return found


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Return whether this SQLite is free of the WAL-reset bug: several writers may then share a write-ahead log."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def sqlite_version() -> str:
    """Return the version of the SQLite library at hand."""
    return sqlite3.sqlite_version


def journal_mode() -> str:
    """Return the journal mode that is safe with the SQLite library at hand."""
    return "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "TRUNCATE"


def open_engine(
    place: DatabasePlace,
    *,
    purpose: str,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    pool_size: int = 5,
    read_only: bool = False,
) -> Engine:
    """Open an engine; nothing is connected yet. `purpose` names us in the server's list of sessions.

    With `read_only` the database itself refuses every statement that writes, and each transaction reads one view of it.
    """
    if place.path is not None:
        url = place.url
        if read_only:
            url = URL.create("sqlite", database=f"file:{quote(str(place.path))}", query={"mode": "ro", "uri": "true"})
        # A connection costs 2 ms to open: its settings, and the schema that it parses. So some are kept, but not in a
        # write-ahead log: there one that is merely open keeps others from leaving the log.
        pool: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 2, "max_overflow": -1, "pool_use_lifo": True}
        engine = sa.create_engine(url, **({"poolclass": NullPool} if journal_mode() == "WAL" else pool))
        _arm_sqlite(engine, place.path, busy_timeout_s, *(_SQLITE_READ_ONLY if read_only else ()))
        return engine
    try:
        engine = sa.create_engine(
            place.url,
            pool_pre_ping=True,  # a server that was restarted costs one question, not a failed command
            pool_size=pool_size,
            max_overflow=0,  # many commands at once share the server's limit of connections
            pool_timeout=10,
            pool_recycle=1800,
            connect_args={
                "connect_timeout": 5,
                "application_name": f"itmsctl/{purpose}/{os.getpid()}"[:63],
                "keepalives": 1,
                "keepalives_idle": 15,
                "tcp_user_timeout": 15000,  # a link that died silently is noticed before a lease ends
                "options": f"{given_options(place.url)} -c lock_timeout={_lock_timeout_ms(busy_timeout_s)}"
                " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC -c client_encoding=UTF8",
            },
            execution_options=_READ_ONLY if read_only else {},
        )
    except ModuleNotFoundError:
        raise errors.UsageError(
            "the PostgreSQL driver is not installed", hint="pip install 'itmsctl[postgres]'"
        ) from None
    event.listen(engine, "connect", _limit_statements)
    return engine


def _lock_timeout_ms(busy_timeout_s: float) -> int:
    return max(1, int(min(busy_timeout_s, LOCK_TIMEOUT_S) * 1000))  # 0 would be for ever


def given_options(url: URL) -> str:
    """Return the user's own options of a session on PostgreSQL: those of the environment, then those of the URL."""
    given = url.query.get("options", ())
    return " ".join([os.environ.get("PGOPTIONS", ""), *((given,) if isinstance(given, str) else given)]).strip()


def _limit_statements(dbapi: Any, _record: Any) -> None:
    """Limit the statements of a session, unless its role, its database or its options do already."""
    before = dbapi.autocommit
    dbapi.autocommit = True
    dbapi.execute(
        f"SELECT set_config('statement_timeout', '{STATEMENT_TIMEOUT_MS}', false)"
        " WHERE current_setting('statement_timeout') = '0'"
    )
    dbapi.autocommit = before


def _arm_sqlite(engine: Engine, path: Path, busy_timeout_s: float, *more: str) -> None:
    wanted = journal_mode()
    pragmas = (
        f"busy_timeout={int(busy_timeout_s * 1000)}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "mmap_size=0",
        "temp_store=MEMORY",
        "secure_delete=ON",
        "journal_size_limit=67108864",
        *more,
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _file_of(path)
        dbapi.isolation_level = None  # BEGIN is ours
        for pragma in pragmas:
            dbapi.execute(f"PRAGMA {pragma}")
        _set_journal(dbapi, wanted, busy_timeout_s)
        dbapi.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024)
        dbapi.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        dbapi.create_function("itms_re2", 2, _search, deterministic=True)

    @event.listens_for(engine, "checkout")
    def _checkout(dbapi: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        """Open another one where the file was replaced meanwhile, or others began a write-ahead log."""
        dbapi.execute("PRAGMA schema_version").fetchone()  # reads the file, so that the mode is the one it has now
        (mode,) = dbapi.execute("PRAGMA journal_mode").fetchone()
        if record.info["file"] != _file_of(path) or (mode.upper() == "WAL" and wanted != "WAL"):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("itms_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _set_journal(dbapi: sqlite3.Connection, wanted: str, patience_s: float) -> None:
    """Bring the journal to the mode that is safe with this library.

    Another connection may keep the old mode alive. Staying out of the write-ahead log is harmless, and is fixed by a
    later connection. Staying in it with a library that loses data there is not: that is waited for, then refused.
    """
    deadline = time.monotonic() + patience_s
    while True:
        (mode,) = dbapi.execute("PRAGMA journal_mode").fetchone()
        if mode.upper() == wanted:
            return
        try:
            (mode,) = dbapi.execute(f"PRAGMA journal_mode={wanted}").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        if mode.upper() != "WAL" or wanted == "WAL":
            return
        if time.monotonic() >= deadline:
            raise sqlite3.OperationalError("database is locked: it is open elsewhere in WAL mode, which is unsafe here")
        time.sleep(0.02)


def _search(pattern: str | None, text: str | None) -> bool | None:
    """Return whether a regular expression is found: what `~` of the filter language calls. Loaded when first asked."""
    from itmsctl.expressions.sql import sqlite_functions

    functions: dict[str, Callable[..., bool | None]] = {name: call for name, _, call in sqlite_functions()}
    return functions["itms_re2"](pattern, text)
