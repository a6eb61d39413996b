"""One line of a recommendation: a number for a role, with the table, band and conflicts that it stands on (SIZE-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from itmsctl.sizing.numbers import Cell, Found, Numbers, PrintedTable, Value, band_of

_SUFFIXES = {
    "_gb": "GB",
    "_mb": "MB",
    "_tb": "TB",
    "_kb": "KB",
    "_gbit": "Gbit/s",
    "_kbit": "kbit",
    "_pct": "%",
    "_h": "h",
    "_min": "min",
    "kbit_per_day": "kbit/day",
    "requests_per_day": "requests/day",
    "requests_per_s": "requests/s",
    "kbit_per_s": "kbit/s",
}
_WORDS = {
    "cores": "cores",
    "ghz": "GHz",
    "iops": "IOPS",
    "hdd_iops": "IOPS",
    "ssd_iops": "IOPS",
    "computers": "computers",
    "endpoints": "computers",
    "agents": "agents",
    "concurrent": "connections",
    "sessions": "sessions",
    "managers": "sessions",
    "asset_managers": "sessions",
    "pxe_sessions": "sessions",
    "deploy_clients": "computers",
    "package_servers": "servers",
    "task_servers": "servers",
    "boot_servers": "servers",
    "children": "servers",
    "parents": "servers",
    "count": "servers",
    "present": "servers",
    "missing": "servers",
    "nics": "adapters",
    "volumes": "volumes",
    "hdds": "disks",
}


@dataclass(frozen=True)
class Line:
    """One line. `server` and `site` say for which, where there are several; `why` where it is not the table alone."""

    role: str
    metric: str
    value: Value
    unit: str = ""
    or_more: bool = False
    source: str = ""
    band: str = ""
    conflicts: tuple[str, ...] = ()
    why: str = ""
    server: str = ""
    site: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {
            **asdict(self),
            "name": f"{self.role}.{self.metric}",
            "value": value,
            "unit": self.unit or None,
            "band": self.band or None,
            "conflicts": list(self.conflicts),
            "server": self.server or None,
            "site": self.site or None,
        }


def unit_of(metric: str) -> str:
    """Return the unit that a metric's name says: GB for `ram_gb.min`, IOPS for `iops.data`; nothing for a word."""
    if "version" in metric:
        return ""
    for part in reversed(metric.split(".")):
        if part in _WORDS:
            return _WORDS[part]
        for suffix, unit in _SUFFIXES.items():
            if part.endswith(suffix):
                return unit
    return ""


def of_cell(role: str, metric: str, cell: Cell, found: Found | None = None) -> Line:
    """Return the line of a cell; what the count met (an edge, a gap) goes with it."""
    line = Line(role, metric, cell.value, "", cell.or_more, cell.source, "", cell.conflicts, cell.why)
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    line = replace(line, unit=unit_of(metric) if is_number or cell.value is None else "")
    if found is None:
        return line
    conflicts = tuple(dict.fromkeys((*cell.conflicts, *found.conflicts)))
    why = "; ".join(part for part in (cell.why, found.why) if part)
    return replace(line, band=found.band.id, conflicts=conflicts, why=why)


def of_table(table: PrintedTable, endpoints: int = 1) -> Iterator[Line]:
    """Yield a line for each cell of the band that answers a count, or of a table without bands."""
    if not table.bands:
        for metric, cell in table.cells.items():
            yield of_cell(table.role, metric, cell)
        return
    found = band_of(table, endpoints)
    for metric, cell in found.band.cells.items():
        yield of_cell(table.role, metric, cell, found)


def of_tables(numbers: Numbers, *names: str, endpoints: int = 1) -> Iterator[Line]:
    """Yield the lines of several tables."""
    for name in names:
        yield from of_table(numbers.table(name), endpoints)


def computed(role: str, metric: str, value: Value, source: str, why: str, *cells: Cell) -> Line:
    """Return a line that is computed: from cells, whose conflicts touch it too."""
    conflicts = tuple(dict.fromkeys(one for cell in cells for one in cell.conflicts))
    unit = unit_of(metric) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
    return Line(role, metric, value, unit, False, source, "", conflicts, why)


def tidy(value: float) -> int | float:
    """Return a whole number as one, others to three digits after the point."""
    return int(value) if value == int(value) else round(value, 3)


def by_metric(lines: Iterator[Line]) -> Mapping[str, Line]:
    """Return lines by their metric."""
    return {line.metric: line for line in lines}
