"""Archives, `tar` packed or not, and `zip`: what their names say, when nothing in them can do harm (IM6)."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, BinaryIO

from itmsctl.errors import ArchiveUnsafeError
from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.members import FILE, FOLDER, FREE, LINK, OTHER, RATIO, SAME_FILE, ArchiveMember, refuse_unsafe
from itmsctl.packages.service.readers.by_name import by_name
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import packing_of, pieces

_CHUNK = 1 << 18
_SUFFIXES = ("tar", "tar.gz", "tgz", "tar.xz", "txz", "tar.bz2", "tbz2", "tbz", "tar.zst", "zip")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_KINDS = {tarfile.REGTYPE: FILE, tarfile.AREGTYPE: FILE, tarfile.DIRTYPE: FOLDER, tarfile.SYMTYPE: LINK,
          tarfile.LNKTYPE: SAME_FILE}  # fmt: skip


def _knows(head: bytes, name: str) -> bool:
    if name.endswith(".zip"):
        return head.startswith(_ZIP)
    tar = ".tar" in name or name.endswith((".tgz", ".txz", ".tbz2", ".tbz"))
    return tar and (bool(packing_of(head)) or head[257:262] == b"ustar")


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    stream.seek(0, os.SEEK_END)
    packed = stream.tell()
    stream.seek(0)
    if name.lower().endswith(".zip"):
        refuse_unsafe(_zipped(stream, packed), packed)
        return replace(by_name("archive", name), hints={"packing": "zip"})
    head = stream.read(16)
    stream.seek(0)
    packing = packing_of(head)
    plain = _Forward(pieces(stream, packing, max(FREE, packed * RATIO)))
    try:
        refuse_unsafe(_tarred(plain), packed)
    except tarfile.TarError as error:
        raise ValueError(str(error)) from error
    return replace(by_name("archive", name), hints={"packing": f"tar.{packing}" if packing else "tar"})


class _Forward(io.RawIOBase):
    """Pieces as a stream that is read once, from its beginning to its end."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source, self._rest = source, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = [self._rest]
        length = len(self._rest)
        while size < 0 or length < size:
            piece = next(self._source, b"")
            if not piece:
                break
            found.append(piece)
            length += len(piece)
        data = b"".join(found)
        end = length if size < 0 else size
        self._rest = data[end:]
        return data[:end]


def _tarred(stream: IO[bytes] | io.RawIOBase) -> Iterator[ArchiveMember]:
    with tarfile.open(fileobj=stream, mode="r|", errors="strict") as archive:
        try:
            for info in archive:
                archive.members = []  # type: ignore[attr-defined]  # it would keep all of them
                kind = _KINDS.get(info.type, OTHER) if info.sparse is None else OTHER
                yield ArchiveMember(info.name, kind, info.size, info.mode, info.linkname)
        except UnicodeDecodeError as error:
            raise ArchiveUnsafeError("the archive has a name that is not UTF-8", why=repr(error.object[:80])) from None


def _zipped(stream: BinaryIO, packed: int) -> Iterator[ArchiveMember]:
    try:
        with zipfile.ZipFile(stream) as archive:
            left = max(FREE, packed * RATIO)
            for info in archive.infolist():
                member = _zip_member(info)
                yield member
                if member.kind == FILE:
                    left -= _whole(archive, info, left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise ValueError(str(error)) from error


def _zip_member(info: zipfile.ZipInfo) -> ArchiveMember:
    name = info.orig_filename  # the library makes another of a bad one, silently
    if info.flag_bits & 1:
        raise ArchiveUnsafeError(f"member `{name[:100]!a}` is encrypted: nobody can look into it")
    if not info.flag_bits & 0x800 and not name.isascii():
        raise ArchiveUnsafeError(f"member `{name[:100]!a}` has a name that is not UTF-8")
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    kind = FOLDER if name.endswith("/") else LINK if stat.S_ISLNK(mode) else FILE
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}:
        kind = OTHER
    if kind == LINK:
        raise ArchiveUnsafeError(f"member `{name[:100]!a}` is a link")
    return ArchiveMember(name, kind, info.file_size, stat.S_IMODE(mode) or 0o644)


def _whole(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> int:
    """Return how many bytes a member is, all of which are read: its digest, and that it says its size right."""
    size = 0
    with archive.open(info) as file:
        while piece := file.read(_CHUNK):
            size += len(piece)
            if size > left or size > info.file_size:
                raise ArchiveUnsafeError(f"member `{info.orig_filename[:100]!a}` is larger than it says")
    if size != info.file_size:
        raise ArchiveUnsafeError(f"member `{info.orig_filename[:100]!a}` is not as large as it says")
    return size


READER = FileReader("archive", _SUFFIXES, _knows, _read)
