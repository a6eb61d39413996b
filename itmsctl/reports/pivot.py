"""A pivot: the rows of a report counted, or added up, by two of its columns (RPT-6).

--pivot os_family,site                    rows by system, columns by site, each cell how many rows
--pivot os_family --measure sum:computers one column alone, and another added up
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.errors import FieldError
from itmsctl.values.kind import Type
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import to_text
from itmsctl.values.types import meaning

MOST_COLUMNS = 50
MOST_CELLS = 1_000_000
TOTAL, NOTHING = "total", "-"
MEASURES = ("count", "sum", "avg", "min", "max")


@dataclass(frozen=True)
class Pivot:
    """Which column gives the rows, which the columns (empty for none), and what each cell is."""

    rows: str
    columns: str = ""
    measure: str = "count"
    of: str = ""  # the column that is added up; of a count none

    def checked(self, columns: Mapping[str, Type | None]) -> Pivot:
        """Return itself. Raises FieldError for a column that the report does not have, or that is not a number."""
        for name in filter(None, (self.rows, self.columns, self.of)):
            if name not in columns:
                hint = did_you_mean(name, columns) or "columns: " + ", ".join(columns)
                raise FieldError(f"the report has no column `{name}`", hint=hint)
        if self.rows == self.columns:
            raise FieldError(f"the pivot names `{self.rows}` twice", hint="--pivot ROWS,COLUMNS of two columns")
        kind = columns.get(self.of)
        if self.measure in {"sum", "avg"} and kind is not None and not meaning(kind).is_number:
            raise FieldError(f"`{self.of}` is not a number", hint=f"--measure min:{self.of}, or count")
        return self


def pivot_of(by: str, measure: str | None) -> Pivot:
    """Return the pivot that `--pivot` and `--measure` ask for. Raises FieldError."""
    names = [name.strip() for name in by.split(",")]
    if not all(names) or len(names) > 2:
        raise FieldError(f"`{by}` is not a pivot", hint="--pivot ROWS or --pivot ROWS,COLUMNS").about("pivot")
    word, _, of = (measure or "count").partition(":")
    if word not in MEASURES or (word == "count") == bool(of):
        hint = "count, or sum:COLUMN, avg:COLUMN, min:COLUMN, max:COLUMN"
        raise FieldError(f"`{measure}` is not a measure", hint=hint).about("measure")
    return Pivot(names[0], names[1] if len(names) == 2 else "", word, of)


@dataclass(slots=True)
class _Cell:
    """What is known of a cell: how many values, their sum, the least and the largest."""

    count: int = 0
    total: float = 0
    least: Any = None
    most: Any = None

    def add(self, value: Any) -> None:
        """Take a value in; one that is empty is not counted."""
        self.count += 1
        if isinstance(value, int | float):
            self.total += value
        self.least = value if self.least is None or value < self.least else self.least
        self.most = value if self.most is None or value > self.most else self.most


_TOLD: Mapping[str, Callable[[_Cell], Any]] = {
    "count": lambda cell: cell.count,
    "sum": lambda cell: cell.total,
    "avg": lambda cell: round(cell.total / cell.count, 3),
    "min": lambda cell: cell.least,
    "max": lambda cell: cell.most,
}


@dataclass(frozen=True)
class PivotTable:
    """The result: its columns in their order with their types, and its rows, the last of them the total."""

    columns: Mapping[str, Type | None]
    rows: Sequence[Mapping[str, Any]]


_ALL = object()  # the row, or the column, of everything
_Cells = dict[tuple[Any, Any], _Cell]


def pivoted(rows: Iterable[Mapping[str, Any]], pivot: Pivot, columns: Mapping[str, Type | None]) -> PivotTable:
    """Return the rows of a report as a pivot, with totals.

    Raises FieldError for a column that there is not, and for more different values than memory or a person takes.
    """
    pivot.checked(columns)
    cells = _cells(rows, pivot)
    heads = _heads(cells) if pivot.columns else {}
    kinds = {"count": Type.INT, "avg": Type.REAL}
    kind = kinds.get(pivot.measure, columns.get(pivot.of))
    keys = sorted({row for row, _ in cells if row is not _ALL}, key=_in_order)
    lines = [(key, _word(key)) for key in keys] + ([(_ALL, TOTAL)] if cells else [])
    every = {**heads, TOTAL: _ALL}
    return PivotTable(
        {pivot.rows: columns[pivot.rows], **dict.fromkeys(every, kind)},
        [
            {pivot.rows: said, **{head: _told(cells.get((key, column)), pivot) for head, column in every.items()}}
            for key, said in lines
        ],
    )


def _cells(rows: Iterable[Mapping[str, Any]], pivot: Pivot) -> _Cells:
    cells: _Cells = defaultdict(_Cell)
    for row in rows:
        value = row[pivot.of] if pivot.of else 1
        if value is None:
            continue
        one, other = row[pivot.rows], row[pivot.columns] if pivot.columns else _ALL
        for place in {(one, other), (one, _ALL), (_ALL, other), (_ALL, _ALL)}:
            cells[place].add(value)
        if len(cells) > MOST_CELLS:
            raise FieldError(f"the pivot has more than {MOST_CELLS:,} cells", hint="columns with fewer values")
    return cells


def _heads(cells: _Cells) -> dict[str, Any]:
    """Return the values that become columns by their headers, in order."""
    found = sorted({column for _, column in cells if column is not _ALL}, key=_in_order)
    if len(found) > MOST_COLUMNS:
        hint = "give the rows to the column with more values: --pivot ROWS,COLUMNS"
        raise FieldError(f"the pivot has {len(found):,} columns; {MOST_COLUMNS} at most can be read", hint=hint)
    return {_word(value): value for value in found}


def _told(cell: _Cell | None, pivot: Pivot) -> Any:
    if cell is None:
        return 0 if pivot.measure == "count" else None
    return _TOLD[pivot.measure](cell)


def _word(value: Any) -> str:
    return NOTHING if value is None else to_text(value) if isinstance(value, datetime) else str(value)


def _in_order(value: Any) -> tuple[bool, bool, Any]:
    """Return by what values are ordered: numbers, then texts, then nothing."""
    is_number = isinstance(value, int | float)
    return (value is None, not is_number, value if is_number else _word(value))
