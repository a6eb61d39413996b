"""The numbers that sizing stands on: tables of bands of endpoints, each number with its source (SIZE-11).

A table answers its cells for a count of endpoints by the edge rule: an upper edge belongs to the lower band; a count
between printed bands takes the next row up (SIZE-12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from itmsctl.errors import NotFoundError, SizingLimitError
from itmsctl.values.names import did_you_mean

Value = int | float | bool | str | tuple[str, ...] | None
Above = Literal["refuse", "last", "split"]

SHARED_EDGE = "C-06"
GAP = "C-21"
ADVICE = "use more management servers: one parent with up to 6 children was tested, each with up to 35,000"


@dataclass(frozen=True)
class Cell:
    """One number of a table. `or_more`: printed with a plus, "at least" or "or more"; then it is a floor."""

    value: Value
    or_more: bool = False
    source: str = ""
    conflicts: tuple[str, ...] = ()
    why: str = ""

    @property
    def number(self) -> float:
        """Return the value as a number; TypeError where it is none, which is a bug of the caller."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise TypeError(f"{self.value!r} is no number")
        return self.value


@dataclass(frozen=True)
class Span:
    """A range of endpoints as printed: `1-1000`, `<1000` (below), `>15000` (above); `low` and `high` are in it."""

    low: int
    high: int | None
    text: str

    def reaches(self, endpoints: int) -> bool:
        """Return whether a count is at or below the upper end."""
        return self.high is None or endpoints <= self.high


@dataclass(frozen=True)
class Band:
    """One row of a table; `cells` hold those of every band too."""

    id: str
    endpoints: Span
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Choice:
    """A conflict (C) of the guide with itself or an ambiguity (A), and what is chosen here."""

    id: str
    topic: str
    choice: str


@dataclass(frozen=True)
class PrintedTable:
    """A table: cells of every band, and bands in rising order (none: one row for any count).

    `above` says what a count above the last band means: an error, the last row again, or more servers that share it.
    """

    id: str
    source: str
    title: str
    role: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    above: Above = "refuse"
    above_conflicts: tuple[str, ...] = ()

    @property
    def limit(self) -> int | None:
        """Return the largest count that has a row; None where there is no limit."""
        return self.bands[-1].endpoints.high if self.bands else None

    @property
    def metrics(self) -> Mapping[str, Cell]:
        """Return every metric of the table, each with one cell that shows its type: not an empty one where it can."""
        shown: dict[str, Cell] = dict(self.cells)
        for band in self.bands:
            for name, cell in band.cells.items():
                if name not in shown or shown[name].value is None:
                    shown[name] = cell
        return shown


@dataclass(frozen=True)
class Found:
    """The band that answers a count: with why and conflicts where the count met an edge, a gap or the top."""

    band: Band
    why: str = ""
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Numbers:
    """All tables by id, and the choices made where the guide leaves one."""

    tables: Mapping[str, PrintedTable]
    choices: Mapping[str, Choice] = field(default_factory=dict)

    def table(self, name: str) -> PrintedTable:
        """Return a table by its id. Raises NotFoundError."""
        try:
            return self.tables[name]
        except KeyError:
            raise NotFoundError(f"no table of numbers `{name}`", hint=did_you_mean(name, self.tables)) from None

    def cell(self, table: str, metric: str) -> Cell:
        """Return a cell that is the same for every count. Raises NotFoundError."""
        cells = self.table(table).cells
        try:
            return cells[metric]
        except KeyError:
            raise NotFoundError(f"no number `{metric}` in `{table}`", hint=did_you_mean(metric, cells)) from None

    def number(self, table: str, metric: str) -> float:
        """Return a number that is the same for every count: `number("agent_traffic", "request_kbit")`."""
        return self.cell(table, metric).number

    def whole(self, table: str, metric: str) -> int:
        """Return such a number as a whole one."""
        return int(self.number(table, metric))

    def band(self, table: str, endpoints: int) -> Found:
        """Return the band of a table for a count of endpoints.

        Raises SizingLimitError above the last band of a table that does not go on (SIZE-3), or below one endpoint.
        """
        return band_of(self.table(table), endpoints)

    def at(self, table: str, endpoints: int, metric: str) -> Cell:
        """Return one cell for a count, such as `at("agent_interval", 7000, "config_interval_h")`; raises as `band`."""
        return self.band(table, endpoints).band.cells[metric]


def band_of(table: PrintedTable, endpoints: int) -> Found:
    """Return the band of one table; raises as `Numbers.band`."""
    if endpoints < 1:
        raise SizingLimitError(f"{endpoints:,} endpoints: there is nothing to size", hint="count at least one endpoint")
    for number, band in enumerate(table.bands):
        if band.endpoints.reaches(endpoints):
            return _found(table, number, endpoints)
    if table.above != "refuse":
        last = table.bands[-1]
        why = f"the table ends at {last.endpoints.high:,}; its last row goes on"
        return Found(last, why, table.above_conflicts)
    raise SizingLimitError(
        f"{endpoints:,} endpoints: table {table.source} ends at {table.limit:,}",
        why="no row stands above it (SIZE-3)",
        hint=ADVICE,
    )


def _found(table: PrintedTable, number: int, endpoints: int) -> Found:
    band = table.bands[number]
    span = band.endpoints
    if endpoints < span.low:
        before = table.bands[number - 1].endpoints.high if number else 0
        gap = f"{(before or 0) + 1} to {span.low - 1}"
        return Found(band, f"{gap} is not printed; the next row up answers", (GAP,))
    above = table.bands[number + 1].endpoints.low if number + 1 < len(table.bands) else None
    if endpoints == span.high and above == endpoints:
        return Found(band, f"{endpoints:,} is an edge of two bands; it belongs to the lower one", (SHARED_EDGE,))
    return Found(band)
