"""What `doctor` looks at on the machine: Python, files, disk, clock, locale, SSH. It reads, and changes nothing."""

from __future__ import annotations

import codecs
import locale
import os
import shutil
import stat
import sys
import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from itmsctl.cmdb.engine import sqlite_version
from itmsctl.values.findings import Finding, Severity

_OK, _INFO, _WARNING, _ERROR = Severity.OK, Severity.INFO, Severity.WARNING, Severity.ERROR
_LEAST_FREE = 64 * 2**20
_LITTLE_FREE = 512 * 2**20
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before the program was made is wrong


def python(version: tuple[int, ...], library: str) -> Iterator[Finding]:
    """Yield what is found of Python and its SQLite library."""
    said = ".".join(map(str, version[:3]))
    if version < (3, 11):
        yield Finding(
            "PYTHON-VERSION", _ERROR, f"Python {said} is too old", "3.11 is needed", "apt-get install python3.11"
        )
    else:
        yield Finding("PYTHON-VERSION", _OK, f"Python {said}")
    yield Finding("SQLITE-VERSION", _OK, f"SQLite {library}")


def postgres_driver(wanted: bool) -> Finding:
    """Return whether the optional driver is there; it is an error only where the database needs it."""
    if find_spec("psycopg") is not None:
        return Finding("POSTGRES-DRIVER", _OK, "the PostgreSQL driver is installed")
    return Finding(
        "POSTGRES-DRIVER",
        _ERROR if wanted else _INFO,
        "the PostgreSQL driver is not installed",
        "the database is PostgreSQL" if wanted else "needed only for a database on PostgreSQL",
        "pip install 'itmsctl[postgres]'",
    )


def private(id_: str, path: Path, what: str) -> Iterator[Finding]:
    """Yield a finding where a file or folder of ours can be read or written by others, or belongs to somebody else."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        yield Finding(id_, _ERROR, f"{what} {path} cannot be looked at", str(error), f"ls -ld {path}")
        return
    mode = stat.S_IMODE(found.st_mode)
    allowed = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
    if stat.S_ISLNK(found.st_mode):
        yield Finding(id_, _WARNING, f"{what} {path} is a link", "links are not followed", f"ls -l {path}")
    elif mode & 0o077:
        cause = "other users can read it"
        yield Finding(id_, _WARNING, f"{what} {path} has mode {mode:04o}", cause, f"chmod {allowed:03o} {path}")
    elif found.st_uid not in {os.geteuid(), 0}:
        cause = "the program may not be able to write it"
        yield Finding(id_, _WARNING, f"{what} {path} belongs to uid {found.st_uid}", cause, f"ls -ld {path}")
    else:
        yield Finding(id_, _OK, f"{what} {path} is private")


def writable(id_: str, folder: Path, what: str) -> Finding:
    """Return whether a folder, or the nearest one above it that exists, can be written."""
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    if os.access(nearest, os.W_OK | os.X_OK):
        return Finding(id_, _OK, f"{what} {folder} can be written")
    return Finding(id_, _ERROR, f"{what} {folder} cannot be written", f"{nearest} is not writable", f"ls -ld {nearest}")


def disk_space(folder: Path) -> Finding:
    """Return whether the file system of a folder has room for what a run writes."""
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(nearest).free
    said = f"{free // 2**20} MiB are free for {folder}"
    if free < _LEAST_FREE:
        return Finding("DISK-SPACE", _ERROR, said, "a run could not record its results", f"df -h {nearest}")
    if free < _LITTLE_FREE:
        return Finding("DISK-SPACE", _WARNING, said, "an upgrade makes a backup first", f"df -h {nearest}")
    return Finding("DISK-SPACE", _OK, said)


def clock(now: datetime, last_change: datetime | None) -> Finding:
    """Return whether the clock can be right: not before the program was made, nor before the last recorded change."""
    mend = "timedatectl status"
    if now < _RELEASED:
        return Finding("CLOCK", _ERROR, f"the clock says {now:%Y-%m-%d}", "that is before this program was made", mend)
    if last_change is not None and (last_change - now).total_seconds() > 300:
        said = f"the last change was recorded at {last_change:%Y-%m-%d %H:%M:%S}, which is in the future"
        return Finding("CLOCK", _WARNING, said, "this clock is behind, or another writer's is ahead", mend)
    return Finding("CLOCK", _OK, f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC")


def time_zones() -> Finding:
    """Return whether time zones are known by name."""
    try:
        zoneinfo.ZoneInfo("Europe/Rome")
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        return Finding(
            "TIME-ZONES", _WARNING, "time zones are not known by name", "no zone data", "apt-get install tzdata"
        )
    return Finding("TIME-ZONES", _OK, "time zones are known by name")


def words(environment: Mapping[str, str], terminal: bool) -> Iterator[Finding]:
    """Yield what is found of locale and terminal."""
    encoding = codecs.lookup(locale.getpreferredencoding(False)).name
    if encoding != "utf-8":
        mend = "export LC_ALL=C.UTF-8"
        yield Finding("LOCALE", _WARNING, f"the locale writes {encoding}", "names outside ASCII would be cut up", mend)
    else:
        yield Finding("LOCALE", _OK, "the locale writes UTF-8")
    kind = environment.get("TERM", "")
    if terminal and kind in {"", "dumb", "unknown"}:
        cause = "tables come without colour, progress without redrawing"
        yield Finding("TERMINAL", _INFO, f"the terminal is `{kind or 'unset'}`", cause, "export TERM=xterm-256color")
    else:
        yield Finding("TERMINAL", _OK, f"terminal `{kind}`" if terminal else "output is not a terminal")


def ssh(home: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found of keys, agent and the OpenSSH programs."""
    keys = sorted(p for p in (home / ".ssh").glob("id_*") if p.suffix != ".pub") if home.is_dir() else []
    if not keys:
        cause = "`task run` needs --key FILE, or a profile that names one"
        yield Finding("SSH-KEYS", _INFO, f"no private key in {home / '.ssh'}", cause, "ssh-keygen -t ed25519")
    for key in keys:
        yield _ssh_key(key)
    yield _agent(environment.get("SSH_AUTH_SOCK", ""))
    program = shutil.which("ssh", path=environment.get("PATH"))
    if program is None:
        cause = "only the transport openssh needs it; all other connections are made by this program itself"
        yield Finding(
            "OPENSSH", _INFO, "the ssh program is not on this machine", cause, "apt-get install openssh-client"
        )
    else:
        yield Finding("OPENSSH", _OK, f"OpenSSH is at {program}")


def _ssh_key(key: Path) -> Finding:
    try:
        found = key.stat()
        with key.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        return Finding("SSH-KEYS", _WARNING, f"the key {key} cannot be read", str(error), f"ls -l {key}")
    if found.st_mode & 0o077:
        said = f"the key {key} has mode {stat.S_IMODE(found.st_mode):04o}"
        return Finding("SSH-KEYS", _WARNING, said, "other users can read it, so it is not used", f"chmod 600 {key}")
    if b"PRIVATE KEY" not in head:
        return Finding("SSH-KEYS", _WARNING, f"{key} is no private key", "it does not begin as one", f"file {key}")
    return Finding("SSH-KEYS", _OK, f"the key {key} is readable and private")


def _agent(path: str) -> Finding:
    if not path:
        return Finding("SSH-AGENT", _INFO, "no SSH agent", "used only where asked for", "eval $(ssh-agent); ssh-add")
    if path not in _listening():
        said, cause = f"no SSH agent listens at {path}", "SSH_AUTH_SOCK names a socket that nobody serves"
        return Finding("SSH-AGENT", _WARNING, said, cause, "unset SSH_AUTH_SOCK, or start it again")
    return Finding("SSH-AGENT", _OK, "an SSH agent listens")


def _listening() -> set[str]:
    """Return the paths of the local sockets that somebody listens on."""
    try:
        lines = Path("/proc/net/unix").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return set()
    # Num RefCount Protocol Flags Type State Inode Path; the flag 0x10000 says that connections are accepted
    parts = [line.split(maxsplit=7) for line in lines[1:]]
    return {part[7] for part in parts if len(part) == 8 and int(part[3], 16) & 0x10000}


def this_python() -> Iterator[Finding]:
    """Yield what is found of the running interpreter."""
    yield from python(sys.version_info[:3], sqlite_version())
