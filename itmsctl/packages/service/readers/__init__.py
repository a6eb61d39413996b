"""Readers of files to install: what each says of itself, by what is in it. A reader is a file here with a `READER`."""

from __future__ import annotations

import importlib
import lzma
import pkgutil
import struct
import tarfile
import zlib
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from itmsctl.errors import FileFormatError, ItmsError
from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.values.untrusted import log_text

_HEAD = 1024
# What readers and their libraries raise for bytes that are not what they should be.
_DAMAGED = (
    ValueError, LookupError, ArithmeticError, TypeError, AttributeError, EOFError, RecursionError, OSError, MemoryError,
    struct.error, tarfile.TarError, lzma.LZMAError, zlib.error,
)  # fmt: skip


@cache
def readers() -> tuple[FileReader, ...]:
    """Return all readers; the libraries that they use are imported only when a file needs them."""
    return tuple(sorted(_readers(), key=lambda reader: reader.format))


def _readers() -> Iterator[FileReader]:
    for info in pkgutil.iter_modules(__path__):
        reader = getattr(importlib.import_module(f"{__name__}.{info.name}"), "READER", None)
        if reader is not None:
            yield reader


def read_facts(stream: BinaryIO, name: str) -> ReadFacts:
    """Return what a file says of itself; of one that no reader knows what its name says.

    Raises FileFormatError for one that is damaged or not what its name says, ArchiveUnsafeError, and
    ReaderMissingError where a library is not installed.
    """
    head = stream.read(_HEAD)
    stream.seek(0)
    reader = next((one for one in readers() if one.knows(head, name.lower())), None)
    if reader is None:
        _refuse_misnamed(name)
        from itmsctl.packages.service.readers.by_name import by_name

        return by_name("file", name).bounded()
    try:
        return reader.read(stream, name).bounded()
    except ItmsError:
        raise
    except _DAMAGED as error:
        raise unreadable(name, reader.format, f"{type(error).__name__}: {error}") from error


def unreadable(name: str, form: str, why: str) -> FileFormatError:
    """Return the error of a file that is not what it seems to be."""
    return FileFormatError(
        f"{log_text(name)} cannot be read as {form}",
        why=log_text(why)[:200],
        hint="is it whole? fetch it again, and compare its digest with the vendor's",
    )


def _refuse_misnamed(name: str) -> None:
    suffixes = (suffix for reader in readers() for suffix in reader.suffixes)
    suffix = next((one for one in suffixes if name.lower().endswith(f".{one}")), "")
    if suffix:
        raise FileFormatError(
            f"{log_text(name)} is not a .{suffix}",
            why="its first bytes are of something else",
            hint="give it its real name, or fetch it again",
        )
