"""Read the rows of an import: split cells, check fields, find names that come twice. No database.

Checked rows go to an unlinked file of our own, so that the transaction that follows waits for no pipe, can be tried
again, and holds one batch in memory (IM5, F42).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from itmsctl.cmdb.spilled import Spilled
from itmsctl.documents.cells import split_list, split_map
from itmsctl.documents.rows import Columns, Row, RowProblem, Rows, read_rows
from itmsctl.errors import InputError
from itmsctl.resources import record, twins
from itmsctl.resources.service.conflicts import Repeat, Repeats
from itmsctl.resources.service.plan import Record
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import from_csv_cell

BATCH = 5000
EXPORTED = ("name", *record.FIELDS)
# What a listing gives beside the fields is no input, and no error either: `list -o csv` can be imported.
COLUMNS = Columns.of(
    *EXPORTED, required=("name",), ignored=("id", "guid", "revision", "last_seen", "site", "subnet", "action")
)
_UNPRINTED = {"tags": split_map, **dict.fromkeys(record.LISTS, split_list)}


class Read(NamedTuple):
    """A checked row with what names it to people: its line, and the row as it stood; and what it repeats."""

    line: int
    raw: list[str] | bytes
    record: Record
    repeats: tuple[Repeat, ...] = ()


def open_rows(source: BinaryIO | Path, name: str) -> Rows:
    """Open the table; raises FileFormatError for what concerns the whole file."""
    return read_rows(source, COLUMNS, name=name)


def is_export(rows: Rows) -> bool:
    """Tell whether a table has exactly the columns that `computer export` writes as CSV."""
    return rows.form == "csv" and rows.header == EXPORTED


def checked_rows(rows: Iterable[Row | RowProblem], *, unguard: bool) -> Iterator[Read | RowProblem]:
    """Give every row, checked, or what is wrong with it. `unguard` undoes the export's protection of cells.

    The names of all rows before are remembered: a computer stands in a file once.
    """
    seen: dict[str, int] = {}
    repeats = Repeats()
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        line, values, raw = row
        try:
            found = _record(values, isinstance(raw, list), unguard)
        except InputError as error:
            reason = error.message + (f"; {error.hint}" if error.hint else "")
            yield RowProblem(line, str(error.details.get("field", "")), reason, raw)
            continue
        problem = _seen_before(found.name, line, seen)
        if problem:
            yield RowProblem(line, "name", problem, raw)
        else:
            yield Read(line, raw, found, repeats.of(found, line))


def _record(values: Mapping[str, Any], cells: bool, unguard: bool) -> Record:
    fields = dict(values)
    if unguard:
        fields = {key: from_csv_cell(value) for key, value in fields.items()}
    name = fields.pop("name")
    if not isinstance(name, str) or not name:
        raise InputError("the name is missing", details={"field": "name"})
    try:
        name = record.checked_name(name)
    except InputError as error:
        error.details["field"] = "name"
        raise
    if cells:
        for column, value in fields.items():
            if value and column in _UNPRINTED:
                fields[column] = _split(column, value)
    else:
        for column in _UNPRINTED.keys() & fields.keys():
            if isinstance(fields[column], str):
                fields[column] = _split(column, fields[column])
    checked, addresses, identities = record.read(fields)
    return Record(name, checked, addresses, identities)


def _split(column: str, cell: str) -> Any:
    text = cell.strip()
    if column != "tags" and ";" not in text and not text.startswith("["):
        return [text] if text else []
    try:
        return _UNPRINTED[column](cell)
    except InputError as error:
        error.details["field"] = column
        raise


def _seen_before(name: str, line: int, seen: dict[str, int]) -> str:
    key = name_key(name)
    if key in seen:
        return f"the name stands in line {seen[key]} too"
    if not name.isascii() or name[-1] == ".":
        plain = twins.skeleton(name)
        if plain in seen:
            return f"the name reads like that of line {seen[plain]}"
        seen[plain] = line
    seen[key] = line
    return ""


class Spool:
    """Checked rows, kept in a file that has no name. Read as often as a transaction is tried."""

    def __init__(self) -> None:
        self._rows = Spilled(BATCH)

    @property
    def count(self) -> int:
        """Answer how many rows there are."""
        return self._rows.count

    def add(self, read: Read) -> None:
        """Keep a row."""
        line, raw, (name, fields, addresses, identities), repeats = read
        same = [tuple(repeat) for repeat in repeats]
        self._rows.append((line, raw, same, name, fields, addresses, [tuple(i) for i in identities]))

    def batches(self) -> Iterator[list[Read]]:
        """Give all rows, in their order, one batch at a time."""
        for rows in self._rows.chunks():
            yield [
                Read(line, raw, Record(*found), tuple(Repeat(*one) for one in same)) for line, raw, same, *found in rows
            ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()
