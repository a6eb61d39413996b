"""Installer packages of macOS: a xar, whose table of contents is packed XML, with PackageInfo or Distribution in it."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from itmsctl.documents.xml_reader import read_xml
from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.by_name import by_name
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import unpacked

_MAGIC = b"xar!"
_LARGEST_CONTENTS = 32 << 20
_LARGEST_TEXT = 8 << 20
_WANTED = ("PackageInfo", "Distribution")


def _knows(head: bytes, name: str) -> bool:  # noqa: ARG001 - every reader is given both
    return head.startswith(_MAGIC)


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    texts = _texts(stream, name)
    infos = [_plain(read_xml(io.BytesIO(texts[path]), path).content) for path in texts if path.endswith("PackageInfo")]
    whole = _plain(read_xml(io.BytesIO(texts["Distribution"]), name).content) if "Distribution" in texts else {}
    product = _plain(whole.get("product"))
    first = infos[0] if infos else {}
    guess = by_name("pkg", name)
    identifier = _text(first.get("@identifier")) or _text(product.get("@id"))
    if not identifier:
        raise ValueError("it names no identifier")
    return ReadFacts(
        "pkg",
        name=_title(whole.get("title")) or identifier.rpartition(".")[2] or guess.name,
        version=_text(product.get("@version")) or _text(first.get("@version")) or guess.version,
        architecture=_text(_plain(whole.get("options")).get("@hostArchitectures")).replace(",", ", "),
        product_code=identifier,
    )


def _title(value: Any) -> str:
    """Return a title, unless it is a word that stands for one in other files."""
    text = _text(value)
    return "" if text.isupper() else text


def _texts(stream: BinaryIO, name: str) -> dict[str, bytes]:
    """Return the files that say what it is, by their paths."""
    head = stream.read(28)
    size, _, packed, plain, _ = struct.unpack_from(">HHQQI", head, 4)
    if packed > _LARGEST_CONTENTS or plain > _LARGEST_CONTENTS or size < 28:
        raise ValueError("its table of contents is larger than any")
    stream.seek(size)
    contents = unpacked_zlib(stream.read(packed), _LARGEST_CONTENTS)
    toc = _plain(_plain(read_xml(io.BytesIO(contents), name).content).get("toc"))
    found: dict[str, bytes] = {}
    for path, file in _files(toc.get("file"), ""):
        if path.rpartition("/")[2] in _WANTED and len(found) < 20:
            found[path] = _content(stream, size + packed, _plain(file.get("data")))
    return found


def _files(value: Any, above: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in value if isinstance(value, list) else [value]:
        file = _plain(one)
        path = above + _text(file.get("name"))
        if file:
            yield path, file
        if "file" in file:
            yield from _files(file["file"], path + "/")


def _content(stream: BinaryIO, heap: int, data: Mapping[str, Any]) -> bytes:
    offset, length = int(data["offset"]), int(data["length"])
    if not 0 <= length <= _LARGEST_TEXT or offset < 0:
        raise ValueError("a text in it is larger than any")
    stream.seek(heap + offset)
    packed = stream.read(length)
    style = _text(_plain(data.get("encoding")).get("@style"))
    if "gzip" in style:  # what xar calls gzip is zlib's form
        return unpacked_zlib(packed, _LARGEST_TEXT)
    return unpacked(packed, "bz2" if "bzip2" in style else "", _LARGEST_TEXT)


def unpacked_zlib(data: bytes, most: int) -> bytes:
    """Return what bytes in zlib's form are. Raises ValueError for more than `most`, and for what is damaged."""
    import zlib

    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError(f"it is damaged: {error}") from error
    if len(found) > most or not unpacker.eof:
        raise ValueError("it is cut off, or larger than any")
    return found


def _plain(value: Any) -> Mapping[str, Any]:
    if isinstance(value, list):
        value = value[0]
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


READER = FileReader("pkg", ("pkg",), _knows, _read)
