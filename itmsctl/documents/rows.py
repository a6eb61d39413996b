"""Tables that come in as CSV or NDJSON: one row at a time, bad rows as data, never more than one record in memory.

A fault of the whole file (its encoding, its header) raises FileFormatError; a fault of one row is a RowProblem, and
reading goes on with the next (IM5). Lone CR ends lines only where no LF does. Limits: 1 MiB a
record, 128 KiB a CSV field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Self

from itmsctl.documents.csv_rows import open_csv
from itmsctl.documents.encodings import recoded, utf16_of
from itmsctl.documents.faults import bad_format, reading
from itmsctl.documents.leftovers import Leftovers
from itmsctl.documents.lines import HEAD, Lines
from itmsctl.documents.ndjson_rows import ndjson_rows
from itmsctl.documents.shapes import Columns, RowProblem, TableRow
from itmsctl.documents.shaping import Shaper
from itmsctl.documents.workbook import ZIPPED, open_workbook

__all__ = ["Columns", "Form", "ReadAs", "RowProblem", "Rows", "TableRow", "read_rows"]

Form = Literal["csv", "ndjson"]
_INI = re.compile(rb"\[[\w.:-]+\][ \t]*(\r?\n|$)")


class Rows:
    """The rows of one table. Use it in a `with` block; `form`, `header` and `delimiter` are known from the start."""

    def __init__(
        self,
        lines: Lines,
        name: str,
        form: Form,
        columns: Columns,
        closing: ExitStack,
        from_export: bool,
        separator: str = "",
    ) -> None:
        self.name = name
        self.form: Form = form
        self.header: tuple[str, ...] = ()  # of a CSV, as written, without `_reason`
        self.delimiter = ","
        self.dropped: dict[str, None] = {}  # unknown columns that were ignored; of an NDJSON known only after reading
        self.notes: list[str] = []  # what is to be said of the table when all its rows were read
        self._closing = closing
        self._shaper = Shaper(columns)
        self._leftovers: Leftovers | None = None
        if form == "ndjson":
            rows = ndjson_rows(lines, columns, self.dropped)
        else:
            table = open_csv(lines, columns, name, self.dropped, from_export=from_export, separator=separator)
            self.header, self.delimiter = table.header, table.delimiter
            self.notes += table.notes
            self._leftovers = Leftovers(table.header)
            rows = self._leftovers.rows(table.rows())
        self._rows = self._shaper.rows(rows)

    def said(self) -> list[str]:
        """Return what is to be said of the table when all its rows were read."""
        return [*self.notes, *(self._leftovers.said() if self._leftovers else ()), *self._shaper.said()]

    def __iter__(self) -> Iterator[TableRow | RowProblem]:
        with reading(self.name):
            yield from self._rows

    def close(self) -> None:
        """Close the file, where it was opened here."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class ReadAs:
    """What a person says of a file that it does not say itself: its character set, and the sheet of a workbook."""

    encoding: str = ""
    sheet: str = ""


def read_rows(
    source: BinaryIO | Path,
    columns: Columns,
    *,
    form: Form | None = None,
    name: str = "",
    from_export: bool = False,
    read_as: ReadAs = ReadAs(),
) -> Rows:
    """Open a table from a file or a byte stream (which stays the caller's to close).

    The form is told from the first bytes unless `form` says it. `from_export` takes off the `'`
    that our own CSV puts before what a spreadsheet would run (HE11). Raises FileFormatError for what concerns the whole
    file: unreadable, empty, not in the character set that was said, a header that is missing, doubled or unknown.
    """
    name = name or (str(source) if isinstance(source, Path) else "-")
    with ExitStack() as closing, reading(name):
        stream = closing.enter_context(source.open("rb")) if isinstance(source, Path) else source
        head = stream.read(HEAD)
        book = open_workbook(stream, head, name, read_as.sheet, closing) if head.startswith(ZIPPED) else None
        lines = Lines(book.stream) if book is not None else _decoded(stream, head, read_as.encoding)
        found = _format_of(lines, name)
        kept = closing.pop_all()
        try:
            rows = Rows(lines, name, form or found, columns, kept, from_export, "," if book is not None else "")
        except BaseException:
            kept.close()
            raise
        rows.notes += book.notes if book is not None else []
        return rows
    raise AssertionError  # `reading` never swallows


def _decoded(stream: BinaryIO, head: bytes, encoding: str) -> Lines:
    """Return the lines of a file as UTF-8, whose lines end in LF."""
    if encoding:
        return Lines(recoded(stream, encoding, head=head))
    utf16 = utf16_of(head)
    if utf16:
        return Lines(recoded(stream, utf16, head=head))
    if b"\r" in head.rstrip(b"\r") and b"\n" not in head:  # CR alone, as a spreadsheet on an old Mac ends lines
        return Lines(recoded(stream, "latin-1", head=head, to="latin-1"))
    return Lines(stream, head)


def _format_of(lines: Lines, name: str) -> Form:
    head = lines.peek()
    if head.startswith(b"\xef\xbb\xbf"):
        lines.drop(3)
        head = head[3:]
    _refuse_foreign(head, name)
    text = head.lstrip()
    if not text:
        raise bad_format(name, "the file is empty", hint="a CSV file begins with a header line")
    if _INI.match(text):
        what = "an INI file, such as an inventory of Ansible, and no table"
        raise bad_format(name, what, hint="one computer a line below a header: name,address,tags")
    if text.startswith(b"["):
        raise bad_format(name, "a JSON array", hint="give one object a line: -o ndjson, or jq -c '.[]'")
    return "ndjson" if text.startswith(b"{") else "csv"


def _refuse_foreign(head: bytes, name: str) -> None:
    """Raise FileFormatError for a workbook of the old kind."""
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        what = "an Excel workbook of the old kind (.xls)"
        raise bad_format(name, what, hint="save it as .xlsx or as `CSV UTF-8`, and import that")
