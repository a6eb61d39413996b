"""Rows that wait to be written: in memory while they are few, then in a file without a name (mode 0600)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from itmsctl.documents.faults import writing

IN_MEMORY = 4 * 1024 * 1024


class Spool:
    """A list of rows of JSON values that is written once and may be read several times."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory, mode="w+b")  # noqa: SIM115 - closed with us
        self._count = 0

    def add(self, row: Sequence[Any]) -> None:
        """Add a row. Raises StorageFullError where the disk is full."""
        with writing("temporary rows"):
            self._file.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[list[Any]]:
        with writing("temporary rows"):
            self._file.seek(0)
        for line in self._file:
            yield json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
