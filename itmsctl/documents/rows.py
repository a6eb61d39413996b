"""Tables that come in as CSV or NDJSON: one row at a time, bad rows as data, never more than one record in memory.

A fault of the whole file (its encoding, its header) raises FileFormatError; a fault of one row is a RowProblem, and
reading goes on with the next (IM5). Lone CR is no line end. Limits: 1 MiB a record, 128 KiB a CSV field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal, Self

from itmsctl.documents.csv_rows import open_csv
from itmsctl.documents.faults import bad_format, reading
from itmsctl.documents.lines import Lines
from itmsctl.documents.ndjson_rows import ndjson_rows
from itmsctl.documents.shapes import Columns, RowProblem, TableRow
from itmsctl.values.untrusted import shell_arg

__all__ = ["Columns", "Form", "RowProblem", "Rows", "TableRow", "read_rows"]

Form = Literal["csv", "ndjson"]
_INI = re.compile(rb"\[[\w.:-]+\][ \t]*(\r?\n|$)")


class Rows:
    """The rows of one table. Use it in a `with` block; `form`, `header` and `delimiter` are known from the start."""

    def __init__(
        self, lines: Lines, name: str, form: Form, columns: Columns, closing: ExitStack, from_export: bool
    ) -> None:
        self.name = name
        self.form: Form = form
        self.header: tuple[str, ...] = ()  # of a CSV, as written, without `_reason`
        self.delimiter = ","
        self.dropped: dict[str, None] = {}  # unknown columns that were ignored; of an NDJSON known only after reading
        self._closing = closing
        if form == "ndjson":
            self._rows = ndjson_rows(lines, columns, self.dropped)
        else:
            table = open_csv(lines, columns, name, self.dropped, from_export=from_export)
            self.header, self.delimiter = table.header, table.delimiter
            self._rows = table.rows()

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


def read_rows(
    source: BinaryIO | Path, columns: Columns, *, form: Form | None = None, name: str = "", from_export: bool = False
) -> Rows:
    """Open a table from a file or a byte stream (which stays the caller's to close).

    The form is told from the first bytes unless `form` says it. `from_export` takes off the `'`
    that our own CSV puts before what a spreadsheet would run (HE11). Raises FileFormatError for what concerns the whole
    file: unreadable, empty, UTF-16, a header that is missing, doubled or unknown.
    """
    name = name or (str(source) if isinstance(source, Path) else "-")
    with ExitStack() as closing, reading(name):
        stream = closing.enter_context(source.open("rb")) if isinstance(source, Path) else source
        lines = Lines(stream)
        found = _format_of(lines, name)
        kept = closing.pop_all()
        try:
            return Rows(lines, name, form or found, columns, kept, from_export)
        except BaseException:
            kept.close()
            raise
    raise AssertionError  # `reading` never swallows


def _format_of(lines: Lines, name: str) -> Form:
    head = lines.peek()
    if head.startswith(b"\xef\xbb\xbf"):
        lines.drop(3)
        head = head[3:]
    elif head.startswith((b"\xff\xfe", b"\xfe\xff")) or _zeros(head[0:64:2]) or _zeros(head[1:64:2]):
        raise bad_format(name, "the file is UTF-16", hint=f"convert it: iconv -f UTF-16 -t UTF-8 {name}")
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
    """Raise FileFormatError for a workbook, and for lines that end in CR alone: both are common, and no table here."""
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        raise bad_format(name, "an Excel workbook, or another archive", hint="save it as `CSV UTF-8`, and import that")
    if b"\r" in head.rstrip(b"\r") and b"\n" not in head:
        unix = f"tr '\\r' '\\n' < {shell_arg(name)}"
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            if len(head) - error.start > 4:  # not just cut at the end of the head
                unix += " | iconv -f MACINTOSH -t UTF-8"
        raise bad_format(name, "its lines end in CR alone, as a spreadsheet on an old Mac writes them", hint=unix)


def _zeros(part: bytes) -> bool:
    """Return whether every second byte of a head is 0: UTF-16 without a byte order mark."""
    return len(part) > 1 and not any(part)
