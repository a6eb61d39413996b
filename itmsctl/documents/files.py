"""Files written whole or not at all, and never through a link that somebody laid."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from itmsctl.documents.faults import writing
from itmsctl.errors import InputError, NotFoundError, OutputExistsError, StorageError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def _refuse_odd(path: Path) -> None:
    """Refuse what is there and is no plain file: rename would replace the link, and the user meant its target."""
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(kind):
        raise StorageError(f"refusing to follow a link: `{path}`", hint="name the file it points to")
    if not stat.S_ISREG(kind):
        raise StorageError(f"`{path}` is not a plain file")


def read_text(path: str, limit: int) -> str:
    """Return the text of a file, which is UTF-8 and has at most `limit` bytes.

    Raises NotFoundError, InputError.
    """
    try:
        with Path(path).expanduser().open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise InputError(f"{path} has more than {limit} bytes")
        return data.decode("utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", why=str(error)) from None


def typed_text(path: str, stdin: TextIO, limit: int, hint: str) -> str:
    """Return the text of a file, or of the input where it is called `-`; `hint` says why less is enough.

    Raises NotFoundError, InputError.
    """
    if path != "-":
        return read_text(path, limit)
    text = stdin.read(limit + 1)
    if len(text) > limit:
        raise InputError(f"the input has more than {limit} characters", hint=hint)
    return text


@contextmanager
def replacing(path: Path, mode: int = 0o600, *, force: bool = True) -> Iterator[IO[bytes]]:
    """Yield a stream whose bytes become the file at `path` when the block ends well: the old file or the new one.

    Raises StorageError where it cannot, or where `path` is a link (whose target is left alone); OutputExistsError
    where a file stands there, unless `force`.
    """
    with writing(str(path)):
        _refuse_odd(path)
        if not force and path.exists():
            raise _exists(path)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as stream:
                os.fchmod(stream.fileno(), mode)
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            _put(Path(temporary), path, force=force)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _put(temporary: Path, path: Path, *, force: bool) -> None:
    """Return a file its name. Without `force` nothing is replaced, whoever was quicker."""
    if not force:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise _exists(path) from None
        except OSError:
            if path.exists():
                raise _exists(path) from None
        else:
            temporary.unlink()
            return
    temporary.rename(path)  # a file system without links too


def _exists(path: Path) -> OutputExistsError:
    return OutputExistsError(f"{path} exists; nothing was written", hint="give another name, or --force to replace it")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last: without it a power cut may undo a rename."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def new_file(path: Path, mode: int = 0o600) -> IO[bytes]:
    """Open a file that must not exist yet, for its owner alone.

    Raises StorageError where something of that name is there, a dangling link too.
    """
    with writing(str(path)):
        handle = os.open(path, _NEW, mode)
        os.fchmod(handle, mode)  # umask may have taken bits of it
        return os.fdopen(handle, "wb")
