"""Files with secrets: read only where nobody but their owner can (LU1)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from itmsctl.errors import InputError, KeyFileUnsafeError, NotFoundError


def check_private(path: Path, what: str) -> Path:
    """Answer the path of a secret file that only its owner can read.

    Raises NotFoundError, InputError, KeyFileUnsafeError.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, what, error) from error
    _judge(found, path, what, 0o077)
    if not os.access(path, os.R_OK):
        raise InputError(f"the {what} file {path} cannot be read", why="permission denied", hint=f"ls -l {path}")
    return path


def read_private(path: Path, what: str, most: int, forbidden: int = 0o077) -> bytes:
    """Answer what a secret file holds; the file that is judged is the one that is read. Raises as `check_private`."""
    try:
        # Not to be held up by a pipe that nobody writes into: what is no file is refused below.
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, what, error) from error
    try:
        _judge(os.fstat(number), path, what, forbidden)
        with os.fdopen(number, "rb", closefd=False) as file:
            data = file.read(most + 1)
    finally:
        os.close(number)
    if len(data) > most:
        raise InputError(f"the {what} file {path} is longer than {most} bytes")
    return data


def _unreadable(path: Path, what: str, error: OSError) -> NotFoundError | InputError:
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"there is no {what} file {path}", hint=f"ls -l {path.parent}")
    return InputError(f"the {what} file {path} cannot be read", why=error.strerror or str(error), hint=f"ls -l {path}")


def _judge(found: os.stat_result, path: Path, what: str, forbidden: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"the {what} file {path} is not a file")
    if found.st_mode & forbidden:
        raise KeyFileUnsafeError(
            f"the {what} file {path} has mode {stat.S_IMODE(found.st_mode):04o}: other users could read it",
            hint=f"chmod 600 {path}",
        )
    if found.st_uid not in {0, os.getuid()}:
        raise KeyFileUnsafeError(f"the {what} file {path} belongs to another user", hint=f"ls -l {path}")
