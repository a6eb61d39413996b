"""The file of an embedded database: made private, and refused where it cannot be trusted (LU1, LU2, F14)."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from itmsctl import errors
from itmsctl.cmdb.trust import check_trust

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "fuse.sshfs", "glusterfs", "fuse.glusterfs", "ceph"}
)
_OCTAL = r"\\([0-7]{3})"


def make_private(path: Path) -> bool:
    """Make the folder 0700 and an empty file 0600, where they are not; return whether the file was made.

    SQLite gives its journals the mode of the database, so they are private too. Raises StorageError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not path.parent.is_dir():
            raise errors.StorageError(f"{path.parent} is not a folder", hint="give another place with --db") from None
        return False
    except OSError as error:
        raise errors.StorageError(
            f"{path} cannot be made", why=str(error), hint="give another place with --db, or fix its folder"
        ) from error
    return True


def check_file(path: Path) -> None:
    """Refuse a database that others can read or replace, a link, or one on a network file system.

    The file is not opened unless it is refused: closing it again would drop every lock that this process holds on it
    through SQLite.
    Raises StateDirUnsafeError, StorageError.
    """
    found = _lstat(path)
    if stat.S_ISLNK(found.st_mode):
        raise errors.StateDirUnsafeError(f"{path}: refusing to follow a link", hint="give the real path with --db")
    if not stat.S_ISREG(found.st_mode):
        raise errors.StorageError(f"{path} is not a file", hint="give the path of the database with --db")
    _check_modes(path, found)
    check_trust(path, found)
    if file_system_of(path) in NETWORK_FILE_SYSTEMS:
        raise errors.StorageError(
            f"{path} lies on a network file system",
            why="SQLite's locks do not hold there",
            hint="move it to a local disk, or use PostgreSQL",
        )


def _lstat(path: Path) -> os.stat_result:
    try:
        return path.lstat()
    except OSError as error:
        raise errors.StorageError(f"{path} cannot be read", why=str(error), hint=f"ls -ld {path.parent}") from error


def _check_modes(path: Path, found: os.stat_result) -> None:
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        if not _is_sqlite(path):  # never advise a change to a file that is not ours
            raise errors.StorageError(f"{path} is not a database", hint="give the path of the database with --db")
        raise errors.StateDirUnsafeError(
            f"{path} has mode {mode:04o}, expected 0600: other users could read it", hint=f"chmod 600 {path}"
        )
    if not os.access(path, os.R_OK):
        raise errors.StorageError(f"{path} cannot be read", why="permission denied", hint=f"ls -l {path}")


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) in {b"", b"SQLite format 3\0"}
    except OSError:
        return True  # what it is cannot be told: its mode is what is wrong with it


def corrupt(place: str, why: str) -> errors.DatabaseCorruptError:
    """Return the refusal of a damaged database, with the way out."""
    return errors.DatabaseCorruptError(
        f"{place} is damaged or is not a database; nothing was written",
        why=why,
        hint="itmsctl db restore --from BACKUP (`itmsctl db status` names the last one)",
    )


def file_system_of(path: Path, mounts: str | None = None) -> str:
    """Return the type of the file system that holds a path, as /proc/self/mounts names it; empty where unknown."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""
    text, best, kind = str(path.resolve()), "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        # blanks in a path are written as octal: /media/my\040disk
        mount = re.sub(_OCTAL, lambda m: chr(int(m[1], 8)), parts[1])
        inside = text == mount or text.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, parts[2]
    return kind


def writer_of(path: Path, locks: str | None = None) -> str:
    """Say which process holds a write lock on a database file, as /proc/locks tells it; empty where unknown (F13)."""
    if locks is None:
        try:
            locks = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
        except OSError:
            return ""
    inodes = {str(p.stat().st_ino) for p in (path, path.with_name(path.name + "-shm")) if p.exists()}
    for line in locks.splitlines():
        # 1: POSIX  ADVISORY  WRITE 3568 fd:00:2531452 1073741825 1073741825
        parts = line.split()
        if len(parts) >= 6 and parts[1] == "POSIX" and parts[3] == "WRITE" and parts[5].rsplit(":", 1)[-1] in inodes:
            return _described(parts[4])
    return ""


def _described(pid: str) -> str:
    # Only the program and its first words: options may hold what is not ours to show.
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return f"process {pid}"
    shown: list[str] = []
    for word in words:
        if word.startswith("-") or not word or len(shown) == 4:
            break
        shown.append(Path(word).name)
    return f"process {pid} ({' '.join(shown)})" if shown else f"process {pid}"
