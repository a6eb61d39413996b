"""Rows that wait: in memory while they are few, in a file without a name where they are many."""

from __future__ import annotations

import marshal
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 10_000


class Spilled:
    """A growing list of tuples of texts, numbers and bytes, of which memory holds one chunk."""

    def __init__(self, chunk: int = CHUNK) -> None:
        self._chunk = chunk
        self._last: list[tuple[Any, ...]] = []
        self._lengths: list[int] = []
        self._file: IO[bytes] | None = None
        self.count = 0

    def append(self, row: tuple[Any, ...]) -> None:
        """Add a row."""
        self._last.append(row)
        self.count += 1
        if len(self._last) >= self._chunk:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="itmsctl-rows-")  # noqa: SIM115 - closed by `close`, or gone
        # Whole chunks as one text of bytes: `marshal.load` from a file asks for every few bytes of it.
        data = marshal.dumps(self._last)
        self._file.seek(0, os.SEEK_END)
        self._file.write(data)
        self._lengths.append(len(data))
        self._last = []

    def chunks(self) -> Iterator[list[tuple[Any, ...]]]:
        """Yield all rows in their order, a chunk at a time; as often as wanted. No row is added meanwhile."""
        if self._file is not None:
            at = 0
            for length in self._lengths:
                self._file.seek(at)
                at += length
                yield marshal.loads(self._file.read(length))  # noqa: S302 - written by this very process
        if self._last:
            yield self._last

    def cut(self, count: int) -> bool:
        """Take back all rows behind so many; return whether that was done: not where a file has one of them."""
        behind = self.count - count
        if behind > len(self._last):
            return False
        if behind:
            del self._last[-behind:]
        self.count = count
        return True

    def close(self) -> None:
        """Release the rows."""
        self._last = []
        if self._file is not None:
            self._file.close()
