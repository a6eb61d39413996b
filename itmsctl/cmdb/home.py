"""Where a database lives: what tells the live one from a copy that lies, or stands, somewhere else.

Two things are known of a place. Its `key` is what people call it: the path of a file with every link followed, or the
name of a database on PostgreSQL and of the schema in it. Its `thing` is what stays the same when it is renamed: file
system and inode, or the object ids of the server. `machine` says where both have a meaning: this computer, or the
cluster of PostgreSQL, however it is addressed. What cannot be learnt is empty, and never differs from anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import asdict
from enum import Enum
from functools import cache
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.values.lean import dataclass

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KEY = "home"  # of the row of `meta` that says where the live database is
_MACHINE = Path("/etc/machine-id")
# One statement for all that is asked when a database is opened; the names with @ are no rows of the table.
POSTGRES_EMPTY = """SELECT '@cluster', system_identifier::text FROM pg_control_system() UNION ALL
SELECT '@database', d.oid || ':' || n.oid FROM pg_database d, pg_namespace n
    WHERE d.datname = current_database() AND n.nspname = current_schema() UNION ALL
SELECT '@user', session_user::text UNION ALL
SELECT '@key', current_database() || '/' || coalesce(current_schema(), '')"""
POSTGRES = "SELECT key, value FROM meta UNION ALL\n" + POSTGRES_EMPTY  # noqa: S608 - texts of ours


def without_cluster(statement: str) -> str:
    """Return the statement for a role that may not ask for the cluster's identifier."""
    return "\n".join(line for line in statement.splitlines() if "pg_control_system" not in line)


class HomeStanding(Enum):
    """What is at a place where a database is said to live."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"  # its disk or its server cannot be asked


@dataclass(frozen=True, repr=False)
class Home:
    """One place. `text` is how people know it."""

    engine: str
    text: str
    key: str
    machine: str = ""
    thing: str = ""

    @property
    def is_file(self) -> bool:
        """Return whether it is a file of SQLite."""
        return self.engine == SQLITE

    @property
    def id(self) -> str:
        """Return what the place is known by among the marks."""
        return f"{self.machine} {self.key}"

    @property
    def file_system(self) -> str:
        """Return the file system of a file; empty where it is not known."""
        return self.thing.partition(":")[0]

    def is_here(self, other: Home) -> bool:
        """Return whether both are the same place by name, as far as both are known."""
        return (self.engine, self.key) == (other.engine, other.key) and self._same_machine(other)

    def is_same_thing(self, other: Home) -> bool:
        """Return whether both are the same file or database, whatever its name is now."""
        return bool(self.thing) and self.thing == other.thing and self._same_machine(other)

    def _same_machine(self, other: Home) -> bool:
        return not self.machine or not other.machine or self.machine == other.machine

    def is_elsewhere(self, other: Home) -> bool:
        """Return whether the other one is on a machine or in a cluster of which this one can learn nothing."""
        return self.engine != other.engine or not self._same_machine(other)

    def as_text(self) -> str:
        """Return it as `meta` keeps it."""
        return json.dumps(asdict(self), sort_keys=True)


def from_text(text: str | None) -> Home | None:
    """Return the home that `meta` holds; None where it holds none that can be read."""
    try:
        loaded = json.loads(text or "")
        return Home(*(str(loaded[name]) for name in ("engine", "text", "key", "machine", "thing")))
    except (ValueError, TypeError, KeyError):
        return None


def settle(connection: Connection, home: Home) -> None:
    """Write down in a database where it lives from now on."""
    statement = sa.text(
        "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    connection.execute(statement, {"key": KEY, "value": home.as_text()})


# --- files ------------------------------------------------------------------------------------------------------------


@cache
def this_machine() -> str:
    """Return what this machine is known by, and not its secret id itself; empty where it has none."""
    try:
        found = _MACHINE.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    if len(found) != 32:
        return ""
    return hashlib.sha256(b"itmsctl " + found.encode()).hexdigest()[:16]


def of_file(path: Path, content: Path | None = None) -> Home:
    """Return the home of a file; `content` is the file that will get its name, where it has another one yet."""
    real = path.parent.resolve() / path.name
    return Home(SQLITE, str(path), str(real), this_machine(), _thing(content or path))


def _thing(path: Path) -> str:
    try:
        return f"{_file_system_of(path)}:{path.lstat().st_ino}"
    except OSError:
        return ""


def _file_system_of(path: Path) -> str:
    # The identifier outlives a restart, the device may not; not every file system has one.
    found = os.statvfs(path).f_fsid
    return f"{found:x}" if found else f"device-{path.stat().st_dev}"


def look_at_file(home: Home, here: Home, server_guid: str) -> HomeStanding:
    """Return what is at the home that a file says it has, seen from where the file is."""
    old = Path(home.key)
    try:
        found = old.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return HomeStanding.GONE if _is_mounted(old, home.file_system) else HomeStanding.UNKNOWN
    except OSError:
        return HomeStanding.UNKNOWN
    try:
        if os.path.samestat(found, Path(here.key).lstat()):
            return HomeStanding.GONE  # another name of this very file
    except OSError:
        return HomeStanding.UNKNOWN
    guid = _server_of(old)
    return HomeStanding.THERE if guid in {None, server_guid} else HomeStanding.GONE


def _is_mounted(path: Path, file_system: str) -> bool:
    """Return whether the file system that held a path is there, so that a path that is missing is truly gone."""
    try:
        return _file_system_of(next(p for p in path.parents if p.exists())) == file_system
    except OSError:
        return False


def _server_of(path: Path) -> str | None:
    """Return the GUID of the server whose database a file is: none where it cannot be told, empty for another file."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=1)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'server_guid'").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else ""


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def of_postgres(asked: dict[str, str], text: str) -> Home:
    """Return the home of a database from what `POSTGRES` answered."""
    return Home(POSTGRESQL, text, asked["@key"], asked.get("@cluster", ""), asked.get("@database", ""))


def look_at_database(home: Home, connection: Connection) -> HomeStanding:
    """Return what is at the home that a database of the same cluster says it has."""
    database, _, schema = home.thing.partition(":")
    if not (database.isdigit() and schema.isdigit()):
        return HomeStanding.UNKNOWN
    statement = sa.text("SELECT datname = current_database() FROM pg_database WHERE oid = CAST(:oid AS oid)")
    own = connection.execute(statement, {"oid": database}).scalar()
    if own is None:
        return HomeStanding.GONE
    if not own:
        return HomeStanding.THERE
    there = connection.execute(sa.text("SELECT 1 FROM pg_namespace WHERE oid = CAST(:oid AS oid)"), {"oid": schema})
    return HomeStanding.GONE if there.scalar() is None else HomeStanding.THERE
