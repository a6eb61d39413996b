"""Values of documents with their places: what was read, and where each part of it stands in its file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from itmsctl.documents import scalars
from itmsctl.documents.faults import at

Path = tuple[str | int, ...]
_PLACE = re.compile(r"(.+):(\d+):(\d+)")


class DocumentMark(NamedTuple):
    """Line and column in a file; both count from 1."""

    line: int
    column: int


class DocumentPlace(NamedTuple):
    """A place in a file, as far as it is known; columns of a table have names. As text: `file:line:column`."""

    file: str
    line: int = 0
    column: int | str = 0

    def __str__(self) -> str:
        """Return it as text, safe to print."""
        return at(*self)

    @classmethod
    def of(cls, text: str) -> DocumentPlace:
        """Return the place that such a text says."""
        found = _PLACE.fullmatch(text)
        return cls(text) if found is None else cls(found[1], int(found[2]), int(found[3]))

    @property
    def order(self) -> tuple[str, int, int]:
        """Return its place among others."""
        return self.file, self.line, self.column if isinstance(self.column, int) else 0

    def as_dict(self) -> dict[str, Any]:
        """Return what is known of it, as details of an error."""
        return {name: value for name, value in zip(self._fields, self, strict=True) if value}


class FileText:
    """The text of a file, by its lines; `breaks` ends one, as the notation has it."""

    def __init__(self, text: str, breaks: str = scalars.BREAKS) -> None:
        self.text = text
        self._breaks = breaks

    @cached_property
    def _lines(self) -> list[int]:
        return scalars.lines(self.text, self._breaks)

    def mark(self, index: int) -> DocumentMark:
        """Return where a character stands."""
        line = bisect_right(self._lines, index)
        return DocumentMark(line, index - self._lines[line - 1] + 1)

    def inside(self, mark: DocumentMark, value: str, offset: int) -> DocumentMark:
        """Return where a character of a text stands that begins at a mark."""
        return self.mark(scalars.index_of(self.text, self._lines[mark.line - 1] + mark.column - 1, value, offset))


@dataclass(frozen=True)
class Document:
    """One document: its value, and where each part of it stands, by path: `("spec", "sites", 0)`.

    `plain` holds the scalars that stand without quotes, which other readers may take for no text; `keys` is where the
    key of each part of a map stands.
    """

    value: Any
    file: str
    marks: Mapping[Path, DocumentMark]
    plain: AbstractSet[Path] = frozenset()
    keys: Mapping[Path, DocumentMark] = field(default_factory=dict)
    text: FileText = field(default_factory=lambda: FileText(""), repr=False, compare=False)

    @property
    def root(self) -> Located:
        """Return its value with its place."""
        return Located(self.value, self)

    def place(self, *path: str | int, key: bool = False) -> DocumentPlace:
        """Return the place of a part, of its key, or of the nearest part around it that is there."""
        if key and (mark := self.keys.get(path)) is not None:
            return DocumentPlace(self.file, *mark)
        while path and path not in self.marks:
            path = path[:-1]
        return DocumentPlace(self.file, *self.marks.get(path, (0, 0)))


class Located(NamedTuple):
    """A value of a document and the way to it: functions that read it return what it means, and what is wrong."""

    value: Any
    document: Document
    path: Path = ()

    @property
    def is_plain(self) -> bool:
        """Return whether it stands without quotes."""
        return self.path in self.document.plain

    def part(self, key: str | int) -> Located:
        """Return a member of a list, or what stands under a key; None where a map has no such key."""
        value = self.value.get(key) if isinstance(self.value, dict) else self.value[key]
        return Located(value, self.document, (*self.path, key))

    def parts(self) -> Iterator[tuple[Any, Located]]:
        """Yield what a map or a list holds, each with its key or position."""
        inner = self.value.items() if isinstance(self.value, dict) else enumerate(self.value)
        for key, value in inner:
            yield key, Located(value, self.document, (*self.path, key))

    def place(self, *path: str | int) -> DocumentPlace:
        """Return where it begins, or a part of it."""
        return self.document.place(*self.path, *path)

    def key(self, *path: str | int) -> DocumentPlace:
        """Return where its key stands, or that of a part of it."""
        return self.document.place(*self.path, *path, key=True)

    def character(self, offset: int) -> DocumentPlace:
        """Return where a character of it stands, if it is a text."""
        mark = self.document.marks.get(self.path)
        if not offset or mark is None or not isinstance(self.value, str) or not self.document.text.text:
            return self.place()
        return DocumentPlace(self.document.file, *self.document.text.inside(mark, self.value, offset))

    def blamed(self, details: Mapping[str, Any]) -> DocumentPlace:
        """Return where the part of an object stands that an error names (`ItmsError.about`), as far as it is there."""
        at = self
        steps = [details.get("field"), *details.get("inside", ())]
        while steps and at.holds(steps[0]):
            at = at.part(steps.pop(0))
        if details.get("key") and not steps:
            return at.key()
        return at.place() if steps else at.character(details.get("offset", 0))

    def holds(self, key: Any) -> bool:
        """Return whether there is a member or a part of this key."""
        if isinstance(self.value, list):
            return isinstance(key, int) and 0 <= key < len(self.value)
        return isinstance(self.value, dict) and key in self.value
