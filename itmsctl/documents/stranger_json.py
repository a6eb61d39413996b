"""JSON of strangers: what other tools wrote of computers, as one value or one a line, within bounds.

No key twice, no depth, no number of a thousand digits; what only a database would refuse (NUL, half a character)
passes: who stores it puts it right.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from itmsctl.documents.faults import MAX_DEPTH, bad_format, reading
from itmsctl.documents.json_reader import read_json
from itmsctl.documents.strict_json import is_too_deep
from itmsctl.errors import FileFormatError
from itmsctl.values.untrusted import log_text

MAX_BYTES = 48 << 20
MAX_LINE = 24 << 20
_PIECE = 1 << 20
_REMEMBERED = 1 << 16  # short texts that many objects share are held once
_SHORT = 48
MAX_VALUES = 3_000_000
_SOUGHT = 1 << 20  # characters in which a place is looked for
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class _TwiceError(Exception):
    """A key that comes twice."""


def text_of_stranger(data: bytes | bytearray, name: str) -> str:
    """Return the text of a file: UTF-8, or UTF-16 with its mark. Raises FileFormatError with the line."""
    mark, encoding = next(((mark, code) for mark, code in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        return data.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = f"byte 0x{error.object[error.start]:02x} is not {encoding.upper()}"
        raise bad_format(name, what, line=line, hint="is it another character set? `iconv` converts it") from None


def whole_of(stream: BinaryIO, name: str, limit: int = MAX_BYTES, before: bytes = b"") -> bytearray:
    """Return all bytes of a stream, behind those that were read before. Raises FileFormatError beyond `limit`."""
    data = bytearray(before)
    with reading(name):
        while len(data) <= limit and (piece := stream.read(_PIECE)):
            data += piece
    if len(data) > limit:
        raise bad_format(name, f"larger than {limit >> 20} MiB")
    return data


def read_stranger_json(data: bytes | bytearray, name: str) -> Any:
    """Return the one value of a file. Raises FileFormatError with file, line and column."""
    return _value(text_of_stranger(data, name), name, 0)


def read_stranger_lines(stream: BinaryIO, name: str, number: int = 0) -> Iterator[tuple[bytes, Any]]:
    """Yield each line and its value, behind `number` lines before; empty lines are none. Raises FileFormatError."""
    while True:
        with reading(name):
            line = stream.readline(MAX_LINE + 1)
        if not line:
            return
        number += 1
        if len(line) > MAX_LINE:
            raise bad_format(name, f"longer than {MAX_LINE >> 20} MiB", line=number)
        if line.strip():
            yield line, _value(_line_text(line, name, number), name, number)


def _line_text(line: bytes, name: str, number: int) -> str:
    try:
        return line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte 0x{line[error.start]:02x} is not UTF-8"
        raise bad_format(name, what, line=number, column=error.start + 1) from None


def _value(text: str, name: str, line: int) -> Any:
    """Return the value of a text; `line` is its number where the text is one line of many, else 0."""
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise bad_format(name, f"more than {MAX_VALUES:,} values", line=line)
    if is_too_deep(text):
        raise bad_format(name, f"nested deeper than {MAX_DEPTH}", line=line)
    try:
        return json.loads(text, object_pairs_hook=_ObjectMaker().made, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        place = line + error.lineno - 1 if line else error.lineno
        raise bad_format(name, f"not JSON: {error.msg}", line=place, column=error.colno) from None
    except _TwiceError as error:
        raise _twice(text, name, line, str(error)) from None
    except (ValueError, RecursionError) as error:  # a number of more digits than Python converts
        raise bad_format(name, f"not JSON: {log_text(str(error))}", line=line) from None


class _ObjectMaker:
    """Makes objects of one text."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def made(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object. Raises _TwiceError."""
        texts = self._texts
        full = len(texts) >= _REMEMBERED
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _TwiceError(key)
            if type(value) is str and len(value) < _SHORT:
                found[key] = texts.get(value, value) if full else texts.setdefault(value, value)
            else:
                found[key] = value
        return found


def _twice(text: str, name: str, line: int, key: str) -> FileFormatError:
    """Return the error of a key that comes twice, with its place where the reader that knows places takes the text."""
    what = f"the key `{log_text(key[:100])}` comes twice"
    if len(text) > _SOUGHT:
        return bad_format(name, what, line=line)
    try:
        for _ in read_json(text.encode("utf-8", "replace"), name):
            pass
    except FileFormatError as error:
        found, column = error.details.get("line"), error.details.get("column")
        if "comes twice" in error.message and isinstance(found, int) and isinstance(column, int):
            return bad_format(name, what, line=found + line - 1 if line else found, column=column)
    return bad_format(name, what, line=line)
