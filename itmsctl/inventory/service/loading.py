"""Files of other tools, read in bounds: from bytes to what each computer in them told."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import PurePath
from typing import Any, BinaryIO

from itmsctl.documents.faults import bad_format, reading
from itmsctl.documents.stranger_json import (
    MAX_LINE,
    read_stranger_json,
    read_stranger_lines,
    text_of_stranger,
    whole_of,
)
from itmsctl.documents.xml_reader import read_xml
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.errors import FileFormatError, InputError
from itmsctl.inventory.format import Format, NotReadableError, every_format, format_names, formats_named
from itmsctl.inventory.service.by_place import with_columns
from itmsctl.inventory.told import Subject, Told

_HEAD = 1 << 16
_MOST_TEXT, _MOST_YAML = 32 << 20, 4 << 20
# Of an INI file, and no list of JSON.
_SECTION = re.compile(r"\[[A-Za-z_][\w.-]*(?::\w+)?\][ \t]*(?:[#;].*)?(?:\r?\n|$)")
_LIST = re.compile(r"\[\s*(?:[\[{\"\]0-9-]|true|false|null)")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,250}")
_ENDS = (b"}", b"]")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_PACKED = (
    (b"\x1f\x8b", "gzip", "gunzip"), (b"BZh", "bzip2", "bunzip2"), (b"\xfd7zXZ", "xz", "unxz"),
    (b"PK\x03\x04", "zip", "unzip"), (b"\x28\xb5\x2f\xfd", "zstd", "unzstd"),
)  # fmt: skip


def read_inventory(
    stream: BinaryIO, name: str, *, at: datetime, format_name: str | None = None
) -> Iterator[tuple[Subject, Told]]:
    """Yield what a file of another tool tells, computer by computer; its format is found where none is named.

    What a file does not date counts as of `at`. Raises FileFormatError, with the file and the line where it is known,
    for whatever cannot be read; computers before that place have been yielded. Raises NotFoundError for a format that
    does not exist.
    """
    wanted = formats_named(format_name) if format_name else every_format()
    shape, values = _values(stream, name, wanted)
    first = next(values, None)
    if first is None:
        raise bad_format(name, "nothing is in it")
    chosen = _chosen(first, shape, name, wanted, format_name)
    try:
        for subject, told in chosen.read(chain([first], values), at):
            yield _named(subject, name), with_columns(told) if chosen.name == "nse" else told
    except NotReadableError as error:
        raise bad_format(name, str(error)) from None
    except FileFormatError:
        raise
    except InputError as error:
        raise bad_format(name, error.message, hint=error.hint) from None


def _named(subject: Subject, file: str) -> Subject:
    """Return whom a report is of; one that says nothing is of whom its file is called, as caches of Ansible are."""
    name = PurePath(file).name.removesuffix(".json")
    if subject.name or subject.guid or subject.identities or not _HOST.fullmatch(name) or name == "localhost":
        return subject
    return replace(subject, name=name)


def _chosen(first: Any, shape: str, name: str, wanted: tuple[Format, ...], format_name: str | None) -> Format:
    fitting = [one for one in wanted if one.shape == shape]
    chosen = next((one for one in fitting if one.knows(first)), None)
    if chosen is not None:
        return chosen
    if format_name and fitting:
        return fitting[0]  # it says itself what it misses
    if format_name:
        shapes = ", ".join(sorted({one.shape for one in wanted}))
        raise bad_format(name, f"{format_name} is {shapes}, and this is {shape}")
    raise bad_format(
        name, "no format of another tool that is known here", hint=f"--format, one of {', '.join(format_names())}"
    )


def _values(stream: BinaryIO, name: str, wanted: tuple[Format, ...]) -> tuple[str, Iterator[Any]]:
    """Return which shape a file has, and its values."""
    head, rest = _peeked(stream, name)
    for mark, packing, tool in _PACKED:
        if head.startswith(mark):
            raise bad_format(name, f"packed with {packing}", hint=f"unpack it first: {tool}")
    if head.startswith(_WIDE):  # as PowerShell writes
        text = text_of_stranger(whole_of(rest, name), name)
        head = text[:_HEAD].encode("utf-8", "replace")
        rest = io.BytesIO(text.encode("utf-8", "replace"))
    said = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()
    begin = said[:1] if not said.startswith("[") or (_LIST.match(said) and not _SECTION.match(said)) else ""
    if begin == "<":
        document = read_xml(rest, name)
        return "xml", iter([(document.root, document.content)])
    if begin in {"{", "["}:
        return "json", _json_values(rest, name)
    return _text_values(rest, name, wanted)


def _peeked(stream: BinaryIO, name: str) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a stream, and one that has them still."""
    with reading(name):
        head = stream.read(_HEAD)
    return head, _after(head, stream)


class _Raw(io.RawIOBase):
    """A stream with bytes before it that were read already."""

    def __init__(self, before: bytes, stream: BinaryIO) -> None:
        self._before, self._stream = before, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._before[: len(buffer)] or self._stream.read(len(buffer))
        self._before = self._before[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _after(before: bytes, stream: BinaryIO) -> BinaryIO:
    return io.BufferedReader(_Raw(before, stream), _HEAD)


def _json_values(stream: BinaryIO, name: str) -> Iterator[Any]:
    """Yield the values of a file: those of its lines where each is whole, else its one; of a list its members."""
    held, line = b"", b""
    with reading(name):
        while not line.strip():
            line = stream.readline(MAX_LINE + 1)
            held += line
    for value in _lines_or_one(line, held, stream, name):
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _lines_or_one(line: bytes, held: bytes, stream: BinaryIO, name: str) -> Iterator[Any]:
    """Yield the values of lines where the first line that says something is one, else the value of all."""
    try:
        first = read_stranger_json(line, name) if len(line) <= MAX_LINE and line.rstrip().endswith(_ENDS) else None
    except FileFormatError:
        first = None
    if first is not None:
        before = held.count(b"\n", 0, len(held) - len(line)) + 1
        yield from _sealed(chain([(line, first)], read_stranger_lines(stream, name, before)))
    else:
        yield read_stranger_json(whole_of(stream, name, before=held), name)


def _sealed(lines: Iterator[tuple[bytes, Any]]) -> Iterator[Any]:
    """Yield the values of lines; one that says how many lines went before it, and their SHA-256, is told the truth."""
    count, digest = 0, hashlib.sha256()
    for line, value in lines:
        if isinstance(value, dict) and "lines" in value and "sha256" in value:
            value |= {"#lines": count, "#sha256": digest.hexdigest()}
            count, digest = 0, hashlib.sha256()
        else:
            count += 1
            digest.update(line)
        yield value


def _text_values(stream: BinaryIO, name: str, wanted: tuple[Format, ...]) -> tuple[str, Iterator[Any]]:
    """Return the lines of a text as one value; as YAML where it begins as such."""
    text = text_of_stranger(whole_of(stream, name, _MOST_TEXT), name)
    if not text.strip():
        raise bad_format(name, "nothing is in it")
    if _is_yaml(text) and any(one.shape == "yaml" for one in wanted):
        if len(text) > _MOST_YAML:
            raise bad_format(name, f"YAML larger than {_MOST_YAML >> 20} MiB")
        return "yaml", (document.value for document in read_yaml(text.encode(), name))
    return "text", iter([text])


def _is_yaml(text: str) -> bool:
    """Return whether the first line that says something is one of YAML: `---`, or a key without a value."""
    said = (line.strip() for line in text.splitlines())
    first = next((line for line in said if line and not line.startswith("#")), "")
    return first.startswith(("---", "%YAML")) or (first.endswith(":") and not first.startswith("["))
