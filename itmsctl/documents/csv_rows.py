"""CSV: the header, the separator, and rows whose faults stay theirs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from itmsctl.documents.faults import bad_format
from itmsctl.documents.lines import MAX_ROW_BYTES, Lines, RowTooLongError, TextLine
from itmsctl.documents.shapes import REASON, SLOT, Columns, RowProblem, TableRow
from itmsctl.errors import FileFormatError
from itmsctl.values.untrusted import from_csv_cell, shell_arg

_SEPARATORS = ",;\t|"
# What comes before a header: Excel's word for the separator, and what Export-Csv of Windows PowerShell says of objects.
_SAYS_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
_TYPE_LINE = ("#TYPE ", '"#TYPE ')


def open_csv(
    lines: Lines,
    columns: Columns,
    name: str,
    dropped: dict[str, None],
    *,
    from_export: bool = False,
    separator: str = "",
) -> CsvTable:
    """Read the header and return the table.

    Raises FileFormatError for a header that is missing, broken, doubled, or has unknown columns that are not allowed.
    """
    for _ in lines:
        text = lines.record[0].text.strip()
        said = _SAYS_SEPARATOR.fullmatch(text)
        if said is not None:
            separator = said[1]
        elif text and not text.startswith(_TYPE_LINE):
            break
        lines.begin()
    if not lines.record:
        raise bad_format(name, "the file is empty", hint="a CSV file begins with a header line")
    return CsvTable(lines, columns, name, dropped, from_export, separator)


class CsvTable:
    """A CSV table whose header has been understood."""

    def __init__(
        self,
        lines: Lines,
        columns: Columns,
        name: str,
        dropped: dict[str, None],
        from_export: bool,
        separator: str = "",
    ) -> None:
        line = lines.record[0]
        self._lines = lines
        self._name = name
        self._flags = columns.flags
        if line.fault:
            raise bad_format(name, f"the header {line.fault}", line=line.number, hint=self._hint(line))
        self._from_export = from_export
        self.delimiter = separator or _separator(line.text, columns)
        cells = _cells(line, self.delimiter, name)
        self._fields, self.notes = _fields(cells, columns, name, line.number, dropped)
        self._reason = cells.index(REASON) if REASON in cells else None
        self._width = len(cells)
        self._header = cells
        self._named = max((n for n, cell in enumerate(cells, 1) if cell), default=0)
        self.header = tuple(cell for cell in cells if cell != REASON)

    def rows(self) -> Iterator[TableRow | RowProblem]:
        """Yield every row, in order; empty lines are no rows."""
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
            if len(cells) == width and len(record) == 1 and not record[0].fault and plain and (cells[0] or any(cells)):
                yield TableRow(record[0].number, dict(zip(fields, cells, strict=True)), cells)  # type: ignore[arg-type] # plain
                continue
            fault = next((line for line in record if line.fault), None)
            if fault is not None:
                yield self._faulty(fault, cells)
            elif any(map(str.strip, cells)):  # a row of nothing but separators is an empty line
                yield self._row(cells)

    def _row(self, cells: list[str]) -> TableRow | RowProblem:
        line = self._lines.record[0].number
        raw = self._raw(cells)
        cells = self._fitted(cells)
        if len(cells) != self._width:
            return RowProblem(line, "", f"{len(cells)} cells where the header has {self._width}", raw)
        for number, (name, cell) in enumerate(zip(self._header, cells, strict=True), 1):
            if cell.strip() and not name:
                return RowProblem(line, "", f"column {number} holds `{cell[:40]}` and has no name in the header", raw)
        values = {field: cell for field, cell in zip(self._fields, cells, strict=True) if field is not None}
        if self._from_export:
            values = {field: from_csv_cell(cell) for field, cell in values.items()}
        return TableRow(line, values, raw)

    def _fitted(self, cells: list[str]) -> list[str]:
        """Return the cells of a row without empty ones too many at its end, or with those of columns without a name."""
        while len(cells) > self._width and not cells[-1].strip():
            cells = cells[:-1]
        missing = self._width - len(cells)
        return cells + [""] * missing if len(cells) >= self._named else cells

    def _raw(self, cells: list[str]) -> list[str]:
        """Return the cells without an earlier rejection's reason."""
        if self._reason is None:
            return cells
        at = self._reason if len(cells) == self._width else len(cells) - 1
        return cells[:at] + cells[at + 1 :]

    def _faulty(self, fault: TextLine, cells: list[str]) -> RowProblem:
        """Return the problem of a line that is too long, not UTF-8, or holds NUL; name the column where it shows."""
        column = ""
        if len(cells) == self._width:
            bad = (i for i, c in enumerate(cells) if "\0" in c or any(0xDC80 <= ord(x) <= 0xDCFF for x in c))
            column = next(((self._fields[i] or "").lstrip(SLOT) for i in bad), "")
        raw = self._raw(cells) if cells else [fault.data.decode("utf-8", "surrogateescape")]
        reason = f"the line {fault.fault}" if not column else fault.fault
        hint = self._hint(fault)
        return RowProblem(fault.number, column, reason + (f"; {hint}" if hint else ""), raw)

    def _hint(self, line: TextLine) -> str:
        """Return what fixes the fault of a line: a flag, where who reads has it."""
        hint = line.hint(self._name)
        return f"{hint}; or --encoding cp1252" if hint and self._flags else hint

    def _broken(self, error: csv.Error | RowTooLongError) -> RowProblem:
        """Return the problem of a record that is no CSV, and have its other lines parsed again."""
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
    if "new-line character" in str(error):
        return "a carriage return stands inside it and ends no line"
    return f"not CSV: {error}" if str(error) else f"longer than {MAX_ROW_BYTES >> 20} MiB"


def _lenient(line: TextLine, delimiter: str) -> list[str]:
    """Return the cells of a broken line as well as can be, for the rejects file."""
    text = line.text.rstrip("\r\n")
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _fields(
    cells: list[str], columns: Columns, name: str, line: int, dropped: dict[str, None]
) -> tuple[list[str | None], list[str]]:
    """Return the field of each column, and what is to be said of them.

    Raises FileFormatError for what cannot be, unknown columns all at once.
    """
    found = columns.read(cells)
    listed = f"found: {', '.join(cell for cell in cells if cell)}"
    if found.twice is not None:
        header, first = found.twice
        also = f", as `{first}`" if first != header else ""
        hint = f"leave one out: --map {shell_arg(header + '=')}" if columns.flags else ""
        raise bad_format(name, f"the column `{header}` comes twice{also}", line=line, hint=hint)
    if found.unknown:
        refusal = columns.refusal(found.unknown)
        missing = "".join(f"; the column `{field}` is missing" for field in found.missing)
        raise bad_format(name, refusal.message + missing, line=line, hint=refusal.hint)
    if found.absent:
        raise bad_format(name, f"the column `{found.absent[0]}` of --map is missing", line=line, hint=listed)
    if found.missing:
        raise bad_format(name, f"the column `{found.missing[0]}` is missing", line=line, hint=listed)
    dropped.update(dict.fromkeys(found.dropped))
    notes = [f"columns of the mapping that are not there: {', '.join(found.lacking)}"] if found.lacking else []
    notes += [f"columns that the mapping leaves out: {', '.join(found.left_out)}"] if found.left_out else []
    return found.fields, notes


def _separator(header: str, columns: Columns) -> str:
    """Return the separator that makes most known columns of a header, then most columns; a comma where alike."""

    def worth(separator: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([header], delimiter=separator))
        except csv.Error:
            cells = header.split(separator)
        return sum(columns.field_of(cell.strip()) is not None for cell in cells), len(cells)

    return max(_SEPARATORS, key=worth)


def _cells(line: TextLine, delimiter: str, name: str) -> list[str]:
    try:
        cells = next(csv.reader([line.text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileFormatError(
            f"{name}:{line.number}: the header is not CSV: {error}", details={"file": name, "line": line.number}
        ) from None
    return [cell.strip() for cell in cells]
