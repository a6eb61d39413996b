"""Files with secrets: read only where nobody but their owner can (LU1)."""

from __future__ import annotations

import os
import select
import stat
import time
from pathlib import Path

from itmsctl.errors import InputError, KeyFileUnsafeError, NotFoundError

PIPE_S = 120.0  # how long whoever writes into a pipe may take: perhaps it asks a person
_MOST_CERTIFICATE = 32_768


def check_private(path: Path, what: str) -> Path:
    """Return the path of a secret file that only its owner can read.

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


def certificate_beside(path: Path) -> str:
    """Return the certificate that belongs to a key file, as ssh finds it; empty where there is none."""
    try:
        with path.with_name(path.name + "-cert.pub").open(encoding="ascii") as file:
            return file.read(_MOST_CERTIFICATE)
    except (OSError, UnicodeDecodeError):
        return ""


def read_private(path: Path, what: str, most: int, forbidden: int = 0o077) -> bytes:
    """Return what a secret file or a pipe of the user holds; what is judged is what is read. Raises as `check_private`.

    A pipe (`<(pass show x)`, a FIFO, a descriptor) can be read once.
    """
    try:
        # Not to be held up by a device or by a pipe of another user: they are refused below.
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, what, error) from error
    try:
        found = os.fstat(number)
        piped = stat.S_ISFIFO(found.st_mode)
        _judge(found, path, what, forbidden, piped=piped)
        if piped:
            data = _drained(number, path, what, most + 1)
        else:
            with os.fdopen(number, "rb", closefd=False) as file:
                data = file.read(most + 1)
    finally:
        os.close(number)
    if len(data) > most:
        raise InputError(f"the {what} file {path} is longer than {most} bytes")
    return data


def _drained(number: int, path: Path, what: str, most: int) -> bytes:
    """Return what comes out of a pipe until its writer closes it. Raises InputError where nobody writes in time."""
    data, end = b"", time.monotonic() + PIPE_S
    while len(data) < most:
        ready, _, _ = select.select([number], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            raise InputError(f"nobody wrote the {what} into {path} within {PIPE_S:.0f} s")
        try:
            part = os.read(number, most - len(data))
        except BlockingIOError:
            continue
        if not part:
            break
        data += part
    return data


def _unreadable(path: Path, what: str, error: OSError) -> NotFoundError | InputError:
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"there is no {what} file {path}", hint=f"ls -l {path.parent}")
    return InputError(f"the {what} file {path} cannot be read", why=error.strerror or str(error), hint=f"ls -l {path}")


def _judge(found: os.stat_result, path: Path, what: str, forbidden: int, *, piped: bool = False) -> None:
    if not stat.S_ISREG(found.st_mode) and not piped:
        raise InputError(
            f"the {what} file {path} is not a file", hint="a file of mode 0600, or a pipe: <(pass show NAME)"
        )
    if found.st_mode & forbidden:
        raise KeyFileUnsafeError(
            f"the {what} file {path} has mode {stat.S_IMODE(found.st_mode):04o}: other users could read it",
            hint=f"chmod 600 {path}",
        )
    if found.st_uid not in {0, os.getuid()}:
        raise KeyFileUnsafeError(f"the {what} file {path} belongs to another user", hint=f"ls -l {path}")
