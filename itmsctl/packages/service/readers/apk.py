"""Alpine packages: gzipped tars one after the other, of signature, control and data."""

from __future__ import annotations

import io
import tarfile
from typing import BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import pieces

_LARGEST = 8 << 20  # bytes in which signature and control must be
_LARGEST_TEXT = 1 << 20


def _knows(head: bytes, name: str) -> bool:
    return name.endswith(".apk") and head.startswith((b"\x1f\x8b", b"PK\x03\x04"))


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    if stream.read(2) == b"PK":
        raise ValueError("it is an application of Android, which runs on no computer here")
    stream.seek(0)
    fields = _fields(_control(stream))
    if "pkgname" not in fields or "pkgver" not in fields:
        raise ValueError(f"{name} names no package or version")
    return ReadFacts(
        "apk",
        name=fields["pkgname"][0],
        version=fields["pkgver"][0],
        architecture=fields.get("arch", [""])[0],
        vendor=(fields.get("packager") or fields.get("maintainer") or [""])[0],
        description=fields.get("pkgdesc", [""])[0],
        depends=tuple(fields.get("depend", ())),
    )


def _control(stream: BinaryIO) -> str:
    begin = bytearray()
    for piece in pieces(stream, "gz", 1 << 40):
        begin += piece
        if len(begin) >= _LARGEST:
            break
    with tarfile.open(fileobj=io.BytesIO(begin), mode="r:", ignore_zeros=True) as archive:
        for info in archive:
            if info.isreg() and info.name == ".PKGINFO" and info.size <= _LARGEST_TEXT:
                file = archive.extractfile(info)
                assert file is not None  # it is a plain file
                return file.read().decode("utf-8", "replace")
    raise ValueError("no .PKGINFO where it should be")


def _fields(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(key.strip(), []).append(value.strip())
    return found


READER = FileReader("apk", ("apk",), _knows, _read)
