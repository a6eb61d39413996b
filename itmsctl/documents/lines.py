"""Physical lines of a byte stream with their numbers: bounded in length, and able to be read again.

A CSV record may span lines. When one turns out to be broken (a quote never closed) its first line is the bad one and
the others must be parsed again, so the lines of the present record are kept until it is known to be good.
"""

from __future__ import annotations

from collections import deque
from typing import BinaryIO, NamedTuple

from itmsctl.values.untrusted import shell_arg

MAX_ROW_BYTES = 1 << 20
HEAD = 4096  # bytes from which the form of a file is told
NOT_UTF8 = "is not UTF-8"


class TextLine(NamedTuple):
    """One physical line: `fault` says what is wrong with it, if anything."""

    number: int
    data: bytes
    text: str
    fault: str

    def hint(self, name: str) -> str:
        """Return what fixes the fault of a line of this file; empty where that is not known."""
        return f"is it Windows-1252? iconv -f WINDOWS-1252 -t UTF-8 {shell_arg(name)}" if NOT_UTF8 in self.fault else ""


class RowTooLongError(Exception):
    """The lines of one record exceed MAX_ROW_BYTES. Never leaves this package."""


class Lines:
    """An iterator of decoded lines, as `csv.reader` takes them, that remembers the lines of the present record."""

    def __init__(self, stream: BinaryIO, head: bytes = b"") -> None:
        self._stream = stream
        self._head = head  # of the stream, read already
        self._again: deque[TextLine] = deque()
        self._number = 0
        self._size = 0
        self.record: list[TextLine] = []

    def peek(self) -> bytes:
        """Return the first bytes without consuming them; only before the first line is read."""
        self._head = self._head or self._stream.read(HEAD)
        return self._head

    def drop(self, count: int) -> None:
        """Forget the first bytes of what was peeked: a byte order mark."""
        self._head = self._head[count:]

    def begin(self) -> None:
        """Say that a new record begins."""
        self.record.clear()
        self._size = 0

    def rewind(self) -> None:
        """Give all lines of the present record but its first once more."""
        self._again.extendleft(reversed(self.record[1:]))
        del self.record[1:]

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self.record.append(line)
        self._size += len(line.data)
        if self._size > MAX_ROW_BYTES and len(self.record) > 1:
            raise RowTooLongError
        return line.text

    def _read(self) -> TextLine:
        data = self._readline(MAX_ROW_BYTES + 1)
        if not data:
            raise StopIteration
        self._number += 1
        if len(data) > MAX_ROW_BYTES:
            self._skip_line(data)
            return TextLine(self._number, data[:1000], "", f"longer than {MAX_ROW_BYTES >> 20} MiB")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            return TextLine(
                self._number, data, data.decode("utf-8", "surrogateescape"),
                f"byte 0x{data[error.start]:02x} at {error.start + 1} {NOT_UTF8}",
            )  # fmt: skip
        fault = "holds a NUL character" if "\0" in text else ""
        return TextLine(self._number, data, text, fault)

    def _readline(self, limit: int) -> bytes:
        if not self._head:
            return self._stream.readline(limit)
        end = self._head.find(b"\n") + 1
        if end:
            data, self._head = self._head[:end], self._head[end:]
            return data
        data, self._head = self._head, b""
        return data + self._stream.readline(limit - len(data))

    def _skip_line(self, data: bytes) -> None:
        while data and not data.endswith(b"\n"):
            data = self._stream.readline(1 << 16)
