"""CSV as text: RFC 4180 with LF at the end of a row, and every cell that needs quotes in them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from typing import Protocol


class _TextSink(Protocol):
    def write(self, text: str, /) -> object: ...


class _LfEnd:
    """Ends rows in LF. The writer is told CRLF, for only then does it quote a cell that holds a lone CR."""

    def __init__(self, sink: _TextSink) -> None:
        self._sink = sink

    def write(self, row: str) -> None:
        self._sink.write(row[:-2] + "\n")


def row_writer(sink: _TextSink, delimiter: str = ",") -> Callable[[Iterable[object]], object]:
    """Return what writes one row of cells; none is an empty cell."""
    return csv.writer(_LfEnd(sink), delimiter=delimiter, lineterminator="\r\n").writerow
