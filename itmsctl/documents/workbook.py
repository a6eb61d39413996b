"""Workbooks (.xlsx) as tables: one sheet, read as CSV while it is read, within bounds.

A workbook is an archive, so it may unpack to anything: what its parts say that they unpack to is judged before any is
read, and rows and cells are counted. Numbers keep all digits that the workbook has, dates are
written as 2026-11-30.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO, cast

from itmsctl.documents.faults import bad_format
from itmsctl.errors import FileFormatError, InputError

ZIPPED = b"PK\x03\x04"
_MOST_PACKED = 256 << 20  # bytes of a workbook
_MOST_PARTS = 10_000
_MOST_SHEET = 2 << 30  # bytes that a sheet unpacks to; it is read a row at a time
_MOST_OTHER = 128 << 20  # bytes that all other parts unpack to; some are held whole
_MOST_ROWS = 1 << 20  # what a spreadsheet itself allows
_MOST_CELLS = 50_000_000
_EXACT = 1 << 53  # the greatest number up to which all whole ones are told apart


@dataclass(frozen=True)
class SheetText:
    """A sheet as CSV, and what is to be said of it."""

    stream: BinaryIO
    notes: list[str]


def open_workbook(stream: BinaryIO, head: bytes, name: str, sheet: str, closing: ExitStack) -> SheetText:
    """Open a sheet of a workbook: the one that is named, or the first that is visible.

    Raises FileFormatError for an archive that is no workbook, is damaged or unpacks to too much, and where the
    library that reads workbooks is missing; InputError for a sheet that it does not have.
    """
    packed = closing.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the rest
    packed.write(head)
    shutil.copyfileobj(_PackedBytes(stream, name, len(head)), packed)
    _judge(packed, name)
    packed.seek(0)
    library = _library(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and the like, which are not read
            book = library.load_workbook(packed, read_only=True, data_only=True, keep_links=False)
        closing.callback(book.close)
        found = _sheet(book, sheet, name)
    except (FileFormatError, InputError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a library stumbles on in a stranger's file
        raise bad_format(name, f"the workbook is damaged: {type(error).__name__}", hint="save it once more") from None
    names = [one.title for one in book.worksheets]
    others = [title for title in names if title != found.title]
    notes = [f"read the sheet `{found.title}`; --sheet reads another: {', '.join(others)}"] if others else []
    return SheetText(cast("BinaryIO", io.BufferedReader(_SheetBytes(found, name), 1 << 16)), notes if not sheet else [])


class _PackedBytes:
    """A stream that gives no more bytes than a workbook may have."""

    def __init__(self, stream: BinaryIO, name: str, size: int) -> None:
        self._stream, self._name, self._size = stream, name, size

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._size += len(data)
        if self._size > _MOST_PACKED:
            raise bad_format(self._name, f"the workbook has more than {_MOST_PACKED >> 20} MiB")
        return data


def _judge(packed: Any, name: str) -> None:
    """Raise FileFormatError for an archive that is no workbook, or that unpacks to too much."""
    try:
        archive = zipfile.ZipFile(packed)
    except (zipfile.BadZipFile, ValueError, OSError):
        raise bad_format(name, "an archive, damaged or cut off, and no workbook") from None
    parts = archive.infolist()
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise bad_format(name, "an archive, and no Excel workbook", hint="unpack it, or save the sheet as `CSV UTF-8`")
    sheets = [part.file_size for part in parts if part.filename.startswith("xl/worksheets/")]
    other = sum(part.file_size for part in parts) - sum(sheets)
    if len(parts) > _MOST_PARTS or other > _MOST_OTHER or max(sheets, default=0) > _MOST_SHEET:
        raise bad_format(
            name, "the workbook unpacks to far more than a table needs", hint="save the sheet as `CSV UTF-8`"
        )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            _refuse_entities(archive, part, name)


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """Raise FileFormatError for a part that declares a document type: no spreadsheet writes one."""
    try:
        with archive.open(part) as stream:
            head = stream.read(4096)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise bad_format(name, "the workbook is damaged, or locked with a password") from None
    if b"<!" in head.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"<\0!" in head:
        raise bad_format(name, f"a part of the workbook declares a document type: {part.filename[:60]}")


def _library(name: str) -> Any:
    try:
        import openpyxl
    except ImportError:
        raise bad_format(
            name, "an Excel workbook, and the library that reads them is not installed",
            hint="pip install 'itmsctl[xlsx]'; or save the sheet as `CSV UTF-8`, and import that",
        ) from None  # fmt: skip
    return openpyxl


def _sheet(book: Any, wanted: str, name: str) -> Any:
    sheets = book.worksheets
    if not sheets:
        raise bad_format(name, "the workbook has no sheet of cells")
    if not wanted:
        return next((one for one in sheets if one.sheet_state == "visible"), sheets[0])
    found = next((one for one in sheets if one.title.casefold() == wanted.strip().casefold()), None)
    if found is None and wanted.isdecimal() and 1 <= int(wanted) <= len(sheets):
        found = sheets[int(wanted) - 1]
    if found is None:
        titles = ", ".join(f"`{one.title}`" for one in sheets)
        raise InputError(f"{name} has no sheet `{wanted[:60]}`", hint=f"sheets: {titles}")
    return found


class _SheetBytes(io.RawIOBase):
    """The rows of a sheet as the bytes of a CSV."""

    def __init__(self, sheet: Any, name: str) -> None:
        sheet.reset_dimensions()  # what a sheet says of its own size is often wrong
        self._rows = _lines(sheet, name)
        self._ready = b""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read into a buffer, and return how many bytes; none at the end."""
        view = memoryview(cast("bytearray", buffer))
        while not self._ready:
            line = next(self._rows, None)
            if line is None:
                return 0
            self._ready = line
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def _lines(sheet: Any, name: str) -> Iterator[bytes]:
    """Yield each row as a line of CSV, without the empty cells at its end."""
    text, cells = io.StringIO(), 0
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(_rows(sheet, name), 1):
        found = _trimmed(row)
        cells += len(found)
        if number > _MOST_ROWS or cells > _MOST_CELLS:
            raise bad_format(name, "the sheet has more rows or cells than can be imported at once", line=number)
        writer.writerow([cell_of_sheet(value) for value in found])
        yield text.getvalue().encode("utf-8", "replace")
        text.seek(0)
        text.truncate()


def _rows(sheet: Any, name: str) -> Iterator[Sequence[Any]]:
    try:
        yield from sheet.iter_rows(values_only=True)
    except Exception as error:  # noqa: BLE001 - whatever a library stumbles on in a stranger's file
        raise bad_format(name, f"the sheet is damaged: {type(error).__name__}", hint="save it once more") from None


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and row[end - 1] in (None, ""):
        end -= 1
    return row[:end]


def cell_of_sheet(value: Any) -> str:
    """Return the text of a cell: a whole number with all its digits, a date without the midnight behind it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    return str(value)


def _number(value: float) -> str:
    """Return a number as a person reads it; one whose last digits a spreadsheet has lost looks cut, as it is."""
    if abs(value) >= _EXACT or (abs(value) >= 10**15 and isinstance(value, float)):
        return f"{value:.5E}"
    return str(int(value)) if float(value).is_integer() else str(value)
