"""Who else could change the files of an embedded database: owners, folders, links and journals (LU1, LU2)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from itmsctl.errors import StateDirUnsafeError, StorageError
from itmsctl.values.untrusted import shell_arg

JOURNALS = ("-journal", "-wal", "-shm")
_WHOLE_MAP = ["0", "0", "4294967295"]


def check_trust(path: Path, found: os.stat_result) -> None:
    """Refuse a database that another user owns, could replace, or could feed a journal of his own.

    Raises StateDirUnsafeError, StorageError.
    """
    _check_owner(path, found)
    _check_names(path, found)
    for journal in (path.with_name(path.name + suffix) for suffix in JOURNALS):
        _check_journal(journal)
    for folder in _folders(path):
        _check_folder(folder, is_own=folder == path.parent)


def _check_owner(path: Path, found: os.stat_result) -> None:
    if not _is_trusted(found.st_uid):
        raise StateDirUnsafeError(
            f"{path} belongs to {_name_of(found.st_uid)}, who could change it at any time",
            hint=f"use it as its owner: sudo -u {_name_of(found.st_uid)} itmsctl ...; or, if it is yours, "
            f"chown {_name_of(os.geteuid())} {shell_arg(str(path))}",
        )


def _check_names(path: Path, found: os.stat_result) -> None:
    # A killed restore leaves the old file with two names, the second of which nobody opens for writing.
    if found.st_nlink > 1 and not any(
        other.lstat().st_ino == found.st_ino for other in path.parent.glob(f"{path.name}.before-*")
    ):
        raise StateDirUnsafeError(
            f"{path} has {found.st_nlink} names: whoever opens it by another one uses another journal, and damages it",
            hint=f"find {shell_arg(str(path.parent))} -xdev -samefile {shell_arg(str(path))}; remove the other names",
        )


def _check_journal(journal: Path) -> None:
    try:
        found = journal.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{journal} cannot be looked at", why=str(error), hint=f"ls -ld {journal.parent}") from error
    ours = stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and _is_trusted(found.st_uid)
    if not ours or found.st_mode & 0o077:
        raise StateDirUnsafeError(
            f"{journal} is not a journal that this program made: it would be played into the database",
            why=f"owner {_name_of(found.st_uid)}, mode {stat.S_IMODE(found.st_mode):04o}, {found.st_nlink} names",
            hint=f"chmod 600 {shell_arg(str(journal))}, if nobody else has written to it"
            if ours
            else f"ls -l {shell_arg(str(journal))}; look into it, then move it away",
        )


def _folders(path: Path) -> Iterator[Path]:
    """Yield every folder on the way to a file, as it was written and with its links followed."""
    given = list(path.parents)
    yield from given
    yield from (folder for folder in (path.parent.resolve() / path.name).parents if folder not in given)


def _check_folder(folder: Path, *, is_own: bool) -> None:
    try:
        found = folder.lstat()
    except OSError as error:
        raise StorageError(f"{folder} cannot be looked at", why=str(error), hint=f"ls -ld {folder}") from error
    if not _is_trusted(found.st_uid, above=not is_own):
        raise StateDirUnsafeError(
            f"{folder} belongs to {_name_of(found.st_uid)}, who could replace the database in it",
            hint="keep the database in a folder of your own",
        )
    if stat.S_ISLNK(found.st_mode):
        return  # where it leads to is checked too
    sticky = bool(found.st_mode & stat.S_ISVTX)
    if is_own and sticky and found.st_mode & 0o022:
        raise StateDirUnsafeError(
            f"{folder} has mode {stat.S_IMODE(found.st_mode):04o}: other users could put a journal beside the database",
            hint=f"mkdir -m 700 {shell_arg(str(folder / 'itms'))}, and keep the database in it",
        )
    others = bool(found.st_mode & 0o002) or (
        bool(found.st_mode & 0o020) and (is_own or _has_others(found.st_gid, found.st_uid))
    )
    if others and not sticky:
        raise StateDirUnsafeError(
            f"{folder} has mode {stat.S_IMODE(found.st_mode):04o}: other users could replace the database in it",
            hint=f"chmod go-w {shell_arg(str(folder))}",
        )


def _is_trusted(uid: int, *, above: bool = False) -> bool:
    return uid in {0, os.geteuid()} or (above and _is_unmapped(uid))


def _is_unmapped(uid: int) -> bool:
    """Return whether this is what the owners outside of a user namespace look like from within."""
    try:
        overflow = int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="ascii"))
        mapped = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return False
    return uid == overflow and mapped != _WHOLE_MAP


def _has_others(gid: int, owner: int) -> bool:
    """Return whether a group has members beside root and an owner: many systems give each user a group of his own."""
    import grp
    import pwd

    if gid == 0:
        return False
    try:
        group = grp.getgrgid(gid)
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        return True
    if set(group.gr_mem) - {name, "root"}:
        return True
    return group.gr_name != name and any(one.pw_gid == gid and one.pw_uid != owner for one in pwd.getpwall())


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
