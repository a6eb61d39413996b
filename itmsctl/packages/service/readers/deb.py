"""Debian packages: an `ar` of a version, the control files and the data."""

from __future__ import annotations

import io
import re
import tarfile
from typing import BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import unpacked

_MAGIC = b"!<arch>\n"
_HEADER = 60
_MOST_MEMBERS = 16
_LARGEST_CONTROL = 32 << 20  # bytes, packed or not
_LARGEST_TEXT = 1 << 20
_FIELD = re.compile(r"([!-9;-~]+):[ \t]*(.*)")


def _knows(head: bytes, name: str) -> bool:
    return head.startswith(_MAGIC) and (head[8:24].startswith(b"debian-binary") or name.endswith(".deb"))


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    fields = _fields(_control(stream))
    if not fields.get("package") or not fields.get("version"):
        raise ValueError(f"the control file of {name} names no package or version")
    depends = [fields.get(field, "") for field in ("pre-depends", "depends")]
    return ReadFacts(
        "deb",
        name=fields["package"],
        version=fields["version"],
        architecture=fields.get("architecture", ""),
        vendor=fields.get("maintainer", ""),
        description=fields.get("description", "").partition("\n")[0],
        depends=tuple(part.strip() for text in depends for part in text.split(",")),
    )


def _control(stream: BinaryIO) -> str:
    data, name = _member(stream)
    plain = unpacked(data, name.partition("control.tar")[2].lstrip("."), _LARGEST_CONTROL)
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        for info in archive:
            if info.isreg() and info.name.removeprefix("./") == "control":
                if info.size > _LARGEST_TEXT:
                    raise ValueError("the control file is larger than any")
                file = archive.extractfile(info)
                assert file is not None  # it is a plain file
                return file.read().decode("utf-8", "replace")
    raise ValueError("no control file")


def _member(stream: BinaryIO) -> tuple[bytes, str]:
    """Return the archive of control files, packed, and its name."""
    stream.seek(len(_MAGIC))
    for _ in range(_MOST_MEMBERS):
        header = stream.read(_HEADER)
        if len(header) < _HEADER or header[58:] != b"`\n":
            break
        name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[48:58])
        if name.startswith("control.tar"):
            if not 0 <= size <= _LARGEST_CONTROL:
                raise ValueError("the control files are larger than any")
            data = stream.read(size)
            if len(data) < size:
                raise EOFError("it is cut off")
            return data, name
        stream.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError("no control files where they should be")


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and last:
            found[last] += "\n" + line.strip()
        elif match := _FIELD.fullmatch(line):
            last = match[1].lower()
            found[last] = match[2].strip()
    return found


READER = FileReader("deb", ("deb",), _knows, _read)
