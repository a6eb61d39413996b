"""Packed bytes, unpacked within a bound: what unpacks to more is refused, however small it is."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from itmsctl.errors import ArchiveUnsafeError, ReaderMissingError

_CHUNK = 1 << 18
_MEMORY = 256 << 20  # bytes that a dictionary of xz may take
PACKINGS = {"gz": b"\x1f\x8b", "xz": b"\xfd7zXZ\x00", "bz2": b"BZh", "zst": b"\x28\xb5\x2f\xfd"}


def packing_of(head: bytes) -> str:
    """Return by what bytes are packed, as `PACKINGS` names it; empty where they are not."""
    return next((name for name, magic in PACKINGS.items() if head.startswith(magic)), "")


def unpacked(data: bytes, packing: str, most: int) -> bytes:
    """Return all that packed bytes are. Raises as `pieces` does."""
    return b"".join(pieces(io.BytesIO(data), packing, most))


def pieces(stream: BinaryIO, packing: str, most: int) -> Iterator[bytes]:
    """Yield what packed bytes are, piece by piece, also of several parts one after the other.

    Raises ArchiveUnsafeError where they are more than `most`, ValueError for what is damaged, ReaderMissingError.
    """
    found = 0
    for piece in _opened(stream, packing):
        found += len(piece)
        if found > most:
            raise ArchiveUnsafeError(f"it unpacks to more than {most} bytes", why="a file that small holds less")
        yield piece


def _opened(stream: BinaryIO, packing: str) -> Iterator[bytes]:
    match packing:
        case "gz":
            return _read(gzip.GzipFile(fileobj=stream, mode="rb"))
        case "bz2":
            return _read(bz2.BZ2File(stream))
        case "xz":
            return _xz(stream)
        case "zst":
            return _zstandard(stream)
        case "":
            return _read(stream)
    raise ValueError(f"it is packed by {packing}")


def _read(stream: Any) -> Iterator[bytes]:
    try:
        while piece := stream.read(_CHUNK):
            yield piece
    except (zlib.error, OSError) as error:
        raise ValueError(f"it is damaged: {error}") from error


def _xz(stream: BinaryIO) -> Iterator[bytes]:
    rest = stream.read(_CHUNK)
    while rest:
        unpacker = lzma.LZMADecompressor(memlimit=_MEMORY)  # the file object of the library has no limit
        while not unpacker.eof:
            if unpacker.needs_input and not (rest := rest or stream.read(_CHUNK)):
                raise EOFError("it is cut off")
            given, rest = (rest, b"") if unpacker.needs_input else (b"", rest)
            try:
                yield unpacker.decompress(given, _CHUNK)
            except lzma.LZMAError as error:
                raise ValueError(f"it is damaged: {error}") from error
        rest = (unpacker.unused_data + rest).lstrip(b"\0") or stream.read(_CHUNK).lstrip(b"\0")


def _zstandard(stream: BinaryIO) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise missing("zstandard") from None
    reader = zstandard.ZstdDecompressor(max_window_size=_MEMORY).stream_reader(stream, read_across_frames=True)
    try:
        while piece := reader.read(_CHUNK):
            yield piece
    except zstandard.ZstdError as error:
        raise ValueError(f"it is damaged: {error}") from error


def missing(library: str) -> ReaderMissingError:
    """Return the error of a library that is not installed."""
    return ReaderMissingError(
        f"the file cannot be read without {library}",
        hint="pip install 'itmsctl[packages]'; or --unread, with --name and --version",
    )
