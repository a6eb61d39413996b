"""What `doctor` finds: on the machine, in the database, and what the rooms that declared a hook add."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from itmsctl.admin.service import machine
from itmsctl.admin.service.desk import Desk
from itmsctl.admin.service.status import Status, status
from itmsctl.cmdb import faults, schema
from itmsctl.cmdb.engine import DatabasePlace, journal_mode, open_engine
from itmsctl.cmdb.files import NETWORK_FILE_SYSTEMS, file_system_of
from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.kind import house
from itmsctl.values.times import to_second

_OK, _INFO, _WARNING, _ERROR = Severity.OK, Severity.INFO, Severity.WARNING, Severity.ERROR
_OLD_BACKUP = timedelta(days=7)


def examine(
    desk: Desk,
    environment: Mapping[str, str],
    config_folder: Path,
    *,
    terminal: bool,
    passphrase_file: str | None = None,
) -> Iterator[Finding]:
    """Yield what is found of machine, files and database, in that order. Nothing is made and nothing is changed."""
    place = desk.place
    yield from machine.this_python()
    yield machine.postgres_driver(not place.is_sqlite)
    yield from _files(desk, config_folder)
    if passphrase_file:
        yield from machine.private("PASSPHRASE-FILE", Path(passphrase_file).expanduser(), "the passphrase file")
    state = status(desk)
    yield from _database(desk, place, state)
    yield machine.clock(desk.clock(), state.row.get("last_change_at"))
    yield machine.time_zones()
    yield from machine.words(environment, terminal)
    yield from machine.ssh(Path(environment.get("HOME") or Path.home()), environment)


def of_rooms(store: Store) -> Iterator[Finding]:
    """Yield what the rooms find in the database: values that computers share, and the like."""
    with store.read() as reader:
        for call in house().calls("doctor"):
            yield from call(reader)


def reach(store: Store, sample: int) -> Iterator[Finding]:
    """Yield what the rooms find when they contact a sample of computers."""
    for call in house().calls("doctor_reach"):
        yield from call(store, sample)


# --- files ------------------------------------------------------------------------------------------------------------


def _files(desk: Desk, config_folder: Path) -> Iterator[Finding]:
    path = desk.place.path
    yield from machine.private("STATE-FOLDER", desk.state_folder, "the state folder")
    yield machine.writable("STATE-WRITABLE", desk.state_folder, "the state folder")
    yield from machine.private("BACKUP-FOLDER", desk.backups, "the folder of backups")
    yield from _configuration(config_folder / "config.toml")
    if path is None:
        yield machine.disk_space(desk.data_folder)
        return
    yield from machine.private("DATABASE-FILE", path, "the database")
    yield from _folder(path.parent)
    yield machine.writable("DATABASE-WRITABLE", path.parent, "the folder of the database")
    kind = file_system_of(path)
    if kind in NETWORK_FILE_SYSTEMS:
        cause = "SQLite's locks do not hold there"
        yield Finding(
            "NETWORK-FS", _ERROR, f"{path} lies on {kind}", cause, "move it to a local disk, or use PostgreSQL"
        )
    else:
        yield Finding("NETWORK-FS", _OK, f"{path} lies on {kind or 'a local disk'}")
    yield machine.disk_space(path.parent)


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        return
    mode = folder.stat().st_mode
    if mode & 0o022:
        cause = "other users could put another file in its place"
        yield Finding("DATABASE-FOLDER", _WARNING, f"others may write in {folder}", cause, f"chmod go-w {folder}")
    else:
        yield Finding("DATABASE-FOLDER", _OK, f"only its owner may write in {folder}")


def _configuration(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    if path.stat().st_mode & 0o022:
        yield Finding("CONFIG-FILE", _ERROR, f"{path} can be changed by others", "it is not read", f"chmod go-w {path}")
    else:
        yield Finding("CONFIG-FILE", _OK, f"only its owner may change {path}")


# --- database ---------------------------------------------------------------------------------------------------------


def _database(desk: Desk, place: DatabasePlace, state: Status) -> Iterator[Finding]:
    if place.url.password and os.environ.get("PGPASSFILE") is None:
        cause = "it shows in the list of processes or in the environment"
        yield Finding(
            "DATABASE-PASSWORD", _WARNING, "the database URL holds a password", cause, "put it into ~/.pgpass"
        )
    if state.error is not None:
        why = state.error.why or type(state.error).__name__
        yield Finding("DATABASE", _ERROR, f"{state.error.code}: {state.error.message}", why, state.error.hint)
        return
    if state.row.get("schema") is None:
        yield Finding("DATABASE", _OK, f"{place} is not made yet", "it is made on first use", "itmsctl db init")
        return
    yield Finding("DATABASE", _OK, f"{place}: schema {state.row['schema']}, {counted(state.row['changes'], 'change')}")
    yield _quick_check(place)
    yield _journal(state.row)
    yield _backup(state.row, desk.clock())


def _quick_check(place: DatabasePlace) -> Finding:
    if not place.is_sqlite:
        return Finding("QUICK-CHECK", _OK, "PostgreSQL checks its pages itself; `itmsctl db check` reads all of them")
    engine = open_engine(place, purpose="doctor")
    try:
        with faults.mapped(str(place)), engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except ItmsError as error:
        return Finding("QUICK-CHECK", _ERROR, error.message, error.why, error.hint)
    finally:
        engine.dispose()
    if found == "ok":
        return Finding("QUICK-CHECK", _OK, "quick_check: ok")
    return Finding("QUICK-CHECK", _ERROR, f"{place} is damaged", str(found), "itmsctl db restore --from BACKUP")


def _journal(row: Mapping[str, Any]) -> Finding:
    mode = str(row["journal_mode"])
    if row["engine"] == "sqlite" and mode.upper() != journal_mode():
        cause = f"{journal_mode()} is the safe and fast one with this SQLite"
        return Finding(
            "JOURNAL-MODE", _INFO, f"the journal mode is {mode}", cause, "close other programs that have it open"
        )
    return Finding("JOURNAL-MODE", _OK, f"journal mode {mode}, schema {schema.HEAD}")


def _backup(row: Mapping[str, Any], now: datetime) -> Finding:
    made_at = row["last_backup_at"]
    if made_at is None:
        return Finding(
            "BACKUP", _INFO, "no backup in the folder of backups", "none was made there", "itmsctl db backup"
        )
    said = f"the last backup is of {to_second(made_at)}"
    if now - made_at > _OLD_BACKUP:
        return Finding("BACKUP", _INFO, said, "over a week old", "itmsctl db backup")
    return Finding("BACKUP", _OK, said)
