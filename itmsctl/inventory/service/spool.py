"""An answer that comes in: in memory while it is small, in a file without a name where it is not."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO

from itmsctl.inventory.answer import LONGEST_LINE, LinePlace

_IN_MEMORY = 128 * 1024
_CHUNK = 1 << 16


@cache
def _folder() -> str | None:
    """Return where files go that may be large: the usual place for temporary files is often memory itself."""
    if os.environ.get("TMPDIR"):
        return None
    place = Path("/var/tmp")  # noqa: S108 - a file there is made without a name
    return str(place) if os.access(place, os.W_OK | os.X_OK) else None


class Spool:
    """Takes the bytes of an answer as they come, and yields its lines as often as wanted."""

    def __init__(self) -> None:
        file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed with the spool
            _IN_MEMORY, prefix="itmsctl-answer-", dir=_folder()
        )
        self._file: IO[bytes] = file
        weakref.finalize(self, file.close)
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Take more."""
        self._file.write(data)
        self.size += len(data)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield each line with where it begins; of one that is too long its beginning, longer than any may be."""
        self._file.seek(0)
        at = 0
        while line := self._file.readline(LONGEST_LINE + 1):
            yield at, line
            at += len(line)
            while not line.endswith(b"\n") and (line := self._file.readline(_CHUNK)):
                at += len(line)
        self._file.seek(0, os.SEEK_END)

    def at(self, place: LinePlace) -> bytes:
        """Return the line at a place."""
        self._file.seek(place.at)
        return self._file.read(place.length)
