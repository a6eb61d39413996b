"""What one management server needs: machines, volumes, settings, its database in years to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itmsctl.sizing.brief import number, spoken
from itmsctl.sizing.drawing.scale import short
from itmsctl.sizing.line import Line
from itmsctl.sizing.numbers import Numbers, band_of
from itmsctl.sizing.pages import hardware, plots
from itmsctl.sizing.request import Request


@dataclass(frozen=True)
class Year:
    """The database in one year."""

    name: str
    computers: str
    size: str
    band: str


@dataclass(frozen=True)
class Part:
    """What one management server needs."""

    name: str
    computers: str
    band: str
    machines: Sequence[hardware.Machine]
    volumes: Sequence[hardware.Volume]
    settings: Sequence[hardware.Setting]
    facts: Sequence[tuple[str, str, str]]
    growth: plots.DrawnPlot
    years: Sequence[Year]
    advice: Sequence[Line]


def part_of(numbers: Numbers, request: Request, lines: Sequence[Line], place: int) -> Part:
    """Return the part of one request; `place` tells its pictures from those of others."""
    by_role: dict[str, dict[str, Line]] = {}
    for line in lines:
        if line.server == request.server and not line.site:
            by_role.setdefault(line.role, {})[line.metric] = line
    database = by_role["database"]
    several = f" (each of {request.management_servers})" if request.management_servers > 1 else ""
    return Part(
        name=(request.server or "Management server") + several,
        computers=number(request.each),
        band=band_of(numbers.table("settings"), request.each).band.endpoints.text,
        machines=hardware.machines(by_role),
        volumes=list(hardware.volumes(by_role)),
        settings=hardware.settings(by_role["settings"]),
        facts=_facts(by_role),
        growth=plots.growth(database, request, f"growth-{place}"),
        years=[_year(database, year, request) for year in range(request.years + 1)],
        advice=list(by_role.get("advice", {}).values()),
    )


_FACTS = (
    ("database", "max_server_memory_gb", "Most memory for the database"),
    ("database", "preallocate_mb", "Data file made with"),
    ("database", "autogrow_mb", "Growth at once, as a safety net"),
    ("database", "version_min", "Database server, at least version"),
    ("traffic", "requests_per_day", "Configuration requests"),
    ("traffic", "kbit_per_day", "Their traffic"),
    ("traffic", "basic_inventory", "Basic inventory"),
)


def _facts(by_role: Mapping[str, Mapping[str, Line]]) -> list[tuple[str, str, str]]:
    """Return figures that stand in no table of hardware: name, value, source."""
    found = []
    for role, metric, name in _FACTS:
        ends = [
            line
            for key, line in by_role[role].items()
            if key == metric or (key.startswith(f"{metric}.") and "year" not in key)
        ]
        if ends:
            low, high = ends[0], ends[-1]
            value = spoken(high) if low.value == high.value else f"{number(low.value)} to {spoken(high)}"
            found.append((name, value, low.source))
    return found


def _year(database: Mapping[str, Line], year: int, request: Request) -> Year:
    at = f".year_{year}" if year else ""
    low, high = (database[f"size_mb{at}.{end}"] for end in ("min", "max"))
    band = database.get(f"band{at}") if year else None
    first = database["version_min"].band.replace("sql-version", "sql")
    return Year(
        "now" if not year else f"in {year} year{'s' if year > 1 else ''}",
        number(request.endpoints_in(year)),
        f"{_gb(low)} to {_gb(high)} GB",
        str(band.value) if band is not None else "-" if year else first,
    )


def _gb(line: Line) -> str:
    return short(float(line.value) / 1000) if isinstance(line.value, (int, float)) else "-"
