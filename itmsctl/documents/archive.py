"""Archives of small files: written the same for the same content, read only where nothing in them can do harm (IM6).

What is read comes from anybody. The whole archive is looked at before a byte of it is believed: names, kinds, counts
and sizes have limits, the sizes that count are those after unpacking, and nothing is ever put on the disk.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from itmsctl.documents.files import replacing
from itmsctl.errors import ArchiveUnsafeError, InputError, NotFoundError

MEMBERS = 1000
MEMBER_BYTES = 32 * 2**20
WHOLE_BYTES = 128 * 2**20
PACKED_BYTES = 64 * 2**20
RATIO = 200  # JSON of equal rows packs well; a bomb packs a thousand times
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)?(?:/[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)?)?")
_NAME_LENGTH = 100
_FREE = 2**20  # below this no ratio is looked at


def write_archive(path: Path, files: Mapping[str, bytes], at: datetime, *, force: bool = False) -> None:
    """Write a tar.gz (0600) whole or not at all: the same content and time give the same bytes.

    Raises StorageError, and OutputExistsError where it exists, unless `force`.
    """
    with (
        replacing(path, force=force) as stream,
        gzip.GzipFile("", "wb", 6, stream, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name in sorted(files):
            assert _NAME.fullmatch(name), name
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(files[name]), 0o600, int(at.timestamp())
            archive.addfile(info, io.BytesIO(files[name]))


def read_archive(path: Path) -> dict[str, bytes]:
    """Return every file of an archive that `write_archive` could have written, by name.

    Raises NotFoundError, InputError for no archive, ArchiveUnsafeError that names the member.
    """
    data = _unpacked(path)
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, info in enumerate(archive, 1):
                _check(number, info, found)
                content = archive.extractfile(info)
                assert content is not None  # it is a plain file
                found[info.name] = content.read()
                if len(found[info.name]) != info.size:
                    raise InputError(f"{path} is cut off in member {number}")
    except (tarfile.TarError, UnicodeError, ValueError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not an archive", why=str(error)) from error
    return found


def _unpacked(path: Path) -> bytes:
    """Unpack in memory, piece by piece, and stop where it grows past its limits."""
    try:
        with path.open("rb") as file:
            packed = file.read(PACKED_BYTES + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read", why=error.strerror or str(error)) from error
    if len(packed) > PACKED_BYTES:
        raise ArchiveUnsafeError(f"{path} is larger than {PACKED_BYTES} bytes")
    most = min(WHOLE_BYTES, max(_FREE, RATIO * len(packed)))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(packed, most + 1)
    except zlib.error as error:
        raise InputError(f"{path} is not an archive", why=str(error)) from error
    if len(data) > most:
        raise ArchiveUnsafeError(f"{path} grows past {most} bytes when it is unpacked")
    if not unpacker.eof or unpacker.unused_data:
        raise InputError(f"{path} is cut off, or something follows it")
    return data


def _check(number: int, info: tarfile.TarInfo, found: Mapping[str, bytes]) -> None:
    shown = f"member {number} `{info.name[:80]!a}`"
    if not info.isreg() or info.sparse is not None or info.pax_headers:
        raise ArchiveUnsafeError(f"{shown} is not a plain file")
    if len(info.name) > _NAME_LENGTH or not _NAME.fullmatch(info.name):
        raise ArchiveUnsafeError(f"{shown} has a name that no file of ours has")
    if info.name in found:
        raise ArchiveUnsafeError(f"{shown} is there twice")
    if info.mode & 0o7111:
        raise ArchiveUnsafeError(f"{shown} asks to be run")
    if info.size > MEMBER_BYTES or number > MEMBERS:
        raise ArchiveUnsafeError(f"{shown} is too large, or one too many")
