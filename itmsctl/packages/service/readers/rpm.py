"""RPM packages: a lead, the header of signatures, the header with what it is."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.reader import FileReader

_LEAD = b"\xed\xab\xee\xdb"
_HEADER = b"\x8e\xad\xe8\x01"
_MOST_TAGS = 65_536
_LARGEST = 64 << 20  # bytes of a header: it lists all files of the package
_INT32, _STRING, _STRINGS, _WORDS = 4, 6, 8, 9
_NAME, _VERSION, _RELEASE, _EPOCH, _SUMMARY, _VENDOR, _PACKAGER = 1000, 1001, 1002, 1003, 1004, 1011, 1015
_ARCHITECTURE, _FLAGS, _REQUIRES, _REQUIRED_VERSIONS, _SOURCE = 1022, 1048, 1049, 1050, 1044
_SIGNS = {2: "<", 4: ">", 8: "=", 10: "<=", 12: ">="}
_WANTED = frozenset(
    {_NAME, _VERSION, _RELEASE, _EPOCH, _SUMMARY, _VENDOR, _PACKAGER, _ARCHITECTURE, _FLAGS, _REQUIRES,
     _REQUIRED_VERSIONS, _SOURCE}
)  # fmt: skip


def _knows(head: bytes, name: str) -> bool:  # noqa: ARG001 - every reader is given both
    return head.startswith(_LEAD)


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    stream.seek(96)
    size = _skipped(stream)
    stream.seek(96 + size + -size % 8)
    tags = _tags(stream)
    if not tags.get(_NAME) or not tags.get(_VERSION):
        raise ValueError(f"{name} names no package or version")
    epoch = tags.get(_EPOCH)
    version = f"{tags[_VERSION]}-{tags.get(_RELEASE, '')}"
    return ReadFacts(
        "rpm",
        name=tags[_NAME],
        version=f"{epoch[0]}:{version}" if epoch else version,
        architecture=tags.get(_ARCHITECTURE, "") if tags.get(_SOURCE) else "src",
        vendor=tags.get(_VENDOR) or tags.get(_PACKAGER, ""),
        description=tags.get(_SUMMARY, ""),
        depends=_depends(tags),
    )


def _skipped(stream: BinaryIO) -> int:
    """Return how long a header is."""
    count, size = _sizes(stream)
    return 16 + 16 * count + size


def _sizes(stream: BinaryIO) -> tuple[int, int]:
    head = stream.read(16)
    if len(head) < 16 or head[:4] != _HEADER:
        raise ValueError("no header where one should be")
    count, size = struct.unpack(">II", head[8:])
    if count > _MOST_TAGS or size > _LARGEST:
        raise ValueError("a header is larger than any")
    return count, size


def _tags(stream: BinaryIO) -> Mapping[int, Any]:
    count, size = _sizes(stream)
    index, store = stream.read(16 * count), stream.read(size)
    if len(store) < size:
        raise EOFError("it is cut off")
    found: dict[int, Any] = {}
    for tag, kind, offset, members in struct.iter_unpack(">IIII", index):
        if tag not in _WANTED or not 0 <= offset < size:
            continue
        if kind == _INT32:
            if members > (size - offset) // 4:
                raise ValueError("a list reaches beyond the header")
            found[tag] = struct.unpack_from(f">{members}I", store, offset)
        elif kind in (_STRING, _STRINGS, _WORDS):
            texts = _texts(store, offset, members if kind == _STRINGS else 1)
            found[tag] = texts if kind == _STRINGS else texts[0]
    return found


def _texts(store: bytes, offset: int, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(min(count, _MOST_TAGS)):
        end = store.find(b"\0", offset)
        if end < 0:
            raise ValueError("a text has no end")
        found.append(store[offset:end].decode("utf-8", "replace"))
        offset = end + 1
    return found


def _depends(tags: Mapping[int, Any]) -> tuple[str, ...]:
    names, versions, flags = (tags.get(tag) or () for tag in (_REQUIRES, _REQUIRED_VERSIONS, _FLAGS))
    found: dict[str, None] = {}
    for place, name in enumerate(names):
        if name.startswith(("rpmlib(", "/")):
            continue
        sign = _SIGNS.get(flags[place] & 14, "") if place < len(flags) else ""
        version = versions[place] if place < len(versions) else ""
        found[f"{name} {sign} {version}" if sign and version else name] = None
    return tuple(found)


READER = FileReader("rpm", ("rpm",), _knows, _read)
