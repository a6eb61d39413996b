"""One user of something at a time: a lock on a file, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from itmsctl.documents.faults import writing
from itmsctl.errors import ItmsError


@contextmanager
def locked(path: Path, how: int = fcntl.LOCK_EX, *, busy: ItmsError | None = None) -> Iterator[None]:
    """Hold the lock of a file, which is made with its folder; with `busy` nobody waits for it, and that is raised.

    Raises StorageError where the file cannot be opened.
    """
    with writing(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, how if busy is None else how | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy is None:
                raise
            raise busy from None
        yield
    finally:
        os.close(handle)
