"""Packages of Windows Installer: a compound file whose table `Property` says what it is."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import missing

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_TABLE = 0x4840  # before the name of a table
_LARGEST = 64 << 20
_TEMPLATE = 7  # of the summary: platform and languages
_ARCHITECTURES = {
    "intel": "i386",
    "x64": "x86_64",
    "intel64": "ia64",
    "arm64": "aarch64",
    "amd64": "x86_64",
    "": "i386",
}
_UTF8 = 65001


def _knows(head: bytes, name: str) -> bool:
    return head.startswith(_MAGIC) and name.endswith(".msi")


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    try:
        import olefile
    except ImportError:
        raise missing("olefile") from None
    with olefile.OleFileIO(stream) as file:
        streams = {_name(parts[0]): parts for parts in file.listdir() if len(parts) == 1}
        found = _properties(file, streams)
        template = _template(file)
    if not found.get("ProductCode") or not found.get("ProductVersion"):
        raise ValueError(f"{name} names no product or version")
    return ReadFacts(
        "msi",
        name=found.get("ProductName", ""),
        version=found["ProductVersion"],
        architecture=_ARCHITECTURES.get(template.partition(";")[0].partition(",")[0].lower(), ""),
        vendor=found.get("Manufacturer", ""),
        product_code=found["ProductCode"],
        hints={"upgrade_code": found.get("UpgradeCode", "")},
    )


def _name(text: str) -> str:
    """Return the name of a stream: two letters are packed into one character."""
    found: list[str] = []
    for char in text:
        code = ord(char)
        if 0x3800 <= code < 0x4800:
            code -= 0x3800
            found += [_LETTERS[code & 63], _LETTERS[code >> 6]]
        elif 0x4800 <= code < _TABLE:
            found.append(_LETTERS[code - 0x4800])
        elif code == _TABLE:
            found.append("!")
        else:
            found.append(char)
    return "".join(found)


def _stream(file: Any, streams: dict[str, Any], name: str) -> bytes:
    if name not in streams:
        raise ValueError(f"it has no table {name}")
    if file.get_size(streams[name]) > _LARGEST:
        raise ValueError(f"its table {name} is larger than any")
    data: bytes = file.openstream(streams[name]).read()
    return data


def _properties(file: Any, streams: dict[str, Any]) -> dict[str, str]:
    pool = _stream(file, streams, "!_StringPool")
    texts = list(_texts(pool, _stream(file, streams, "!_StringData")))
    rows = _stream(file, streams, "!Property")
    width = 3 if pool[3] & 0x80 else 2  # how wide a reference to a text is
    count = len(rows) // (2 * width)
    columns = [
        [int.from_bytes(rows[at : at + width], "little") for at in range(start, start + count * width, width)]
        for start in (0, count * width)
    ]
    pairs = zip(*columns, strict=True)
    return {texts[key]: texts[value] for key, value in pairs if key < len(texts) and value < len(texts)}


def _texts(pool: bytes, data: bytes) -> Iterator[str]:
    """Yield the texts of the file by their number, from 0, which is empty."""
    codepage = struct.unpack_from("<I", pool)[0] & 0xFFFF
    encoding = "utf-8" if codepage == _UTF8 else f"cp{codepage}" if codepage else "cp1252"
    try:
        b"".decode(encoding)
    except LookupError:
        encoding = "latin-1"
    yield ""
    at, longer = 0, 0
    for length, uses in struct.iter_unpack("<HH", pool[4 : len(pool) // 4 * 4]):
        if not length and uses:  # a long text: the next entry says the lower half of its length
            longer = uses << 16
            continue
        size, longer = length + longer, 0
        yield data[at : at + size].decode(encoding, "replace")
        at += size


def _template(file: Any) -> str:
    try:
        value = file.getproperties("\x05SummaryInformation").get(_TEMPLATE, b"")
    except (OSError, ValueError, struct.error):
        return ""
    return value.decode("latin-1").strip("\0 ") if isinstance(value, bytes) else str(value)


READER = FileReader("msi", ("msi",), _knows, _read)
