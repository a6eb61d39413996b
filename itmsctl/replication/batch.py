"""The stream of a batch: records, one a line, compressed; written and read at constant memory.

A run of any length is cut into batches of bounded size, and no byte, line or record beyond what the signed header says
is ever held.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from itmsctl.errors import BatchDamagedError, BatchTooLargeError
from itmsctl.replication.envelope import BatchBody

LARGEST_LINE = 8 << 20
PART_RECORDS = 2_000  # of computers with inventory about a second of the receiver, whose writers wait meanwhile
PART_RAW = 32 << 20
_CHUNK = 64 << 10
_LEVEL = 5  # a few bytes more than 6, at half the price


class ByteSource(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


class ByteSink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


@dataclass
class PendingLines:
    """The lines of a run that are not in a batch yet; one is looked ahead."""

    lines: Iterable[bytes]
    _next: bytes | None = None
    _iterator: Iterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._iterator = iter(self.lines)
        self._next = next(self._iterator, None)

    @property
    def next_size(self) -> int | None:
        """Return how long the next line is; None where there is none."""
        return None if self._next is None else len(self._next)

    def take(self) -> bytes:
        """Return the next line."""
        assert self._next is not None
        line, self._next = self._next, next(self._iterator, None)
        return line


def write_part(out: ByteSink, pending: PendingLines) -> BatchBody:
    """Write as many lines as a batch takes. Raises BatchTooLargeError for a line that no batch takes."""
    packer, digest = zlib.compressobj(_LEVEL), hashlib.sha256()
    size = records = raw = 0

    def put(data: bytes) -> None:
        nonlocal size
        if data:
            size += len(data)
            digest.update(data)
            out.write(data)

    while (length := pending.next_size) is not None and records < PART_RECORDS:
        if length > LARGEST_LINE:
            raise BatchTooLargeError(f"a record of {length} bytes is larger than a batch takes ({LARGEST_LINE})")
        if records and raw + length + 1 > PART_RAW:
            break
        put(packer.compress(pending.take() + b"\n"))
        records, raw = records + 1, raw + length + 1
    put(packer.flush())
    return BatchBody(size, digest.hexdigest(), records, raw)


def digest_of(source: ByteSource) -> tuple[hashlib._Hash, int]:
    """Return the digest of what arrived of a stream before, to go on with, and how many bytes that is."""
    digest, size = hashlib.sha256(), 0
    while data := source.read(_CHUNK):
        digest.update(data)
        size += len(data)
    return digest, size


def take_in(source: ByteSource, out: ByteSink, body: BatchBody, digest: hashlib._Hash, taken: int = 0) -> None:
    """Copy the rest of a stream behind the bytes `taken` before, whose digest is given, and compare it with its header.

    Raises BatchDamagedError where it ends early or is another one. What was copied stays, so that it can go on.
    """
    left = body.size - taken
    while left > 0:
        data = source.read(min(_CHUNK, left))
        if not data:
            raise _damaged(f"it was cut off {left} bytes before its end")
        digest.update(data)
        out.write(data)
        left -= len(data)
    if left < 0 or digest.hexdigest() != body.sha256:
        raise _damaged("its bytes are not those that its header names")


def lines_of(source: ByteSource, body: BatchBody) -> Iterator[bytes]:
    """Yield the records of a stream, as lines; no more than its header says.

    Raises BatchDamagedError, BatchTooLargeError.
    """
    rest, records, raw = b"", 0, 0
    for piece in _unpacked(source):
        raw += len(piece)
        if raw > body.raw:
            raise BatchTooLargeError(f"the records of a batch come to more than the {body.raw} bytes that it names")
        *whole, rest = (rest + piece).split(b"\n")
        records += len(whole)
        if records > body.records or any(len(line) > LARGEST_LINE for line in (*whole, rest)):
            raise BatchTooLargeError("a batch holds a longer record, or more of them, than it may")
        yield from whole
    if rest or records != body.records or raw != body.raw:
        raise _damaged(f"it holds {records} records where its header says {body.records}")


def _unpacked(source: ByteSource) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    try:
        while data := source.read(_CHUNK):
            while data:
                if unpacker.eof:
                    raise _damaged("something follows its end")
                yield unpacker.decompress(data, _CHUNK)
                data = unpacker.unconsumed_tail or unpacker.unused_data
        while tail := unpacker.decompress(unpacker.unconsumed_tail, _CHUNK):
            yield tail
    except zlib.error as error:
        raise _damaged(f"it cannot be unpacked: {error}") from None
    if not unpacker.eof:
        raise _damaged("it was cut off")


def _damaged(why: str) -> BatchDamagedError:
    return BatchDamagedError("a batch cannot be read", why=why, hint="send it again: itmsctl replication run")
