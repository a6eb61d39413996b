"""Rows that wait: in memory while they are few, in a file without a name where they are many."""

from __future__ import annotations

import marshal
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 10_000


class Spilled:
    """A growing list of tuples of texts and numbers, of which memory holds one chunk."""

    def __init__(self) -> None:
        self._last: list[tuple[Any, ...]] = []
        self._file: IO[bytes] | None = None

    def append(self, row: tuple[Any, ...]) -> None:
        """Add a row."""
        self._last.append(row)
        if len(self._last) >= CHUNK:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="itmsctl-rows-")  # noqa: SIM115 - gone with this object
            marshal.dump(self._last, self._file)
            self._last = []

    def chunks(self) -> Iterator[list[tuple[Any, ...]]]:
        """Give all rows in their order, a chunk at a time; as often as wanted. No row is added meanwhile."""
        if self._file is not None:
            end = self._file.seek(0, os.SEEK_END)
            self._file.seek(0)
            while self._file.tell() < end:
                yield marshal.load(self._file)  # noqa: S302 - written by this very process to a file without a name
        if self._last:
            yield self._last

    def close(self) -> None:
        """Let go of the rows."""
        self._last = []
        if self._file is not None:
            self._file.close()
