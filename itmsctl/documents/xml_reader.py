"""XML of strangers, read in pieces: nothing that it declares is believed, nothing is expanded, nothing is fetched.

A document becomes plain maps, lists and texts (`Xml`): what other tools write of computers is nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn
from xml.parsers import expat

from itmsctl.documents.faults import MAX_DEPTH, bad_format, reading
from itmsctl.errors import FileFormatError
from itmsctl.values.untrusted import log_text

MAX_BYTES = 256 << 20
MAX_ELEMENTS = 2_000_000
MAX_TEXT = 1 << 20  # characters of one element
MAX_TEXTS = 96 << 20  # characters of all
_PIECE = 1 << 16
_LONGEST_MARK = 4 * _PIECE  # a tag or a comment that has not ended yet is held by the parser
_REMEMBERED = 1 << 16  # short texts that many elements share are held once
_SHORT = 64


@dataclass(frozen=True)
class Xml:
    """A document: the name of its root, and what stands in it.

    An element with nothing but text is that text. Any other is a map: its children by name (a list where several have
    one name), its attributes as `@name`, and text beside children as `#`. Prefixes of names are left out.
    """

    root: str
    content: Any


def read_xml(stream: BinaryIO, name: str) -> Xml:
    """Return a document of a stream.

    Raises FileFormatError, with file, line and column, for what is no XML, declares a document type or entities, is
    cut off, or is deeper, longer or has more elements than any tool writes.
    """
    reader = _XmlReader(name)
    with reading(name):
        for piece in _pieces(stream):
            reader.feed(piece)
        return reader.close()


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


@dataclass
class _Open:
    """An element that has not ended."""

    tag: str
    members: dict[str, Any] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    length: int = 0


class _XmlReader:
    """Builds a document from the events of the parser, within bounds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[_Open] = []
        self._found: Xml | None = None
        self._fed = self._elements = self._characters = 0
        self._texts: dict[str, str] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._declared
        self._parser.EntityDeclHandler = self._declared

    def feed(self, piece: bytes) -> None:
        self._fed += len(piece)
        if self._fed > MAX_BYTES:
            raise bad_format(self._name, f"larger than {MAX_BYTES >> 20} MiB")
        self._parse(piece, False)
        if self._fed - max(self._parser.CurrentByteIndex, 0) > _LONGEST_MARK:
            self._refuse(f"a tag or a comment is longer than {_LONGEST_MARK >> 10} KiB")

    def close(self) -> Xml:
        self._parse(b"", True)
        if self._found is None:
            self._refuse("not XML: no element found")
        return self._found

    def _parse(self, piece: bytes, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            what = f"not XML: {expat.ErrorString(error.code)}"
            raise bad_format(self._name, what, line=error.lineno, column=error.offset + 1) from None
        except FileFormatError:
            raise  # of our own handlers
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or of several bytes
            raise bad_format(self._name, f"not XML: {log_text(str(error))}", line=1) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            self._refuse(f"more than {MAX_ELEMENTS:,} elements")
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH}")
        for value in attributes.values():
            self._count(len(value))
        members = {f"@{_local(key)}": self._shared(value) for key, value in attributes.items()}
        self._open.append(_Open(_local(tag), members))

    def _end(self, _: str) -> None:
        done = self._open.pop()
        text = "".join(done.text).strip()
        value: Any = self._shared(text)
        if done.members:
            value = done.members | {"#": value} if text else done.members
        if not self._open:
            self._found = Xml(done.tag, value)
            return
        above = self._open[-1].members
        tag = self._shared(done.tag)
        if tag not in above:
            above[tag] = value
        elif isinstance(above[tag], list):
            above[tag].append(value)
        else:
            above[tag] = [above[tag], value]

    def _text(self, text: str) -> None:
        one = self._open[-1]
        one.length += len(text)
        if one.length > MAX_TEXT:
            self._refuse(f"a text is longer than {MAX_TEXT >> 20} MiB")
        self._count(len(text))
        if not text.isspace() or one.text:
            one.text.append(text)

    def _count(self, length: int) -> None:
        self._characters += length
        if self._characters > MAX_TEXTS:
            self._refuse(f"more than {MAX_TEXTS >> 20} MiB of text")

    def _shared(self, text: str) -> str:
        if len(text) > _SHORT:
            return text
        if len(self._texts) >= _REMEMBERED:
            return self._texts.get(text, text)
        return self._texts.setdefault(text, text)

    def _declared(self, *_: Any) -> None:
        self._refuse("declarations of document types and entities are not allowed")

    def _refuse(self, what: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        raise bad_format(self._name, what, line=line, column=column + 1)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]
