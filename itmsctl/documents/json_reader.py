"""JSON as documents: values one after the other, each with the place of its parts, as `yaml_reader` gives YAML.

Numbers, `true` and `false` stay the text that was typed and count as plain; a key that comes twice, NaN, and depth
beyond 64 are refused. One array, objects one a line (NDJSON), and a single object all are streams of values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

from itmsctl.documents.faults import MAX_DEPTH, bad_format, reading
from itmsctl.documents.located import Document, DocumentMark, FileText, Path
from itmsctl.documents.yaml_reader import MAX_BYTES
from itmsctl.errors import FileFormatError, YamlDuplicateKeyError
from itmsctl.values.untrusted import log_text

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = JSONDecoder()
_ATOM = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")


def read_json(data: bytes, name: str = "-") -> Iterator[Document]:
    """Yield every value of a file as a document.

    Raises FileFormatError, with file, line and column, for what is not JSON of the kind described above.
    """
    if len(data) > MAX_BYTES:
        raise bad_format(name, f"larger than {MAX_BYTES >> 20} MiB")
    with reading(name):
        reader = _JsonReader(data.decode("utf-8-sig"), name)
        while reader.skip():
            yield reader.document()


class _JsonReader:
    """Reads values from a text, and notes where each begins."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._at = 0
        self._source = FileText(text, "\n")
        self._marks: dict[Path, DocumentMark] = {}
        self._plain: set[Path] = set()
        self._keys: dict[Path, DocumentMark] = {}

    def skip(self) -> bool:
        """Pass over white space; return whether anything follows."""
        found = _SPACE.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        return self._at < len(self._text)

    def document(self) -> Document:
        self._marks, self._plain, self._keys = {}, set(), {}
        return Document(self._value(()), self._name, self._marks, self._plain, self._keys, self._source)

    def _value(self, path: Path) -> Any:
        if not self.skip():
            raise self._error("the text ends inside a value")
        if len(path) > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH}")
        self._marks[path] = self._source.mark(self._at)
        match self._text[self._at]:
            case "{":
                return self._object(path)
            case "[":
                return self._array(path)
            case '"':
                return self._string()
        return self._atom(path)

    def _atom(self, path: Path) -> Any:
        found = _ATOM.match(self._text, self._at)
        if found is None:
            raise self._error("not JSON: a value is expected")
        self._at = found.end()
        if found[0] == "null":
            return None
        self._plain.add(path)
        return found[0]

    def _string(self) -> str:
        try:
            text, self._at = _DECODER.raw_decode(self._text, self._at)
        except JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            raise self._error(f"not JSON: {error.msg}") from None
        return str(text)

    def _object(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in self._members("}"):
            if self._text[self._at] != '"':
                raise self._error("not JSON: a key in double quotes is expected")
            begin, key = self._at, self._string()
            if key in found:
                self._at = begin
                raise self._error(f"the key `{log_text(key)}` comes twice", YamlDuplicateKeyError)
            if not self.skip() or self._text[self._at] != ":":
                raise self._error("not JSON: `:` is expected")
            self._at += 1
            here = (*path, key)
            self._keys[here] = self._source.mark(begin)
            found[key] = self._value(here)
        return found

    def _array(self, path: Path) -> list[Any]:
        found: list[Any] = []
        for _ in self._members("]"):
            found.append(self._value((*path, len(found))))
        return found

    def _members(self, end: str) -> Iterator[None]:
        """Stand before each member in turn, and behind the bracket at the end."""
        self._at += 1
        first = True
        while True:
            if not self.skip():
                raise self._error(f"the text ends before `{end}`")
            if self._text[self._at] == end and first:
                break
            if not first:
                if self._text[self._at] == end:
                    break
                if self._text[self._at] != ",":
                    raise self._error(f"not JSON: `,` or `{end}` is expected")
                self._at += 1
                if not self.skip():
                    raise self._error(f"the text ends before `{end}`")
            first = False
            yield
        self._at += 1

    def _error(self, what: str, kind: type[FileFormatError] = FileFormatError) -> FileFormatError:
        mark = self._source.mark(self._at)
        found = bad_format(self._name, what, line=mark.line, column=mark.column)
        return kind(found.message, hint=found.hint, details=found.details)
