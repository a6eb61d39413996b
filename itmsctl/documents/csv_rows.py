"""CSV: the header, the separator, and rows whose faults stay theirs."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from itmsctl.documents.faults import bad_format
from itmsctl.documents.lines import MAX_ROW_BYTES, Line, Lines, RowTooLongError
from itmsctl.documents.shapes import REASON, Columns, Row, RowProblem, column_check, header_key
from itmsctl.errors import FileFormatError
from itmsctl.values.untrusted import from_csv_cell

_SEPARATORS = ",;\t|"


def open_csv(
    lines: Lines, columns: Columns, name: str, dropped: dict[str, None], *, from_export: bool = False
) -> CsvTable:
    """Read the header and answer the table.

    Raises FileFormatError for a header that is missing, broken, doubled, or has unknown columns that are not allowed.
    """
    for _ in lines:
        if lines.record[0].text.strip():
            break
        lines.begin()
    if not lines.record:
        raise bad_format(name, "the file is empty", hint="a CSV file begins with a header line")
    return CsvTable(lines, columns, name, dropped, from_export)


class CsvTable:
    """A CSV table whose header has been understood."""

    def __init__(self, lines: Lines, columns: Columns, name: str, dropped: dict[str, None], from_export: bool) -> None:
        line = lines.record[0]
        if line.fault:
            raise bad_format(name, f"the header {line.fault}", line=line.number)
        self._lines = lines
        self._from_export = from_export
        self.delimiter = _separator(line.text, columns)
        cells = _cells(line, self.delimiter, name)
        self._check(cells, columns, name, line.number, dropped)
        self._fields = [columns.field_of(cell) for cell in cells]
        self._reason = cells.index(REASON) if REASON in cells else None
        self._width = len(cells)
        self.header = tuple(cell for cell in cells if cell != REASON)

    @staticmethod
    def _check(cells: list[str], columns: Columns, name: str, line: int, dropped: dict[str, None]) -> None:
        seen: dict[str, str] = {}
        for number, cell in enumerate(cells, 1):
            if not cell.strip():
                raise bad_format(name, f"column {number} of the header has no name", line=line)
            found, refusal = column_check(columns, cell)
            if refusal is not None:
                raise bad_format(name, refusal.message, line=line, hint=refusal.hint)
            key = found or header_key(cell)
            if key in seen:
                also = f", as `{seen[key]}`" if seen[key] != cell else ""
                raise bad_format(name, f"the column `{cell}` comes twice{also}", line=line)
            seen[key] = cell
            if found is None and not columns.is_ignored(cell):
                dropped[cell] = None
        for field in columns.required:
            if field not in seen:
                raise bad_format(name, f"the column `{field}` is missing", line=line, hint=f"found: {', '.join(cells)}")

    def rows(self) -> Iterator[Row | RowProblem]:
        """Give every row, in order; empty lines are no rows."""
        lines = self._lines
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        fields, width = self._fields, self._width
        # Rows without surprises, which are nearly all, take this short way.
        plain = None not in fields and self._reason is None and not self._from_export
        record = lines.record
        while True:
            lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, RowTooLongError) as error:
                yield self._broken(error)
                continue
            if len(cells) == width and len(record) == 1 and not record[0].fault and plain:
                yield Row(record[0].number, dict(zip(fields, cells, strict=True)), cells)  # type: ignore[arg-type] # plain
                continue
            fault = next((line for line in record if line.fault), None)
            if fault is not None:
                yield self._faulty(fault, cells)
            elif cells:
                yield self._row(cells)

    def _row(self, cells: list[str]) -> Row | RowProblem:
        line = self._lines.record[0].number
        raw = self._raw(cells)
        if len(cells) != self._width:
            return RowProblem(line, "", f"{len(cells)} cells where the header has {self._width}", raw)
        values = {field: cell for field, cell in zip(self._fields, cells, strict=True) if field is not None}
        if self._from_export:
            values = {field: from_csv_cell(cell) for field, cell in values.items()}
        return Row(line, values, raw)

    def _raw(self, cells: list[str]) -> list[str]:
        """Answer the cells without an earlier rejection's reason."""
        if self._reason is None:
            return cells
        at = self._reason if len(cells) == self._width else len(cells) - 1
        return cells[:at] + cells[at + 1 :]

    def _faulty(self, fault: Line, cells: list[str]) -> RowProblem:
        """Answer the problem of a line that is too long, not UTF-8, or holds NUL; name the column where it shows."""
        column = ""
        if len(cells) == self._width:
            bad = (i for i, c in enumerate(cells) if "\0" in c or any(0xDC80 <= ord(x) <= 0xDCFF for x in c))
            column = next(((self._fields[i] or "") for i in bad), "")
        raw = self._raw(cells) if cells else [fault.data.decode("utf-8", "surrogateescape")]
        return RowProblem(fault.number, column, f"the line {fault.fault}" if not column else fault.fault, raw)

    def _broken(self, error: csv.Error | RowTooLongError) -> RowProblem:
        """Answer the problem of a record that is no CSV, and have its other lines parsed anew."""
        first, several = self._lines.record[0], len(self._lines.record) > 1
        self._lines.rewind()
        return RowProblem(first.number, "", _reason(error, several), self._raw(_lenient(first, self.delimiter)))


def _reason(error: csv.Error | RowTooLongError, several: bool) -> str:
    if several:
        return "a quote is opened and not closed"
    if "field larger" in str(error):
        return f"a field is longer than {csv.field_size_limit() >> 10} KiB"
    if "unexpected end" in str(error):
        return "a quote is opened and not closed"
    if "expected after" in str(error):
        return "text follows a closed quote"
    return f"not CSV: {error}" if str(error) else f"longer than {MAX_ROW_BYTES >> 20} MiB"


def _lenient(line: Line, delimiter: str) -> list[str]:
    """Answer the cells of a broken line as well as can be, for the rejects file."""
    text = line.text.rstrip("\r\n")
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _separator(header: str, columns: Columns) -> str:
    """Answer the separator that makes most known columns of a header; the comma where none is better."""

    def known(separator: str) -> int:
        cells = header.rstrip("\r\n").split(separator)
        return sum(columns.field_of(cell.strip().strip('"')) is not None for cell in cells)

    return max(_SEPARATORS, key=known)


def _cells(line: Line, delimiter: str, name: str) -> list[str]:
    try:
        cells = next(csv.reader([line.text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileFormatError(
            f"{name}:{line.number}: the header is not CSV: {error}", details={"file": name, "line": line.number}
        ) from None
    return [cell.strip() for cell in cells]
