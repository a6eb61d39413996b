"""Files that a program keeps on a computer: in a folder of its own, written whole or not at all, read with care."""

from __future__ import annotations

import os
import secrets
import stat
from typing import Any

_MOST_NOTE = 65_536


class PackageError(Exception):
    """The file cannot be written; the text says why and what to do."""


def own_folder(path: str) -> str:
    """Return a folder that is ours alone, made where there is none. Raises PackageError."""
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        if not os.path.lexists(path):
            os.mkdir(path, 0o700)
        found = os.lstat(path)
    except OSError as error:
        raise PackageError(f"{path}: {error.strerror}; name another folder: --state FOLDER") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PackageError(f"{path} is not a folder of this user alone; name another one: --state FOLDER")
    return path


def write_whole(place: str, content: Any, mode: int) -> None:
    """Write a file whole or not at all: bytes, or what a function writes."""
    folder, name = os.path.split(place)
    part = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                content(stream)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.rename(part, place)
    except BaseException:
        os.unlink(part)
        raise


def small_file(path: str, most: int = _MOST_NOTE) -> bytes:
    """Return what a small file holds; whoever may write into its folder may have laid a link or a pipe there."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return os.read(handle, most) if stat.S_ISREG(os.fstat(handle).st_mode) else b"none"
    finally:
        os.close(handle)


def machine_mark() -> str:
    """Return what tells this computer from one that was cloned from it, as far as it says itself."""
    for path in ("/etc/machine-id", "/etc/hostid"):
        try:
            with open(path, "rb") as stream:
                return f"{stream.read(64).decode('ascii', 'replace').strip()} {os.uname().nodename}"
        except OSError:
            continue
    return os.uname().nodename
